use serde::{Deserialize, Serialize};
use std::fmt;
use tidings_kernel::{Purpose, SenderId, TenantId};

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
    /// Every class, most urgent first.
    pub const ALL: [Self; 6] = [
        Self::Emergency,
        Self::Authentication,
        Self::Conversational,
        Self::Transactional,
        Self::Reminder,
        Self::Marketing,
    ];

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

    /// The class with this place in the order of service.
    pub fn of_rank(rank: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.rank() == rank)
    }

    /// The name used in metrics, API and commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Emergency => "emergency",
            Self::Authentication => "authentication",
            Self::Conversational => "conversational",
            Self::Transactional => "transactional",
            Self::Reminder => "reminder",
            Self::Marketing => "marketing",
        }
    }

    /// How many places it gets for each one of marketing, while both have messages waiting. An emergency
    /// shares with nobody: it goes first.
    pub const fn weight(self) -> u16 {
        match self {
            Self::Emergency => u16::MAX,
            Self::Authentication | Self::Conversational => 8,
            Self::Transactional => 4,
            Self::Reminder => 2,
            Self::Marketing => 1,
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The number of a lane, given by the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneId(pub i32);

/// The line of messages of one class that wait for one sender of a tenant; the unit of order, pace and
/// fairness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    /// Its number.
    pub id: LaneId,
    /// Whose messages wait in it.
    pub tenant: TenantId,
    /// The class.
    pub class: Class,
    /// The sender that they are expected to leave from; `None` when none could be chosen in advance.
    pub sender: Option<SenderId>,
    /// The tenant's weight: how many places it gets for each one of a tenant with the weight 1.
    pub weight: u16,
}

/// How many messages to take from a lane at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// The lane.
    pub lane: LaneId,
    /// Its class.
    pub class: Class,
    /// At most so many.
    pub most: u16,
}
