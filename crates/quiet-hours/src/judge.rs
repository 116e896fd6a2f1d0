mod reasons;

use crate::{HORIZON, Next, Override, QuietHours, Rule, RuleId, Weekend, Zone, schedule::Plan};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use tidings_kernel::{Channel, Purpose};
use time::{Duration, OffsetDateTime};

/// How soon after the contact wrote an answer counts as immediate (compliance reference, 10.3).
pub const PROMPT_REPLY: Duration = Duration::minutes(60);
/// How soon after a sign-up the request to confirm counts as immediate (compliance reference, 10.8).
pub const PROMPT_CONFIRMATION: Duration = Duration::minutes(15);
/// How long before closing the last message leaves, so that none arrives after it: time for one slow
/// answer of a provider and one more attempt. Our choice, no law's; carriers give no bound.
pub const MARGIN: Duration = Duration::minutes(2);

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
    /// How long everything must stay open after `at`, for what takes its time to arrive; [`MARGIN`]
    /// unless there is a reason. See [`Schedule::margin`](crate::Schedule::margin).
    pub margin: Duration,
    /// Whether it can wait at all.
    pub urgency: Urgency,
    /// Who let it go past the hours, if somebody did. Solicitations cannot be let past.
    pub overridden_by: Option<&'a Override>,
}

/// Whether a message can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// It can.
    #[default]
    Ordinary,
    /// It is of today or never: fraud, a courier at the door, an appointment within hours. Then
    /// transactional messages and reminders are not held back by hours; an opt-out stops them as
    /// ever. Other purposes do not mind.
    TimeCritical,
}

impl<'a> Ask<'a> {
    /// A message of which nothing else is known: no preferences, no further rules, [`MARGIN`],
    /// ordinary, not overridden.
    pub fn new(purpose: Purpose, channel: Channel, at: OffsetDateTime, zones: &'a [Zone]) -> Self {
        Self {
            purpose,
            channel,
            at,
            prompted_at: None,
            zones,
            quiet_hours: None,
            weekend: Weekend::Allowed,
            rules: &[],
            margin: MARGIN,
            urgency: Urgency::Ordinary,
            overridden_by: None,
        }
    }
}

/// What the hours say about one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may go out now.
    Open,
    /// It may go out now although hours are closed, since somebody let it.
    Overridden {
        /// `quiet_hours.overridden`.
        rule: RuleId,
        /// The rule that is closed.
        closed: RuleId,
        /// A sentence for a person that names who and why.
        detail: String,
    },
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
/// - **Time-critical** transactional messages and reminders are never held back, by [`Urgency`].
/// - An [`Override`] lets all but marketing and requests to confirm past, and is named.
///
/// ```rust
/// use tidings_kernel::{Channel, Purpose};
/// use tidings_quiet_hours::{Ask, Verdict, Zone, judge};
/// use time::macros::datetime;
///
/// let zones = [Zone::parse("Europe/London")?];
/// let at = datetime!(2026-07-15 21:30 UTC); // 22:30 in London
/// let ask = Ask::new(Purpose::Marketing, Channel::Sms, at, &zones);
/// let Verdict::Later { until, rule, .. } = judge(&ask) else { panic!("it is night") };
/// assert_eq!(until, datetime!(2026-07-16 07:00 UTC));
/// assert_eq!(rule, "quiet_hours.window");
/// assert_eq!(judge(&Ask { purpose: Purpose::Authentication, ..ask }), Verdict::Open);
/// assert!(matches!(judge(&Ask { zones: &[], ..ask }), Verdict::Never { .. }));
/// # Ok::<(), tidings_quiet_hours::InvalidZone>(())
/// ```
pub fn judge(ask: &Ask<'_>) -> Verdict {
    static DAYTIME: LazyLock<Rule> = LazyLock::new(Rule::daytime);
    static WORKDAYS: LazyLock<Option<Rule>> = LazyLock::new(|| Weekend::Refused.rule());
    let bound = bound_by(ask);
    let daytime = match bound {
        Bound::Nothing => return Verdict::Open,
        Bound::Preference => None,
        Bound::Daytime => Some(&*DAYTIME),
    };
    let quiet = ask.quiet_hours.map(QuietHours::rule);
    let weekend = match ask.weekend {
        Weekend::Allowed => None,
        Weekend::Refused => WORKDAYS.as_ref(),
    };
    let plan = Plan {
        zones: ask.zones,
        own: [daytime, quiet.as_ref(), weekend],
        rules: ask.rules,
        chosen: &[],
        margin: ask.margin.max(Duration::ZERO),
        horizon: HORIZON,
    };
    let closed = match plan.next_open(ask.at) {
        Next::At(until) if until == ask.at => return Verdict::Open,
        Next::At(until) => reasons::later(ask, &plan, until),
        Next::Never(excluded) => reasons::never(ask, &plan, excluded),
    };
    match ask.overridden_by.filter(|_| allows_override(ask.purpose)) {
        Some(by) => reasons::overridden(by, closed),
        None => closed,
    }
}

/// Whether the rules of a purpose let themselves be overridden: those of solicitations do not
/// (compliance reference, 10.1 and 10.8).
fn allows_override(purpose: Purpose) -> bool {
    match purpose {
        Purpose::Marketing | Purpose::DoubleOptIn => false,
        Purpose::Transactional
        | Purpose::Reminder
        | Purpose::Conversational
        | Purpose::Authentication
        | Purpose::Emergency
        | Purpose::OptOutConfirmation => true,
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
        (Purpose::Transactional | Purpose::Reminder, _) if ask.urgency == Urgency::TimeCritical => {
            Bound::Nothing
        }
        // Never held back; hours are looked at only to tell what was overridden.
        (Purpose::Emergency, _) if ask.overridden_by.is_some() => Bound::Daytime,
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

#[cfg(test)]
mod tests;
