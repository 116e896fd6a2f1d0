use super::DIALECT;
use crate::{errors, json::Json};
use tidings_messaging::Receipt;
use tidings_routing::{Class, ProviderError};

/// The word for a message that was refused before it left Bird.
pub(super) const REJECTED: &str = "rejected";

/// What a status, or the end of an event's name, tells of one of our messages; `None` while it is only
/// accepted, or came in.
pub(super) fn receipt(status: &str) -> Option<Receipt> {
    match status {
        "sent" => Some(Receipt::Sent),
        "delivered" => Some(Receipt::Delivered),
        "read" => Some(Receipt::Read),
        "undelivered" | "failed" | "canceled" | "expired" | REJECTED => Some(Receipt::Failed),
        // accepted, scheduled, received, and words that are new.
        _ => None,
    }
}

/// Why a message failed, by what stands in `error`.
pub(super) fn failure(status: &str, error: Option<Json<'_>>) -> ProviderError {
    let code = error.and_then(|error| error.text("/code"));
    let words = error.and_then(|error| error.text("/description"));
    let mut failure = errors::not_delivered(&DIALECT, status, code.map(str::to_owned), words);
    let is_permanent = error
        .and_then(|error| error.0.pointer("/permanent")?.as_bool())
        .unwrap_or(false);
    // A phone that is out of reach for good is not worth another try.
    if is_permanent && failure.class == Class::Transient {
        failure.class = Class::Recipient;
        Class::Recipient.advice().clone_into(&mut failure.advice);
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_status_of_the_reference_is_told_apart() {
        for (status, expected) in [
            ("scheduled", None),
            ("accepted", None),
            ("received", None),
            ("teleported", None),
            ("sent", Some(Receipt::Sent)),
            ("delivered", Some(Receipt::Delivered)),
            ("read", Some(Receipt::Read)),
            ("undelivered", Some(Receipt::Failed)),
            ("failed", Some(Receipt::Failed)),
            ("rejected", Some(Receipt::Failed)),
            ("canceled", Some(Receipt::Failed)),
            ("expired", Some(Receipt::Failed)),
        ] {
            assert_eq!(receipt(status), expected, "{status}");
        }
    }

    #[test]
    fn a_lasting_fault_is_the_recipient_s() {
        for (permanent, class) in [
            (json!(null), Class::Transient),
            (json!(false), Class::Transient),
            (json!(true), Class::Recipient),
        ] {
            let error =
                json!({"code": "unreachable", "description": "off", "permanent": permanent});
            assert_eq!(failure("undelivered", Some(Json(&error))).class, class);
        }
        let error = json!({"code": "sender_unregistered", "permanent": true});
        assert_eq!(failure("failed", Some(Json(&error))).class, Class::Sender);
    }
}
