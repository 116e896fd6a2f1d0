use crate::{
    errors::ERRORS,
    wire::{Envelope, Handed, SUCCESS},
};
use tidings_messaging::Outcome;
use tidings_provider_http::{Answer, CallError, Dialect, Read, Reason};

/// How ClickSend says yes and no.
pub(crate) const DIALECT: Dialect = Dialect {
    name: "clicksend",
    title: "ClickSend",
    errors: ERRORS,
    faults: &[
        "INTERNAL_ERROR",
        "SOMETHING_IS_WRONG",
        "INTERNAL_SERVER_ERROR",
        // Beside a status that refuses it contradicts it.
        SUCCESS,
    ],
    read,
    reason,
};

/// The code for the same text to the same number.
const THROTTLED: &str = "THROTTLED";
/// For how many seconds ClickSend refuses the same text to the same number, at least.
const THROTTLED_FOR: u32 = 60;

/// What a call that hands a message over came to.
pub(crate) fn outcome(result: Result<Answer, CallError>) -> Outcome {
    match DIALECT.outcome(result) {
        Outcome::Rejected(mut error) if error.provider_code == THROTTLED => {
            error.retry_after_seconds.get_or_insert(THROTTLED_FOR);
            Outcome::Rejected(error)
        }
        other => other,
    }
}

/// `SUCCESS` of the call does not mean that the message was taken: its own status tells.
fn read(answer: &Answer) -> Option<Read> {
    let envelope: Envelope = answer.read()?;
    match envelope.handed()?.as_slice() {
        [handed] => judge(handed),
        // A refusal of the whole call, under a status of success.
        [] => refused_as(envelope.response_code.as_deref()?, &envelope),
        // One was handed over, so these are not ours to judge.
        [_, ..] => None,
    }
}

fn judge(handed: &Handed) -> Option<Read> {
    match (handed.status.as_deref()?, &handed.message_id) {
        (SUCCESS, Some(id)) => Some(Read::Accepted(id.clone())),
        (SUCCESS, None) => None,
        // What has an id exists at ClickSend, whatever this word means.
        (status, Some(_)) if ERRORS.find(status).is_none() => None,
        (status, _) => Some(Read::Refused(of_status(status))),
    }
}

fn refused_as(code: &str, envelope: &Envelope) -> Option<Read> {
    ERRORS.find(code)?;
    Some(Read::Refused(Reason {
        code: code.to_owned(),
        words: words(envelope),
    }))
}

fn reason(answer: &Answer) -> Option<Reason> {
    let envelope: Envelope = answer.read()?;
    let handed = envelope.handed().unwrap_or_default();
    if let [
        Handed {
            status: Some(status),
            ..
        },
    ] = handed.as_slice()
    {
        return Some(of_status(status));
    }
    let words = words(&envelope);
    Some(Reason {
        code: envelope.response_code?,
        words,
    })
}

fn words(envelope: &Envelope) -> String {
    envelope.response_msg.clone().unwrap_or_default()
}

/// ClickSend has no words for the status of a message.
fn of_status(status: &str) -> Reason {
    Reason {
        code: status.to_owned(),
        words: format!("the message came back as {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use tidings_routing::{Class, ProviderError};

    fn answer(status: u16, code: &str, data: &Value) -> Outcome {
        let body = json!({
            "http_code": status, "response_code": code, "response_msg": "Words.", "data": data,
        });
        outcome(Ok(Answer {
            status,
            headers: reqwest::header::HeaderMap::new(),
            body: Some(body.to_string().into()),
        }))
    }

    fn handed(message: &Value) -> Outcome {
        answer(200, "SUCCESS", &json!({"messages": [message]}))
    }

    fn refusal(outcome: Outcome) -> ProviderError {
        match outcome {
            Outcome::Rejected(error) => error,
            other => panic!("{other:?}"),
        }
    }

    fn is_unknown(outcome: &Outcome) -> bool {
        matches!(outcome, Outcome::Unknown { .. })
    }

    #[test]
    fn the_status_of_the_message_tells_and_not_that_of_the_call() {
        let taken = handed(&json!({"status": "SUCCESS", "message_id": "A1"}));
        assert_eq!(
            taken,
            Outcome::Accepted {
                provider_message_id: "A1".into()
            }
        );
        let error = refusal(handed(&json!({"status": "INVALID_RECIPIENT"})));
        assert_eq!(error.class, Class::Recipient);
        assert_eq!(error.detail, "the message came back as INVALID_RECIPIENT");
    }

    #[test]
    fn a_word_that_nobody_knows_is_a_failure_unless_the_message_has_an_id() {
        let error = refusal(handed(&json!({"status": "NEWS"})));
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Content, "NEWS")
        );
        let doubtful = handed(&json!({"status": "NEWS", "message_id": "A1"}));
        assert!(is_unknown(&doubtful), "{doubtful:?}");
    }

    #[test]
    fn a_known_refusal_stays_one_though_it_has_an_id() {
        let error = refusal(handed(&json!({"status": "THROTTLED", "message_id": "A1"})));
        assert_eq!(error.class, Class::RateLimited);
    }

    #[test]
    fn the_same_text_again_waits_a_minute() {
        let error = refusal(handed(&json!({"status": "THROTTLED"})));
        assert_eq!(error.retry_after_seconds, Some(60));
        let error = refusal(answer(429, "TOO_MANY_REQUESTS", &Value::Null));
        assert_eq!(error.retry_after_seconds, None);
    }

    #[test]
    fn what_does_not_tell_is_unknown() {
        for doubtful in [
            handed(&json!({"status": "SUCCESS"})),
            handed(&json!({"message_id": "A1"})),
            handed(&json!({"status": "INTERNAL_ERROR"})),
            handed(&json!({"status": "SOMETHING_IS_WRONG"})),
            handed(&json!("SUCCESS")),
            answer(200, "SUCCESS", &json!({"messages": []})),
            answer(200, "SUCCESS", &Value::Null),
            answer(200, "NEWS", &Value::Null),
            answer(
                200,
                "SUCCESS",
                &json!({"messages": [{"status": "THROTTLED"}, {"status": "THROTTLED"}]}),
            ),
            answer(500, "INTERNAL_SERVER_ERROR", &Value::Null),
            answer(400, "INTERNAL_SERVER_ERROR", &Value::Null),
            answer(400, "SUCCESS", &Value::Null),
            answer(
                400,
                "BAD_REQUEST",
                &json!({"messages": [{"status": "SUCCESS", "message_id": "A1"}]}),
            ),
        ] {
            assert!(is_unknown(&doubtful), "{doubtful:?}");
        }
    }

    #[test]
    fn a_call_may_be_refused_under_a_status_of_success() {
        let error = refusal(answer(200, "BAD_REQUEST", &Value::Null));
        assert_eq!(
            (error.class, error.detail.as_str()),
            (Class::Content, "Words.")
        );
    }

    #[test]
    fn a_refused_call_may_name_the_status_of_the_message() {
        let data = json!({"messages": [{"status": "INSUFFICIENT_CREDIT"}]});
        let error = refusal(answer(400, "BAD_REQUEST", &data));
        assert_eq!(error.provider_code, "INSUFFICIENT_CREDIT");
        let data = json!({"to": "is required"});
        let error = refusal(answer(400, "BAD_REQUEST", &data));
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Content, "BAD_REQUEST")
        );
    }
}
