use crate::{Interval, Rule, TimeOfDay, Weekly, weekly::EVERY_DAY};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// When a contact does not want to be disturbed, every day: from `start`, included, to `end`,
/// excluded, over midnight if `end` is earlier. Equal times mean that there are no quiet hours;
/// 00:00 to 24:00 means never to be disturbed.
///
/// ```rust
/// use tidings_quiet_hours::QuietHours;
///
/// let night = QuietHours { start: "21:00".parse()?, end: "08:00".parse()? };
/// assert_eq!(night.rule().windows.intervals(time::Weekday::Monday).len(), 1);
/// # Ok::<(), tidings_quiet_hours::InvalidTimeOfDay>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// From this local time,
    pub start: TimeOfDay,
    /// until this one.
    pub end: TimeOfDay,
}

impl QuietHours {
    /// The name of the rule that these hours make.
    pub const RULE: &'static str = "quiet_hours.preference";

    /// The hours that are left, as a rule.
    pub fn rule(self) -> Rule {
        let Self { start, end } = self;
        let left = match start.cmp(&end) {
            Ordering::Equal => [Some(Interval::WHOLE_DAY), None],
            Ordering::Less => [
                between(TimeOfDay::MIDNIGHT, start),
                between(end, TimeOfDay::END_OF_DAY),
            ],
            Ordering::Greater => [between(end, start), None],
        };
        let windows = Weekly::every_day(left.into_iter().flatten().collect());
        Rule::new(Self::RULE, windows)
    }
}

/// Whether a contact minds messages on Saturdays and Sundays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekend {
    /// They are fine.
    #[default]
    Allowed,
    /// Not on these days, by the contact's own calendar.
    Refused,
}

impl Weekend {
    /// The name of the rule that a refusal makes.
    pub const RULE: &'static str = "quiet_hours.weekend";

    /// The rule, if weekends are refused.
    pub fn rule(self) -> Option<Rule> {
        match self {
            Self::Allowed => None,
            Self::Refused => {
                let [workdays @ .., _, _] = EVERY_DAY;
                Some(Rule::new(
                    Self::RULE,
                    Weekly::closed().on(workdays, Interval::WHOLE_DAY),
                ))
            }
        }
    }
}

/// What lies between two times of one day; nothing if they are equal.
fn between(start: TimeOfDay, end: TimeOfDay) -> Option<Interval> {
    (start < end)
        .then(|| Interval::new(start, end).ok())
        .flatten()
}
