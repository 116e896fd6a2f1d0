use crate::{
    Excluded, HORIZON, Interval, Next, QuietHours, Rule, RuleId, Weekend, Zone, next::is_open,
    next_allowed,
};
use tidings_kernel::{Channel, Purpose};
use time::{Duration, OffsetDateTime, UtcOffset, macros::format_description};

/// How soon after the contact wrote an answer counts as immediate (compliance reference, 10.3).
pub const PROMPT_REPLY: Duration = Duration::minutes(60);
/// How soon after a sign-up the request to confirm counts as immediate (compliance reference, 10.8).
pub const PROMPT_CONFIRMATION: Duration = Duration::minutes(15);

/// One message, and what is known about the contact's hours.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Why it is sent.
    pub purpose: Purpose,
    /// By which channel.
    pub channel: Channel,
    /// When it would go out.
    pub at: OffsetDateTime,
    /// The contact's own act that it answers: for a reply when they last wrote, for a request to
    /// confirm when they signed up. Unused for other purposes; `None` means that nothing is known.
    pub prompted_at: Option<OffsetDateTime>,
    /// Every zone that the contact may be in; none when nothing is known.
    pub zones: &'a [Zone],
    /// The contact's quiet hours.
    pub quiet_hours: Option<QuietHours>,
    /// The contact's weekends.
    pub weekend: Weekend,
    /// What else must be open whenever hours matter: jurisdictions, business hours.
    pub rules: &'a [Rule],
}

/// What the hours say about one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may go out now.
    Open,
    /// Not yet. Judge again then; the answer is not yet a promise.
    Later {
        /// The first instant at which it may go out.
        until: OffsetDateTime,
        /// The first rule that is closed now: `quiet_hours.window`, `quiet_hours.preference`,
        /// `quiet_hours.weekend`, or the id of a further rule.
        rule: RuleId,
        /// A sentence for a person.
        detail: String,
    },
    /// There is no instant in the next [`HORIZON`], or no zone to tell.
    Never {
        /// One of the rules that leave nothing.
        rule: RuleId,
        /// A sentence for a person.
        detail: String,
    },
}

/// Whether hours let a message go out (compliance reference, 10.0 to 10.8).
///
/// - **Marketing and reminders** by SMS or WhatsApp keep to [`Rule::daytime`] and to what the contact
///   and the further rules say; by email only to the latter.
/// - **Transactional** messages by SMS or WhatsApp keep to what the contact and the further rules say.
/// - **Replies** by SMS go out at once within [`PROMPT_REPLY`], later ones keep to what the contact
///   says. On WhatsApp and email they are never held back.
/// - **Requests to confirm** by SMS or WhatsApp go out at once within [`PROMPT_CONFIRMATION`], later
///   ones like marketing. By email never held back.
/// - **Authentication, emergencies and the confirmation of an opt-out** are never held back.
///
/// ```rust
/// use tidings_kernel::{Channel, Purpose};
/// use tidings_quiet_hours::{Ask, Verdict, Weekend, Zone, judge};
/// use time::macros::datetime;
///
/// let zones = [Zone::parse("Europe/London")?];
/// let ask = Ask {
///     purpose: Purpose::Marketing,
///     channel: Channel::Sms,
///     at: datetime!(2026-07-15 21:30 UTC), // 22:30 in London
///     prompted_at: None,
///     zones: &zones,
///     quiet_hours: None,
///     weekend: Weekend::Allowed,
///     rules: &[],
/// };
/// let Verdict::Later { until, rule, .. } = judge(&ask) else { panic!("it is night") };
/// assert_eq!(until, datetime!(2026-07-16 07:00 UTC));
/// assert_eq!(rule, "quiet_hours.window");
/// assert_eq!(judge(&Ask { purpose: Purpose::Authentication, ..ask }), Verdict::Open);
/// assert!(matches!(judge(&Ask { zones: &[], ..ask }), Verdict::Never { .. }));
/// # Ok::<(), tidings_quiet_hours::InvalidZone>(())
/// ```
pub fn judge(ask: &Ask<'_>) -> Verdict {
    let rules = match bound_by(ask) {
        Bound::Nothing => return Verdict::Open,
        Bound::Preference => preference(ask),
        Bound::Daytime => [vec![Rule::daytime()], preference(ask)].concat(),
    };
    match next_allowed(ask.at, ask.zones, &rules, HORIZON) {
        Next::At(until) if until == ask.at => Verdict::Open,
        Next::At(until) => later(ask, &rules, until),
        Next::Never(excluded) => never(ask, &rules, excluded),
    }
}

