use super::{Gate, Violation, holds, permits};
use crate::gate::{Facts, GateRequest, Pause};
use crate::{Address, GateOutcome, LocaleStanding, TemplateFacts};
use std::collections::{BTreeMap, BTreeSet};
use tidings_kernel::{Channel, Purpose};
use tidings_templates::{ApprovalStatus, Category};
use time::{Duration, OffsetDateTime};

fn on_whatsapp(request: &GateRequest) -> GateRequest {
    GateRequest {
        channel: Channel::Whatsapp,
        ..request.clone()
    }
}

/// **L84.** Free text only inside the window: less than 24 hours after the contact wrote.
///
/// # Errors
/// [`Violation`]: free text went out with the window closed.
pub fn free_text_only_inside_the_window(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let free = GateRequest {
        calls_template: false,
        ..on_whatsapp(request)
    };
    let is_open = facts
        .last_inbound
        .is_some_and(|at| now < at.saturating_add(Duration::DAY));
    holds(
        "free text goes out inside the window only",
        is_open || gate(&free, facts, now).outcome == GateOutcome::Block,
    )
}

/// **L85.** The latest inbound opens the window. A later message of the contact never closes what an
/// earlier one opened.
///
/// # Errors
/// [`Violation`]: writing again closed the window.
pub fn a_later_inbound_never_closes(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let request = on_whatsapp(request);
    let before = gate(&request, facts, now).outcome;
    let later = Facts {
        last_inbound: Some(facts.last_inbound.map_or(now, |at| at.max(now))),
        ..facts.clone()
    };
    holds(
        "a later message of the contact never closes the window",
        permits(gate(&request, &later, now).outcome) >= permits(before),
    )
}

/// **L87.** A paused template is never sent, nor one that was rejected, disabled or never approved, also
/// when that happened after the message was queued. What waits already may go on waiting, and nothing else may.
///
/// # Errors
/// [`Violation`]: it was.
pub fn only_approved_templates(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    template: &TemplateFacts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let calling = GateRequest {
        template: Some(template.id),
        calls_template: true,
        ..on_whatsapp(request)
    };
    let statuses = [
        ApprovalStatus::Draft,
        ApprovalStatus::Pending,
        ApprovalStatus::Rejected,
        ApprovalStatus::Paused,
        ApprovalStatus::Disabled,
    ];
    let is_refused = |template: Option<TemplateFacts>| {
        let mut facts = facts.clone();
        facts.template = template;
        match gate(&calling, &facts, now).outcome {
            GateOutcome::Block => true,
            GateOutcome::Defer => calling.is_waiting,
            GateOutcome::Send | GateOutcome::UseChannel => false,
        }
    };
    let with = |status| {
        let locale = calling.template_locale.clone();
        let category = Category::Utility;
        let standing = LocaleStanding { status, category };
        let locales = locale.into_iter().map(|locale| (locale, standing));
        Some(TemplateFacts {
            status,
            locales: if template.locales.is_empty() {
                BTreeMap::new()
            } else {
                locales.collect()
            },
            ..template.clone()
        })
    };
    holds(
        "only an approved template is sent",
        statuses.into_iter().all(|status| is_refused(with(status))) && is_refused(None),
    )
}

/// **L89.** No WhatsApp marketing to the US while paused. A channel that the place has closed for a purpose
/// is not used for it.
///
/// # Errors
/// [`Violation`]: it was.
pub fn a_paused_channel_is_not_used(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let mut paused = facts.clone();
    paused.law.pause = Some(Pause {
        rule: "test.pause".into(),
        instead: BTreeSet::from([Channel::Sms]),
    });
    holds(
        "a paused channel is not used",
        gate(request, &paused, now).outcome == GateOutcome::Block,
    )
}

/// **L92.** No authentication to an identity without a number.
///
/// # Errors
/// [`Violation`]: a code was sent to somebody whose number is not known.
pub fn codes_go_to_numbers(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let code = GateRequest {
        purpose: Purpose::Authentication,
        to: Some(Address::WhatsappUser("US.0000000000000000".into())),
        ..on_whatsapp(request)
    };
    holds(
        "a code is sent to a number only",
        code.judged_as(facts.template.as_ref()) != Purpose::Authentication
            || gate(&code, facts, now).outcome == GateOutcome::Block,
    )
}

/// Marketing never leaves by a number of low quality: where there is no other, it is not sent now.
///
/// # Errors
/// [`Violation`]: it was.
pub fn marketing_waits_for_quality(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let low = Facts {
        is_quality_low: true,
        ..facts.clone()
    };
    let marketing = GateRequest {
        purpose: Purpose::Marketing,
        ..on_whatsapp(request)
    };
    holds(
        "marketing does not leave by a number of low quality",
        permits(gate(&marketing, &low, now).outcome) < permits(GateOutcome::Send),
    )
}

/// The quality of a number is of no consequence for anything but marketing: codes, emergencies and what is about
/// somebody's own affairs go as if nobody had rated it.
///
/// # Errors
/// [`Violation`]: something else was judged otherwise.
pub fn quality_touches_marketing_alone(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let request = on_whatsapp(request);
    let with = |is_quality_low| Facts {
        is_quality_low,
        ..facts.clone()
    };
    let is_same = gate(&request, &with(true), now) == gate(&request, &with(false), now);
    let is_marketing = request.judged_as(facts.template.as_ref()) == Purpose::Marketing;
    holds(
        "the quality of a number touches nothing but marketing",
        is_marketing || is_same,
    )
}
