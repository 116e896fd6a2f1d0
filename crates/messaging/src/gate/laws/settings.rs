use super::{Gate, Violation, holds, permits};
use crate::gate::{Cap, Demand, Facts, GateRequest};
use tidings_consent::{Grade, Need};
use tidings_kernel::Purpose;
use tidings_quiet_hours::{Override, Rule, Weekly};
use time::OffsetDateTime;

/// **L100.** A tenant's setting only narrows. Hours, caps, consent and wording that are asked for on top
/// move an answer along send, defer, block and never back; so does a limit of the month.
///
/// # Errors
/// [`Violation`]: a stricter setting let something out.
pub fn stricter_never_opens(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let before = permits(gate(request, facts, now).outcome);
    let mut stricter: Vec<Facts> = Vec::new();
    let mut with = |change: &dyn Fn(&mut Facts)| {
        let mut changed = facts.clone();
        change(&mut changed);
        stricter.push(changed);
    };
    with(&|facts| {
        facts
            .law
            .hours
            .push(Rule::new("test.closed", Weekly::closed()));
    });
    with(&|facts| facts.law.hours.push(Rule::daytime()));
    with(&|facts| {
        facts.law.caps.push(Cap {
            most: 0,
            hours: 24,
            rule: None,
        });
    });
    with(&|facts| {
        facts.law.need = facts.law.need.stricter(Need {
            grade: Grade::Confirmed,
            ..Need::default()
        });
    });
    with(&|facts| (facts.law.brand, facts.law.stop_line) = (Demand::Required, Demand::Required));
    with(&|facts| facts.allowance.messages = Some(0));
    holds(
        "a stricter setting never lets anything out",
        stricter
            .iter()
            .all(|facts| permits(gate(request, facts, now).outcome) <= before),
    )
}

/// **L99.** Unknown is as strict as the strictest. With several zones possible nothing more is permitted
/// than with any one of them, and with none known no more than with all.
///
/// # Errors
/// [`Violation`]: ignorance let something out.
pub fn more_zones_never_open(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let in_zones = |zones: Vec<_>| {
        let mut facts = facts.clone();
        facts.zones.zones = zones;
        permits(gate(request, &facts, now).outcome)
    };
    let all = in_zones(facts.zones.zones.clone());
    for zone in &facts.zones.zones {
        holds(
            "several possible zones permit no more than one",
            all <= in_zones(vec![zone.clone()]),
        )?;
    }
    holds(
        "no known zone permits no more than some",
        in_zones(Vec::new()) <= all,
    )
}

/// **L83, L101.** An override needs an emergency, an actor and a reason. The latter two cannot be left out
/// of an [`Override`]; for any other purpose it changes nothing.
///
/// # Errors
/// [`Violation`]: something else was overridden.
pub fn only_an_emergency_is_overridden(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    by: &Override,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let plain = GateRequest {
        override_by: None,
        ..request.clone()
    };
    let overridden = GateRequest {
        override_by: Some(by.clone()),
        ..plain.clone()
    };
    let is_emergency = request.judged_as(facts.template.as_ref()) == Purpose::Emergency;
    let (before, after) = (gate(&plain, facts, now), gate(&overridden, facts, now));
    holds(
        "an override has no effect on anything but an emergency",
        is_emergency || before == after,
    )?;
    holds(
        "what was overridden says who did it, and why",
        permits(after.outcome) <= permits(before.outcome)
            || after.reasons.iter().any(|reason| {
                reason.detail.contains(by.actor()) && reason.detail.contains(by.reason())
            }),
    )
}
