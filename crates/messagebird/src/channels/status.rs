use super::dialect::{DIALECT, SMS_DELIVERY};
use crate::{errors, json::Json};
use tidings_messaging::Receipt;
use tidings_routing::ProviderError;

/// The word for a message that was refused before it left Bird.
pub(super) const REJECTED: &str = "rejected";
/// What the SMS network is called where a failure names its source.
const SMS_NETWORK: &str = "sms-messagebird";

/// What a status tells of one of our messages; `None` while it is on its way to the network.
pub(super) fn receipt(status: &str) -> Option<Receipt> {
    match status {
        "sent" => Some(Receipt::Sent),
        "delivered" => Some(Receipt::Delivered),
        "sending_failed" | "delivery_failed" | "skipped" | REJECTED => Some(Receipt::Failed),
        // accepted, processing, and words that are new.
        _ => None,
    }
}

/// Why a message failed: by the number of the SMS network where that was it, else by Bird's own.
pub(super) fn failure(message: Json<'_>, status: &str) -> ProviderError {
    let words = message.text("/reason");
    if message.text("/failure/source/name") == Some(SMS_NETWORK)
        && let Some(code) = message.word("/failure/source/code")
    {
        return errors::not_delivered(&SMS_DELIVERY, status, Some(code), words);
    }
    errors::not_delivered(&DIALECT, status, message.word("/failure/code"), words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use tidings_routing::Class;

    #[test]
    fn every_status_of_the_reference_is_told_apart() {
        for (status, expected) in [
            ("accepted", None),
            ("processing", None),
            ("teleported", None),
            ("sent", Some(Receipt::Sent)),
            ("delivered", Some(Receipt::Delivered)),
            ("sending_failed", Some(Receipt::Failed)),
            ("delivery_failed", Some(Receipt::Failed)),
            ("rejected", Some(Receipt::Failed)),
            ("skipped", Some(Receipt::Failed)),
        ] {
            assert_eq!(receipt(status), expected, "{status}");
        }
    }

    #[test]
    fn numbers_of_the_network_are_known_and_others_are_the_recipient_s() {
        let told = |failure| {
            let message = json!({"reason": "details: x", "failure": failure});
            let error = super::failure(Json(&message), "delivery_failed");
            (error.class, error.provider_code)
        };
        let network = |code: &str| json!({"code": 15005, "source": {"name": "sms-messagebird", "code": code}});
        assert_eq!(told(network("103")), (Class::OptedOut, "103".into()));
        assert_eq!(told(network("1")), (Class::Recipient, "1".into()));
        assert_eq!(told(network("777")), (Class::Recipient, "777".into()));
        // The same number of another source means something else.
        let other = json!({"code": 15001, "source": {"name": "whatsapp", "code": "103"}});
        assert_eq!(told(other), (Class::Recipient, "15001".into()));
        let none = (Class::Recipient, "delivery_failed".into());
        assert_eq!(told(json!(null)), none);
    }
}
