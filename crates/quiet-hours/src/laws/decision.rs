//! Laws of the decision about one message, as far as hours make it.

use super::{Violation, keep};
use crate::{Ask, Excluded, InvalidOverride, Next, Override, PROMPT_REPLY, Verdict};
use tidings_kernel::{Channel, Purpose};
use time::OffsetDateTime;

/// **L60. Deferral ends.** With a deadline the answer is before it or there is none, and it is the
/// same as without one wherever that is early enough.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn never_after_valid_until(
    next_before: impl Fn(OffsetDateTime) -> Next,
    next: &Next,
    valid_until: OffsetDateTime,
) -> Result<(), Violation> {
    let found = next_before(valid_until);
    let is_kept = match next {
        Next::At(at) if *at >= valid_until => found == Next::Never(Excluded::Expired { next: *at }),
        Next::At(_) | Next::Never(_) => found == *next,
    };
    keep("L60", is_kept, || {
        format!("{next:?} with the deadline {valid_until} gives {found:?}")
    })
}

/// **L62. Ignoring hours is not ignoring opt-outs.** Authentication, the confirmation of an opt-out,
/// an answer by text message within an hour and an overridden emergency are not deferred by hours.
/// That opt-outs still stop them is for whoever holds those.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn exempt_is_never_deferred(
    judge: impl Fn(&Ask<'_>) -> Verdict,
    ask: &Ask<'_>,
) -> Result<(), Violation> {
    let is_prompt = ask
        .prompted_at
        .is_some_and(|prompted| prompted <= ask.at && ask.at - prompted <= PROMPT_REPLY);
    let is_exempt = match ask.purpose {
        Purpose::Authentication | Purpose::OptOutConfirmation => true,
        Purpose::Emergency => ask.overridden_by.is_some(),
        Purpose::Conversational => is_prompt || ask.channel != Channel::Sms,
        Purpose::Transactional | Purpose::Reminder | Purpose::Marketing | Purpose::DoubleOptIn => {
            false
        }
    };
    let verdict = judge(ask);
    let is_sent = match verdict {
        Verdict::Open | Verdict::Overridden { .. } => true,
        Verdict::Later { .. } | Verdict::Never { .. } => false,
    };
    keep("L62", !is_exempt || is_sent, || {
        format!("{ask:?} is {verdict:?}")
    })
}

/// **L96. Deferral is real.** What is deferred is deferred to a later instant, at which the same rule
/// does not defer it.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn later_is_open_then(
    judge: impl Fn(&Ask<'_>) -> Verdict,
    ask: &Ask<'_>,
) -> Result<(), Violation> {
    let Verdict::Later { until, rule, .. } = judge(ask) else {
        return Ok(());
    };
    let then = judge(&Ask { at: until, ..*ask });
    let is_deferred = matches!(&then, Verdict::Later { rule: again, .. } if *again == rule);
    keep("L96", until > ask.at && !is_deferred, || {
        format!("{ask:?} waits until {until}, when it is {then:?}")
    })
}

/// **L101. Override needs actor and reason.** There is none without both; what it lets past names
/// both, it changes nothing that is open, and solicitations do not let themselves be overridden.
///
/// # Errors
/// [`Violation`]: the law is broken.
pub fn override_needs_actor_and_reason(
    new: impl Fn(&str, &str) -> Result<Override, InvalidOverride>,
    judge: impl Fn(&Ask<'_>) -> Verdict,
    ask: &Ask<'_>,
    by: &Override,
) -> Result<(), Violation> {
    let is_refused = new("", by.reason()).is_err() && new(by.actor(), " ").is_err();
    keep("L101", is_refused, || {
        "an override without actor or reason".to_owned()
    })?;
    let without = judge(&Ask {
        overridden_by: None,
        ..*ask
    });
    let with = judge(&Ask {
        overridden_by: Some(by),
        ..*ask
    });
    let is_solicitation = matches!(ask.purpose, Purpose::Marketing | Purpose::DoubleOptIn);
    let is_kept = match &with {
        Verdict::Overridden { rule, detail, .. } => {
            !is_solicitation
                && rule == Override::RULE
                && detail.contains(by.actor())
                && detail.contains(by.reason().trim_end_matches('.'))
        }
        // An overridden emergency says so; otherwise nothing is to be told.
        Verdict::Open => without == Verdict::Open,
        Verdict::Later { .. } | Verdict::Never { .. } => is_solicitation && with == without,
    };
    keep("L101", is_kept, || {
        format!("{ask:?} is {without:?}, and overridden {with:?}")
    })
}

#[cfg(test)]
mod tests;
