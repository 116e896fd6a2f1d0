//! SMS by Bird's platform.

use crate::support::{
    ATTEMPT, FROM, SMS_ID, TEXT, TO, body, header, meets_the_specification, message, message_for,
    place, platform, refused_here, sent, sms, to,
};
use serde_json::{Value, json};
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{Content, Media, Outcome};
use tidings_routing::Class;
use tidings_wire_specs::Spec;

/// A message as the platform shows it, with all that its specification wants.
pub(crate) fn resource(status: &str) -> Value {
    json!({
        "id": SMS_ID, "direction": "outbound", "status": status, "to": TO, "from": FROM, "text": TEXT,
        "category": "transactional", "requested_language": null, "resolved_language": null,
        "template_id": null, "template_version_id": null, "template_content_hash": null,
        "segments": {"count": 1, "encoding": "GSM_7BIT", "characters": 19}, "cost": null,
        "last_error": null, "tags": null, "metadata": {"attempt": ATTEMPT},
        "created_at": "2026-11-20T10:30:00Z", "sent_at": null, "delivered_at": null
    })
}

#[test]
fn the_answers_here_are_what_the_specification_says() {
    let operation = Spec::bird().operation("sendSms").unwrap();
    Spec::bird()
        .check_response(&operation, 200, Some(&resource("accepted")))
        .unwrap();
}

#[tokio::test]
async fn a_text_goes_out_with_our_reference_and_a_key_of_its_own() {
    let (request, outcome) = sent(&platform(), &sms(TEXT), 202, &resource("accepted")).await;
    assert_eq!(
        outcome,
        Outcome::Accepted {
            provider_message_id: SMS_ID.into()
        }
    );
    assert_eq!(meets_the_specification(&request), "sendSms");
    assert_eq!(place(&request), "/v1/sms/messages");
    assert_eq!(
        header(&request, "authorization"),
        "Bearer bk_eu1_0123456789"
    );
    assert_eq!(header(&request, "idempotency-key"), ATTEMPT);
    assert_eq!(
        body(&request),
        json!({
            "to": TO, "from": FROM, "text": TEXT, "category": "transactional",
            "metadata": {"attempt": ATTEMPT}
        })
    );
}

#[tokio::test]
async fn every_purpose_has_a_category_of_the_specification() {
    for (purpose, category) in [
        (Purpose::Transactional, "transactional"),
        (Purpose::Reminder, "transactional"),
        (Purpose::Conversational, "service"),
        (Purpose::Marketing, "marketing"),
        (Purpose::Authentication, "authentication"),
        (Purpose::Emergency, "transactional"),
        (Purpose::OptOutConfirmation, "transactional"),
        (Purpose::DoubleOptIn, "transactional"),
    ] {
        let message = message_for(purpose, Channel::Sms, to(), Content::text(TEXT));
        let (request, _) = sent(&platform(), &message, 202, &resource("accepted")).await;
        meets_the_specification(&request);
        assert_eq!(body(&request)["category"], category, "{purpose:?}");
    }
}

#[tokio::test]
async fn twelve_parts_are_the_most() {
    for (text, is_right) in [
        ("]".repeat(912), true),
        ("]".repeat(913), false),
        ("я".repeat(804), true),
        ("я".repeat(805), false),
    ] {
        let message = sms(&text);
        if is_right {
            let (request, _) = sent(&platform(), &message, 202, &resource("accepted")).await;
            assert_eq!(body(&request)["text"], text.as_str());
        } else {
            let error = refused_here(&platform(), &message).await;
            assert_eq!(
                (error.class, error.provider_code.as_str()),
                (Class::Sender, "too_long")
            );
        }
    }
}

#[tokio::test]
async fn pictures_are_refused_before_any_call() {
    let picture = Media {
        url: "https://files.example.com/a.png".into(),
        content_type: None,
    };
    let content = Content {
        media: vec![picture],
        ..Content::text(TEXT)
    };
    let error = refused_here(&platform(), &message(Channel::Sms, content)).await;
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Sender, "no_media")
    );
}
