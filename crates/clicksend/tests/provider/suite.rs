use crate::{
    callback::{receipt_event, receipt_form, request, wrote_event, wrote_json},
    support::{
        FROM, ID, TO, access_with, account, attempt, clicksend, envelope, handed, message,
        not_taken, number, taken,
    },
};
use serde_json::Value;
use std::sync::Arc;
use tidings_conformance::{Canned, ProviderCase, Signed, fixtures::NOW};
use tidings_kernel::Channel;
use tidings_messaging::{Access, Content, ProviderEvent, StatusQuery};
use tidings_routing::Class;

#[tokio::test]
async fn the_port_is_kept() {
    let refused =
        |status: &str| Canned::json(200, &envelope(200, "SUCCESS", &handed(&not_taken(status))));
    let refused_call =
        |status: u16, code: &str| Canned::json(status, &envelope(status, code, &Value::Null));
    let text = "A text that nobody else knows";
    let callback = |request, event| Signed {
        request,
        events: vec![event],
        signed_headers: &[],
        says_the_same: |_, _| false,
    };
    let case = ProviderCase {
        make: |base_url| Arc::new(clicksend(base_url)),
        access: access_with(&[("user_id", "10"), ("subaccount_id", "20")]),
        message: message(FROM, Content::text(text)),
        accepted: Canned::json(200, &envelope(200, "SUCCESS", &handed(&taken()))),
        accepted_id: ID,
        refusals: vec![
            (
                refused("INVALID_RECIPIENT"),
                Class::Recipient,
                "INVALID_RECIPIENT",
            ),
            (
                refused("INSUFFICIENT_CREDIT"),
                Class::Account,
                "INSUFFICIENT_CREDIT",
            ),
            (refused("THROTTLED"), Class::RateLimited, "THROTTLED"),
            (
                refused("COUNTRY_NOT_ENABLED"),
                Class::Sender,
                "COUNTRY_NOT_ENABLED",
            ),
            (
                refused("INVALID_SENDER_ID"),
                Class::Sender,
                "INVALID_SENDER_ID",
            ),
            (
                refused_call(400, "BAD_REQUEST"),
                Class::Content,
                "BAD_REQUEST",
            ),
            (
                refused_call(401, "UNAUTHORIZED"),
                Class::Account,
                "UNAUTHORIZED",
            ),
            (refused_call(403, "FORBIDDEN"), Class::Account, "FORBIDDEN"),
            (
                refused_call(429, "TOO_MANY_REQUESTS"),
                Class::RateLimited,
                "TOO_MANY_REQUESTS",
            ),
        ],
        errors: tidings_clicksend::ERRORS,
        not_taken: &[],
        unknown_refusal: refused_call(400, "SOMETHING_NEW"),
        connected: Canned::json(200, &envelope(200, "SUCCESS", &account())),
        query: Some(StatusQuery {
            attempt: attempt(),
            started_at: NOW,
            provider_message_id: Some(ID.into()),
            channel: Channel::Sms,
            from: FROM.into(),
            to: number(TO),
            text: text.into(),
            taken: Vec::new(),
        }),
        callbacks: vec![
            callback(
                request(&receipt_form(&[])),
                ProviderEvent::Receipt(receipt_event()),
            ),
            callback(wrote_json(), ProviderEvent::Inbound(wrote_event())),
        ],
        // Not every callback names an account, but each has an address.
        others: vec![Access {
            callback_url: "https://hooks.example.com/callbacks/clicksend/another".into(),
            ..access_with(&[])
        }],
        is_signed: false,
    };
    tidings_conformance::provider(&case).await;
}
