//! What goes out, to the letter.

use crate::support::{
    FROM, TO, access, access_with, attempt, message, mms, refused_here, request, sms, sns_access,
    to,
};
use serde_json::{Value, json};
use tidings_conformance::{sendable, sendable_for};
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{Address, Content, SendableMessage};
use tidings_routing::Class;
use time::Duration;
use wiremock::Request;

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

/// The fields, one on each line.
fn form(request: &Request) -> String {
    let fields = form_urlencoded::parse(&request.body);
    let lines: Vec<_> = fields
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    lines.join("\n") + "\n"
}

fn valid_for(span: Duration) -> SendableMessage {
    let content = Content::text("Ready");
    sendable_for(
        attempt(),
        Channel::Sms,
        Purpose::Transactional,
        to(),
        FROM,
        content,
        span,
    )
}

#[tokio::test]
async fn a_text_names_recipient_sender_kind_and_our_reference() {
    let request = request(&access_with(&[]), &sms("Ready & so on, 100 % 😀")).await;
    assert_eq!(
        body(&request),
        json!({
            "DestinationPhoneNumber": TO,
            "OriginationIdentity": FROM,
            "MessageBody": "Ready & so on, 100 % 😀",
            "MessageType": "TRANSACTIONAL",
            "Context": {"att": attempt().to_string()},
        })
    );
    assert_eq!(
        request.headers["x-amz-target"],
        "PinpointSMSVoiceV2.SendTextMessage"
    );
    assert_eq!(
        request.headers["content-type"],
        "application/x-amz-json-1.0"
    );
    assert_eq!(request.headers["x-amz-date"], "20260715T150000Z");
    let authorization = request.headers["authorization"].to_str().unwrap();
    let start = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260715/us-east-1/sms-voice/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=";
    assert!(authorization.starts_with(start), "{authorization}");
}

#[tokio::test]
async fn settings_and_validity_travel_along() {
    let access = access_with(&[
        ("configuration_set", "our-platform"),
        ("session_token", "FwoGZXIvYXdzE//+="),
    ]);
    let request = request(&access, &valid_for(Duration::hours(1))).await;
    let body = body(&request);
    assert_eq!(body["ConfigurationSetName"], "our-platform");
    assert_eq!(body["TimeToLive"], 3600);
    assert_eq!(request.headers["x-amz-security-token"], "FwoGZXIvYXdzE//+=");
}

#[tokio::test]
async fn marketing_is_promotional() {
    let marketing = message(FROM, Purpose::Marketing, Content::text("Sale"));
    assert_eq!(
        body(&request(&access(), &marketing).await)["MessageType"],
        "PROMOTIONAL"
    );
    assert!(form(&request(&sns_access(), &marketing).await).contains("StringValue=Promotional\n"));
}

#[tokio::test]
async fn every_kind_of_sender_is_named_as_it_is() {
    for from in [
        "Example",
        "pool-0123456789abcdef0123456789abcdef",
        "arn:aws:sms-voice:us-east-1:111122223333:phone-number/phone-0123456789abcdef0123456789abcdef",
    ] {
        let message = message(from, Purpose::Transactional, Content::text("Ready"));
        assert_eq!(
            body(&request(&access(), &message).await)["OriginationIdentity"],
            from
        );
    }
}

#[tokio::test]
async fn an_attachment_is_named_by_its_place_in_s3() {
    let url = "https://our-media.s3.us-east-1.amazonaws.com/promo/cat.png";
    let request = request(&access(), &mms("A cat", &[url])).await;
    assert_eq!(
        body(&request),
        json!({
            "DestinationPhoneNumber": TO,
            "OriginationIdentity": FROM,
            "MessageBody": "A cat",
            "MediaUrls": ["s3://our-media/promo/cat.png"],
            "ConfigurationSetName": "our-platform",
            "Context": {"att": attempt().to_string()},
        })
    );
    assert_eq!(
        request.headers["x-amz-target"],
        "PinpointSMSVoiceV2.SendMediaMessage"
    );
}

#[tokio::test]
async fn an_attachment_needs_no_words() {
    let body = body(&request(&access(), &mms("", &["s3://our-media/cat.png"])).await);
    assert_eq!(body.get("MessageBody"), None);
}

#[tokio::test]
async fn sns_gets_a_form() {
    let request = request(&sns_access(), &sms("Ready & so on, 100 % 😀")).await;
    assert_eq!(
        form(&request),
        format!(
            "Action=Publish\nVersion=2010-03-31\nPhoneNumber={TO}\nMessage=Ready & so on, 100 % 😀\n\
             MessageAttributes.entry.1.Name=AWS.SNS.SMS.SMSType\n\
             MessageAttributes.entry.1.Value.DataType=String\n\
             MessageAttributes.entry.1.Value.StringValue=Transactional\n\
             MessageAttributes.entry.2.Name=AWS.MM.SMS.OriginationNumber\n\
             MessageAttributes.entry.2.Value.DataType=String\n\
             MessageAttributes.entry.2.Value.StringValue={FROM}\n"
        )
    );
    let authorization = request.headers["authorization"].to_str().unwrap();
    assert!(
        authorization.contains("/20260715/us-east-1/sns/aws4_request,"),
        "{authorization}"
    );
}

#[tokio::test]
async fn sns_names_a_word_as_sender_id() {
    let message = message("Example", Purpose::Transactional, Content::text("Ready"));
    let form = form(&request(&sns_access(), &message).await);
    assert!(form.contains("Name=AWS.SNS.SMS.SenderID\n"), "{form}");
    assert!(form.ends_with("StringValue=Example\n"), "{form}");
}

#[tokio::test]
async fn what_aws_cannot_carry_is_refused_here() {
    let s3 = "s3://our-media/cat.png";
    let other = |channel, to| {
        let content = Content::text("Ready");
        sendable(
            attempt(),
            channel,
            Purpose::Transactional,
            to,
            FROM,
            content,
        )
    };
    let email = Address::Email("ana@example.com".into());
    let from = |from| message(from, Purpose::Transactional, Content::text("Ready"));
    for (access, message, class, code) in [
        (
            access(),
            mms("Two", &[s3, s3]),
            Class::Sender,
            "too_many_media",
        ),
        (
            access(),
            mms("One", &["https://cdn.example.com/a.png"]),
            Class::Sender,
            "media_not_in_s3",
        ),
        (sns_access(), mms("One", &[s3]), Class::Sender, "no_media"),
        (access(), from("Example Ltd"), Class::Sender, "bad_sender"),
        (
            sns_access(),
            from("pool-0123456789abcdef"),
            Class::Sender,
            "bad_sender",
        ),
        (
            access(),
            other(Channel::Sms, email.clone()),
            Class::Recipient,
            "no_phone_number",
        ),
        (
            access(),
            other(Channel::Whatsapp, to()),
            Class::Sender,
            "sms_only",
        ),
        (
            access(),
            other(Channel::Email, email),
            Class::Sender,
            "sms_only",
        ),
        (
            access_with(&[("api", "ses")]),
            sms("Ready"),
            Class::Account,
            "credentials",
        ),
        (
            access_with(&[("region", "evil.example/")]),
            sms("Ready"),
            Class::Account,
            "credentials",
        ),
    ] {
        let error = refused_here(&access, &message).await;
        assert_eq!((error.class, error.provider_code.as_str()), (class, code));
        assert!(!error.advice.is_empty(), "{code}");
    }
}
