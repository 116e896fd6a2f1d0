use tidings_kernel::MessageId;
use tidings_routing::{Class, ProviderError};
use time::OffsetDateTime;

/// A message that has failed: from that moment on, until it is queued again or turns out to have arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The message.
    pub message: MessageId,
    /// When it failed.
    pub failed_at: OffsetDateTime,
    /// Why: what a receipt told last, or else what ended it.
    pub error: Failure,
    /// Whether it certainly did not arrive, by what is known now, so that it may be sent again.
    pub may_retry: bool,
}

/// Why a message failed, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What it is about.
    pub class: Class,
    /// The provider's code as text, or ours.
    pub code: String,
    /// In words; empty when the contact was erased.
    pub detail: String,
}

impl Failure {
    /// What a receipt tells of a failure, with or without an error.
    ///
    /// ```rust
    /// use tidings_messaging::Failure;
    /// use tidings_routing::{Class, ErrorTable};
    ///
    /// assert_eq!(Failure::told_by(None).code, "undelivered");
    /// let error = ErrorTable::new(&[]).explain("30003", "the handset is off", Class::Recipient);
    /// assert_eq!(Failure::told_by(Some(&error)), Failure::from(&error));
    /// ```
    pub fn told_by(error: Option<&ProviderError>) -> Self {
        error.map_or_else(
            || Self {
                class: Class::Recipient,
                code: "undelivered".to_owned(),
                detail: "the provider gave no reason".to_owned(),
            },
            Self::from,
        )
    }
}

impl From<&ProviderError> for Failure {
    fn from(error: &ProviderError) -> Self {
        Self {
            class: error.class,
            code: error.provider_code.clone(),
            detail: error.detail.clone(),
        }
    }
}
