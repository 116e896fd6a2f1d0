//! Events of a configuration set.

use crate::{dialect::VOICE, send::ATTEMPT, wire::Event};
use serde_json::Value;
use tidings_kernel::Money;
use tidings_messaging::{ProviderEvent, Receipt, ReceiptEvent};
use tidings_provider_http::Reason;
use tidings_routing::Class;
use time::OffsetDateTime;

/// What an event tells of one of our messages.
pub(crate) fn read(event: &Event) -> ProviderEvent {
    let end = without_channel(&event.kind).unwrap_or_default();
    let Some(receipt) = receipt(end, event.is_final) else {
        return ignored(&event.kind);
    };
    let words = event.message_status_description.clone();
    let reason = Reason {
        code: end.to_owned(),
        words: words.unwrap_or_default(),
    };
    ProviderEvent::Receipt(ReceiptEvent {
        attempt: event
            .context
            .as_ref()
            .and_then(|context| context.get(ATTEMPT)?.parse().ok()),
        provider_message_id: event.message_id.clone(),
        receipt,
        // A code that we do not know is taken as the recipient's: the one reading that neither sends again
        // nor accuses the account.
        error: (receipt == Receipt::Failed).then(|| VOICE.explain(&reason, Class::Recipient)),
        cost: cost(event),
        at: event
            .timestamp
            .as_ref()
            .and_then(|time| instant(time.as_i64()?)),
    })
}

/// The kind of an event without its channel; `None` for calls, RCS and what is about no message.
pub(crate) fn without_channel(kind: &str) -> Option<&str> {
    kind.strip_prefix("TEXT_").or(kind.strip_prefix("MEDIA_"))
}

/// `None` for what tells nothing: `UNKNOWN` comes when nothing was heard for three days, and new kinds may
/// mean anything.
fn receipt(end: &str, is_final: bool) -> Option<Receipt> {
    match end {
        // The last word in countries where handsets do not answer.
        "SUCCESSFUL" if is_final => Some(Receipt::Delivered),
        // Nobody can be asked, so this may be all that tells of a call whose answer was lost.
        "QUEUED" | "PENDING" | "SENT" | "SUCCESSFUL" => Some(Receipt::Sent),
        "DELIVERED" => Some(Receipt::Delivered),
        "INVALID"
        | "INVALID_MESSAGE"
        | "UNREACHABLE"
        | "CARRIER_UNREACHABLE"
        | "BLOCKED"
        | "CARRIER_BLOCKED"
        | "PROTECT_BLOCKED"
        | "SPAM"
        | "TTL_EXPIRED"
        | "FILE_INACCESSIBLE"
        | "FILE_TYPE_UNSUPPORTED"
        | "FILE_SIZE_EXCEEDED" => Some(Receipt::Failed),
        _ => None,
    }
}

pub(crate) fn ignored(what: &str) -> ProviderEvent {
    ProviderEvent::Ignored(what.chars().take(64).collect())
}

/// The price and the carrier's fee, which AWS tells apart.
fn cost(event: &Event) -> Option<Money> {
    let price = dollars(event.total_message_price.as_ref()?)?;
    match &event.total_carrier_fee {
        None => Some(price),
        Some(fee) => price.checked_add(dollars(fee)?).ok(),
    }
}

