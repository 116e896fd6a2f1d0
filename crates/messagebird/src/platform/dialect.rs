use super::status;
use crate::{descriptor::DESCRIPTOR, errors::PLATFORM_ERRORS, json::Json};
use tidings_provider_http::{Answer, Dialect, Read, Reason};

/// How the platform says yes and no.
///
/// A conflict is about a call that was made before under the same key, so that a message may well exist.
pub(crate) const DIALECT: Dialect = Dialect {
    name: DESCRIPTOR.name,
    title: "Bird",
    errors: PLATFORM_ERRORS,
    faults: &[
        "conflict_error",
        "internal_error",
        "service_unavailable_error",
        "provider_unavailable",
    ],
    read,
    reason,
};

fn read(answer: &Answer) -> Option<Read> {
    let value = answer.json()?;
    let message = Json(&value);
    let id = message.text("/id")?;
    if message.text("/status") == Some(status::REJECTED) {
        let reason = message.text("/last_error/code").unwrap_or(status::REJECTED);
        let words = message.text("/last_error/description").unwrap_or_default();
        return Some(Read::Refused(Reason {
            code: reason.to_owned(),
            words: words.to_owned(),
        }));
    }
    Some(Read::Accepted(id.to_owned()))
}

/// An error has a name, a code and a type, each less exact than the one before; the first that we know
/// counts. A bare error, without the envelope, is read too, as Bird's own libraries do.
fn reason(answer: &Answer) -> Option<Reason> {
    let value = answer.json()?;
    let envelope = Json(&value);
    let error = envelope
        .at("/error")
        .filter(|error| error.0.is_object())
        .unwrap_or(envelope);
    let name = error.text("/name");
    let told = [name, error.text("/code"), error.text("/type")];
    let mut told = told.into_iter().flatten();
    let most_exact = told.clone().next()?;
    let code = told
        .find(|word| PLATFORM_ERRORS.find(word).is_some())
        .unwrap_or(most_exact);
    let message = error.text("/message").unwrap_or_default();
    let words = match name {
        Some(name) if name != code => format!("{name}: {message}"),
        Some(_) | None => message.to_owned(),
    };
    Some(Reason {
        code: code.to_owned(),
        words,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use reqwest::header::HeaderMap;
    use serde_json::{Value, json};
    use tidings_messaging::Outcome;
    use tidings_routing::{Class, ProviderError};

    fn outcome(status: u16, body: &Value) -> Outcome {
        DIALECT.outcome(Ok(Answer {
            status,
            headers: HeaderMap::new(),
            body: Some(Bytes::from(body.to_string())),
        }))
    }

    fn refused(status: u16, error: &Value) -> ProviderError {
        match outcome(status, &json!({ "error": error })) {
            Outcome::Rejected(error) => error,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_most_exact_word_that_is_known_counts() {
        let error = refused(
            422,
            &json!({"type": "validation_error", "code": "E01", "name": "SMSInvalidRecipient", "message": "no"}),
        );
        assert_eq!(
            (
                error.class,
                error.provider_code.as_str(),
                error.detail.as_str()
            ),
            (Class::Recipient, "SMSInvalidRecipient", "no")
        );
        let error = refused(
            402,
            &json!({"type": "billing_error", "code": "insufficient_balance", "message": "empty"}),
        );
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Account, "insufficient_balance")
        );
        let error = refused(
            422,
            &json!({"type": "validation_error", "name": "NewlyNamed", "message": "no"}),
        );
        assert_eq!(
            (error.provider_code.as_str(), error.detail.as_str()),
            ("validation_error", "NewlyNamed: no")
        );
    }

    #[test]
    fn unknown_words_are_told_by_the_most_exact() {
        let error = refused(
            422,
            &json!({"type": "new_error", "code": "E99", "message": "no"}),
        );
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Content, "E99")
        );
    }

    #[test]
    fn a_bare_error_is_read_too() {
        let body = json!({"type": "permission_error", "message": "not with this key"});
        let Outcome::Rejected(error) = outcome(403, &body) else {
            panic!("accepted");
        };
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Account, "permission_error")
        );
    }

    #[test]
    fn a_conflict_leaves_open_whether_there_is_a_message() {
        for (status, kind) in [
            (409, "conflict_error"),
            (500, "internal_error"),
            (503, "service_unavailable_error"),
        ] {
            let body =
                json!({"error": {"type": kind, "name": "request_in_progress", "message": ""}});
            let outcome = outcome(status, &body);
            assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
        }
    }

    #[test]
    fn a_message_that_is_rejected_at_once_is_refused() {
        let body = json!({
            "id": "sms_01krdgeqcxet5s7t44vh8rt9mg", "status": "rejected",
            "last_error": {"code": "recipient_opted_out", "description": "on the list"}
        });
        let Outcome::Rejected(error) = outcome(200, &body) else {
            panic!("accepted");
        };
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::OptedOut, "recipient_opted_out")
        );
        let bare = outcome(200, &json!({"id": "sms_1", "status": "rejected"}));
        assert!(matches!(bare, Outcome::Rejected(error) if error.provider_code == "rejected"));
    }

    #[test]
    fn an_id_is_an_acceptance() {
        for status in [200, 201, 202] {
            assert_eq!(
                outcome(status, &json!({"id": "sms_1", "status": "accepted"})),
                Outcome::Accepted {
                    provider_message_id: "sms_1".into()
                }
            );
        }
    }
}
