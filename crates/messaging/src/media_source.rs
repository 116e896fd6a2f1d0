use crate::{Access, Media};
use async_trait::async_trait;
use bytes::Bytes;
use tidings_kernel::BoxError;
use tidings_routing::ProviderError;

/// Fetches the files that contacts sent from where their provider keeps them: the addresses want the
/// account's credentials, and die after minutes or days.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait MediaSource: Send + Sync {
    /// Fetches a file that an inbound message named, of at most `most` bytes.
    ///
    /// The credentials go to the provider alone, wherever the address leads. Bounded in time by the
    /// implementation.
    ///
    /// # Errors
    /// [`MediaError`]: there is no file, or not now.
    async fn fetch(
        &self,
        access: &Access,
        media: &Media,
        most: usize,
    ) -> Result<FetchedMedia, MediaError>;
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedMedia {
    /// The media type, as the provider tells it; not proven by looking at the bytes.
    pub content_type: String,
    /// The bytes.
    pub bytes: Bytes,
}

/// Why a file was not fetched, named by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// A credential is missing or has the wrong shape: correct it.
    #[error("credential {field}: {problem}")]
    Credential {
        /// Which one.
        field: &'static str,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The address is none of the provider's: never ask for it with credentials.
    #[error("the address is none of the provider's")]
    Foreign,
    /// The provider has it no more: ask the contact to send it again.
    #[error("the provider has the file no more")]
    Gone,
    /// It is longer than asked for: leave it, or ask for more.
    #[error("the file is longer than {most} bytes")]
    TooLarge {
        /// How much was asked for.
        most: usize,
    },
    /// The provider refused: do as the error advises.
    #[error("the provider refused: {}", .0.detail)]
    Refused(ProviderError),
    /// It did not come, or not whole: ask again later.
    #[error("the file could not be fetched")]
    NotFetched(#[source] BoxError),
}