/// A number of US dollars, exactly or not at all.
pub(crate) fn dollars(amount: &Value) -> Option<Money> {
    let amount = match amount {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    // Tiny amounts are written as `5e-05`.
    let amount = match amount.split_once(['e', 'E']) {
        None => amount,
        Some(_) => format!("{:.10}", amount.parse::<f64>().ok()?),
    };
    match Money::parse(&amount, "USD") {
        Ok(money) => Some(money),
        Err(error) => {
            // The status matters more than the price.
            tracing::warn!(%error, "the price of a message cannot be read");
            None
        }
    }
}

fn instant(milliseconds: i64) -> Option<OffsetDateTime> {
    let nanoseconds = i128::from(milliseconds) * 1_000_000;
    OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn told(kind: &str, more: &Value) -> ProviderEvent {
        let mut event = json!({"eventType": kind, "messageId": "m"});
        for (name, value) in more.as_object().unwrap() {
            event[name] = value.clone();
        }
        read(&serde_json::from_value(event).unwrap())
    }

    fn receipt_of(kind: &str, more: &Value) -> Option<ReceiptEvent> {
        match told(kind, more) {
            ProviderEvent::Receipt(receipt) => Some(receipt),
            _ => None,
        }
    }

    /// Every kind of event of the model.
    const KINDS: &[(&str, Option<Receipt>)] = &[
        ("SENT", Some(Receipt::Sent)),
        ("PENDING", Some(Receipt::Sent)),
        ("QUEUED", Some(Receipt::Sent)),
        ("SUCCESSFUL", Some(Receipt::Sent)),
        ("DELIVERED", Some(Receipt::Delivered)),
        ("INVALID", Some(Receipt::Failed)),
        ("INVALID_MESSAGE", Some(Receipt::Failed)),
        ("UNREACHABLE", Some(Receipt::Failed)),
        ("CARRIER_UNREACHABLE", Some(Receipt::Failed)),
        ("BLOCKED", Some(Receipt::Failed)),
        ("CARRIER_BLOCKED", Some(Receipt::Failed)),
        ("SPAM", Some(Receipt::Failed)),
        ("UNKNOWN", None),
        ("TTL_EXPIRED", Some(Receipt::Failed)),
        ("PROTECT_BLOCKED", Some(Receipt::Failed)),
        ("FILE_INACCESSIBLE", Some(Receipt::Failed)),
        ("FILE_TYPE_UNSUPPORTED", Some(Receipt::Failed)),
        ("FILE_SIZE_EXCEEDED", Some(Receipt::Failed)),
        ("INVENTED", None),
    ];

    #[test]
    fn every_kind_has_its_receipt_and_every_failure_its_row() {
        for (end, expected) in KINDS {
            for channel in ["TEXT", "MEDIA"] {
                let receipt = receipt_of(&format!("{channel}_{end}"), &json!({}));
                assert_eq!(
                    receipt.as_ref().map(|event| event.receipt),
                    *expected,
                    "{end}"
                );
                if *expected == Some(Receipt::Failed) {
                    let row = crate::ERRORS.find(end).unwrap();
                    let error = receipt.unwrap().error.unwrap();
                    assert_eq!(
                        (error.class, error.provider_code.as_str()),
                        (row.class, *end)
                    );
                }
            }
        }
        for other in ["VOICE_COMPLETED", "RCS_DELIVERED", "", "TEXT"] {
            assert_eq!(
                told(other, &json!({})),
                ProviderEvent::Ignored(other.into())
            );
        }
    }

    #[test]
    fn the_carrier_s_word_is_delivery_only_when_it_is_the_last() {
        let event = receipt_of("TEXT_SUCCESSFUL", &json!({"isFinal": true})).unwrap();
        assert_eq!(event.receipt, Receipt::Delivered);
    }

    #[test]
    fn price_and_fee_are_added() {
        let cost = |more: Value| {
            let event = receipt_of("TEXT_DELIVERED", &more).unwrap();
            event.cost.map(|cost| cost.to_string())
        };
        for (more, expected) in [
            (
                json!({"totalMessagePrice": 0.00581, "totalCarrierFee": 0.003}),
                Some("0.00881 USD"),
            ),
            (json!({"totalMessagePrice": 0.00745}), Some("0.00745 USD")),
            (
                json!({"totalMessagePrice": 0.0, "totalCarrierFee": 0}),
                Some("0 USD"),
            ),
            (json!({"totalMessagePrice": 0.000_05}), Some("0.00005 USD")),
            (json!({"totalMessagePrice": 0.000_000_1}), None),
            (json!({"totalMessagePrice": 1e300}), None),
            (json!({"totalMessagePrice": "0.5"}), Some("0.5 USD")),
            (json!({"totalMessagePrice": [], "eventTimestamp": {}}), None),
            (json!({"totalCarrierFee": 0.003}), None),
            (json!({}), None),
        ] {
            assert_eq!(cost(more.clone()).as_deref(), expected, "{more}");
        }
    }

    #[test]
    fn times_that_do_not_exist_are_none() {
        assert_eq!(instant(0), Some(OffsetDateTime::UNIX_EPOCH));
        assert_eq!(instant(i64::MAX), None);
        assert_eq!(instant(i64::MIN), None);
    }
}
