use crate::support::{
    FROM, SIGNATURE, TO, WAMID, accepted, access, adapter, attempt, callback, change, meta_error,
    signed, text, to, whatsapp,
};
use serde_json::{Value, json};
use std::sync::Arc;
use tidings_conformance::{Canned, ProviderCase, Signed, changed};
use tidings_kernel::Channel;
use tidings_messaging::{
    Found, InboundEvent, Provider, ProviderEvent, Receipt, ReceiptEvent, StatusQuery,
};
use tidings_routing::Class;
use time::macros::datetime;

fn told(value: Value, event: ProviderEvent) -> Signed {
    Signed {
        request: signed(&callback(&json!([change("messages", value)]))),
        events: vec![event],
        signed_headers: &[SIGNATURE],
        says_the_same: |one, other| one == other,
    }
}

#[tokio::test]
async fn the_adapter_keeps_every_promise_of_its_port() {
    let delivered = json!({"statuses": [{
        "id": WAMID, "status": "delivered", "timestamp": "1789000000",
        "recipient_id": "12025550123", "biz_opaque_callback_data": attempt().to_string()
    }]});
    let wrote = json!({
        "contacts": [{"profile": {"name": "Zoë"}, "wa_id": "12025550123"}],
        "messages": [{
            "from": "12025550123", "id": "wamid.IN1", "timestamp": "1789000001", "type": "text",
            "text": {"body": "Stop"}
        }]
    });
    let case = ProviderCase {
        make: |url| Arc::new(whatsapp(url)) as Arc<dyn Provider>,
        access: access(),
        message: text("Your table is ready"),
        accepted: Canned::json(200, &accepted()),
        accepted_id: WAMID,
        refusals: [
            (401, 190, Class::Account, "190"),
            (400, 131_026, Class::Recipient, "131026"),
            (400, 131_047, Class::WindowClosed, "131047"),
            (400, 131_050, Class::OptedOut, "131050"),
            (400, 131_056, Class::RateLimited, "131056"),
            (404, 132_001, Class::Content, "132001"),
            (503, 131_016, Class::Transient, "131016"),
            (403, 200, Class::Account, "200"),
        ]
        .into_iter()
        .map(|(status, code, class, name)| {
            let body = meta_error(code, "+12025550123 is not reached");
            (Canned::json(status, &body), class, name)
        })
        .collect(),
        errors: tidings_whatsapp_cloud::ERRORS,
        not_taken: &["131057"],
        unknown_refusal: Canned::json(400, &meta_error(7_777_777, "Something new")),
        connected: Canned::json(
            200,
            &json!({"status": "CONNECTED", "verified_name": "Shop"}),
        ),
        query: None,
        callbacks: vec![
            told(
                delivered,
                ProviderEvent::Receipt(ReceiptEvent {
                    attempt: Some(attempt()),
                    provider_message_id: WAMID.into(),
                    receipt: Receipt::Delivered,
                    error: None,
                    cost: None,
                    at: Some(datetime!(2026-09-10 00:26:40 UTC)),
                }),
            ),
            told(
                wrote,
                ProviderEvent::Inbound(InboundEvent {
                    provider_message_id: "wamid.IN1".into(),
                    channel: Channel::Whatsapp,
                    from: to(TO),
                    whatsapp_user: None,
                    to: "+15550001111".into(),
                    text: "Stop".into(),
                    media: Vec::new(),
                    button: None,
                    shopping: None,
                    profile_name: Some("Zoë".into()),
                    provider_opt: None,
                    at: Some(datetime!(2026-09-10 00:26:41 UTC)),
                }),
            ),
        ],
        others: vec![
            changed(&access(), "app_secret", &"b".repeat(32)),
            changed(&access(), "phone_number_id", "111222333444556"),
            changed(&access(), "waba_id", "100200300400501"),
        ],
        is_signed: true,
    };
    tidings_conformance::provider(&case).await;
}

#[tokio::test]
async fn meta_cannot_be_asked_about_a_message() {
    let query = StatusQuery {
        attempt: attempt(),
        started_at: datetime!(2026-07-15 15:00 UTC),
        provider_message_id: Some(WAMID.into()),
        channel: Channel::Whatsapp,
        from: FROM.into(),
        to: to(TO),
        text: "Your table is ready".into(),
        taken: Vec::new(),
    };
    let found = adapter().find(&access(), &query).await.unwrap();
    assert_eq!(found, Found::CannotTell);
}
