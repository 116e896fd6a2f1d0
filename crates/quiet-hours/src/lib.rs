#![doc = include_str!("../README.md")]

mod calendar;
mod candidates;
mod clock;
mod closed;
mod engine;
mod evidence;
mod interval;
mod judge;
#[cfg(any(test, feature = "strategies"))]
pub mod laws;
mod local;
mod next;
mod overriding;
mod preference;
mod rule;
mod schedule;
#[cfg(any(test, feature = "strategies"))]
pub mod strategies;
mod time_of_day;
mod tz_database;
mod weekly;
mod zone;

pub use calendar::{Calendar, Holidays, InvalidCalendar, UnknownCalendar};
pub use candidates::{Candidates, regions_for, zones_for, zones_of};
pub use closed::Closed;
pub use evidence::{Evidence, Resolved, ZoneEvidence, resolve};
pub use interval::{Interval, InvalidInterval};
pub use judge::{Ask, MARGIN, PROMPT_CONFIRMATION, PROMPT_REPLY, Urgency, Verdict, judge};
pub use local::{Which, instant_in_all, instant_of};
pub use next::{Excluded, HORIZON, Next, allowed, next_allowed};
pub use overriding::{InvalidOverride, Override};
pub use preference::{QuietHours, Weekend};
pub use rule::{Rule, RuleId};
pub use schedule::Schedule;
pub use time_of_day::{InvalidTimeOfDay, TimeOfDay};
pub use tz_database::{AlreadyInForce, LoadError, TzDatabase, tzdb_version};
pub use weekly::Weekly;
pub use zone::{InvalidZone, Zone};
