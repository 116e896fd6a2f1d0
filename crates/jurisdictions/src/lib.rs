#![doc = include_str!("../README.md")]

mod applicable;
mod cap;
mod choice;
mod closed_days;
mod compile;
mod consent;
mod demand;
mod describe;
mod hours;
mod law_rule;
#[cfg(any(test, feature = "strategies"))]
pub mod laws;
mod numbering;
mod pack_error;
mod packs;
mod place;
mod places;
mod plan;
mod read;
mod records;
mod sender;
#[cfg(any(test, feature = "strategies"))]
pub mod strategies;
mod strictness;
mod trust;
mod wording;

pub use applicable::{Applicable, CapInForce, PauseInForce, applicable};
pub use cap::{Cap, Counts};
pub use choice::TenantChoice;
pub use closed_days::ClosedDays;
pub use consent::{ConsentDemand, ConsentRule, Grade, SoftOptIn, SoftOptInLimit, SoftOptInRule};
pub use demand::{Concern, Demand};
pub use hours::{ClockOf, Hours};
pub use law_rule::{LawRule, Loosening, Reach, Start, Switch, Version};
pub use pack_error::{PackError, PackProblem};
pub use packs::Packs;
pub use place::{Place, UnknownPlace};
pub use places::{Clues, Evidence, Places, places};
pub use plan::Plan;
pub use records::{ExclusiveMeans, Keep, Retention, Revocation};
pub use sender::{Pause, SenderKind, SenderRule, Senders};
pub use trust::{Citation, Trust};
pub use wording::{StopLine, Wording};
