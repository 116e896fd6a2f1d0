use crate::Grade;
use serde::{Deserialize, Serialize};
use time::Duration;

/// What an agreement must be like to count. A country's rules and a tenant's own each have one; put
/// them together with [`stricter`](Need::stricter).
///
/// ```rust
/// use tidings_consent::{Grade, Need, SoftOptIn};
/// use time::Duration;
///
/// // Marketing in the United States: prior express written consent.
/// let law = Need { grade: Grade::Written, ..Need::default() };
/// // This tenant asks again after a year.
/// let tenant = Need { max_age: Some(Duration::days(365)), ..Need::default() };
/// let both = law.stricter(tenant);
/// assert_eq!((both.grade, both.max_age), (Grade::Written, Some(Duration::days(365))));
/// assert_eq!(both.soft_opt_in, SoftOptIn::Refused);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Need {
    /// What it must prove, at least.
    pub grade: Grade,
    /// For how long an act counts; `None` for ever. At exactly this age it still does, a tick later
    /// it does not (L22). The age is that of the latest act of the grade.
    pub max_age: Option<Duration>,
    /// Whether being a customer is enough for marketing.
    pub soft_opt_in: SoftOptIn,
}

/// Whether a customer who has not refused counts as agreed: the "soft opt-in" of some European
/// countries, the implied consent of Canada.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoftOptIn {
    /// No.
    Refused,
    /// Yes.
    Accepted {
        /// For how long after the last purchase or inquiry; `None` for ever. Sharp as above.
        max_age: Option<Duration>,
    },
}

impl Default for Need {
    /// Any agreement, of any age; a customer's silence is none.
    fn default() -> Self {
        Self {
            grade: Grade::Express,
            max_age: None,
            soft_opt_in: SoftOptIn::Refused,
        }
    }
}

impl Need {
    /// Both needs at once: the higher grade, the shorter ages.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        Self {
            grade: self.grade.max(other.grade),
            max_age: shorter(self.max_age, other.max_age),
            soft_opt_in: match (self.soft_opt_in, other.soft_opt_in) {
                (SoftOptIn::Accepted { max_age: a }, SoftOptIn::Accepted { max_age: b }) => {
                    SoftOptIn::Accepted {
                        max_age: shorter(a, b),
                    }
                }
                (SoftOptIn::Refused, _) | (_, SoftOptIn::Refused) => SoftOptIn::Refused,
            },
        }
    }
}

fn shorter(a: Option<Duration>, b: Option<Duration>) -> Option<Duration> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (age, None) | (None, age) => age,
    }
}
