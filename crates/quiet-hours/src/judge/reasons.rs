//! Sentences for people; written only when something is closed.

use super::{Ask, Verdict};
use crate::{
    Excluded, HORIZON, Interval, Override, QuietHours, Rule, RuleId, Weekend, Zone, engine,
    schedule::Plan,
};
use time::{OffsetDateTime, UtcOffset, macros::format_description};

pub(super) fn later(ask: &Ask<'_>, plan: &Plan<'_>, until: OffsetDateTime) -> Verdict {
    // `until` is later than `at` because some rule is closed somewhere.
    let (rule, reason) = match plan.first_closed(ask.at) {
        Some((rule, zone)) => (rule.id.clone(), sentence(ask, rule, zone)),
        None => (
            RuleId::Borrowed(Rule::DAYTIME),
            "It cannot be sent now".to_owned(),
        ),
    };
    Verdict::Later {
        until,
        rule,
        detail: format!("{reason}; it can be sent from {}.", minute(until)),
    }
}

pub(super) fn never(ask: &Ask<'_>, plan: &Plan<'_>, excluded: Excluded) -> Verdict {
    let first = |ids: Vec<RuleId>| {
        let first = ids.into_iter().next();
        first.unwrap_or(RuleId::Borrowed(Rule::DAYTIME))
    };
    match excluded {
        Excluded::NoZone => Verdict::Never {
            rule: plan
                .rules()
                .find(|rule| rule.zone.is_none())
                .map_or(RuleId::Borrowed(Rule::DAYTIME), |rule| rule.id.clone()),
            detail: "The contact's time zone is not known, so no hour is sure to be a lawful one: \
                     set the time zone of the contact."
                .to_owned(),
        },
        Excluded::By(ids) => {
            let names = ids.join(", ");
            let days = HORIZON.whole_days();
            let detail = match ask.zones {
                [] => format!("With {names} there is no time within the next {days} days."),
                [zone] => {
                    format!("With {names} there is no time in {zone} within the next {days} days.")
                }
                zones => format!(
                    "With {names} there is no time that suits all {} zones the contact may be in within \
                     the next {days} days: set the time zone of the contact.",
                    zones.len()
                ),
            };
            Verdict::Never {
                rule: first(ids),
                detail,
            }
        }
        Excluded::Expired { next } => Verdict::Never {
            rule: RuleId::Borrowed(Rule::DAYTIME),
            detail: format!(
                "It could be sent from {} only, which is too late.",
                minute(next)
            ),
        },
    }
}

pub(super) fn overridden(by: &Override, verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Open | Verdict::Overridden { .. } => verdict,
        Verdict::Later { rule, .. } | Verdict::Never { rule, .. } => Verdict::Overridden {
            detail: format!(
                "{} let it go past {rule}: {}.",
                by.actor(),
                by.reason().trim_end_matches('.')
            ),
            rule: RuleId::Borrowed(Override::RULE),
            closed: rule,
        },
    }
}

fn sentence(ask: &Ask<'_>, rule: &Rule, zone: &Zone) -> String {
    let second = ask.at.unix_timestamp();
    let local = zone.local(ask.at);
    let clock = local
        .and_then(|local| local.format(format_description!("[hour]:[minute]")).ok())
        .unwrap_or_default();
    let place = match (&rule.zone, ask.zones) {
        (Some(_), _) | (None, [_]) => format!("{clock} in {zone}"),
        (None, zones) => format!(
            "{clock} in {zone}, one of {} zones the contact may be in",
            zones.len()
        ),
    };
    if engine::is_open(second, zone, rule) {
        return format!(
            "It is {place}, too close to the end of {} to arrive in time",
            rule.id
        );
    }
    if let Some(day) = local.and_then(|local| rule.closed.holiday(local.date())) {
        return format!(
            "It is {place} on {day}, when the rule {} is closed",
            rule.id
        );
    }
    match rule.id.as_ref() {
        Rule::DAYTIME => format!(
            "It is {place}, and such messages are sent from {} only",
            Interval::DAYTIME
        ),
        Rule::BUSINESS_HOURS => format!("It is {place}, outside business hours"),
        QuietHours::RULE => format!("It is {place}, within the contact's quiet hours"),
        Weekend::RULE => format!("It is {place} on a weekend, which the contact does not want"),
        id => format!("It is {place}, when the rule {id} is closed"),
    }
}

fn minute(at: OffsetDateTime) -> String {
    at.checked_to_offset(UtcOffset::UTC)
        .unwrap_or(at)
        .format(format_description!(
            "[year]-[month]-[day] [hour]:[minute] UTC"
        ))
        .unwrap_or_default()
}
