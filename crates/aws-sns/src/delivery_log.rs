//! Entries of the delivery log of SNS, where a customer has them published to the topic.

use crate::{
    dialect::SNS,
    errors::RESPONSES,
    event::{dollars, ignored},
    wire::LogEntry,
};
use tidings_messaging::{ProviderEvent, Receipt, ReceiptEvent};
use tidings_provider_http::{Reason, without_numbers};
use tidings_routing::{Class, ProviderError};
use time::OffsetDateTime;

/// What an entry tells of one of our messages. SNS knows no reference of ours.
pub(crate) fn read(entry: &LogEntry, at: OffsetDateTime) -> ProviderEvent {
    let (receipt, error) = match entry.status.as_str() {
        "SUCCESS" => (Receipt::Delivered, None),
        "FAILURE" => {
            let words = entry.delivery.provider_response.as_deref();
            (Receipt::Failed, Some(failure(words.unwrap_or_default())))
        }
        other => return ignored(other),
    };
    ProviderEvent::Receipt(ReceiptEvent {
        attempt: None,
        provider_message_id: entry.notification.message_id.clone(),
        receipt,
        error,
        cost: entry.delivery.price.as_ref().and_then(dollars),
        at: Some(at),
    })
}

/// Why it failed, by the beginning of SNS's words.
///
/// Words that we do not know are taken as the recipient's: the one reading that neither sends again nor
/// accuses the account.
fn failure(words: &str) -> ProviderError {
    let begins = |code: &str| {
        words
            .get(..code.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(code))
    };
    match RESPONSES.rows().iter().find(|row| begins(row.code)) {
        Some(row) => RESPONSES.explain(row.code, &without_numbers(words), Class::Recipient),
        None => SNS.explain(
            &Reason {
                code: "FAILURE".into(),
                words: words.to_owned(),
            },
            Class::Recipient,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-07-15 15:00 UTC);

    fn told(status: &str, words: Option<&str>) -> ProviderEvent {
        let entry: Value = json!({
            "notification": {"messageId": "m", "timestamp": "2026-01-02 03:04:06.000"},
            "delivery": {"providerResponse": words, "priceInUSD": 0.00645, "mcc": 310},
            "status": status
        });
        read(&serde_json::from_value(entry).unwrap(), NOW)
    }

    #[test]
    fn every_answer_of_the_reference_has_its_class() {
        for (words, class) in [
            ("Invalid phone number", Class::Recipient),
            ("Phone number is opted out", Class::OptedOut),
            ("Destination is blacklisted", Class::Recipient),
            ("Phone is blacklisted", Class::Recipient),
            ("Phone has blocked SMS", Class::Recipient),
            (
                "Phone is currently unreachable/unavailable",
                Class::Transient,
            ),
            (
                "Phone carrier is currently unreachable/unavailable",
                Class::Transient,
            ),
            ("Blocked as spam by phone carrier", Class::Content),
            ("Phone carrier has blocked this message", Class::Content),
            ("Message body is invalid", Class::Content),
            ("This delivery would exceed max price", Class::Account),
            ("No quota left for account", Class::Account),
            ("Unknown error attempting to reach phone", Class::Recipient),
        ] {
            for words in [
                words.to_owned(),
                format!("{} (+12025550123)", words.to_uppercase()),
            ] {
                let error = failure(&words);
                assert_eq!(error.class, class, "{words}");
                assert!(!error.detail.contains("12025550123"), "{}", error.detail);
                assert_ne!(error.provider_code, "FAILURE", "{words}");
            }
        }
        assert_eq!(RESPONSES.rows().len(), 13);
    }

    #[test]
    fn other_words_are_not_sent_again() {
        for words in ["", "Ünbekannt", "Something new"] {
            let error = failure(words);
            assert_eq!(
                (error.class, error.provider_code.as_str()),
                (Class::Recipient, "FAILURE")
            );
        }
    }

    #[test]
    fn a_success_is_a_delivery_with_its_price() {
        let ProviderEvent::Receipt(event) = told(
            "SUCCESS",
            Some("Message has been accepted by phone carrier"),
        ) else {
            panic!("no receipt");
        };
        assert_eq!(
            (event.receipt, event.error, event.at),
            (Receipt::Delivered, None, Some(NOW))
        );
        assert_eq!(event.cost.unwrap().to_string(), "0.00645 USD");
        assert_eq!(
            told("PARTLY", None),
            ProviderEvent::Ignored("PARTLY".into())
        );
    }
}
