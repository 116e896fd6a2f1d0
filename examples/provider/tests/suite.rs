//! The suite that every adapter must pass, and nothing else: it asks for all that the port promises.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::Bytes;
use example_provider::{Acme, ERRORS};
use secrecy::SecretString;
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tidings_conformance::{
    Canned, ProviderCase, Signed, attempt_id, changed, error_table, provider, sendable,
};
use tidings_kernel::{Channel, PhoneNumber, Purpose};
use tidings_messaging::{
    Access, Address, CallbackRequest, Content, Credentials, Provider, ProviderEvent, Receipt,
    ReceiptEvent, StatusQuery,
};
use tidings_routing::Class;
use time::macros::datetime;

const SECRET: &str = "not-the-real-signing-secret";
const FROM: &str = "+12025550100";
const TO: &str = "+12025550123";

fn acme(base_url: &str) -> Arc<dyn Provider> {
    // Installing it again changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_millis(500))
        .build()
        .unwrap();
    let adapter = Acme::new(client, base_url.parse().unwrap());
    Arc::new(adapter.with_timeout(Duration::from_secs(1)))
}

fn access() -> Access {
    let key = format!("key_{}", "a1".repeat(16));
    let fields = [("api_key", key.as_str()), ("signing_secret", SECRET)];
    let fields = fields.map(|(name, value)| (name.to_owned(), SecretString::from(value)));
    Access {
        tenant: "ten_00000000000000000000000001".parse().unwrap(),
        account: "acc_00000000000000000000000002".parse().unwrap(),
        credentials: Credentials::new(fields),
        callback_url: "https://hooks.example.com/callbacks/acme/abc".into(),
    }
}

fn delivered() -> Signed {
    let attempt = attempt_id(7);
    let body = json!({"id": "m1", "status": "delivered", "reference": attempt.to_string()});
    let body = Bytes::from(body.to_string());
    let signature = tidings_provider_http::hmac_sha256(SECRET.as_bytes(), &body);
    let signature = tidings_provider_http::hex(&signature);
    Signed {
        request: CallbackRequest {
            method: "POST".into(),
            url: access().callback_url,
            headers: vec![("acme-signature".into(), signature)],
            body,
            received_at: datetime!(2026-07-15 12:00 UTC),
        },
        events: vec![ProviderEvent::Receipt(ReceiptEvent {
            attempt: Some(attempt),
            provider_message_id: "m1".into(),
            receipt: Receipt::Delivered,
            error: None,
            cost: None,
            at: None,
        })],
        signed_headers: &["acme-signature"],
        says_the_same: |_, _| false,
    }
}

#[tokio::test]
async fn acme_keeps_every_promise_of_the_port() {
    let to = Address::Phone(PhoneNumber::from_e164(TO).unwrap());
    let attempt = attempt_id(7);
    let text = "Your table is ready";
    let content = Content::text(text);
    let purpose = Purpose::Transactional;
    let message = sendable(attempt, Channel::Sms, purpose, to.clone(), FROM, content);
    let refused = |status, code| Canned::json(status, &json!({"code": code, "message": "no"}));
    provider(&ProviderCase {
        make: acme,
        access: access(),
        message,
        accepted: Canned::json(201, &json!({"id": "m1"})),
        accepted_id: "m1",
        refusals: vec![
            (refused(400, "bad_number"), Class::Recipient, "bad_number"),
            (
                refused(403, "unsubscribed"),
                Class::OptedOut,
                "unsubscribed",
            ),
            (refused(402, "no_credit"), Class::Account, "no_credit"),
        ],
        errors: ERRORS,
        not_taken: &[],
        unknown_refusal: refused(400, "brand_new"),
        connected: Canned::json(200, &json!({"name": "Acme of Example Ltd"})),
        query: Some(StatusQuery {
            attempt,
            started_at: datetime!(2026-07-15 12:00 UTC),
            provider_message_id: None,
            channel: Channel::Sms,
            from: FROM.into(),
            to,
            text: text.into(),
            taken: Vec::new(),
        }),
        callbacks: vec![delivered()],
        others: vec![changed(&access(), "signing_secret", "of-somebody-else")],
        is_signed: true,
    })
    .await;
}

#[test]
fn every_code_has_its_class() {
    error_table(&ERRORS, include_str!("codes.txt"));
}
