//! When the contact may be disturbed: the contact's wish, the law of the place, the tenant's own hours.

use super::{Case, Word};
use crate::Reason;
use tidings_consent::{Action, ConsentEvent};
use tidings_kernel::Purpose;
use tidings_quiet_hours as hours;
use time::OffsetDateTime;

pub(super) fn quiet(case: &Case<'_>) -> Word {
    let (request, facts) = (case.request, case.facts);
    let ask = hours::Ask {
        prompted_at: prompted_at(case),
        quiet_hours: facts.preferences.quiet(),
        weekend: facts.preferences.weekend(),
        rules: &facts.law.hours,
        urgency: request.urgency,
        overridden_by: case.emergency_override(),
        ..hours::Ask::new(case.purpose, request.channel, case.now, &facts.zones.zones)
    };
    let reason = |rule, detail| Reason {
        rule,
        because: Vec::new(),
        detail,
    };
    match hours::judge(&ask) {
        hours::Verdict::Open => Word::Nothing,
        hours::Verdict::Overridden { rule, detail, .. } => Word::Allow(reason(rule, detail)),
        hours::Verdict::Later {
            until,
            rule,
            detail,
        } => Word::Defer(until, reason(rule, detail)),
        hours::Verdict::Never { rule, detail } => Word::Block(reason(rule, detail)),
    }
}

/// The contact's own act that it answers: for a request to confirm the sign-up, not whatever they wrote
/// last; for all else what they wrote.
fn prompted_at(case: &Case<'_>) -> Option<OffsetDateTime> {
    if case.purpose != Purpose::DoubleOptIn {
        return case.facts.last_inbound;
    }
    let is_sign_up = |event: &&ConsentEvent| {
        event.occurred_at <= case.now
            && event.channels.covers(case.request.channel)
            && matches!(
                event.action,
                Action::OptIn | Action::ConsentGiven | Action::DoubleOptInRequested
            )
    };
    let sign_ups = case.facts.consent.iter().filter(is_sign_up);
    sign_ups.map(|event| event.occurred_at).max()
}
