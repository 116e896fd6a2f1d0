use super::{Gate, Violation, has, holds, permits};
use crate::gate::{EXPIRED, Facts, GateRequest, RULES};
use crate::{Decision, GateOutcome};
use tidings_kernel::{Channel, Purpose};
use time::OffsetDateTime;

/// **L94, L95.** Total, with reasons. There is an answer; one that is not "send" gives a reason against
/// the message, and every reason names a rule that exists: one of [`RULES`] or of the law's hours.
///
/// # Errors
/// [`Violation`]: a refusal without a reason, or a rule that nobody knows.
pub fn refusals_have_reasons(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let decision = gate(request, facts, now);
    let is_known = |rule: &str| {
        RULES.iter().any(|(name, _)| *name == rule)
            || facts.law.hours.iter().any(|hours| hours.id == rule)
    };
    holds(
        "every reason names a rule that exists",
        decision.reasons.iter().all(|reason| is_known(&reason.rule)),
    )?;
    let is_deferral = decision.outcome == GateOutcome::Defer;
    holds(
        "only a deferral has an end",
        is_deferral == decision.until.is_some(),
    )?;
    holds(
        "what is not sent has a reason against it",
        decision.outcome == GateOutcome::Send || decision.is_adverse(),
    )
}

/// **L96.** A deferral is real. It ends after now; at its end, nothing else changed, the same rule does
/// not defer again, unless it waits for news.
///
/// # Errors
/// [`Violation`]: it ends at once, or leads to itself.
pub fn deferral_is_real(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let decision = gate(request, facts, now);
    let Some(until) = decision.until else {
        return Ok(());
    };
    holds("a deferral ends after now", until > now)?;
    if decision.waits_for_news() {
        return Ok(());
    }
    let then = gate(request, facts, until);
    let rule = decision.reasons.first().map(|reason| &reason.rule);
    let again = then.reasons.first().map(|reason| &reason.rule);
    holds(
        "the same rule does not defer again at the end of its deferral",
        then.outcome != GateOutcome::Defer || rule != again,
    )
}

/// **L97.** Block dominates defer dominates send. A reason that blocks by itself blocks whatever else is
/// so, and takes none of the other reasons away.
///
/// # Errors
/// [`Violation`]: something got past it, or a reason was lost.
pub fn block_dominates(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let before = gate(request, facts, now);
    let off = Facts {
        is_channel_disabled: true,
        ..facts.clone()
    };
    let after = gate(request, &off, now);
    holds(
        "a channel that is off sends nothing",
        after.outcome == GateOutcome::Block && after.until.is_none(),
    )?;
    holds(
        "every reason is given and not the first alone",
        before
            .reasons
            .iter()
            .all(|reason| has(&after, &reason.rule) || reason.rule == EXPIRED),
    )
}

/// **L60.** A deferral ends. What could only be sent at or after the instant until which it matters is
/// refused and not deferred, unless it waits for news, which may come before.
///
/// # Errors
/// [`Violation`]: it waits for an instant that is too late.
pub fn deferral_ends_in_time(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let endless = GateRequest {
        valid_until: None,
        ..request.clone()
    };
    let decision = gate(&endless, facts, now);
    if decision.waits_for_news() {
        return Ok(());
    }
    let end = decision.until.unwrap_or(now);
    let late = GateRequest {
        valid_until: Some(end),
        ..endless
    };
    let refused = gate(&late, facts, now);
    holds(
        "what would come too late is not sent and not deferred",
        refused.outcome == GateOutcome::Block && has(&refused, EXPIRED),
    )
}

/// **L62.** Ignoring hours is not ignoring opt-outs. One-time codes, emergencies and the confirmation of
/// an opt-out are never deferred, though they may be refused.
///
/// # Errors
/// [`Violation`]: one of them is to wait.
pub fn what_cannot_wait_does_not_wait(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let purposes = [
        Purpose::Authentication,
        Purpose::Emergency,
        Purpose::OptOutConfirmation,
    ];
    for purpose in purposes {
        let urgent = GateRequest {
            purpose,
            ..request.clone()
        };
        // What is judged as marketing may wait.
        if urgent.judged_as(facts.template.as_ref()) == purpose {
            holds(
                "codes, emergencies and confirmations are not deferred",
                gate(&urgent, facts, now).outcome != GateOutcome::Defer,
            )?;
        }
    }
    Ok(())
}

/// **L41, L98.** Another channel only if it may be used. What is chosen among several channels is what the
/// gate says of that channel alone; when none may be used, nothing is.
///
/// # Errors
/// [`Violation`]: a channel was taken that is blocked, or one was refused that is not.
pub fn another_channel_passes_the_same_gate(
    gate: impl Gate,
    among: impl Fn(&[(GateRequest, Facts)], OffsetDateTime) -> Option<(Channel, Decision)>,
    asked: &[(GateRequest, Facts)],
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let alone: Vec<(Channel, Decision)> = asked
        .iter()
        .map(|(request, facts)| (request.channel, gate(request, facts, now)))
        .collect();
    let open = alone
        .iter()
        .find(|(_, decision)| decision.outcome != GateOutcome::Block);
    let chosen = among(asked, now);
    match (open, chosen) {
        (Some((channel, own)), Some((taken, decision))) => holds(
            "the first channel that may be used is used, and as it may be",
            *channel == taken
                && permits(own.outcome) == permits(decision.outcome)
                && own.until == decision.until,
        ),
        (None, Some((_, decision))) => holds(
            "when no channel may be used nothing is sent",
            decision.outcome == GateOutcome::Block,
        ),
        (None, None) => holds("nobody is left without an answer", asked.is_empty()),
        (Some(_), None) => holds("nobody is left without an answer", false),
    }
}
