//! What every engine of jurisdictions must keep, one function a law, to be run on ours or on another.
//!
//! Each takes the thing under test as a function, checks one case, and says what is wrong with it.

mod packs;
mod places;
mod strictness;

pub use packs::{
    every_rule_is_sourced, loading_order, one_in_force, overlap_is_refused, the_past_stays,
};
pub use places::{never_nowhere, order_of_places};
pub use strictness::{
    a_tenant_tightens, more_places_stricter, more_rules_later, unknown_is_strictest,
};

/// A case in which a law does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("law {law} is broken: {detail}")]
pub struct Violation {
    /// The law's name, such as `L103`.
    pub law: &'static str,
    /// What was expected and what was found.
    pub detail: String,
}

fn broken(law: &'static str, detail: String) -> Result<(), Violation> {
    Err(Violation { law, detail })
}

#[cfg(test)]
mod tests;
