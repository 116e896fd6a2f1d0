use serde::{Deserialize, Serialize};
use time::Duration;

/// How much a contact must have agreed to, weakest first.
///
/// Not the type of the same name in `tidings-consent`, which says what was given: that one has nothing
/// below express. Whoever takes both crates says how a [`ConsentDemand`] becomes a `Need` there; the guide
/// to embedding has the ten lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// The packs ask for nothing; the product's own rules still may.
    Nothing,
    /// Gave the address for this purpose, informed.
    Express,
    /// Clear disclosure, an affirmative act, recorded.
    Written,
    /// Written, and confirmed by a double opt-in.
    Confirmed,
}

/// What a rule says about consent, as a pack has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentRule {
    /// The least that must exist.
    pub grade: Grade,
    /// Whether an existing customer may be written to instead.
    #[serde(default)]
    pub soft_opt_in: SoftOptInRule,
    /// After how many days a consent is spent.
    #[serde(default)]
    pub max_age_days: Option<u16>,
}

/// What a rule says about soft opt-in: marketing one's own similar products to an existing customer who
/// could refuse when the number was collected, and can in every message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoftOptInRule {
    /// The law does not know it.
    Refused,
    /// The rule says nothing: another rule of the same place may offer it.
    #[default]
    Silent,
    /// A tenant may choose it.
    Offered(SoftOptInLimit),
}

/// How long a sale carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoftOptInLimit {
    /// Days after the sale; without it the law gives no number.
    #[serde(default)]
    pub max_age_days: Option<u16>,
}

/// What the consent of a contact must be, all rules together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ConsentDemand {
    /// The least that must exist.
    pub grade: Grade,
    /// Whether a sale may stand for it.
    pub soft_opt_in: SoftOptIn,
    /// After which time a consent is spent.
    pub max_age: Option<Duration>,
}

/// Whether the tenant may, and did choose to, rely on a sale instead of [`ConsentDemand::grade`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SoftOptIn {
    /// No.
    Off,
    /// Yes, for so long after the sale where there is a limit.
    Allowed {
        /// The limit.
        max_age: Option<Duration>,
    },
}

impl ConsentDemand {
    /// What holds where no rule says anything.
    pub const NOTHING: Self = Self {
        grade: Grade::Nothing,
        soft_opt_in: SoftOptIn::Off,
        max_age: None,
    };

    /// Whether whoever meets this meets `other`.
    pub fn implies(&self, other: &Self) -> bool {
        let soft = match (self.soft_opt_in, other.soft_opt_in) {
            (SoftOptIn::Off, _) => true,
            (SoftOptIn::Allowed { .. }, SoftOptIn::Off) => other.grade == Grade::Nothing,
            (SoftOptIn::Allowed { max_age: ours }, SoftOptIn::Allowed { max_age: theirs }) => {
                is_shorter(ours, theirs)
            }
        };
        self.grade >= other.grade && soft && is_shorter(self.max_age, other.max_age)
    }
}

/// The shorter of two limits, where none is the longest.
pub(crate) fn shorter(a: Option<Duration>, b: Option<Duration>) -> Option<Duration> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (limit, None) | (None, limit) => limit,
    }
}

fn is_shorter(ours: Option<Duration>, theirs: Option<Duration>) -> bool {
    shorter(ours, theirs) == ours
}

pub(crate) fn days(days: Option<u16>) -> Option<Duration> {
    days.map(|days| Duration::days(i64::from(days)))
}
