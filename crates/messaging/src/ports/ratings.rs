use crate::{Rerated, SenderWord};
use async_trait::async_trait;
use tidings_kernel::StoreError;

/// Remembers how providers see the numbers that messages come from. [`Accounts`](crate::Accounts) tell it with the
/// senders.
#[async_trait]
pub trait Ratings: Send + Sync {
    /// Puts words of providers to what is known ([`NumberStanding::after`](crate::NumberStanding::after)), each in one
    /// step, and gives the senders of which something else is said than before. Of two about the same sender neither
    /// is lost. One about a sender that is gone, or has another address, is left out. Tenants are told of what is new.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed.
    async fn rate(&self, words: &[SenderWord]) -> Result<Vec<Rerated>, StoreError>;
}