/// Which hours a message is bound by.
enum Bound {
    Nothing,
    Preference,
    Daytime,
}

fn bound_by(ask: &Ask<'_>) -> Bound {
    let is_prompt = |limit| {
        ask.prompted_at
            .is_some_and(|prompted| prompted <= ask.at && ask.at - prompted <= limit)
    };
    match (ask.purpose, ask.channel) {
        (Purpose::Marketing | Purpose::Reminder, Channel::Sms | Channel::Whatsapp) => {
            Bound::Daytime
        }
        (Purpose::Marketing | Purpose::Reminder, Channel::Email)
        | (Purpose::Transactional, Channel::Sms | Channel::Whatsapp) => Bound::Preference,
        (Purpose::Conversational, Channel::Sms) if !is_prompt(PROMPT_REPLY) => Bound::Preference,
        (Purpose::DoubleOptIn, Channel::Sms | Channel::Whatsapp)
            if !is_prompt(PROMPT_CONFIRMATION) =>
        {
            Bound::Daytime
        }
        (
            Purpose::Transactional
            | Purpose::Conversational
            | Purpose::DoubleOptIn
            | Purpose::Authentication
            | Purpose::Emergency
            | Purpose::OptOutConfirmation,
            _,
        ) => Bound::Nothing,
    }
}

fn preference(ask: &Ask<'_>) -> Vec<Rule> {
    ask.quiet_hours
        .map(QuietHours::rule)
        .into_iter()
        .chain(ask.weekend.rule())
        .chain(ask.rules.iter().cloned())
        .collect()
}

fn later(ask: &Ask<'_>, rules: &[Rule], until: OffsetDateTime) -> Verdict {
    let closed = rules.iter().find_map(|rule| {
        let zone = ask.zones.iter().find(|zone| !is_open(ask.at, zone, rule))?;
        Some((rule, zone))
    });
    // `until` is later than `at` because some rule is closed somewhere.
    let (rule, reason) = match closed {
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

fn sentence(ask: &Ask<'_>, rule: &Rule, zone: &Zone) -> String {
    let clock = zone
        .stretch(ask.at)
        .and_then(|stretch| ask.at.checked_to_offset(stretch.offset))
        .and_then(|local| local.format(format_description!("[hour]:[minute]")).ok())
        .unwrap_or_default();
    let place = match ask.zones {
        [_] => format!("{clock} in {zone}"),
        zones => format!(
            "{clock} in {zone}, one of {} zones the contact may be in",
            zones.len()
        ),
    };
    match rule.id.as_ref() {
        Rule::DAYTIME => format!(
            "It is {place}, and such messages are sent from {} only",
            Interval::DAYTIME
        ),
        QuietHours::RULE => format!("It is {place}, within the contact's quiet hours"),
        Weekend::RULE => format!("It is {place} on a weekend, which the contact does not want"),
        id => format!("It is {place}, when the rule {id} is closed"),
    }
}

fn never(ask: &Ask<'_>, rules: &[Rule], excluded: Excluded) -> Verdict {
    match excluded {
        Excluded::NoZone => Verdict::Never {
            rule: rules
                .first()
                .map_or(RuleId::Borrowed(Rule::DAYTIME), |rule| rule.id.clone()),
            detail:
                "The contact's time zone is not known, so no hour is sure to be a lawful one: set \
                     the time zone of the contact."
                    .to_owned(),
        },
        Excluded::By(ids) => {
            let names = ids.join(", ");
            let detail = match ask.zones {
                [zone] => format!(
                    "With {names} there is no time in {zone} within the next {} days.",
                    HORIZON.whole_days()
                ),
                zones => format!(
                    "With {names} there is no time that suits all {} zones the contact may be in within \
                     the next {} days: set the time zone of the contact.",
                    zones.len(),
                    HORIZON.whole_days()
                ),
            };
            let rule = ids
                .into_iter()
                .next()
                .unwrap_or(RuleId::Borrowed(Rule::DAYTIME));
            Verdict::Never { rule, detail }
        }
    }
}

fn minute(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC)
        .format(format_description!(
            "[year]-[month]-[day] [hour]:[minute] UTC"
        ))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
