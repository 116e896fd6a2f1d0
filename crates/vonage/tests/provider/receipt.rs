use crate::support::{ID, access, adapter, attempt, callback, problem, status};
use serde_json::{Value, json};
use tidings_kernel::Money;
use tidings_messaging::{Provider as _, ProviderEvent, Receipt, ReceiptEvent};
use tidings_routing::Class;
use time::macros::datetime;

fn event(body: &Value) -> ProviderEvent {
    let mut events = adapter().parse(&access(), &callback(body)).unwrap();
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn receipt(body: &Value) -> ReceiptEvent {
    match event(body) {
        ProviderEvent::Receipt(event) => event,
        other => panic!("{other:?}"),
    }
}

fn euros(amount: &str) -> Money {
    Money::parse(amount, "EUR").unwrap()
}

#[test]
fn each_status_is_a_receipt_of_our_attempt() {
    for (name, expected) in [
        ("submitted", Receipt::Sent),
        ("delivered", Receipt::Delivered),
        ("read", Receipt::Read),
    ] {
        assert_eq!(
            receipt(&status(name, &json!({}))),
            ReceiptEvent {
                attempt: Some(attempt()),
                provider_message_id: ID.into(),
                receipt: expected,
                error: None,
                cost: None,
                at: Some(datetime!(2026-07-15 15:00:05 UTC)),
            }
        );
    }
}

#[test]
fn a_failure_has_its_code_and_class() {
    for (name, code, class) in [
        ("rejected", "1240", Class::OptedOut),
        ("rejected", "1340", Class::WindowClosed),
        ("rejected", "1360", Class::Expired),
        ("undeliverable", "1260", Class::Recipient),
        ("rejected", "7777", Class::Recipient),
    ] {
        let body = status(name, &json!({"error": problem(code, code, "No.")}));
        let receipt = receipt(&body);
        let error = receipt.error.unwrap();
        assert_eq!(receipt.receipt, Receipt::Failed);
        assert_eq!((error.class, error.provider_code.as_str()), (class, code));
    }
    let bare = receipt(&status("rejected", &json!({}))).error.unwrap();
    assert_eq!(
        (bare.class, bare.provider_code.as_str()),
        (Class::Recipient, "rejected")
    );
}

#[test]
fn an_error_beside_a_status_that_is_no_failure_is_no_failure() {
    let body = status(
        "submitted",
        &json!({"error": problem("1220", "1220", "Handset busy")}),
    );
    let receipt = receipt(&body);
    assert_eq!((receipt.receipt, receipt.error), (Receipt::Sent, None));
}

#[test]
fn what_was_sent_already_or_in_parts_fails_nothing() {
    for code in ["1320", "1490"] {
        let body = status("rejected", &json!({"error": problem(code, code, "")}));
        assert!(matches!(event(&body), ProviderEvent::Ignored(_)), "{code}");
    }
}

#[test]
fn prices_are_read_exactly_or_not_at_all() {
    for (channel, usage, expected) in [
        (
            "sms",
            json!({"currency": "EUR", "price": "0.0333"}),
            Some(euros("0.0333")),
        ),
        (
            "sms",
            json!({"currency": "EUR", "price": 0.0333}),
            Some(euros("0.0333")),
        ),
        (
            "sms",
            json!({"currency": "EUR", "price": "0.03330000"}),
            Some(euros("0.0333")),
        ),
        (
            "sms",
            json!({"currency": "EUR", "price": "0"}),
            Some(euros("0")),
        ),
        (
            "sms",
            json!({"currency": "EUR", "price": "0.00000001"}),
            None,
        ),
        ("sms", json!({"currency": "euro", "price": "0.1"}), None),
        ("sms", json!({"price": "0.1"}), None),
        ("sms", json!("free"), None),
        (
            "whatsapp",
            json!({"currency": "EUR", "price": "0.0333"}),
            Some(euros("0.0333")),
        ),
        ("whatsapp", json!({"currency": "EUR", "price": "0"}), None),
    ] {
        let body = status("delivered", &json!({"channel": channel, "usage": usage}));
        assert_eq!(receipt(&body).cost, expected, "{channel} {usage}");
    }
}

#[test]
fn messages_of_others_and_of_long_ago_are_receipts_as_well() {
    let body = status(
        "delivered",
        &json!({"client_ref": "their-reference", "timestamp": "1999-12-31T23:59:59+02:00", "news": {"a": [1]}}),
    );
    let receipt = receipt(&body);
    assert_eq!(receipt.attempt, None);
    assert_eq!(receipt.provider_message_id, ID);
    assert_eq!(receipt.at, Some(datetime!(1999-12-31 21:59:59 UTC)));
}

#[test]
fn a_time_that_cannot_be_read_is_not_told() {
    for odd in [json!("yesterday"), json!(7), json!(null)] {
        assert_eq!(
            receipt(&status("read", &json!({"timestamp": odd}))).at,
            None
        );
    }
}

#[test]
fn the_reference_in_the_address_counts_for_nothing() {
    let mut request = callback(&status("delivered", &json!({"client_ref": null})));
    request.url.push_str("?att=att_00000000000000000000000009");
    let events = adapter().parse(&access(), &request).unwrap();
    assert!(
        matches!(events.as_slice(), [ProviderEvent::Receipt(event)] if event.attempt.is_none())
    );
}

#[test]
fn a_status_that_nobody_knows_is_ignored() {
    for name in ["teleported", &"x".repeat(5_000)] {
        match event(&status(name, &json!({}))) {
            ProviderEvent::Ignored(name) => assert!(name.chars().count() <= 100),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_status_of_whatsapp_in_full_is_read() {
    let body = status(
        "delivered",
        &json!({
            "channel": "whatsapp", "to": "US.13491208655302741918", "sms": null,
            "profile": {"name": "Ana", "username": "ana"},
            "whatsapp": {
                "waba_id": "111", "recipient": {"user_id": "US.13491208655302741918", "wa_id": "12025550123"},
                "pricing": {"type": "regular", "pricing_model": "PMP", "category": "utility"},
                "conversation": {"id": "1234567890", "origin": {"type": "utility"}}
            },
            "usage": {"currency": "EUR", "price": "0"},
            "workflow": {"workflow_id": "w", "items_number": "1", "items_total": "1"}
        }),
    );
    let receipt = receipt(&body);
    assert_eq!((receipt.receipt, receipt.cost), (Receipt::Delivered, None));
}
