use crate::{ConsentState, Status};
use tidings_kernel::{Channel, Purpose};
use time::{Duration, OffsetDateTime};

/// How often a contact may be reminded of a request to confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reminders {
    /// Never; the default everywhere, and the rule in Germany.
    None,
    /// Once.
    One,
}

/// How a tenant asks for confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestPolicy {
    /// For how long a request can be confirmed; the same as in
    /// [`state_with_expiry`](crate::state_with_expiry).
    pub expiry: Duration,
    /// How often it is repeated.
    pub reminders: Reminders,
}

impl Default for RequestPolicy {
    /// [`DOUBLE_OPT_IN_EXPIRY`](crate::DOUBLE_OPT_IN_EXPIRY), no reminder.
    fn default() -> Self {
        Self {
            expiry: crate::DOUBLE_OPT_IN_EXPIRY,
            reminders: Reminders::None,
        }
    }
}

/// A request to confirm, before it is sent.
#[derive(Debug, Clone, Copy)]
pub struct ConfirmationRequest<'a> {
    /// How it would go out.
    pub channel: Channel,
    /// What is to be confirmed.
    pub purpose: Purpose,
    /// When the contact did what is to be confirmed: a form, a keyword. `None` if nothing is recorded.
    pub acted_at: Option<OffsetDateTime>,
    /// When requests and reminders for this act were sent, in any order.
    pub asked_at: &'a [OffsetDateTime],
}

/// Why nothing is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoRequest {
    /// There is no act of the contact to be confirmed.
    #[error("the contact has not signed up")]
    NoAct,
    /// The contact opted out, and has not signed up since: nobody is to be won back.
    #[error("the contact opted out")]
    OptedOut,
    /// It is confirmed.
    #[error("the contact has confirmed already")]
    Confirmed,
    /// The request and its reminder went out.
    #[error("the contact was asked already")]
    AskedAlready,
    /// The time for an answer has passed, so a reminder makes no sense.
    #[error("the request has expired")]
    Expired,
}

/// Whether a request to confirm an opt-in, or its reminder, may be sent at `now` (compliance
/// reference, 10.8; L19 to L21): one request for an act of the contact that is later than any
/// opt-out, and at most one reminder while it can still be answered.
///
/// # Errors
/// [`NoRequest`]: it may not.
///
/// ```rust
/// use tidings_consent::{ConfirmationRequest, NoRequest, RequestPolicy, may_request, state};
/// use tidings_kernel::{Channel, Purpose};
/// use time::macros::datetime;
///
/// let now = datetime!(2026-03-01 12:00 UTC);
/// let request = ConfirmationRequest {
///     channel: Channel::Sms,
///     purpose: Purpose::Marketing,
///     acted_at: Some(now),
///     asked_at: &[],
/// };
/// let policy = RequestPolicy::default();
/// assert_eq!(may_request(&request, &state(&[], now), policy, now), Ok(()));
/// let again = ConfirmationRequest { asked_at: &[now], ..request };
/// assert_eq!(may_request(&again, &state(&[], now), policy, now), Err(NoRequest::AskedAlready));
/// ```
pub fn may_request(
    request: &ConfirmationRequest<'_>,
    state: &ConsentState,
    policy: RequestPolicy,
    now: OffsetDateTime,
) -> Result<(), NoRequest> {
    let acted_at = request
        .acted_at
        .filter(|at| *at <= now)
        .ok_or(NoRequest::NoAct)?;
    let standing = state.status(request.channel, request.purpose);
    match standing.status {
        Status::Confirmed => return Err(NoRequest::Confirmed),
        Status::Denied if standing.stop.is_none_or(|stop| stop.latest >= acted_at) => {
            return Err(NoRequest::OptedOut);
        }
        Status::Denied | Status::Granted | Status::Pending | Status::None => {}
    }
    let Some(first) = request.asked_at.iter().min() else {
        return Ok(());
    };
    let most = match policy.reminders {
        Reminders::None => 1,
        Reminders::One => 2,
    };
    if request.asked_at.len() >= most {
        return Err(NoRequest::AskedAlready);
    }
    if now - *first > policy.expiry {
        return Err(NoRequest::Expired);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-03-10 12:00 UTC);

    fn ask(
        acted_at: Option<OffsetDateTime>,
        asked_at: &[OffsetDateTime],
        reminders: Reminders,
    ) -> Result<(), NoRequest> {
        let request = ConfirmationRequest {
            channel: Channel::Sms,
            purpose: Purpose::Marketing,
            acted_at,
            asked_at,
        };
        let policy = RequestPolicy {
            reminders,
            ..RequestPolicy::default()
        };
        may_request(&request, &state(&[], NOW), policy, NOW)
    }

    #[test]
    fn nobody_is_asked_who_did_not_sign_up() {
        assert_eq!(ask(None, &[], Reminders::One), Err(NoRequest::NoAct));
        let later = NOW + Duration::SECOND;
        assert_eq!(ask(Some(later), &[], Reminders::One), Err(NoRequest::NoAct));
    }

    #[test]
    fn one_reminder_at_most_and_only_in_time() {
        let asked = [NOW - crate::DOUBLE_OPT_IN_EXPIRY];
        let act = Some(asked[0]);
        assert_eq!(ask(act, &asked, Reminders::One), Ok(()));
        assert_eq!(
            ask(act, &asked, Reminders::None),
            Err(NoRequest::AskedAlready)
        );
        let twice = [asked[0], NOW];
        assert_eq!(
            ask(act, &twice, Reminders::One),
            Err(NoRequest::AskedAlready)
        );
        let earlier = [asked[0] - Duration::MICROSECOND];
        assert_eq!(ask(act, &earlier, Reminders::One), Err(NoRequest::Expired));
    }
}
