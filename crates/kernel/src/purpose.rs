use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Why a message is sent. Each purpose has its own rules of consent, hours and urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Asked for, or part of a contract: an order, a payment, a booking.
    Transactional,
    /// An announced reminder.
    Reminder,
    /// An answer to what the contact wrote.
    Conversational,
    /// Promotion of any kind.
    Marketing,
    /// A code that the contact has just asked for.
    Authentication,
    /// Danger to health or safety.
    Emergency,
    /// The system's own single confirmation of an opt-out.
    OptOutConfirmation,
    /// The system's own request to confirm an opt-in.
    DoubleOptIn,
}

impl Purpose {
    /// Every purpose, in the order in which they are listed everywhere.
    pub const ALL: [Self; 8] = [
        Self::Transactional,
        Self::Reminder,
        Self::Conversational,
        Self::Marketing,
        Self::Authentication,
        Self::Emergency,
        Self::OptOutConfirmation,
        Self::DoubleOptIn,
    ];

    /// The purposes that a tenant may ask for; the others belong to the system.
    pub const FOR_TENANTS: [Self; 6] = [
        Self::Transactional,
        Self::Reminder,
        Self::Conversational,
        Self::Marketing,
        Self::Authentication,
        Self::Emergency,
    ];

    /// The name used in tables, API and code, such as `transactional`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transactional => "transactional",
            Self::Reminder => "reminder",
            Self::Conversational => "conversational",
            Self::Marketing => "marketing",
            Self::Authentication => "authentication",
            Self::Emergency => "emergency",
            Self::OptOutConfirmation => "opt_out_confirmation",
            Self::DoubleOptIn => "double_opt_in",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no purpose.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown purpose {0:?}: use transactional, reminder, conversational, marketing, authentication or emergency"
)]
pub struct UnknownPurpose(pub String);

impl FromStr for Purpose {
    type Err = UnknownPurpose;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
            .ok_or_else(|| UnknownPurpose(text.to_owned()))
    }
}
