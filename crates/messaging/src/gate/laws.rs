//! Laws of the gate as plain functions, over any function with the signature of
//! [`decide`](super::decide), so that an embedder can run them over a gate of their own. Their numbers
//! are those of the compliance reference, section 11.
//!
//! ```rust
//! use tidings_messaging::gate::{decide, laws, strategies};
//! use proptest::{prelude::*, test_runner::TestRunner};
//!
//! let cases = (strategies::request(), strategies::facts(), tidings_kernel::strategies::instant());
//! TestRunner::default().run(&cases, |(request, facts, now)| {
//!     laws::block_dominates(decide, &request, &facts, now)?;
//!     Ok(())
//! })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod consent;
mod content;
mod frequency;
mod outcome;
mod reproduced;
mod settings;
mod whatsapp;

pub use consent::*;
pub use content::*;
pub use frequency::*;
pub use outcome::*;
pub use reproduced::*;
pub use settings::*;
pub use whatsapp::*;

use super::{Facts, GateRequest};
use crate::{Decision, GateOutcome};
use time::OffsetDateTime;

/// A law does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the gate breaks a law: {law}")]
pub struct Violation {
    /// Which one.
    pub law: &'static str,
}

/// A gate: this crate's is [`decide`](super::decide).
pub trait Gate: Fn(&GateRequest, &Facts, OffsetDateTime) -> Decision {}

impl<F: Fn(&GateRequest, &Facts, OffsetDateTime) -> Decision> Gate for F {}

fn holds(law: &'static str, is_so: bool) -> Result<(), Violation> {
    if is_so {
        Ok(())
    } else {
        Err(Violation { law })
    }
}

/// How much an outcome permits: nothing, later, now.
const fn permits(outcome: GateOutcome) -> u8 {
    match outcome {
        GateOutcome::Block => 0,
        GateOutcome::Defer => 1,
        GateOutcome::Send | GateOutcome::UseChannel => 2,
    }
}

fn has(decision: &Decision, rule: &str) -> bool {
    decision.reasons.iter().any(|reason| reason.rule == rule)
}

#[cfg(test)]
mod tests;
