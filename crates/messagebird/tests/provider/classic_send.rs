//! SMS by MessageBird's REST interface.

use crate::support::{
    ATTEMPT, CALLBACK, CLASSIC_ID, FROM, TEXT, attempt, body, classic, header, message, place,
    refused_here, sent, sms, to,
};
use serde_json::{Value, json};
use tidings_conformance::sendable;
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{Access, Content, Outcome};
use tidings_routing::Class;

pub(crate) fn resource(status: &str) -> Value {
    json!({
        "id": CLASSIC_ID, "href": format!("https://rest.messagebird.com/messages/{CLASSIC_ID}"),
        "direction": "mt", "type": "sms", "originator": "12025550100", "body": TEXT,
        "reference": ATTEMPT,
        "recipients": {
            "totalCount": 1, "totalSentCount": 1, "totalDeliveredCount": 0,
            "totalDeliveryFailedCount": 0,
            "items": [{"recipient": 12_025_550_123_u64, "status": status,
                "statusDatetime": "2026-11-20T10:30:00+00:00", "messagePartCount": 1}]
        }
    })
}

#[tokio::test]
async fn a_text_goes_out_with_our_reference_twice() {
    let (request, outcome) = sent(&classic(), &sms(TEXT), 201, &resource("sent")).await;
    assert_eq!(
        outcome,
        Outcome::Accepted {
            provider_message_id: CLASSIC_ID.into()
        }
    );
    assert_eq!(place(&request), "/messages");
    assert_eq!(
        header(&request, "authorization"),
        "AccessKey live_0123456789"
    );
    assert_eq!(
        body(&request),
        json!({
            "originator": "12025550100", "recipients": ["12025550123"], "body": TEXT, "type": "sms",
            "datacoding": "plain", "reference": ATTEMPT,
            "reportUrl": format!("{CALLBACK}?att={ATTEMPT}")
        })
    );
}

#[tokio::test]
async fn other_letters_are_unicode() {
    let (request, _) = sent(&classic(), &sms("Ваш столик готов"), 201, &resource("sent")).await;
    assert_eq!(body(&request)["datacoding"], "unicode");
}

#[tokio::test]
async fn a_name_and_a_short_code_are_senders_too() {
    for (from, originator) in [
        ("ExampleCo", "ExampleCo"),
        ("24680", "24680"),
        (FROM, "12025550100"),
    ] {
        let content = Content::text(TEXT);
        let message = sendable(
            attempt(),
            Channel::Sms,
            Purpose::Transactional,
            to(),
            from,
            content,
        );
        let (request, _) = sent(&classic(), &message, 201, &resource("sent")).await;
        assert_eq!(body(&request)["originator"], originator);
    }
    let long = "ExampleCompany";
    let content = Content::text(TEXT);
    let message = sendable(
        attempt(),
        Channel::Sms,
        Purpose::Transactional,
        to(),
        long,
        content,
    );
    assert_eq!(
        refused_here(&classic(), &message).await.class,
        Class::Sender
    );
}

#[tokio::test]
async fn without_an_address_for_reports_the_message_leaves_all_the_same() {
    let access = Access {
        callback_url: "nowhere".into(),
        ..classic()
    };
    let (request, _) = sent(&access, &sms(TEXT), 201, &resource("sent")).await;
    assert_eq!(body(&request).get("reportUrl"), None);
}

#[tokio::test]
async fn whatsapp_is_refused_before_any_call() {
    let message = message(Channel::Whatsapp, Content::text(TEXT));
    let error = refused_here(&classic(), &message).await;
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Sender, "wrong_channel")
    );
    assert!(error.advice.contains("Bird's platform"));
}

#[tokio::test]
async fn refusals_are_told_by_their_numbers_and_parameters() {
    for (status, code, parameter, class) in [
        (422, 10, "recipients", Class::Recipient),
        (422, 9, "originator", Class::Sender),
        (422, 9, "body", Class::Content),
        (402, 25, "", Class::Account),
        (404, 98, "", Class::Account),
    ] {
        let error = json!({"code": code, "description": "no 12025550123", "parameter": parameter});
        let (_, outcome) = sent(&classic(), &sms(TEXT), status, &json!({"errors": [error]})).await;
        let Outcome::Rejected(error) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(
            (
                error.class,
                error.provider_code.as_str(),
                error.detail.as_str()
            ),
            (class, code.to_string().as_str(), "no …23")
        );
    }
}
