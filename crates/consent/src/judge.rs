use crate::{Closure, ConsentState, Ended, Grade, Question, SoftOptIn, Standing, Status};
use tidings_kernel::{Channel, ConsentEventId, Purpose};
use time::{Duration, OffsetDateTime};

/// How long an inbound message may be answered. The law gives no number; this is WhatsApp's window
/// and the reference's default for SMS (compliance reference, 10.3).
pub const INBOUND_LIFE: Duration = Duration::hours(24);

/// What consent says about one message, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Consent does not stand in the way.
    Allowed {
        /// Stable name: `consent.granted`, `consent.confirmed`, `consent.soft_opt_in`,
        /// `consent.inbound`, `consent.own_request` or `consent.not_required`.
        rule: &'static str,
        /// The events that it rests on.
        because: Vec<ConsentEventId>,
    },
    /// It must not be sent.
    Blocked {
        /// Stable name: `consent.opted_out`, `consent.missing`, `consent.pending`,
        /// `consent.not_written`, `consent.not_confirmed` or `consent.too_old`.
        rule: &'static str,
        /// The events that it rests on; none when nothing is known.
        because: Vec<ConsentEventId>,
        /// A sentence for a person.
        detail: String,
    },
}

/// Whether a message of this purpose may go out on this channel, as far as consent goes, when any
/// agreement will do: [`judge_with`] and
/// [`Need::default`](crate::Need::default).
///
/// `last_inbound` is when the contact last wrote on this channel. Sources: compliance reference,
/// sections 10.0 to 10.8, in the safe setting.
///
/// - **Marketing, reminders and transactional messages** need an agreement to that purpose; one to
///   another purpose does not count, not even marketing for transactional. Transactional email needs
///   none beyond the contract.
/// - **Conversational** messages answer what the contact wrote in the last [`INBOUND_LIFE`], or rest
///   on an agreement. After an opt-out, only something written later may be answered, once; counting
///   the answers is for the caller.
/// - **Authentication** rests on the contact's own request, **emergencies** and the one
///   **confirmation of an opt-out** on nothing. An override of an opt-out for an emergency needs an
///   actor and a reason, which the caller checks.
/// - **A request to confirm** needs the act it belongs to: something pending, or an agreement.
/// - After a covering opt-out all but emergencies and the confirmation of the opt-out are blocked.
///   An opt-out of everything on email does not end transactional and authentication emails.
///
/// ```rust
/// use tidings_consent::{Verdict, judge, state};
/// use tidings_kernel::{Channel, Purpose};
/// use time::macros::datetime;
///
/// let stranger = state(&[], datetime!(2026-03-01 12:00 UTC));
/// assert!(matches!(
///     judge(Channel::Sms, Purpose::Marketing, &stranger, None),
///     Verdict::Blocked { rule: "consent.missing", .. }
/// ));
/// assert!(matches!(
///     judge(Channel::Sms, Purpose::Authentication, &stranger, None),
///     Verdict::Allowed { rule: "consent.own_request", .. }
/// ));
/// ```
pub fn judge(
    channel: Channel,
    purpose: Purpose,
    state: &ConsentState,
    last_inbound: Option<OffsetDateTime>,
) -> Verdict {
    let question = Question {
        last_inbound,
        ..Question::new(channel, purpose)
    };
    judge_with(&question, state)
}

