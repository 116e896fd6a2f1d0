use super::{
    ImageShrinker, MediaFile, MediaForm, MediaKind, MediaLink, MediaLinks, MediaOrigin,
    MediaRecord, MediaRefusal, MediaState, fits,
};
use crate::{
    Accounts, Catalog, MediaError, MediaKey, MediaOutcome, MediaRecords, MediaSettled, MediaStore,
    MediaStoreError, Vault, deliver,
};
use bytes::Bytes;
use std::sync::Arc;
use tidings_kernel::{BoxError, Clock, Ids, MediaId, StoreError, TenantId};
use time::Duration;

/// For how long a file that does not come is asked for: our own trouble is over by then, and providers keep what
/// contacts send for a week at most.
pub const FETCH_FOR: Duration = Duration::days(3);
/// The first wait after a failure; each is twice the one before it,
const FIRST_WAIT: Duration = Duration::seconds(15);
/// up to this.
const LONGEST_WAIT: Duration = Duration::HOUR;

/// The use case: everything that it needs of the outside.
#[derive(Clone)]
pub struct Keeping {
    /// What is known of files.
    pub records: Arc<dyn MediaRecords>,
    /// Their bytes.
    pub store: Arc<dyn MediaStore>,
    /// Makes pictures smaller.
    pub shrinker: Arc<dyn ImageShrinker>,
    /// The accounts that files come through.
    pub accounts: Arc<dyn Accounts>,
    /// The providers.
    pub providers: Catalog,
    /// Opens credentials.
    pub vault: Arc<dyn Vault>,
    /// Links to files.
    pub links: MediaLinks,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identities.
    pub ids: Arc<dyn Ids>,
    /// The most bytes of a file that is kept; at most [`LARGEST_MEDIA`](crate::LARGEST_MEDIA).
    pub most: usize,
    /// The most bytes of all files of a tenant that are stored, smaller pictures included.
    pub quota: u64,
    /// For how long a claimed file is held: longer than a fetch may take.
    pub lease: Duration,
}

/// What seeing to a file came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetched {
    /// It is stored.
    Stored,
    /// It is tried again later.
    Later,
    /// It is given up.
    GivenUp,
    /// Its bytes are deleted.
    Deleted,
}

impl Fetched {
    /// The name used in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Later => "later",
            Self::GivenUp => "given_up",
            Self::Deleted => "deleted",
        }
    }
}

/// The bytes of a file for whoever may have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedMedia {
    /// What they are.
    pub kind: MediaKind,
    /// How the file is called: by its id, never by what anybody called it.
    pub name: String,
    /// The bytes.
    pub bytes: Bytes,
}

/// Why a file did not come.
enum Trouble {
    Never(MediaRefusal),
    Later(BoxError),
}

impl Keeping {
    /// Takes files about which something is to be done.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was taken.
    pub async fn claim(&self, limit: u16) -> Result<Vec<MediaRecord>, StoreError> {
        let now = self.clock.now();
        self.records.claim(limit, now, self.lease).await
    }

    /// Does what is to be done about a file that was taken.
    ///
    /// # Errors
    /// [`StoreError`]: it is done again when the lease is over.
    pub async fn see_to(&self, record: &MediaRecord) -> Result<Fetched, StoreError> {
        match (&record.state, &record.origin) {
            (MediaState::Pending, Some(origin)) => self.fetch(record, origin).await,
            // What a tenant began to give us, and did not end.
            (MediaState::Pending, None) | (MediaState::Removed, _) => self.forget(record).await,
            (MediaState::Stored { .. }, _) => Ok(Fetched::Stored),
            (MediaState::Refused(_), _) => Ok(Fetched::GivenUp),
        }
    }

    /// The file behind a link; `None` if the link is none of ours or over, and if there is no such file.
    ///
    /// # Errors
    /// [`OpenError`]: it could not be read now.
    pub async fn open(
        &self,
        link: &MediaLink,
        signature: &str,
    ) -> Result<Option<OpenedMedia>, OpenError> {
        if !self.links.is_open(link, signature, self.clock.now()) {
            return Ok(None);
        }
        let found = self.records.get(link.tenant, &[link.media]).await?;
        let Some(MediaState::Stored { file, small }) = found.into_iter().next().map(|m| m.state)
        else {
            return Ok(None);
        };
        let (form, file) = match (link.channel, small) {
            (Some(channel), Some(small)) if !fits(channel, &file) => (MediaForm::Small, small),
            _ => (MediaForm::Original, file),
        };
        let Some(bytes) = self.store.get(key(link.tenant, link.media, form)).await? else {
            tracing::error!(media = %link.media, form = form.as_str(), "a stored file is not there");
            return Ok(None);
        };
        let kind = MediaKind::named(&file.content_type);
        Ok(Some(OpenedMedia {
            kind,
            name: format!("{}.{}", link.media, kind.extension()),
            bytes,
        }))
    }

    async fn fetch(
        &self,
        record: &MediaRecord,
        origin: &MediaOrigin,
    ) -> Result<Fetched, StoreError> {
        let (outcome, fetched) = match self.bring(record, origin).await {
            Ok(file) => (self.stored(file, None), Fetched::Stored),
            Err(Trouble::Never(reason)) => {
                tracing::warn!(media = %record.id, message = %origin.message, reason = %reason,
                    "a contact's file is given up");
                (MediaOutcome::Refused(reason), Fetched::GivenUp)
            }
            Err(Trouble::Later(error)) => self.later(record, &*error),
        };
        let (tenant, media) = (record.tenant, record.id);
        match self.records.settle(tenant, media, &outcome).await? {
            // Removed while we fetched it. Should this break off, whoever claims the removed file does it.
            MediaSettled::TooLate if fetched == Fetched::Stored => self.forget(record).await,
            MediaSettled::Noted | MediaSettled::TooLate => Ok(fetched),
            // Others have taken the room meanwhile.
            MediaSettled::NoRoom => {
                if !self.is_deleted(record).await {
                    return Ok(Fetched::Later);
                }
                let refused = MediaOutcome::Refused(MediaRefusal::NoRoom);
                self.records.settle(tenant, media, &refused).await?;
                Ok(Fetched::GivenUp)
            }
        }
    }

