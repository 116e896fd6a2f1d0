use super::{Gate, Violation, holds, permits};
use crate::GateOutcome;
use crate::gate::{Cap, Facts, GateRequest};
use tidings_kernel::Purpose;
use time::OffsetDateTime;

/// **L65, L66.** Caps hold in every window, for the person. A day of questions every `step` minutes, each
/// answered "send" being remembered as sent, keeps to the cap in every period of its length.
///
/// # Errors
/// [`Violation`]: in some period there were more.
pub fn caps_hold_in_every_window(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    cap: &Cap,
    step: time::Duration,
    from: OffsetDateTime,
) -> Result<(), Violation> {
    let marketing = GateRequest {
        purpose: Purpose::Marketing,
        valid_until: None,
        ..request.clone()
    };
    let mut facts = facts.clone();
    facts.law.caps = vec![cap.clone()];
    facts.marketing_sent.clear();
    for number in 0..200 {
        let now = from.saturating_add(step * number);
        if gate(&marketing, &facts, now).outcome == GateOutcome::Send {
            facts.marketing_sent.push(now);
        }
    }
    let sent = &facts.marketing_sent;
    let is_kept = sent.iter().all(|first| {
        let end = first.saturating_add(cap.window());
        let within = sent.iter().filter(|at| *first <= **at && **at < end);
        u32::try_from(within.count()).is_ok_and(|count| count <= cap.most)
    });
    holds("no period has more marketing than the cap", is_kept)
}

/// **L67.** History never makes it earlier. A further message that was sent never permits another one.
///
/// # Errors
/// [`Violation`]: it did.
pub fn history_never_opens(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let before = gate(request, facts, now).outcome;
    let mut more = facts.clone();
    more.marketing_sent.push(now);
    let after = gate(request, &more, now).outcome;
    holds(
        "a further message never permits another one",
        permits(after) <= permits(before),
    )
}
