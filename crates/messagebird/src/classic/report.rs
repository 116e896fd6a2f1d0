use super::{dialect::DELIVERY, fields::Fields};
use crate::{
    callback::{attempt, missing, shortened},
    errors,
    json::{instant, money},
};
use tidings_messaging::{CallbackRequest, ProviderEvent, Receipt, ReceiptEvent, Unreadable};
use tidings_routing::ProviderError;

/// Whether this is a status report: it has a status, and our reference or the time of that status.
pub(super) fn is_report(fields: &Fields, request: &CallbackRequest) -> bool {
    fields.get("status").is_some()
        && (fields.get("reference").is_some()
            || fields.get("statusDatetime").is_some()
            || attempt(request).is_some())
}

pub(super) fn parse(
    fields: &Fields,
    request: &CallbackRequest,
) -> Result<ProviderEvent, Unreadable> {
    let status = fields.get("status").ok_or_else(|| missing("status"))?;
    let Some(receipt) = receipt(status) else {
        return Ok(ProviderEvent::Ignored(shortened(status)));
    };
    let id = fields.get("id").ok_or_else(|| missing("id"))?;
    let reference = fields.get("reference").and_then(|text| text.parse().ok());
    let price = fields
        .get("price[amount]")
        .zip(fields.get("price[currency]"));
    let error = || {
        let code = fields.get("statusErrorCode");
        failure(status, code, fields.get("statusReason"))
    };
    Ok(ProviderEvent::Receipt(ReceiptEvent {
        attempt: reference.or_else(|| attempt(request)),
        provider_message_id: id.to_owned(),
        receipt,
        error: (receipt == Receipt::Failed).then(error),
        cost: price.and_then(|(amount, currency)| money(amount, currency)),
        at: fields.get("statusDatetime").and_then(instant),
    }))
}

/// What a status tells; `None` while the message waits for its time. One that is buffered waits at the
/// carrier.
pub(super) fn receipt(status: &str) -> Option<Receipt> {
    match status {
        "sent" | "buffered" => Some(Receipt::Sent),
        "delivered" => Some(Receipt::Delivered),
        "expired" | "delivery_failed" => Some(Receipt::Failed),
        // scheduled, and words that are new.
        _ => None,
    }
}

/// Why a message did not arrive. Zero is no code.
pub(super) fn failure(status: &str, code: Option<&str>, reason: Option<&str>) -> ProviderError {
    let code = code.filter(|code| *code != "0").map(str::to_owned);
    errors::not_delivered(&DELIVERY, status, code, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_routing::Class;

    #[test]
    fn every_status_of_the_reference_is_told_apart() {
        for (status, expected) in [
            ("scheduled", None),
            ("teleported", None),
            ("sent", Some(Receipt::Sent)),
            ("buffered", Some(Receipt::Sent)),
            ("delivered", Some(Receipt::Delivered)),
            ("expired", Some(Receipt::Failed)),
            ("delivery_failed", Some(Receipt::Failed)),
        ] {
            assert_eq!(receipt(status), expected, "{status}");
        }
    }

    #[test]
    fn zero_is_no_code() {
        let error = failure("delivery_failed", Some("0"), Some("generic"));
        assert_eq!(
            (
                error.class,
                error.provider_code.as_str(),
                error.detail.as_str()
            ),
            (Class::Recipient, "delivery_failed", "generic")
        );
        assert_eq!(
            failure("delivery_failed", Some("103"), None).class,
            Class::OptedOut
        );
    }
}
