//! Events as SNS brings them.

use super::{ID, account, account_with, ses};
use crate::support::{TO, attempt};
use bytes::Bytes;
use serde_json::{Value, json};
use tidings_aws_http::testing::{confirmation, notification};
use tidings_conformance::fixtures::NOW;
use tidings_kernel::Channel;
use tidings_messaging::{
    Address, CallbackRequest, NotAuthentic, PreferenceChange, PreferenceEvent, PreferenceReach,
    Provider as _, ProviderEvent, Receipt, ReceiptEvent, Unreadable,
};
use tidings_routing::Class;
use time::{Duration, OffsetDateTime, macros::datetime};

const THEN: &str = "2026-07-15T14:59:00.000Z";

fn then() -> OffsetDateTime {
    datetime!(2026-07-15 14:59 UTC)
}

/// An event of this kind for our mail, as the reference shows it.
pub(crate) fn event(kind: &str, more: &Value) -> Value {
    let mut event = json!({
        "eventType": kind,
        "mail": {
            "timestamp": THEN, "messageId": ID, "source": "Acme <no-reply@example.com>",
            "sourceArn": "arn:aws:ses:us-east-1:111122223333:identity/example.com",
            "sendingAccountId": "111122223333", "destination": [TO], "headersTruncated": false,
            "headers": [{"name": "Subject", "value": "Ready"}],
            "commonHeaders": {"from": ["Acme <no-reply@example.com>"], "to": [TO], "subject": "Ready"},
            "tags": {
                "ses:configuration-set": ["our-platform"], "ses:from-domain": ["example.com"],
                "att": [attempt().to_string()]
            }
        }
    });
    for (name, value) in more.as_object().unwrap() {
        event[name] = value.clone();
    }
    event
}

pub(crate) fn callback(event: &Value) -> CallbackRequest {
    request(notification(&event.to_string(), NOW))
}

fn request(body: Bytes) -> CallbackRequest {
    CallbackRequest {
        method: "POST".into(),
        url: account().callback_url,
        headers: vec![("content-type".into(), "text/plain; charset=UTF-8".into())],
        body,
        received_at: NOW,
    }
}

fn receipt(receipt: Receipt, at: Option<OffsetDateTime>) -> ReceiptEvent {
    ReceiptEvent {
        attempt: Some(attempt()),
        provider_message_id: ID.into(),
        receipt,
        error: None,
        cost: None,
        at,
    }
}

pub(crate) fn delivered() -> ProviderEvent {
    ProviderEvent::Receipt(receipt(Receipt::Delivered, Some(then())))
}

fn read(request: &CallbackRequest) -> Result<Vec<ProviderEvent>, Unreadable> {
    ses("http://127.0.0.1:9").parse(&account(), request)
}

fn told(event: &Value) -> Vec<ProviderEvent> {
    read(&callback(event)).unwrap()
}

fn only_receipt(event: &Value) -> ReceiptEvent {
    let events = told(event);
    let [ProviderEvent::Receipt(receipt)] = events.as_slice() else {
        panic!("{events:?}");
    };
    receipt.clone()
}

fn stop(address: &str) -> ProviderEvent {
    ProviderEvent::Preference(PreferenceEvent {
        from: Address::Email(address.into()),
        channel: Channel::Email,
        change: PreferenceChange::Stop,
        reach: PreferenceReach::Marketing,
        at: Some(then()),
    })
}

#[test]
fn a_mail_is_sent_delivered_and_read() {
    for (kind, more, expected) in [
        ("Send", json!({"send": {}}), Receipt::Sent),
        (
            "Delivery",
            json!({"delivery": {"timestamp": THEN}}),
            Receipt::Delivered,
        ),
        (
            "Open",
            json!({"open": {"timestamp": THEN, "ipAddress": "192.0.2.1", "userAgent": "Mail"}}),
            Receipt::Read,
        ),
    ] {
        let found = only_receipt(&event(kind, &more));
        assert_eq!(found, receipt(expected, Some(then())), "{kind}");
    }
}