/// [`judge`] where a law or a tenant asks for more than a plain agreement.
///
/// What the question's [`Need`](crate::Need) says is asked of every agreement that a message rests on: of
/// marketing, reminders, transactional messages and conversations. A stop comes before all of it; a
/// customer's silence ([`SoftOptIn`]) stands in for an agreement to marketing, never for an answer
/// that a double opt-in still waits for.
///
/// ```rust
/// use tidings_consent::{Action, Channels, ConsentEvent, Evidence, Grade, Method, Need, Purposes};
/// use tidings_consent::{Question, Verdict, judge_with, state};
/// use tidings_kernel::{Channel, Purpose};
/// use time::macros::datetime;
///
/// let told_us = ConsentEvent {
///     id: "cev_01h2xcejqtf2nbrexx3vqjhp41".parse()?,
///     contact: "con_01h2xcejqtf2nbrexx3vqjhp41".parse()?,
///     action: Action::OptIn,
///     channels: Channels::one(Channel::Sms),
///     purposes: Purposes::only([Purpose::Marketing])?,
///     method: Method::PhoneCall,
///     occurred_at: datetime!(2026-03-01 12:00 UTC),
///     recorded_at: datetime!(2026-03-01 12:00 UTC),
///     evidence: Evidence::default(),
/// };
/// let consent = state(&[told_us], datetime!(2026-03-02 12:00 UTC));
/// let question = Question {
///     need: Need { grade: Grade::Written, ..Need::default() },
///     ..Question::new(Channel::Sms, Purpose::Marketing)
/// };
/// assert!(matches!(
///     judge_with(&question, &consent),
///     Verdict::Blocked { rule: "consent.not_written", .. }
/// ));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn judge_with(question: &Question, state: &ConsentState) -> Verdict {
    let Question {
        channel, purpose, ..
    } = *question;
    let standing = state.status(channel, purpose);
    match purpose {
        Purpose::Emergency | Purpose::OptOutConfirmation => not_required(),
        Purpose::Transactional if channel == Channel::Email => {
            let stopped = stops_essential_email(standing);
            if stopped {
                opted_out(channel, purpose, standing)
            } else {
                not_required()
            }
        }
        Purpose::Marketing | Purpose::Reminder | Purpose::Transactional => {
            agreed(question, state, standing)
        }
        Purpose::Authentication => {
            let stopped = match channel {
                Channel::Email => stops_essential_email(standing),
                Channel::Sms | Channel::Whatsapp => standing.status == Status::Denied,
            };
            if stopped {
                opted_out(channel, purpose, standing)
            } else {
                allowed("consent.own_request", Vec::new())
            }
        }
        Purpose::Conversational => conversational(question, state, standing),
        Purpose::DoubleOptIn => double_opt_in(channel, state),
    }
}

fn agreed(question: &Question, state: &ConsentState, standing: &Standing) -> Verdict {
    let Question {
        channel, purpose, ..
    } = *question;
    let rule = match standing.status {
        Status::Granted => "consent.granted",
        Status::Confirmed => "consent.confirmed",
        Status::Denied => return opted_out(channel, purpose, standing),
        Status::Pending => {
            return Verdict::Blocked {
                rule: "consent.pending",
                because: standing.because.clone(),
                detail: format!(
                    "The contact was asked to confirm {} by {}{} and has not answered yet.",
                    messages(purpose),
                    name(channel),
                    on_day(standing.since),
                ),
            };
        }
        Status::None => {
            return soft_opt_in(question, state)
                .unwrap_or_else(|| missing(unknown(question, standing), standing));
        }
    };
    match shortfall(question, state, standing) {
        None => allowed(rule, standing.because.clone()),
        Some((rule, detail)) => soft_opt_in(question, state).unwrap_or_else(|| Verdict::Blocked {
            rule,
            because: standing.because.clone(),
            detail,
        }),
    }
}

/// What the agreement lacks of what is needed, if anything.
fn shortfall(
    question: &Question,
    state: &ConsentState,
    standing: &Standing,
) -> Option<(&'static str, String)> {
    let need = question.need;
    let (purpose, channel) = (messages(question.purpose), name(question.channel));
    let Some(given) = standing.given.at_least(need.grade) else {
        return Some(match need.grade {
            Grade::Express | Grade::Written => (
                "consent.not_written",
                format!(
                    "The contact agreed to {purpose} by {channel}, and no act of their own is recorded."
                ),
            ),
            Grade::Confirmed => (
                "consent.not_confirmed",
                format!("The contact agreed to {purpose} by {channel} and has not confirmed it."),
            ),
        });
    };
    let age = state.as_of() - given;
    need.max_age.filter(|max| age > *max).map(|max| {
        let detail = format!(
            "The contact agreed to {purpose} by {channel}{}, which counts for {} days only.",
            on_day(Some(given)),
            max.whole_days(),
        );
        ("consent.too_old", detail)
    })
}

/// Whether the contact counts as a customer who has not refused.
fn soft_opt_in(question: &Question, state: &ConsentState) -> Option<Verdict> {
    let SoftOptIn::Accepted { max_age } = question.need.soft_opt_in else {
        return None;
    };
    let since = question
        .customer_since
        .filter(|since| question.purpose == Purpose::Marketing && *since <= state.as_of())?;
    let standing = state.status(question.channel, question.purpose);
    // The customer was the former holder, unless they bought since.
    let is_former = standing.number_gone.is_some_and(|gone| since <= gone);
    if is_former || standing.ended == Some(Ended::RequestVoided) {
        return None;
    }
    let age = state.as_of() - since;
    max_age
        .is_none_or(|max| age <= max)
        .then(|| allowed("consent.soft_opt_in", Vec::new()))
}

