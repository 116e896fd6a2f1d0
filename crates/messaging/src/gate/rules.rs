//! The rules, a file for each concern. What consent and hours mean lives in the crates that own them;
//! here it is put to the request.

mod allowance;
mod consent;
mod contact;
mod content;
mod frequency;
mod freshness;
mod hours;
mod law;
mod purpose;
mod registration;
mod template;
mod whatsapp;

pub use freshness::EXPIRED;

use super::{Facts, GateRequest};
use crate::Reason;
use tidings_kernel::Purpose;
use time::OffsetDateTime;

/// One message, what is known, and when: what every rule looks at.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) request: &'a GateRequest,
    pub(super) facts: &'a Facts,
    pub(super) now: OffsetDateTime,
    /// What it is judged as: its purpose, or marketing if it has turned out to be that.
    pub(super) purpose: Purpose,
}

impl<'a> Case<'a> {
    pub(super) fn new(request: &'a GateRequest, facts: &'a Facts, now: OffsetDateTime) -> Self {
        Self {
            request,
            facts,
            now,
            purpose: request.judged_as(facts.template.as_ref()),
        }
    }
}

/// What a rule says.
pub(super) enum Word {
    /// It has nothing to do with this message.
    Nothing,
    /// It allows the message, and says on what grounds.
    Allow(Reason),
    /// Not before this instant.
    Defer(OffsetDateTime, Reason),
    /// Not at all.
    Block(Reason),
}

type Rule = fn(&Case<'_>) -> Word;

/// Every rule, in the order of the explanation. A rule that could only be kept too late stands
/// [behind](freshness::in_time) all of them, since it looks at their deferrals.
pub(super) const ALL: [Rule; 20] = [
    contact::channel_enabled,
    contact::reachable,
    contact::preferences,
    consent::suppression,
    consent::agreement,
    purpose::raised,
    law::channel_pause,
    template::exists,
    template::approved,
    whatsapp::window,
    registration::approved,
    content::sendable,
    content::wording,
    content::links,
    content::cautions,
    frequency::cap,
    allowance::messages,
    allowance::budget,
    hours::quiet,
    freshness::source,
];

pub(super) use freshness::in_time;

fn block(rule: &'static str, detail: impl Into<String>) -> Word {
    Word::Block(Reason::new(rule, detail))
}