#[test]
fn a_bounce_is_a_failure_with_its_reason() {
    for (kind, sub_kind, class) in [
        ("Permanent", "General", Class::Recipient),
        ("Permanent", "NoEmail", Class::Recipient),
        ("Permanent", "Suppressed", Class::Recipient),
        ("Permanent", "OnAccountSuppressionList", Class::Recipient),
        ("Transient", "General", Class::Recipient),
        ("Transient", "MailboxFull", Class::Recipient),
        ("Transient", "MessageTooLarge", Class::Content),
        ("Transient", "ContentRejected", Class::Content),
        ("Transient", "AttachmentRejected", Class::Content),
        ("Undetermined", "Undetermined", Class::Recipient),
    ] {
        let found = only_receipt(&event(
            "Bounce",
            &json!({"bounce": {
                "bounceType": kind, "bounceSubType": sub_kind, "timestamp": THEN,
                "feedbackId": "0100018f-000000", "reportingMTA": "dsn; mta.example.com",
                "bouncedRecipients": [{"emailAddress": TO, "action": "failed", "status": "5.1.1",
                    "diagnosticCode": format!("smtp; 550 5.1.1 <{TO}> user unknown")}]
            }}),
        ));
        assert_eq!((found.receipt, found.at), (Receipt::Failed, Some(then())));
        let error = found.error.unwrap();
        assert_eq!(error.class, class, "{kind} {sub_kind}");
        assert!(error.provider_code.starts_with(kind));
        assert_eq!(error.detail, "smtp; 550 5.1.1 <…@example.net> user unknown");
    }
    let bare = only_receipt(&event("Bounce", &json!({})));
    assert_eq!(bare.receipt, Receipt::Failed);
}

#[test]
fn a_complaint_is_delivered_and_stops_marketing() {
    let complaint = |more: &Value| {
        let mut complaint =
            json!({"timestamp": THEN, "complainedRecipients": [{"emailAddress": TO}]});
        for (name, value) in more.as_object().unwrap() {
            complaint[name] = value.clone();
        }
        event("Complaint", &json!({"complaint": complaint}))
    };
    for more in [
        json!({}),
        json!({"complaintFeedbackType": "abuse", "userAgent": "Loop"}),
        // Who hides its readers names everybody at its domain; the mail had one recipient.
        json!({"complainedRecipients": [{"emailAddress": "x@example.net"}, {"emailAddress": TO}]}),
    ] {
        assert_eq!(told(&complaint(&more)), [delivered(), stop(TO)]);
    }
    let suppressed = only_receipt(&complaint(
        &json!({"complaintSubType": "OnAccountSuppressionList"}),
    ));
    assert_eq!(suppressed.receipt, Receipt::Failed);
    assert_eq!(suppressed.error.unwrap().class, Class::OptedOut);
    assert_eq!(
        told(&complaint(&json!({"complaintFeedbackType": "not-spam"}))),
        [ProviderEvent::Ignored("not-spam".into())]
    );
}

#[test]
fn a_complaint_reaches_a_contact_whose_domain_is_in_another_script() {
    let mut event = event("Complaint", &json!({"complaint": {"timestamp": THEN}}));
    event["mail"]["destination"] = json!(["ann@xn--bcher-kva.example"]);
    let expected = [
        delivered(),
        stop("ann@bücher.example"),
        stop("ann@xn--bcher-kva.example"),
    ];
    assert_eq!(told(&event), expected);
}

#[test]
fn what_ses_took_and_did_not_send_has_failed() {
    for (kind, more) in [
        ("Reject", json!({"reject": {"reason": "Bad content"}})),
        (
            "Rendering Failure",
            json!({"failure": {"templateName": "a", "errorMessage": "no such field"}}),
        ),
        ("Reject", json!({})),
        ("Rendering Failure", json!({})),
    ] {
        let found = only_receipt(&event(kind, &more));
        assert_eq!(found.receipt, Receipt::Failed, "{kind}");
        assert_eq!(found.error.unwrap().class, Class::Content, "{kind}");
    }
}

