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
mod quality;
mod registration;
mod template;
mod whatsapp;

pub use freshness::EXPIRED;
pub use quality::LOW_QUALITY;
pub use template::HELD;
pub use whatsapp::SERVICE_WINDOW;

use super::{Facts, GateRequest};
use crate::Reason;
pub(crate) use allowance::counted_against;
use tidings_kernel::Purpose;
use tidings_quiet_hours::Override;
use time::{Duration, OffsetDateTime};

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

    /// When to look again for news that are waited for, in case that nobody tells them: after so long, and at the latest
    /// just before the message would matter no more.
    fn look_after(&self, wait: Duration) -> OffsetDateTime {
        let look = self.now.saturating_add(wait);
        let soonest = self.now.saturating_add(Duration::SECOND);
        let end = self.request.valid_until;
        end.map_or(look, |end| {
            let last = end.saturating_sub(Duration::SECOND);
            look.min(last).max(soonest)
        })
    }

    /// Who answers for it, if it is an emergency that somebody answers for.
    pub(super) fn emergency_override(&self) -> Option<&'a Override> {
        let is_emergency = self.purpose == Purpose::Emergency;
        self.request.override_by.as_ref().filter(|_| is_emergency)
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
pub(super) const ALL: [Rule; 24] = [
    contact::channel_enabled,
    contact::reachable,
    contact::present,
    contact::preferences,
    consent::suppression,
    consent::agreement,
    purpose::raised,
    law::channel_pause,
    law::sender_clock,
    template::exists,
    template::approved,
    whatsapp::window,
    whatsapp::number,
    quality::good_enough,
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

/// Every rule that a decision can name, and what it says. Besides these it names the hours of a place by
/// the ids of their packs, such as `us.pa.hours`. The names are stable: programs match on them.
pub const RULES: &[(&str, &str)] = &[
    (
        "channel.disabled",
        "the tenant has switched the channel off",
    ),
    (
        "contact.unreachable",
        "the contact has no address on the channel",
    ),
    (
        "contact.not_on_channel",
        "providers say that the contact is not on the channel",
    ),
    (
        "contact.channel_off",
        "the contact has switched the channel off",
    ),
    (
        "contact.topic_channel",
        "the contact wants the topic on another channel",
    ),
    (
        "suppression.active",
        "the address stays refused after an erasure",
    ),
    ("consent.granted", "the contact agreed"),
    ("consent.confirmed", "the contact agreed and confirmed it"),
    (
        "consent.soft_opt_in",
        "a customer, where the law and the tenant let that stand for consent",
    ),
    ("consent.inbound", "it answers what the contact wrote"),
    ("consent.own_request", "the contact's own act asks for it"),
    ("consent.not_required", "no consent is needed"),
    ("consent.opted_out", "the contact refused it"),
    ("consent.missing", "the contact never agreed"),
    (
        "consent.pending",
        "the contact was asked to confirm and has not answered",
    ),
    ("consent.not_written", "the place asks for written consent"),
    (
        "consent.not_confirmed",
        "the place or the tenant asks for a double opt-in",
    ),
    (
        "consent.too_old",
        "the consent is older than the place or the tenant allows",
    ),
    (
        "emergency.overridden",
        "somebody answers for an emergency against the contact's wish",
    ),
    (
        "purpose.raised",
        "it is judged as marketing though it was declared otherwise",
    ),
    (
        "jurisdiction.channel_paused",
        "the channel is closed for this purpose in the contact's place",
    ),
    (
        "jurisdiction.sender_clock",
        "a law looks at the sender's clock, which is not known",
    ),
    ("template.missing", "the template is gone"),
    (
        "template.not_approved",
        "WhatsApp does not let the template out now",
    ),
    (
        HELD,
        "the template is paused or looked at again; the message waits for it",
    ),
    (
        "whatsapp.window_closed",
        "the contact wrote more than 24 hours ago, or never",
    ),
    (
        "whatsapp.no_number",
        "a one-time code for somebody whose number is not known",
    ),
    (
        LOW_QUALITY,
        "people take badly what the number sends; marketing waits until that is better",
    ),
    (
        "registration.required",
        "the carriers' registration is not approved",
    ),
    ("content.empty", "there is nothing to send"),
    (
        "content.control_character",
        "the text has a control character",
    ),
    (
        "content.too_long",
        "the text is longer than the channel allows",
    ),
    (
        "content.brand_missing",
        "marketing does not name the sender",
    ),
    ("content.stop_missing", "marketing does not say how to stop"),
    (
        "content.foreign_link",
        "marketing links to somebody else's domain",
    ),
    (
        "content.caution",
        "carriers may hold something against the text",
    ),
    (
        "frequency.cap",
        "the contact has had as much marketing as a cap allows",
    ),
    ("quota.exceeded", "the month's messages are used up"),
    ("budget.exceeded", "the month's budget is used up"),
    (
        "quiet_hours.window",
        "outside the hours of the day for what can wait",
    ),
    ("quiet_hours.preference", "within the contact's quiet hours"),
    (
        "quiet_hours.weekend",
        "on a weekend that the contact does not want",
    ),
    (
        "quiet_hours.business",
        "outside the tenant's business hours",
    ),
    (
        "quiet_hours.overridden",
        "hours are closed, and somebody let it past",
    ),
    ("freshness.stale_source", "the record behind it has changed"),
    (EXPIRED, "it could only be sent too late"),
];

fn block(rule: &'static str, detail: impl Into<String>) -> Word {
    Word::Block(Reason::new(rule, detail))
}