    /// What is noted of bytes that are in the store.
    pub(super) fn stored(&self, file: MediaFile, small: Option<MediaFile>) -> MediaOutcome {
        MediaOutcome::Stored {
            file,
            small,
            quota: self.quota,
        }
    }

    /// Whether the tenant's files may take so much more, as far as is known before they do. How much they take is said
    /// where there is no room.
    pub(super) async fn has_room(
        &self,
        tenant: TenantId,
        bytes: u64,
    ) -> Result<Result<(), u64>, StoreError> {
        let used = self.records.used(tenant).await?;
        let is_fine = used.saturating_add(bytes) <= self.quota;
        Ok(if is_fine { Ok(()) } else { Err(used) })
    }

    fn later(
        &self,
        record: &MediaRecord,
        error: &(dyn std::error::Error + 'static),
    ) -> (MediaOutcome, Fetched) {
        let now = self.clock.now();
        if now >= record.created_at + FETCH_FOR {
            tracing::error!(media = %record.id, attempts = record.attempts, error,
                "a contact's file did not come for days and is given up");
            let outcome = MediaOutcome::Refused(MediaRefusal::NotFetched);
            return (outcome, Fetched::GivenUp);
        }
        let doublings = record.attempts.saturating_sub(1).min(16);
        let wait = (FIRST_WAIT * (1_i32 << doublings)).min(LONGEST_WAIT);
        tracing::warn!(media = %record.id, attempts = record.attempts, error,
            "a contact's file was not fetched and stored; trying again later");
        (MediaOutcome::Again { at: now + wait }, Fetched::Later)
    }

    /// Fetches and stores.
    async fn bring(
        &self,
        record: &MediaRecord,
        origin: &MediaOrigin,
    ) -> Result<MediaFile, Trouble> {
        let later = |error: BoxError| Trouble::Later(error);
        let account = self.accounts.get(record.tenant, origin.account).await;
        let account = account.map_err(|error| later(error.into()))?;
        let account = account.ok_or(Trouble::Never(MediaRefusal::Gone))?;
        let source = self.providers.media(&account.provider);
        let source = source.ok_or_else(|| later("the provider hands out no files".into()))?;
        let access = deliver::open(&*self.vault, &account, &self.links.public_url)
            .map_err(|error| later(error.into()))?;
        let fetched = source.fetch(&access, &origin.source, self.most).await;
        let fetched = fetched.map_err(|error| match error {
            MediaError::Foreign => Trouble::Never(MediaRefusal::Foreign),
            MediaError::Gone => Trouble::Never(MediaRefusal::Gone),
            MediaError::TooLarge { .. } => Trouble::Never(MediaRefusal::TooLarge),
            // Somebody may correct what is wrong with the account.
            MediaError::Credential { .. } | MediaError::Refused(_) | MediaError::NotFetched(_) => {
                later(error.into())
            }
        })?;
        if fetched.bytes.is_empty() {
            return Err(Trouble::Never(MediaRefusal::Empty));
        }
        if fetched.bytes.len() > self.most {
            return Err(Trouble::Never(MediaRefusal::TooLarge));
        }
        let room = self.has_room(record.tenant, fetched.bytes.len() as u64);
        let room = room.await.map_err(|error| later(error.into()))?;
        room.map_err(|_| Trouble::Never(MediaRefusal::NoRoom))?;
        let kind = MediaKind::of(&fetched.bytes, Some(&fetched.content_type));
        let key = key(record.tenant, record.id, MediaForm::Original);
        self.keep(key, fetched.bytes, kind)
            .await
            .map_err(|error| later(error.into()))
    }

    /// Puts bytes into the store.
    pub(super) async fn keep(
        &self,
        key: MediaKey,
        bytes: Bytes,
        kind: MediaKind,
    ) -> Result<MediaFile, MediaStoreError> {
        let count = bytes.len() as u64;
        Ok(MediaFile {
            content_type: kind.as_str().to_owned(),
            bytes: count,
            sha256: self.store.put(key, bytes).await?,
        })
    }

    /// Deletes the bytes of a file; `false` if that is to be tried again.
    async fn is_deleted(&self, record: &MediaRecord) -> bool {
        for form in MediaForm::ALL {
            let deleted = self.store.delete(key(record.tenant, record.id, form)).await;
            if let Err(error) = deleted {
                tracing::error!(media = %record.id, error = &error as &dyn std::error::Error,
                    "the bytes of a file are not deleted; trying again later");
                return false;
            }
        }
        true
    }

    pub(super) async fn forget(&self, record: &MediaRecord) -> Result<Fetched, StoreError> {
        if !self.is_deleted(record).await {
            return Ok(Fetched::Later);
        }
        let outcome = MediaOutcome::Deleted;
        self.records
            .settle(record.tenant, record.id, &outcome)
            .await?;
        Ok(Fetched::Deleted)
    }
}

/// Why a file could not be read now.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// What is known of it could not be read.
    #[error(transparent)]
    Record(#[from] StoreError),
    /// Its bytes could not be read.
    #[error(transparent)]
    Bytes(#[from] MediaStoreError),
}

pub(super) const fn key(tenant: TenantId, media: MediaId, form: MediaForm) -> MediaKey {
    MediaKey {
        tenant,
        media,
        form,
    }
}
