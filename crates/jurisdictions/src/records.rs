use serde::{Deserialize, Serialize};

/// How long evidence is kept, at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Years that the evidence of a consent is kept after the consent was last relied on.
    pub consent_years_after_use: u16,
    /// How long an opt-out stands.
    pub opt_out: Keep,
}

/// A period of keeping, shortest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// So many years.
    Years(u16),
    /// Without end, in minimal form.
    ForEver,
}

impl Retention {
    /// What holds where no rule says anything.
    pub const NOTHING: Self = Self {
        consent_years_after_use: 0,
        opt_out: Keep::Years(0),
    };

    /// The longer of each period.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            consent_years_after_use: self
                .consent_years_after_use
                .max(other.consent_years_after_use),
            opt_out: self.opt_out.max(other.opt_out),
        }
    }
}

/// How an opt-out is honored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocation {
    /// Business days until it must have effect. The product acts at once; this is what law asks.
    pub business_days: u16,
    /// Minutes within which the one confirmation may be sent, where the law gives a number.
    pub confirmation_minutes: Option<u16>,
    /// Whether the sender may name the only way to opt out.
    pub exclusive_means: ExclusiveMeans,
}

/// Whether a sender may name the only way to opt out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExclusiveMeans {
    /// Yes, out of a list, clearly disclosed in the text.
    IfDisclosed,
    /// No: any reasonable way counts.
    Forbidden,
}

impl Revocation {
    /// The shorter of each period.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            business_days: self.business_days.min(other.business_days),
            confirmation_minutes: match (self.confirmation_minutes, other.confirmation_minutes) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (limit, None) | (None, limit) => limit,
            },
            exclusive_means: self.exclusive_means.max(other.exclusive_means),
        }
    }
}
