use serde::{Deserialize, Serialize};
use time::Duration;

/// At most so many marketing messages to one person in a rolling time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// How many.
    pub most: u32,
    /// In how many hours, rolling.
    pub hours: u16,
    /// Which messages count.
    pub counts: Counts,
}

/// Which messages count against a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// Those on the same subject. Who cannot tell subjects apart counts all.
    SameSubject,
    /// All.
    AnySubject,
}

impl Cap {
    /// The rolling time.
    pub fn window(self) -> Duration {
        Duration::hours(i64::from(self.hours))
    }

    /// Whether whoever keeps this keeps `other`.
    pub fn implies(self, other: Self) -> bool {
        self.most <= other.most && self.hours >= other.hours && self.counts >= other.counts
    }
}
