//! What every adapter must do.

use super::{
    ID, account,
    events::{callback, delivered, event},
    healthy, ses,
};
use crate::support::{FROM, TEXT, TO, attempt, mail};
use serde_json::json;
use std::sync::Arc;
use tidings_aws_http::testing::says_the_same;
use tidings_conformance::{Canned, ProviderCase, Signed, changed, fixtures::NOW, provider};
use tidings_kernel::Channel;
use tidings_messaging::{Address, StatusQuery};
use tidings_routing::Class;

fn refusal(status: u16, name: &str, words: &str) -> Canned {
    Canned::json(status, &json!({"__type": name, "message": words}))
}

#[tokio::test]
async fn the_adapter_keeps_every_promise_of_the_port() {
    let refusals = [
        (
            400,
            "MessageRejected",
            "Bad content",
            Class::Content,
            "MessageRejected",
        ),
        (
            400,
            "MessageRejected",
            "Email address is not verified. The following identities failed: ann@example.net",
            Class::Account,
            "MessageRejected.NotVerified",
        ),
        (
            400,
            "AccountSuspendedException",
            "",
            Class::Account,
            "AccountSuspendedException",
        ),
        (
            400,
            "SendingPausedException",
            "",
            Class::Account,
            "SendingPausedException",
        ),
        (
            429,
            "TooManyRequestsException",
            "",
            Class::RateLimited,
            "TooManyRequestsException",
        ),
        (
            400,
            "ThrottlingException",
            "Rate exceeded",
            Class::RateLimited,
            "ThrottlingException",
        ),
        (
            404,
            "NotFoundException",
            "No such set",
            Class::Account,
            "NotFoundException",
        ),
        (
            403,
            "AccessDeniedException",
            "",
            Class::Account,
            "AccessDeniedException",
        ),
        (
            403,
            "ExpiredTokenException",
            "",
            Class::Account,
            "ExpiredTokenException",
        ),
        (
            400,
            "BadRequestException",
            "Illegal address",
            Class::Recipient,
            "BadRequestException.Address",
        ),
    ];
    provider(&ProviderCase {
        make: |url| Arc::new(ses(url)),
        access: account(),
        message: mail(),
        accepted: Canned::json(200, &json!({"MessageId": ID})),
        accepted_id: ID,
        refusals: refusals
            .into_iter()
            .map(|(status, name, words, class, code)| (refusal(status, name, words), class, code))
            .collect(),
        errors: tidings_email::ses::ERRORS,
        not_taken: &[],
        unknown_refusal: refusal(400, "BrandNewException", "ann@example.net is new to us"),
        connected: Canned::json(200, &healthy()),
        query: Some(StatusQuery {
            attempt: attempt(),
            started_at: NOW,
            provider_message_id: Some(ID.into()),
            channel: Channel::Email,
            from: FROM.into(),
            to: Address::Email(TO.into()),
            text: TEXT.into(),
            taken: Vec::new(),
        }),
        callbacks: vec![Signed {
            request: callback(&event("Delivery", &json!({"delivery": {
                "timestamp": "2026-07-15T14:59:00.000Z", "recipients": [TO],
                "processingTimeMillis": 546, "smtpResponse": "250 ok", "reportingMTA": "a8-70.smtp"
            }}))),
            events: vec![delivered()],
            signed_headers: &[],
            says_the_same: |one, other| says_the_same(&one.body, &other.body),
        }],
        others: vec![changed(
            &account(),
            "topic_arn",
            "arn:aws:sns:us-east-1:444455556666:their-topic",
        )],
        is_signed: true,
    })
    .await;
}
