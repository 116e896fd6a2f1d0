use crate::{
    descriptor::DESCRIPTOR,
    errors::{REST_ERRORS, SMS_DELIVERY_ERRORS},
    json::Json,
};
use serde_json::Value;
use tidings_messaging::Outcome;
use tidings_provider_http::{Answer, CallError, Dialect, Read, Reason};
use tidings_routing::{Class, ProviderError};

/// How the interface says yes and no. 99 is a fault of its own, after which a message may exist.
pub(super) const DIALECT: Dialect = Dialect {
    name: DESCRIPTOR.name,
    title: "MessageBird",
    errors: REST_ERRORS,
    faults: &["99"],
    read: |answer| {
        let value = answer.json()?;
        Json(&value)
            .text("/id")
            .map(|id| Read::Accepted(id.to_owned()))
    },
    reason,
};

/// The numbers of status reports, which mean other things than those of refused calls.
pub(crate) const DELIVERY: Dialect = Dialect {
    errors: SMS_DELIVERY_ERRORS,
    ..DIALECT
};

/// The numbers for a parameter that is missing or wrong.
const PARAMETER: [&str; 2] = ["9", "10"];

fn reason(answer: &Answer) -> Option<Reason> {
    let value = answer.json()?;
    let error = Json(first_error(&value)?);
    Some(Reason {
        code: error.word("/code")?,
        words: error.text("/description").unwrap_or_default().to_owned(),
    })
}

fn first_error(value: &Value) -> Option<&Value> {
    value.pointer("/errors/0")
}

/// What a call that hands a message over came to. A wrong parameter is the recipient's or the sender's where
/// it is that one.
pub(super) fn outcome(result: Result<Answer, CallError>) -> Outcome {
    let parameter = result.as_ref().ok().and_then(|answer| {
        let value = answer.json()?;
        let error = Json(first_error(&value)?);
        error.text("/parameter").map(str::to_owned)
    });
    match DIALECT.outcome(result) {
        Outcome::Rejected(error) => Outcome::Rejected(about(error, parameter.as_deref())),
        other => other,
    }
}

fn about(mut error: ProviderError, parameter: Option<&str>) -> ProviderError {
    let is_parameter = PARAMETER.contains(&error.provider_code.as_str());
    if !is_parameter || error.class != Class::Content {
        return error;
    }
    let (class, advice) = match parameter {
        Some("recipients" | "recipient") => (
            Class::Recipient,
            "the number is not valid: correct it with the contact",
        ),
        Some("originator") => (
            Class::Sender,
            "the sender is not valid or not allowed: use a number of yours, or a name of 11 characters",
        ),
        Some(_) | None => return error,
    };
    error.class = class;
    advice.clone_into(&mut error.advice);
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use reqwest::header::HeaderMap;
    use serde_json::json;

    fn outcome_of(status: u16, body: &Value) -> Outcome {
        outcome(Ok(Answer {
            status,
            headers: HeaderMap::new(),
            body: Some(Bytes::from(body.to_string())),
        }))
    }

    fn class(status: u16, code: u32, parameter: Option<&str>) -> Option<Class> {
        let error = json!({"code": code, "description": "no", "parameter": parameter});
        match outcome_of(status, &json!({ "errors": [error] })) {
            Outcome::Rejected(error) => Some(error.class),
            Outcome::Unknown { .. } => None,
            Outcome::Accepted { .. } => panic!("accepted"),
        }
    }

    #[test]
    fn a_wrong_parameter_is_whose_it_is() {
        for code in [9, 10] {
            for (parameter, expected) in [
                (Some("recipients"), Class::Recipient),
                (Some("originator"), Class::Sender),
                (Some("body"), Class::Content),
                (None, Class::Content),
            ] {
                assert_eq!(class(422, code, parameter), Some(expected), "{parameter:?}");
            }
        }
        assert_eq!(class(422, 21, Some("recipients")), Some(Class::Content));
        // How fast we are and who we are is no matter of the number.
        assert_eq!(class(429, 9, Some("recipients")), Some(Class::RateLimited));
        assert_eq!(class(401, 9, Some("recipients")), Some(Class::Account));
    }

    #[test]
    fn a_fault_of_theirs_leaves_open_whether_there_is_a_message() {
        assert_eq!(class(500, 99, None), None);
        assert_eq!(class(400, 99, None), None);
        assert_eq!(class(500, 7, None), None);
        assert_eq!(class(500, 25, None), Some(Class::Account));
    }

    #[test]
    fn an_answer_without_errors_gives_no_reason() {
        for body in [json!({"errors": []}), json!({"errors": "no"}), json!([])] {
            let Outcome::Rejected(error) = outcome_of(400, &body) else {
                panic!("{body}");
            };
            assert_eq!(error.provider_code, "http_400");
        }
    }
}
