use crate::support::{
    APPLICATION, CALLBACK, ID, NOW, PRIVATE_KEY, PUBLIC_KEY, access, access_with, attempt,
    callback, problem, sms, status, taken, to, vonage,
};
use serde_json::json;
use std::sync::Arc;
use tidings_conformance::{Canned, ProviderCase, Signed, changed};
use tidings_kernel::{Channel, Money};
use tidings_messaging::{
    InboundEvent, Provider, ProviderEvent, Receipt, ReceiptEvent, StatusQuery,
};
use tidings_routing::Class;
use time::macros::datetime;

fn signed(body: &serde_json::Value, event: ProviderEvent) -> Signed {
    Signed {
        request: callback(body),
        events: vec![event],
        signed_headers: &["authorization"],
        // The scheme is a word in any case.
        says_the_same: |one, other| {
            let token = |request: &tidings_messaging::CallbackRequest| {
                let header = request.header("authorization").unwrap_or_default();
                header
                    .split_at_checked(7)
                    .map(|(scheme, token)| (scheme.to_ascii_lowercase(), token.to_owned()))
            };
            one.body == other.body && token(one) == token(other)
        },
    }
}

#[tokio::test]
async fn the_adapter_keeps_every_promise_of_its_port() {
    let delivered = status(
        "delivered",
        &json!({"usage": {"currency": "EUR", "price": "0.0333"}}),
    );
    let wrote = json!({
        "message_uuid": ID, "channel": "sms", "message_type": "text", "to": "12025550100",
        "from": "12025550123", "timestamp": "2026-07-15T15:00:05Z", "text": "Stop",
        "sms": {"num_messages": "1", "keyword": "STOP"}
    });
    let at = Some(datetime!(2026-07-15 15:00:05 UTC));
    let case = ProviderCase {
        make: |url| Arc::new(vonage(url)) as Arc<dyn Provider>,
        access: access_with(&[
            ("application_id", APPLICATION),
            ("private_key", PRIVATE_KEY),
            ("reports", "yes"),
        ]),
        message: sms("Your table is ready"),
        accepted: Canned::json(202, &taken()),
        accepted_id: ID,
        refusals: [
            (
                422,
                problem("1120", "Invalid sender", "The `from` parameter is invalid."),
                Class::Sender,
                "1420",
            ),
            (
                422,
                problem("110", "Invalid recipient", "The `to` parameter is invalid."),
                Class::Recipient,
                "1430",
            ),
            (
                422,
                problem("1022", "1022", "Invalid template"),
                Class::Content,
                "1022",
            ),
            (
                401,
                problem("unauthorized", "Unauthorized", "No."),
                Class::Account,
                "unauthorized",
            ),
            (
                402,
                problem("low-balance", "Low balance", "No credit."),
                Class::Account,
                "low-balance",
            ),
            (
                429,
                problem("1000", "Throttled", "Wait."),
                Class::RateLimited,
                "1000",
            ),
            (
                500,
                problem("1240", "1240", "Illegal number"),
                Class::OptedOut,
                "1240",
            ),
        ]
        .into_iter()
        .map(|(status, body, class, code)| (Canned::json(status, &body), class, code))
        .collect(),
        errors: tidings_vonage::ERRORS,
        not_taken: &[],
        unknown_refusal: Canned::json(400, &problem("7777", "Something new", "Not today.")),
        connected: Canned::json(
            200,
            &json!({
                "value": 10.28, "autoReload": false, "id": APPLICATION, "name": "Acme",
                "keys": {"public_key": PUBLIC_KEY},
                "capabilities": {"messages": {"webhooks": {"inbound_url": {"address": CALLBACK}}}}
            }),
        ),
        query: Some(StatusQuery {
            attempt: attempt(),
            started_at: NOW,
            provider_message_id: Some(ID.into()),
            channel: Channel::Sms,
            from: "+12025550100".into(),
            to: to(),
            text: "Your table is ready".into(),
            taken: Vec::new(),
        }),
        callbacks: vec![
            signed(
                &delivered,
                ProviderEvent::Receipt(ReceiptEvent {
                    attempt: Some(attempt()),
                    provider_message_id: ID.into(),
                    receipt: Receipt::Delivered,
                    error: None,
                    cost: Some(Money::parse("0.0333", "EUR").unwrap()),
                    at,
                }),
            ),
            signed(
                &wrote,
                ProviderEvent::Inbound(InboundEvent {
                    provider_message_id: ID.into(),
                    channel: Channel::Sms,
                    from: to(),
                    whatsapp_user: None,
                    to: "+12025550100".into(),
                    text: "Stop".into(),
                    media: Vec::new(),
                    button: None,
                    shopping: None,
                    profile_name: None,
                    provider_opt: None,
                    at,
                }),
            ),
        ],
        others: vec![
            changed(&access(), "api_key", "dcba4321"),
            changed(&access(), "signature_secret", "of somebody else"),
        ],
        is_signed: true,
    };
    tidings_conformance::provider(&case).await;
}
