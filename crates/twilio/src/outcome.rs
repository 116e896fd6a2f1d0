use crate::{
    client::{Answer, CallError},
    errors,
    wire::Created,
};
use tidings_messaging::Outcome;
use tidings_routing::Class;

/// What a call that creates a message came to.
///
/// Creation has no idempotency key, so nothing that may have created a message is called a refusal.
pub(crate) fn of(result: Result<Answer, CallError>) -> Outcome {
    match result {
        Ok(answer) => answered(&answer),
        Err(error @ CallError::NotSent(_)) => Outcome::Rejected(errors::ours(
            Class::Transient,
            "unreachable",
            &format!("{error}: nothing was sent"),
        )),
        Err(CallError::Lost(error)) => Outcome::Unknown {
            detail: if error.is_timeout() {
                "twilio did not answer in time".into()
            } else {
                "the connection to twilio broke before it answered".into()
            },
        },
    }
}

fn answered(answer: &Answer) -> Outcome {
    let status = answer.status;
    let unknown = |what: &str| Outcome::Unknown {
        detail: format!("twilio answered {status} {what}"),
    };
    match status {
        200..=299 => match answer.read::<Created>() {
            Some(created) if !created.sid.is_empty() => Outcome::Accepted {
                provider_message_id: created.sid,
            },
            Some(_) | None => unknown("with a body that cannot be read"),
        },
        400..=599 => {
            let error = answer.error();
            if errors::is_ambiguous(status, error.as_ref().map(|error| error.code)) {
                unknown("which does not tell whether the message was taken")
            } else {
                Outcome::Rejected(errors::refusal(status, error.as_ref(), answer.retry_after))
            }
        }
        _ => unknown("which it documents nowhere"),
    }
}
