use crate::{Memory, memory::State};
use async_trait::async_trait;
use bytes::Bytes;
use ring::digest::{SHA256, digest};
use tidings_kernel::{ContactId, MediaId, StoreError, TenantId};
use tidings_messaging::{
    LARGEST_MEDIA, MediaKey, MediaOutcome, MediaRecords, MediaSettled, MediaStore, MediaStoreError,
    media::{MediaFile, MediaRecord, MediaState},
};
use time::{Duration, OffsetDateTime};

/// What is known of a file, and when something is to be done about it.
#[derive(Debug, Clone)]
pub(crate) struct KnownMedia {
    record: MediaRecord,
    due_at: Option<OffsetDateTime>,
}

impl KnownMedia {
    fn remove(&mut self, now: OffsetDateTime) {
        self.record.state = MediaState::Removed;
        self.record.origin = None;
        self.due_at = Some(self.due_at.map_or(now, |held| held.max(now)));
    }
}

/// How many bytes a file takes with its smaller form.
fn weight(file: &MediaFile, small: Option<&MediaFile>) -> u64 {
    file.bytes + small.map_or(0, |small| small.bytes)
}

impl State {
    /// How many bytes the files of a tenant take that are stored.
    fn used_by_media(&self, tenant: TenantId) -> u64 {
        let records = self.media.values().map(|known| &known.record);
        let own = records.filter(|record| record.tenant == tenant);
        own.map(|record| match &record.state {
            MediaState::Stored { file, small } => weight(file, small.as_ref()),
            MediaState::Pending | MediaState::Refused(_) | MediaState::Removed => 0,
        })
        .sum()
    }

    pub(crate) fn add_media(&mut self, record: &MediaRecord, due_at: OffsetDateTime) {
        let known = KnownMedia {
            record: record.clone(),
            due_at: Some(due_at),
        };
        self.media.insert((record.tenant, record.id), known);
    }

    /// What a contact sent is another's.
    pub(crate) fn pass_media(&mut self, tenant: TenantId, from: ContactId, into: ContactId) {
        let of_tenant = self.media.values_mut();
        let own = of_tenant.filter(|known| known.record.tenant == tenant);
        for origin in own.filter_map(|known| known.record.origin.as_mut()) {
            if origin.contact == from {
                origin.contact = into;
            }
        }
    }

    pub(crate) fn forget_media(
        &mut self,
        tenant: TenantId,
        contact: ContactId,
        now: OffsetDateTime,
    ) {
        for known in self.media.values_mut() {
            let origin = known.record.origin.as_ref();
            let is_theirs = origin.is_some_and(|origin| origin.contact == contact);
            if known.record.tenant == tenant && is_theirs {
                known.remove(now);
            }
        }
    }
}

#[async_trait]
impl MediaRecords for Memory {
    async fn add(
        &self,
        record: &MediaRecord,
        give_up_at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        self.lock().add_media(record, give_up_at);
        Ok(())
    }

    async fn get(
        &self,
        tenant: TenantId,
        media: &[MediaId],
    ) -> Result<Vec<MediaRecord>, StoreError> {
        let state = self.lock();
        let found = media
            .iter()
            .filter_map(|media| state.media.get(&(tenant, *media)))
            .filter(|known| known.record.state != MediaState::Removed);
        Ok(found.map(|known| known.record.clone()).collect())
    }

    async fn claim(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<MediaRecord>, StoreError> {
        let mut state = self.lock();
        let mut due: Vec<&mut KnownMedia> = state
            .media
            .values_mut()
            .filter(|known| known.due_at.is_some_and(|due_at| due_at <= now))
            .collect();
        due.sort_by_key(|known| (known.due_at, known.record.id));
        due.truncate(usize::from(limit));
        let taken = due.into_iter().map(|known| {
            known.due_at = Some(now + lease);
            known.record.attempts += 1;
            known.record.clone()
        });
        Ok(taken.collect())
    }

    async fn settle(
        &self,
        tenant: TenantId,
        media: MediaId,
        outcome: &MediaOutcome,
    ) -> Result<MediaSettled, StoreError> {
        let mut state = self.lock();
        if *outcome == MediaOutcome::Deleted {
            state.media.remove(&(tenant, media));
            return Ok(MediaSettled::Noted);
        }
        let used = state.used_by_media(tenant);
        let known = state.media.get_mut(&(tenant, media));
        let Some(known) = known.filter(|known| known.record.state == MediaState::Pending) else {
            return Ok(MediaSettled::TooLate);
        };
        (known.record.state, known.due_at) = match outcome {
            MediaOutcome::Stored { file, small, quota } => {
                if used + weight(file, small.as_ref()) > *quota {
                    return Ok(MediaSettled::NoRoom);
                }
                let (file, small) = (file.clone(), small.clone());
                (MediaState::Stored { file, small }, None)
            }
            MediaOutcome::Again { at } => (MediaState::Pending, Some(*at)),
            MediaOutcome::Refused(reason) => (MediaState::Refused(*reason), None),
            MediaOutcome::Deleted => (MediaState::Removed, None),
        };
        Ok(MediaSettled::Noted)
    }

    async fn used(&self, tenant: TenantId) -> Result<u64, StoreError> {
        Ok(self.lock().used_by_media(tenant))
    }

    async fn remove(
        &self,
        tenant: TenantId,
        media: MediaId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let known = state.media.get_mut(&(tenant, media));
        let Some(known) = known.filter(|known| known.record.state != MediaState::Removed) else {
            return Ok(false);
        };
        known.remove(now);
        Ok(true)
    }
}

#[async_trait]
impl MediaStore for Memory {
    async fn put(&self, key: MediaKey, bytes: Bytes) -> Result<[u8; 32], MediaStoreError> {
        if bytes.len() > LARGEST_MEDIA {
            return Err(MediaStoreError::TooLarge);
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, &bytes).as_ref());
        self.lock().files.insert(key, bytes);
        Ok(hash)
    }

    async fn get(&self, key: MediaKey) -> Result<Option<Bytes>, MediaStoreError> {
        Ok(self.lock().files.get(&key).cloned())
    }

    async fn delete(&self, key: MediaKey) -> Result<(), MediaStoreError> {
        self.lock().files.remove(&key);
        Ok(())
    }
}
