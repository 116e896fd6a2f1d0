use async_trait::async_trait;
use tidings_kernel::{StoreError, TenantId};
use time::OffsetDateTime;
use uuid::Uuid;

/// A client's promise that requests with this key are one request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    /// The tenant; keys of different tenants never meet.
    pub tenant: TenantId,
    /// Method and path pattern, such as `POST /v1/messages`.
    pub endpoint: String,
    /// The client's text, at most 255 characters.
    pub key: String,
}

/// An answer, to be stored in the same step as what it reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The key that was begun.
    pub key: IdempotencyKey,
    /// The claim of the request that is being answered; see [`Begun::Fresh`].
    pub claim: Uuid,
    /// What to repeat.
    pub answer: StoredAnswer,
}

/// What a repeated request gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The `Location` header, if there was one.
    pub location: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// What is known of a key when a request with it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// Nobody used it: go on, and answer with this claim.
    Fresh {
        /// Proves, when answering, that the key was not taken over meanwhile.
        claim: Uuid,
    },
    /// It has been answered.
    Answered(StoredAnswer),
    /// It was used with another body.
    Reused,
    /// The first request with it is still being worked on.
    InProgress,
}

/// The key was taken over by a later request, because this one took too long. Nothing was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the idempotency key was taken over by a later request")]
pub struct KeyLost;

/// Remembers which requests were made and answered.
///
/// An answer is stored by the port that stores its effect, in the same step. [`Idempotency::finish`]
/// is for answers without effect, such as refusals.
#[async_trait]
pub trait Idempotency: Send + Sync {
    /// Begins a request. Answers are kept for 24 hours from `now`. A request that was begun more than
    /// 60 seconds ago and never answered is taken over: its process is gone.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was begun.
    async fn begin(
        &self,
        key: &IdempotencyKey,
        body_hash: [u8; 32],
        claim: Uuid,
        now: OffsetDateTime,
    ) -> Result<Begun, StoreError>;

    /// Stores the answer of a request that had no effect. Does nothing if the key was taken over.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was stored.
    async fn finish(&self, answer: &Answer) -> Result<(), StoreError>;

    /// Forgets a request that was begun and could not be answered, so that it can be made again.
    ///
    /// # Errors
    /// [`StoreError`]: it stays begun, until it is taken over.
    async fn abandon(&self, key: &IdempotencyKey, claim: Uuid) -> Result<(), StoreError>;

    /// Forgets requests that were begun more than 24 hours before `now`, and chunks of batches that were
    /// recorded before that and never finished, some thousands at most, and says how many.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was forgotten.
    async fn sweep(&self, now: OffsetDateTime) -> Result<u64, StoreError>;
}
