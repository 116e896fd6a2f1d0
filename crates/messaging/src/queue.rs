use serde::{Deserialize, Serialize};
use tidings_kernel::Purpose;

/// How urgent a message is, by what it is for. The order is the order of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Danger to health or safety.
    Emergency,
    /// Somebody is waiting in front of a login form.
    Authentication,
    /// Somebody is waiting for an answer.
    Conversational,
    /// Bookings, payments, orders.
    Transactional,
    /// Announced reminders.
    Reminder,
    /// Everything that promotes.
    Marketing,
}

impl Class {
    /// The class of a purpose.
    pub const fn of(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Emergency => Self::Emergency,
            Purpose::Authentication => Self::Authentication,
            // The confirmation of an opt-out is lawful for five minutes only (47 CFR 64.1200(a)(12)).
            Purpose::Conversational | Purpose::OptOutConfirmation => Self::Conversational,
            Purpose::Transactional | Purpose::DoubleOptIn => Self::Transactional,
            Purpose::Reminder => Self::Reminder,
            Purpose::Marketing => Self::Marketing,
        }
    }

    /// Its place in the order of service, from 0.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Emergency => 0,
            Self::Authentication => 1,
            Self::Conversational => 2,
            Self::Transactional => 3,
            Self::Reminder => 4,
            Self::Marketing => 5,
        }
    }
}