fn unknown(question: &Question, standing: &Standing) -> String {
    let (purpose, channel) = (messages(question.purpose), name(question.channel));
    match standing.ended {
        None => format!("The contact has not agreed to {purpose} by {channel}."),
        Some(Ended::NumberReassigned) => format!(
            "The number went to somebody else{}, who has not agreed to {purpose} by {channel}.",
            on_day(standing.since),
        ),
        Some(Ended::RequestVoided) => format!(
            "The contact was asked to confirm {purpose} by {channel}{} and withdrew instead.",
            on_day(standing.since),
        ),
    }
}

fn conversational(question: &Question, state: &ConsentState, standing: &Standing) -> Verdict {
    let channel = question.channel;
    let fresh = question
        .last_inbound
        .filter(|at| *at <= state.as_of() && state.as_of() - *at < INBOUND_LIFE)
        // What the former holder of the number wrote, nobody is there to be answered (L24).
        .filter(|at| standing.number_gone.is_none_or(|gone| *at > gone));
    match (standing.status, fresh) {
        (Status::Denied, inbound) => {
            let stop = standing.stop.map(|stop| stop.latest);
            if inbound > stop {
                allowed("consent.inbound", standing.because.clone())
            } else {
                opted_out(channel, Purpose::Conversational, standing)
            }
        }
        (_, Some(_)) => allowed("consent.inbound", Vec::new()),
        (Status::Granted | Status::Confirmed | Status::Pending, None) => {
            agreed(question, state, standing)
        }
        (Status::None, None) if standing.number_gone.is_some() => {
            missing(unknown(question, standing), standing)
        }
        (Status::None, None) => missing(
            format!(
                "The contact has not written by {} in the last {} hours and has not agreed to be written to.",
                name(channel),
                INBOUND_LIFE.whole_hours(),
            ),
            standing,
        ),
    }
}

fn double_opt_in(channel: Channel, state: &ConsentState) -> Verdict {
    // An emergency asks for no consent, so a request that names it has nothing to confirm there; and
    // STOP leaves it open.
    let asked = Purpose::FOR_TENANTS
        .into_iter()
        .filter(|purpose| *purpose != Purpose::Emergency)
        .map(|purpose| state.status(channel, purpose))
        .find(|standing| standing.status == Status::Pending);
    let marketing = state.status(channel, Purpose::Marketing);
    match (asked, marketing.status) {
        (Some(standing), _) => allowed("consent.own_request", standing.because.clone()),
        (None, Status::Granted | Status::Confirmed | Status::Pending) => {
            allowed("consent.own_request", marketing.because.clone())
        }
        (None, Status::Denied) => opted_out(channel, Purpose::DoubleOptIn, marketing),
        (None, Status::None) => missing(
            format!(
                "Nobody signed up by {}, so there is nothing to confirm.",
                name(channel)
            ),
            marketing,
        ),
    }
}

/// An unsubscribe link does not end a contract; naming the purpose, or a complaint, does.
fn stops_essential_email(standing: &Standing) -> bool {
    standing.stop.is_some_and(|stop| match stop.closure {
        Closure::Everything => false,
        Closure::Named | Closure::Complaint | Closure::Erased => true,
    })
}

fn not_required() -> Verdict {
    allowed("consent.not_required", Vec::new())
}

fn allowed(rule: &'static str, because: Vec<ConsentEventId>) -> Verdict {
    Verdict::Allowed { rule, because }
}

fn missing(detail: String, standing: &Standing) -> Verdict {
    Verdict::Blocked {
        rule: "consent.missing",
        because: standing.because.clone(),
        detail,
    }
}

fn opted_out(channel: Channel, purpose: Purpose, standing: &Standing) -> Verdict {
    Verdict::Blocked {
        rule: "consent.opted_out",
        because: standing.because.clone(),
        detail: format!(
            "The contact opted out of {} by {}{}.",
            messages(purpose),
            name(channel),
            on_day(standing.since),
        ),
    }
}

fn on_day(at: Option<OffsetDateTime>) -> String {
    // At the ends of the calendar an instant has no date in UTC.
    let in_utc = |at: OffsetDateTime| at.checked_to_offset(time::UtcOffset::UTC).unwrap_or(at);
    at.map(|at| format!(" on {}", in_utc(at).date()))
        .unwrap_or_default()
}

const fn name(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "SMS",
        Channel::Whatsapp => "WhatsApp",
        Channel::Email => "email",
    }
}

const fn messages(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Transactional => "transactional messages",
        Purpose::Reminder => "reminders",
        Purpose::Conversational => "replies",
        Purpose::Marketing => "marketing messages",
        Purpose::Authentication => "one-time codes",
        Purpose::Emergency => "emergency messages",
        Purpose::OptOutConfirmation => "confirmations of an opt-out",
        Purpose::DoubleOptIn => "requests to confirm",
    }
}

#[cfg(test)]
mod tests;
