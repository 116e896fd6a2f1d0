//! What must hold for anything that decides when somebody may be disturbed: the laws L43 to L58 and
//! L60 to L64 of the compliance reference, and what belongs to hours of L96 and L101, P6, and one of
//! our own (M1). Each is a function over the implementation under test, so that an embedder can run it
//! on another one; the arguments are one case, such as [`strategies`](crate::strategies) makes.
//!
//! A law that says nothing about a case (no gap on that date, for example) is kept.
//!
//! ```rust
//! use tidings_quiet_hours::{HORIZON, Rule, Zone, allowed, laws, laws::Case, next_allowed};
//! use time::macros::datetime;
//!
//! let (zones, rules) = ([Zone::parse("Europe/Berlin")?], [Rule::daytime()]);
//! let case = Case { at: datetime!(2026-03-29 00:30 UTC), zones: &zones, rules: &rules };
//! laws::not_earlier_and_inside(
//!     |case| next_allowed(case.at, case.zones, case.rules, HORIZON),
//!     |case| allowed(case.at, case.zones, case.rules),
//!     case,
//! )?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod decision;
mod place;
mod search;
mod window;

pub use decision::{
    exempt_is_never_deferred, later_is_open_then, never_after_valid_until,
    override_needs_actor_and_reason,
};
pub use place::{evidence_only_narrows_or_replaces, local_time_is_kept};
pub use search::{
    alias_is_the_same_clock, conflict_is_named, fixed_point, least, monotone, more_rules_later,
    more_zones_later, not_earlier_and_inside, same_database_same_answer, shift, whole_day,
    zone_order_is_irrelevant,
};
pub use window::{
    both_passes_alike, closed_date_closes_it_and_its_tail, gap_opens_at_its_end, half_open,
    margin_is_kept, over_midnight, preference_only_narrows, quiet_is_the_complement,
};

use crate::{Next, Rule, Zone};
use time::OffsetDateTime;

/// An implementation broke a law.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{law} is broken: {detail}")]
pub struct Violation {
    /// Its number in the reference.
    pub law: &'static str,
    /// The case, and what was answered.
    pub detail: String,
}

/// A question: may it be now, or when next?
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The instant asked about.
    pub at: OffsetDateTime,
    /// Where the contact may be.
    pub zones: &'a [Zone],
    /// What must be open.
    pub rules: &'a [Rule],
}

fn keep(
    law: &'static str,
    is_kept: bool,
    detail: impl FnOnce() -> String,
) -> Result<(), Violation> {
    if is_kept {
        Ok(())
    } else {
        Err(Violation {
            law,
            detail: detail(),
        })
    }
}

/// The instant, with "never" as infinity.
fn instant(next: &Next) -> Option<OffsetDateTime> {
    match next {
        Next::At(at) => Some(*at),
        Next::Never(_) => None,
    }
}

/// Whether `left` is not later than `right`, both with "never" as infinity.
fn at_most(left: Option<OffsetDateTime>, right: Option<OffsetDateTime>) -> bool {
    match (left, right) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(left), Some(right)) => left <= right,
    }
}
