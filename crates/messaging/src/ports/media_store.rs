use crate::media::MediaForm;
use async_trait::async_trait;
use bytes::Bytes;
use tidings_kernel::{BoxError, MediaId, TenantId};

/// The largest file that any store is given: the largest that WhatsApp carries, 100 MB.
pub const LARGEST_MEDIA: usize = 100 * 1024 * 1024;

/// Where bytes are kept. It holds ids alone, so that nothing that anybody wrote can lead elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaKey {
    /// Whose they are.
    pub tenant: TenantId,
    /// Which file.
    pub media: MediaId,
    /// Which bytes of it.
    pub form: MediaForm,
}

/// Keeps the bytes of files.
#[async_trait]
pub trait MediaStore: Send + Sync {
    /// Keeps at most [`LARGEST_MEDIA`] bytes under a key, instead of what was there, and gives their SHA-256. What is
    /// read is the old bytes or all of the new ones, whatever breaks off; when this returns, the new ones stay.
    ///
    /// # Errors
    /// [`MediaStoreError`]: nothing has changed.
    async fn put(&self, key: MediaKey, bytes: Bytes) -> Result<[u8; 32], MediaStoreError>;

    /// The bytes under a key; `None` if there are none.
    ///
    /// # Errors
    /// [`MediaStoreError`]: they could not be read.
    async fn get(&self, key: MediaKey) -> Result<Option<Bytes>, MediaStoreError>;

    /// Deletes what is under a key. Deleting what is not there changes nothing.
    ///
    /// # Errors
    /// [`MediaStoreError`]: it may still be there.
    async fn delete(&self, key: MediaKey) -> Result<(), MediaStoreError>;
}

/// Why a store of files did not do what it was asked to, named by what an operator does next.
#[derive(Debug, thiserror::Error)]
pub enum MediaStoreError {
    /// There is no room: make some. The same call works then.
    #[error("the store of media is full: make room, nothing is lost meanwhile")]
    Full(#[source] BoxError),
    /// More bytes than any store is given.
    #[error("the file is larger than {LARGEST_MEDIA} bytes")]
    TooLarge,
    /// It cannot be reached or read.
    #[error("the store of media is unavailable")]
    Unavailable(#[source] BoxError),
}
