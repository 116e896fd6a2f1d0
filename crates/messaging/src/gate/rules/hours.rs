//! When the contact may be disturbed: the contact's wish, the law of the place, the tenant's own hours.

use super::{Case, Word};
use crate::Reason;
use tidings_quiet_hours as hours;

pub(super) fn quiet(case: &Case<'_>) -> Word {
    let (request, facts) = (case.request, case.facts);
    let ask = hours::Ask {
        prompted_at: facts.last_inbound,
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
