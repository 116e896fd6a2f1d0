use crate::{Closure, ConsentState, Standing, Status};
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
        /// Stable name: `consent.granted`, `consent.confirmed`, `consent.inbound`,
        /// `consent.own_request` or `consent.not_required`.
        rule: &'static str,
        /// The events that it rests on.
        because: Vec<ConsentEventId>,
    },
    /// It must not be sent.
    Blocked {
        /// Stable name: `consent.opted_out`, `consent.missing` or `consent.pending`.
        rule: &'static str,
        /// The events that it rests on; none when nothing is known.
        because: Vec<ConsentEventId>,
        /// A sentence for a person.
        detail: String,
    },
}

/// Whether a message of this purpose may go out on this channel, as far as consent goes.
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
            express(channel, purpose, standing)
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
        Purpose::Conversational => conversational(channel, state, standing, last_inbound),
        Purpose::DoubleOptIn => double_opt_in(channel, state),
    }
}

fn express(channel: Channel, purpose: Purpose, standing: &Standing) -> Verdict {
    match standing.status {
        Status::Granted => allowed("consent.granted", standing.because.clone()),
        Status::Confirmed => allowed("consent.confirmed", standing.because.clone()),
        Status::Denied => opted_out(channel, purpose, standing),
        Status::Pending => Verdict::Blocked {
            rule: "consent.pending",
            because: standing.because.clone(),
            detail: format!(
                "The contact was asked to confirm {} by {}{} and has not answered yet.",
                messages(purpose),
                name(channel),
                on_day(standing.since),
            ),
        },
        Status::None => missing(
            format!(
                "The contact has not agreed to {} by {}.",
                messages(purpose),
                name(channel)
            ),
            standing,
        ),
    }
}

fn conversational(
    channel: Channel,
    state: &ConsentState,
    standing: &Standing,
    last_inbound: Option<OffsetDateTime>,
) -> Verdict {
    let fresh =
        last_inbound.filter(|at| *at <= state.as_of() && state.as_of() - *at < INBOUND_LIFE);
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
            express(channel, Purpose::Conversational, standing)
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
    let asked = Purpose::FOR_TENANTS
        .into_iter()
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
        Closure::Named | Closure::Complaint => true,
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
    at.map(|at| format!(" on {}", at.to_offset(time::UtcOffset::UTC).date()))
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