#[test]
fn what_changes_nothing_is_ignored_by_name() {
    for (kind, more) in [
        (
            "DeliveryDelay",
            json!({"deliveryDelay": {"delayType": "MailboxFull"}}),
        ),
        ("Click", json!({"click": {"link": "https://example.com"}})),
        (
            "Subscription",
            json!({"subscription": {"contactList": "a"}}),
        ),
        ("News", json!({"news": [[[]]]})),
    ] {
        assert_eq!(
            told(&event(kind, &more)),
            [ProviderEvent::Ignored(kind.into())]
        );
    }
    let text = "Successfully validated SNS topic for Amazon SES event publishing.";
    let events = read(&request(notification(text, NOW))).unwrap();
    assert_eq!(events, [ProviderEvent::Ignored("a text".into())]);
    let events = read(&request(confirmation(NOW))).unwrap();
    let expected = ProviderEvent::Ignored("SubscriptionConfirmation".into());
    assert_eq!(events, [expected]);
}

#[test]
fn an_identity_reports_without_our_reference() {
    let mut event = event("Delivery", &json!({"delivery": {"timestamp": "yesterday"}}));
    let kind = event["eventType"].take();
    event["notificationType"] = kind;
    event.as_object_mut().unwrap().remove("eventType");
    event["mail"].as_object_mut().unwrap().remove("tags");
    let found = only_receipt(&event);
    assert_eq!((found.attempt, found.at), (None, None));
    assert_eq!(found.provider_message_id, ID);
}

#[test]
fn unknown_messages_and_strange_values_are_read_as_far_as_they_go() {
    let mut event = event(
        "Delivery",
        &json!({"delivery": {"timestamp": "1999-01-01T00:00:00Z"}}),
    );
    event["mail"]["messageId"] = json!("un\u{0}known");
    event["mail"]["tags"]["att"] = json!(["msg_somebody_else's"]);
    event["mail"]["new"] = json!({"deep": [1, 2, {"er": null}]});
    let found = only_receipt(&event);
    assert_eq!(found.provider_message_id, "unknown");
    assert_eq!(found.attempt, None);
    assert_eq!(found.at, Some(datetime!(1999-01-01 0:00 UTC)));
}

#[test]
fn what_is_no_event_is_told_to_be_unreadable() {
    for message in [
        "{}",
        r#"{"eventType":"Send"}"#,
        r#"{"eventType":1}"#,
        "{\"a\":",
    ] {
        let result = read(&request(notification(message, NOW)));
        assert!(result.is_err(), "{message}");
    }
    let large = format!("{{\"eventType\":\"{}\"}}", "a".repeat(5 << 20));
    assert!(read(&request(notification(&large, NOW))).is_err());
    assert!(read(&request(Bytes::from_static(b"not json"))).is_err());
}

#[tokio::test]
async fn only_the_account_s_topics_are_heard() {
    let request = callback(&event("Send", &json!({})));
    let ses = ses("http://127.0.0.1:9");
    assert_eq!(ses.authenticate(&account(), &request).await, Ok(()));
    for topic in [
        "",
        "arn:aws:sns:us-east-1:111122223333:another",
        "arn:aws:sns:us-east-1:999922223333:our-topic",
    ] {
        let access = account_with(&[("topic_arn", topic)]);
        let checked = ses.authenticate(&access, &request).await;
        assert_eq!(checked, Err(NotAuthentic::OtherAccount), "{topic}");
    }
}

#[tokio::test]
async fn a_subscription_is_confirmed_and_an_old_message_refused() {
    let ses = ses("http://127.0.0.1:9");
    let checked = ses
        .authenticate(&account(), &request(confirmation(NOW)))
        .await;
    assert_eq!(checked, Ok(()));
    let old = notification("{}", NOW - Duration::days(900));
    let checked = ses.authenticate(&account(), &request(old)).await;
    assert_eq!(checked, Err(NotAuthentic::Wrong));
    assert_eq!(
        ses.handshake(&account(), &request(confirmation(NOW))).await,
        None
    );
}
