mod problem;
mod table;

pub use table::ERRORS;

use crate::{node::Node, status::MessageStatus};
use problem::Problem;
use tidings_messaging::Outcome;
use tidings_provider_http::{Answer, CallError, Dialect, Read, Reason, without_numbers};
use tidings_routing::{Class, ProviderError};

/// How Vonage says yes and no.
pub(crate) const VONAGE: Dialect = Dialect {
    name: "vonage",
    title: "Vonage",
    errors: ERRORS,
    // A fault inside Vonage or behind it, and "already sent": each may leave a message on its way.
    faults: &["500", "1030", "1320", "1331"],
    read: |answer| {
        let json = answer.json()?;
        let id = Node(&json).text("message_uuid")?.to_owned();
        Some(Read::Accepted(id))
    },
    reason: |answer| {
        let json = answer.json()?;
        let problem = Problem::read(Node(&json));
        let code = problem.code_of_answer(answer.status)?;
        Some(Reason {
            code,
            words: problem.words,
        })
    },
};

/// Codes after which the message was sent, or may have been: they tell nothing about its delivery.
const TELLS_NOTHING: [&str; 2] = ["1320", "1490"];

/// The daily limit of a sender in the United States.
const DAILY_LIMIT: &str = "1460";
/// How long to wait at a daily limit, where Vonage does not say: until it may have moved, and not so short
/// that every waiting message asks all day.
const DAILY_LIMIT_WAIT_SECONDS: u32 = 3_600;

/// What a call that hands a message over came to.
pub(crate) fn outcome(result: Result<Answer, CallError>) -> Outcome {
    match VONAGE.outcome(result) {
        Outcome::Rejected(error) => Outcome::Rejected(patient(error)),
        other => other,
    }
}

/// How a delivery failed, by the error object beside its status; `None` when that says nothing about it.
///
/// A code that we do not know is taken as the recipient's: the one reading that neither sends again nor
/// accuses the account.
pub(crate) fn delivery_failure(
    status: MessageStatus,
    error: Option<Node<'_>>,
) -> Option<ProviderError> {
    let problem = error.map(Problem::read).unwrap_or_default();
    failure(status, problem.code, problem.words)
}

/// The same by the code in a report, which has no words.
pub(crate) fn reported_failure(
    status: MessageStatus,
    code: Option<String>,
) -> Option<ProviderError> {
    failure(status, code, String::new())
}

fn failure(status: MessageStatus, code: Option<String>, words: String) -> Option<ProviderError> {
    match code {
        Some(code) if TELLS_NOTHING.contains(&code.as_str()) => None,
        Some(code) => {
            let reason = Reason { code, words };
            Some(patient(VONAGE.explain(&reason, Class::Recipient)))
        }
        None => {
            let words = if words.is_empty() {
                "Vonage gave no reason".to_owned()
            } else {
                without_numbers(&words)
            };
            Some(ProviderError::new(
                Class::Recipient,
                status.as_str(),
                &words,
            ))
        }
    }
}

/// Sets a wait where Vonage should have.
fn patient(error: ProviderError) -> ProviderError {
    if error.provider_code != DAILY_LIMIT {
        return error;
    }
    ProviderError {
        retry_after_seconds: error.retry_after_seconds.or(Some(DAILY_LIMIT_WAIT_SECONDS)),
        ..error
    }
}

#[cfg(test)]
mod tests;
