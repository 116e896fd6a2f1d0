//! One rule in one zone, in whole seconds since 1970. Between two changes of the offset the wall clock
//! runs evenly, so the next window can be computed; at a change the search starts anew.

use crate::{Rule, Zone, interval::Span};

const DAY: i64 = 86_400;

/// The least second from `at` to `limit` at which `rule` is open.
pub(crate) fn opens(at: i64, zone: &Zone, rule: &Rule, limit: i64) -> Option<i64> {
    let mut at = at;
    while at <= limit {
        let stretch = zone.stretch(at)?;
        let last = limit.min(stretch.end.saturating_sub(1));
        let local = at.checked_add(stretch.offset)?;
        let mut day = local.div_euclid(DAY);
        let mut minute = minute(local);
        loop {
            let span = rule
                .spans(day)
                .iter()
                .find(|span| i64::from(span.end) > minute);
            if let Some(span) = span {
                if i64::from(span.start) <= minute {
                    // Only the first minute looked at can be an open one that began before.
                    return Some(at.max(instant(day, minute, stretch.offset)));
                }
                let opening = instant(day, i64::from(span.start), stretch.offset);
                if opening <= last {
                    return Some(opening);
                }
                break;
            }
            day += 1;
            minute = 0;
            if instant(day, 0, stretch.offset) > last {
                break;
            }
        }
        at = stretch.end;
    }
    None
}

/// The least second from `at` to `limit` at which `rule` is closed.
pub(crate) fn closes(at: i64, zone: &Zone, rule: &Rule, limit: i64) -> Option<i64> {
    let mut at = at;
    while at <= limit {
        // What the database cannot tell is closed.
        let Some(stretch) = zone.stretch(at) else {
            return Some(at);
        };
        let last = limit.min(stretch.end.saturating_sub(1));
        let local = at.checked_add(stretch.offset)?;
        let mut day = local.div_euclid(DAY);
        let mut minute = minute(local);
        loop {
            let Some(end) = end_of_run(rule.spans(day), minute) else {
                return Some(at.max(instant(day, minute, stretch.offset)));
            };
            let closing = instant(day, end, stretch.offset);
            if closing > last {
                break;
            }
            if end < 1_440 {
                return Some(closing);
            }
            day += 1;
            minute = 0;
        }
        at = stretch.end;
    }
    None
}

/// Whether `rule` is open.
pub(crate) fn is_open(at: i64, zone: &Zone, rule: &Rule) -> bool {
    zone.stretch(at)
        .and_then(|stretch| at.checked_add(stretch.offset))
        .is_some_and(|local| end_of_run(rule.spans(local.div_euclid(DAY)), minute(local)).is_some())
}

fn end_of_run(spans: &[Span], minute: i64) -> Option<i64> {
    spans
        .iter()
        .find(|span| i64::from(span.end) > minute)
        .filter(|span| i64::from(span.start) <= minute)
        .map(|span| i64::from(span.end))
}

fn minute(local: i64) -> i64 {
    local.rem_euclid(DAY) / 60
}

fn instant(day: i64, minute: i64, offset: i64) -> i64 {
    day * DAY + minute * 60 - offset
}
