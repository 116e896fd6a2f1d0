use crate::Receipt;
use serde::{Deserialize, Serialize};
use tidings_kernel::{AccountId, AttemptId, MessageId, Money, Purpose, SenderId};
use tidings_routing::ProviderError;
use time::{Duration, OffsetDateTime};

/// One call to one provider for one message. Its row stands before the call is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Travels with the call as the provider's client reference.
    pub id: AttemptId,
    /// The message.
    pub message: MessageId,
    /// The account that was used.
    pub account: AccountId,
    /// The provider's name.
    pub provider: String,
    /// The sender that was used.
    pub sender: SenderId,
    /// Its address, as it was then.
    pub sender_address: String,
    /// When the call was about to be made.
    pub started_at: OffsetDateTime,
    /// What came of it; `None` while the call is under way, or when the process died in it.
    pub outcome: Option<OutcomeKind>,
    /// The provider's id of the message.
    pub provider_message_id: Option<String>,
    /// Why it was refused, or why delivery failed later.
    pub error: Option<ProviderError>,
    /// The greatest receipt so far.
    pub receipt: Option<Receipt>,
    /// What the provider charged, once it said so.
    pub cost: Option<Money>,
}

/// What a call to a provider came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The provider took it.
    Accepted {
        /// Its id there.
        provider_message_id: String,
    },
    /// The provider refused it, or nothing left our side: it was certainly not sent.
    Rejected(ProviderError),
    /// It may have been taken: the request left and no answer that says so came back. Never retried
    /// blindly: a callback or a query with our reference settles it.
    Unknown {
        /// What happened, for people.
        detail: String,
    },
}

/// The name of an [`Outcome`], as stored and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// The provider took it.
    Accepted,
    /// It was certainly not sent.
    Rejected,
    /// It may have been sent.
    Unknown,
}

impl OutcomeKind {
    /// The name used in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the stored name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Accepted, Self::Rejected, Self::Unknown]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

impl Outcome {
    /// Its name.
    pub const fn kind(&self) -> OutcomeKind {
        match self {
            Self::Accepted { .. } => OutcomeKind::Accepted,
            Self::Rejected(_) => OutcomeKind::Rejected,
            Self::Unknown { .. } => OutcomeKind::Unknown,
        }
    }
}

/// What to do with a message whose outcome nobody could learn in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenStillUnknown {
    /// Send again: missing it is worse than getting it twice.
    Resend,
    /// Leave it: getting it twice is worse than missing it. A late receipt still corrects the status.
    GiveUp,
}

/// For how long, and towards what, an unknown outcome of this purpose is resolved.
///
/// A code or an emergency that did not arrive is useless later and worse than a double; everything
/// else is not worth disturbing somebody twice.
pub const fn unknown_policy(purpose: Purpose) -> (Duration, WhenStillUnknown) {
    match purpose {
        Purpose::Authentication | Purpose::Emergency => {
            (Duration::seconds(30), WhenStillUnknown::Resend)
        }
        Purpose::Transactional
        | Purpose::Reminder
        | Purpose::Conversational
        | Purpose::Marketing
        | Purpose::OptOutConfirmation
        | Purpose::DoubleOptIn => (Duration::minutes(10), WhenStillUnknown::GiveUp),
    }
}
