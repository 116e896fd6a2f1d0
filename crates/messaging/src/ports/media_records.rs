use crate::media::{MediaFile, MediaRecord, MediaRefusal};
use async_trait::async_trait;
use tidings_kernel::{MediaId, StoreError, TenantId};
use time::{Duration, OffsetDateTime};

/// What seeing to a file has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaOutcome {
    /// Its bytes are in the store.
    Stored {
        /// As it came.
        file: MediaFile,
        /// The smaller picture, if one was made.
        small: Option<MediaFile>,
        /// How many bytes the tenant's stored files may take with it.
        quota: u64,
    },
    /// It did not come; to be tried again.
    Again {
        /// When.
        at: OffsetDateTime,
    },
    /// It never will.
    Refused(MediaRefusal),
    /// Its bytes are deleted: it is forgotten.
    Deleted,
}

/// Whether an outcome was noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaSettled {
    /// It was.
    Noted,
    /// It was not: the file was removed meanwhile, is settled or does not exist.
    TooLate,
    /// It was not: the tenant's stored files would take more than they may.
    NoRoom,
}

/// Remembers files, and what is to be done about them; the bytes are in a [`MediaStore`](crate::MediaStore).
///
/// [`Inbox::receive`](crate::Inbox::receive) adds the files of a message in the step that stores it, due at once. An
/// erasure [removes](MediaRecords::remove) what the person sent, in its own step, and leaves nothing of where that came
/// from.
#[async_trait]
pub trait MediaRecords: Send + Sync {
    /// Adds a file that a tenant gives us, which is [pending](crate::media::MediaState::Pending). It is due at
    /// `give_up_at`, if it is not settled by then.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was added.
    async fn add(&self, record: &MediaRecord, give_up_at: OffsetDateTime)
    -> Result<(), StoreError>;

    /// The tenant's files among these, in no order. What does not exist or was removed is left out.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn get(
        &self,
        tenant: TenantId,
        media: &[MediaId],
    ) -> Result<Vec<MediaRecord>, StoreError>;

    /// Takes up to `limit` files of every tenant about which something is to be done at `now`: to be fetched, or to
    /// be deleted. Those due longest come first; nobody else gets them before `lease` has passed. Each counts as an
    /// attempt, which is counted in what is given already.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was taken.
    async fn claim(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<MediaRecord>, StoreError>;

    /// Notes what seeing to a pending file has come to, or says why that is not noted. However many files are stored at
    /// the same time, a file is stored only while all of them together take no more
    /// than its quota.
    /// [`Deleted`](MediaOutcome::Deleted) forgets a file in any state, and is always noted.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was noted.
    async fn settle(
        &self,
        tenant: TenantId,
        media: MediaId,
        outcome: &MediaOutcome,
    ) -> Result<MediaSettled, StoreError>;

    /// How many bytes the tenant's stored files take, smaller pictures included; what was removed takes none.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn used(&self, tenant: TenantId) -> Result<u64, StoreError>;

    /// Removes a file: nobody sees it from now on, and its bytes are due to be deleted, but not while somebody holds
    /// it. `false` if there is none.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was removed.
    async fn remove(
        &self,
        tenant: TenantId,
        media: MediaId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError>;
}
