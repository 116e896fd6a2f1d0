use crate::{Citation, Concern, Demand, Place, Trust};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};
use tidings_kernel::{Channel, Purpose};
use time::{Date, OffsetDateTime};

/// One rule of one place, in all its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LawRule {
    pub(crate) id: Arc<str>,
    pub(crate) place: Place,
    pub(crate) concern: Concern,
    pub(crate) channels: BTreeSet<Channel>,
    pub(crate) purposes: BTreeSet<Purpose>,
    pub(crate) reach: Reach,
    pub(crate) switch: Switch,
    pub(crate) versions: Vec<Version>,
}

/// Whom a rule of a place follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Contacts who may be in the place.
    #[default]
    Contact,
    /// These, and every contact of a sender that is established in the place (GDPR Art. 3(1), CASL).
    ContactAndSender,
}

/// Whether a rule is in force by its dates alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    /// By its dates, without gaps.
    #[default]
    ByDate,
    /// Off, except for periods that somebody entered: see `Packs::with_period`.
    ByPeriod,
}

/// What a rule says during one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its name, unique in the rule, such as `2026`.
    pub version: Arc<str>,
    /// Since when; a version without a date is kept and has no effect.
    pub from: Start,
    /// Until when, excluded; `None` until further notice.
    pub until: Option<OffsetDateTime>,
    /// What it says.
    pub demand: Demand,
    /// What a tenant may choose to have looser.
    pub tenant_may_choose: BTreeSet<Loosening>,
    /// Where it stands.
    pub source: Arc<str>,
    /// How sure that is.
    pub trust: Trust,
    /// Where sources disagree, and which side is taken.
    pub conflict: Option<Arc<str>>,
    /// When the source was read.
    pub read_on: Date,
    /// What else a person should know.
    pub note: Option<String>,
}

/// Where the validity of a version begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Start {
    /// Further back than these packs look.
    Ever,
    /// At this instant.
    At(OffsetDateTime),
    /// Adopted or planned without a date: no effect until someone enters one.
    NotSet,
}

/// What a rule may let a tenant choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loosening {
    /// Existing customers without a fresh consent.
    SoftOptIn,
    /// Written consent without a double opt-in.
    SingleOptIn,
    /// How to stop in the first message and regularly, instead of in each.
    FirstStopLine,
}

impl LawRule {
    /// The stable id, such as `us.pa.hours`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whose law it is.
    pub fn place(&self) -> Place {
        self.place
    }

    /// What it is about.
    pub fn concern(&self) -> Concern {
        self.concern
    }

    /// Whom it follows.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Whether it is in force by its dates alone.
    pub fn switch(&self) -> Switch {
        self.switch
    }

    /// Whether it speaks of messages with this purpose by this channel.
    pub fn speaks_of(&self, purpose: Purpose, channel: Channel) -> bool {
        self.purposes.contains(&purpose) && self.channels.contains(&channel)
    }

    /// All versions: those in force at some time by date, then those without a date.
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// The version in force at `at`; at most one is.
    pub fn in_force(&self, at: OffsetDateTime) -> Option<&Version> {
        self.versions.iter().find(|version| version.is_in_force(at))
    }

    /// The instants at which another version, or none, comes into force.
    pub(crate) fn changes(&self) -> impl Iterator<Item = OffsetDateTime> {
        self.versions.iter().flat_map(|version| {
            let (start, end) = match version.from {
                Start::Ever => (None, version.until),
                Start::At(from) => (Some(from), version.until),
                Start::NotSet => (None, None),
            };
            start.into_iter().chain(end)
        })
    }

    pub(crate) fn cite(&self, version: &Version) -> Citation {
        Citation {
            rule: Arc::clone(&self.id),
            concern: self.concern,
            version: Arc::clone(&version.version),
            source: Arc::clone(&version.source),
            trust: version.trust,
            conflict: version.conflict.clone(),
        }
    }

    /// What another pack must repeat to speak of the same rule.
    pub(crate) fn has_same_head(&self, other: &Self) -> bool {
        self.place == other.place
            && self.concern == other.concern
            && self.channels == other.channels
            && self.purposes == other.purposes
            && self.reach == other.reach
            && self.switch == other.switch
    }
}

impl Version {
    /// Whether `at` lies in `[from, until)`.
    pub fn is_in_force(&self, at: OffsetDateTime) -> bool {
        let has_begun = match self.from {
            Start::Ever => true,
            Start::At(from) => from <= at,
            Start::NotSet => false,
        };
        has_begun && self.until.is_none_or(|until| at < until)
    }
}
