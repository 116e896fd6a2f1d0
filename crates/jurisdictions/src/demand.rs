use crate::{Cap, ClosedDays, ConsentRule, Hours, Pause, Retention, Revocation, Senders, Wording};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Concern {
    /// Windows of the week.
    Hours,
    /// Dates on which nothing is sent.
    ClosedDays,
    /// How many messages in a time.
    Cap,
    /// What the contact must have agreed to.
    Consent,
    /// What the text must hold.
    Wording,
    /// What is kept, and how long.
    Records,
    /// Which senders arrive.
    SenderId,
    /// A channel that must not be used for now.
    ChannelPause,
    /// How an opt-out is honored.
    Revocation,
}

impl Concern {
    /// Every concern.
    pub const ALL: [Self; 9] = [
        Self::Hours,
        Self::ClosedDays,
        Self::Cap,
        Self::Consent,
        Self::Wording,
        Self::Records,
        Self::SenderId,
        Self::ChannelPause,
        Self::Revocation,
    ];

    /// The name used in packs, such as `closed_days`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hours => "hours",
            Self::ClosedDays => "closed_days",
            Self::Cap => "cap",
            Self::Consent => "consent",
            Self::Wording => "wording",
            Self::Records => "records",
            Self::SenderId => "sender_id",
            Self::ChannelPause => "channel_pause",
            Self::Revocation => "revocation",
        }
    }
}

impl fmt::Display for Concern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What one version of a rule demands; its name in a pack is the rule's concern.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// Windows that must be open.
    Hours(Box<Hours>),
    /// Local dates that are closed.
    ClosedDays(ClosedDays),
    /// At most so many messages.
    Cap(Cap),
    /// At least this consent.
    Consent(ConsentRule),
    /// These parts of the text.
    Wording(Vec<Wording>),
    /// These periods.
    Records(Retention),
    /// These senders.
    SenderId(Senders),
    /// Nothing by these channels.
    ChannelPause(Pause),
    /// Opt-outs within these limits.
    Revocation(Revocation),
}

impl Demand {
    /// What it is about.
    pub const fn concern(&self) -> Concern {
        match self {
            Self::Hours(_) => Concern::Hours,
            Self::ClosedDays(_) => Concern::ClosedDays,
            Self::Cap(_) => Concern::Cap,
            Self::Consent(_) => Concern::Consent,
            Self::Wording(_) => Concern::Wording,
            Self::Records(_) => Concern::Records,
            Self::SenderId(_) => Concern::SenderId,
            Self::ChannelPause(_) => Concern::ChannelPause,
            Self::Revocation(_) => Concern::Revocation,
        }
    }
}
