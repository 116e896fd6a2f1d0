#![doc = include_str!("../README.md")]

mod candidates;
mod judge;
mod next;
mod preference;
mod rule;
#[cfg(any(test, feature = "strategies"))]
pub mod strategies;
mod time_of_day;
mod weekly;
mod zone;

pub use candidates::{Candidates, zones_for, zones_of};
pub use judge::{Ask, PROMPT_CONFIRMATION, PROMPT_REPLY, Verdict, judge};
pub use next::{Excluded, HORIZON, Next, allowed, next_allowed};
pub use preference::{QuietHours, Weekend};
pub use rule::{Rule, RuleId};
pub use time_of_day::{InvalidTimeOfDay, TimeOfDay};
pub use weekly::{Interval, InvalidInterval, Weekly};
pub use zone::{InvalidZone, Zone, tzdb_version};
