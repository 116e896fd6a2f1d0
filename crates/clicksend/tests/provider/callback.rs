use crate::support::{CALLBACK, FROM, ID, REFERENCE, TO, access, attempt, clicksend, number};
use bytes::Bytes;
use serde_json::{Value, json};
use tidings_kernel::Channel;
use tidings_messaging::{
    CallbackRequest, InboundEvent, Provider as _, ProviderEvent, Receipt, ReceiptEvent, Unreadable,
};
use tidings_routing::Class;
use time::macros::datetime;
use url::form_urlencoded;

const WROTE_ID: &str = "7A7B7C7D-1111-2222-3333-444455556666";

/// A receipt as the reference shows it, with these fields replaced or added.
pub(crate) fn receipt_form(more: &[(&str, &str)]) -> String {
    let fields = [
        ("timestamp_send", "1790000000"),
        ("timestamp", "1790000007"),
        ("message_id", ID),
        ("status_code", "201"),
        ("status_text", "Success: Message received on handset."),
        ("error_code", ""),
        ("error_text", ""),
        ("custom_string", REFERENCE),
        ("user_id", "10"),
        ("subaccount_id", "20"),
        ("message_type", "sms"),
    ];
    form(&fields, more)
}

fn form(fields: &[(&str, &str)], more: &[(&str, &str)]) -> String {
    let kept = fields
        .iter()
        .filter(|(name, _)| more.iter().all(|(other, _)| other != name));
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept.chain(more))
        .finish()
}

pub(crate) fn receipt_event() -> ReceiptEvent {
    ReceiptEvent {
        attempt: Some(attempt()),
        provider_message_id: ID.into(),
        receipt: Receipt::Delivered,
        error: None,
        cost: None,
        at: Some(datetime!(2026-09-21 14:13:27 UTC)),
    }
}

/// What a contact wrote, as the reference shows it.
fn wrote() -> Value {
    json!({
        "timestamp": 1_790_000_100, "from": TO, "body": "STOP", "original_body": "Ready",
        "original_message_id": ID, "to": FROM, "custom_string": REFERENCE,
        "message_id": WROTE_ID, "_keyword": "stop"
    })
}

pub(crate) fn wrote_json() -> CallbackRequest {
    json_request(&wrote())
}

pub(crate) fn wrote_event() -> InboundEvent {
    InboundEvent {
        provider_message_id: WROTE_ID.into(),
        channel: Channel::Sms,
        from: number(TO),
        whatsapp_user: None,
        to: FROM.into(),
        text: "STOP".into(),
        media: Vec::new(),
        button: None,
        shopping: None,
        profile_name: None,
        provider_opt: None,
        at: Some(datetime!(2026-09-21 14:15:00 UTC)),
    }
}

/// A form as ClickSend posts it.
pub(crate) fn request(form: &str) -> CallbackRequest {
    CallbackRequest {
        method: "POST".into(),
        url: CALLBACK.into(),
        headers: vec![(
            "content-type".into(),
            "application/x-www-form-urlencoded".into(),
        )],
        body: Bytes::from(form.to_owned()),
        received_at: datetime!(2026-09-21 14:13:28 UTC),
    }
}

fn json_request(body: &Value) -> CallbackRequest {
    CallbackRequest {
        headers: vec![(
            "content-type".into(),
            "application/json; charset=utf-8".into(),
        )],
        ..request(&body.to_string())
    }
}

fn read(request: &CallbackRequest) -> Result<ProviderEvent, Unreadable> {
    let events = clicksend("http://127.0.0.1:9").parse(&access(), request);
    events.map(|mut events| {
        assert_eq!(events.len(), 1);
        events.remove(0)
    })
}

fn receipt(more: &[(&str, &str)]) -> ReceiptEvent {
    match read(&request(&receipt_form(more))).unwrap() {
        ProviderEvent::Receipt(event) => event,
        other => panic!("{other:?}"),
    }
}

fn inbound(body: &Value) -> InboundEvent {
    match read(&json_request(body)).unwrap() {
        ProviderEvent::Inbound(event) => event,
        other => panic!("{other:?}"),
    }
}

fn is_ignored(request: &CallbackRequest) -> bool {
    matches!(read(request).unwrap(), ProviderEvent::Ignored(_))
}

#[test]
fn a_receipt_is_read_from_form_json_and_query() {
    let expected = ProviderEvent::Receipt(receipt_event());
    assert_eq!(read(&request(&receipt_form(&[]))).unwrap(), expected);
    let body = json!({
        "timestamp_send": 1_790_000_000, "timestamp": "1790000007", "message_id": ID,
        "status_code": 201, "status_text": "Success: Message received on handset.",
        "error_code": null, "error_text": null, "custom_string": REFERENCE, "user_id": 10,
        "subaccount_id": 20, "message_type": "sms", "digits": null
    });
    assert_eq!(read(&json_request(&body)).unwrap(), expected);
    // Rules are set by hand, and the type may be wrong.
    assert_eq!(read(&request(&format!(" {body}"))).unwrap(), expected);
    let by_get = CallbackRequest {
        method: "GET".into(),
        url: format!("{CALLBACK}?{}", receipt_form(&[])),
        headers: Vec::new(),
        ..request("")
    };
    assert_eq!(read(&by_get).unwrap(), expected);
}

#[test]
fn a_failure_is_explained_by_the_table() {
    let failed = receipt(&[
        ("status_code", "301"),
        ("status_text", "Failed: Delivery failed."),
        ("error_code", "9"),
        ("error_text", "Unidentified subscriber +12025550123"),
    ]);
    assert_eq!(failed.receipt, Receipt::Failed);
    let error = failed.error.unwrap();
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Recipient, "9")
    );
    assert_eq!(error.detail, "Unidentified subscriber +…23");
}

#[test]
fn what_clicksend_itself_tries_again_is_not_final() {
    let event = receipt(&[("status_code", "300"), ("error_code", "16")]);
    assert_eq!((event.receipt, event.error), (Receipt::Sent, None));
    let expired = receipt(&[("status_code", "301"), ("error_code", "20")]);
    assert_eq!((expired.receipt, expired.error), (Receipt::Sent, None));
}

#[test]
fn what_comes_before_sent_changes_nothing() {
    for (status, error) in [
        ("200", "1"),
        ("200", "2"),
        ("200", "6"),
        ("999", ""),
        ("", "99"),
    ] {
        let form = receipt_form(&[("status_code", status), ("error_code", error)]);
        assert!(is_ignored(&request(&form)), "{status} {error}");
    }
}

#[test]
fn a_receipt_of_an_mms_is_one_and_of_a_call_is_none() {
    for kind in ["mms", "MMS", "SMS", ""] {
        assert_eq!(
            receipt(&[("message_type", kind)]).receipt,
            Receipt::Delivered
        );
    }
    for kind in ["voice", "fax", "email", "post"] {
        assert!(
            is_ignored(&request(&receipt_form(&[("message_type", kind)]))),
            "{kind}"
        );
    }
}

#[test]
fn a_receipt_for_a_message_that_is_not_ours_still_has_clicksend_s_id() {
    for reference in ["", "their own note", "att_x"] {
        let event = receipt(&[("custom_string", reference)]);
        assert_eq!(event.attempt, None, "{reference}");
        assert_eq!(event.provider_message_id, ID);
    }
}

#[test]
fn the_receipt_of_the_dashboard_s_test_is_read() {
    let body = json!({
        "timestamp_send": 1_442_381_791, "timestamp": 1_442_381_791, "message_id": ID,
        "status_code": 201, "status_text": "Success: Message received on handset.",
        "error_code": null, "error_text": null, "custom_string": null, "subaccount_id": null,
        "message_type": "sms"
    });
    let expected = ReceiptEvent {
        attempt: None,
        at: Some(datetime!(2015-09-16 05:36:31 UTC)),
        ..receipt_event()
    };
    assert_eq!(
        read(&json_request(&body)).unwrap(),
        ProviderEvent::Receipt(expected)
    );
}

#[test]
fn old_names_strange_times_and_new_fields_do_no_harm() {
    let form = form(
        &[
            ("messageid", ID),
            ("customstring", REFERENCE),
            ("status", "Sent"),
            ("timestamp", "yesterday"),
            ("news", "1"),
        ],
        &[],
    );
    let expected = ReceiptEvent {
        receipt: Receipt::Sent,
        at: None,
        ..receipt_event()
    };
    assert_eq!(
        read(&request(&form)).unwrap(),
        ProviderEvent::Receipt(expected)
    );
}

#[test]
fn a_text_from_a_contact_is_read() {
    assert_eq!(inbound(&wrote()), wrote_event());
}

#[test]
fn a_text_is_read_from_a_form_whose_plus_was_lost() {
    for (from, to) in [
        ("%2B12025550123", "%2B12025550100"),
        ("+12025550123", "+12025550100"),
        ("12025550123", "12025550100"),
    ] {
        let form = format!(
            "timestamp=1790000100&from={from}&to={to}&body=STOP&messageid={WROTE_ID}&\
             originalbody=Ready&customstring={REFERENCE}&user_id=10&subaccount_id=20"
        );
        let expected = ProviderEvent::Inbound(wrote_event());
        assert_eq!(read(&request(&form)).unwrap(), expected, "{from}");
    }
}

#[test]
fn the_text_of_the_dashboard_s_test_is_read() {
    let mut body = wrote();
    body["timestamp_send"] = body["timestamp"].take();
    assert_eq!(inbound(&body), wrote_event());
}

#[test]
fn a_nul_does_not_hide_what_was_written() {
    let mut body = wrote();
    body["body"] = json!("ST\0OP\0");
    assert_eq!(inbound(&body), wrote_event());
    let form = format!("from=%2B12025550123&message_id={WROTE_ID}&body=ST%00OP");
    match read(&request(&form)).unwrap() {
        ProviderEvent::Inbound(event) => {
            assert_eq!((event.text.as_str(), event.to.as_str()), ("STOP", ""));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_text_may_be_empty_and_a_short_code_written_to() {
    let mut body = wrote();
    body["body"] = json!("");
    body["to"] = json!("40404");
    let event = inbound(&body);
    assert_eq!((event.text.as_str(), event.to.as_str()), ("", "40404"));
}

#[test]
fn a_sender_that_is_no_phone_number_is_ignored() {
    for from in ["40404", "ACME", "+0"] {
        let mut body = wrote();
        body["from"] = json!(from);
        assert!(is_ignored(&json_request(&body)), "{from}");
    }
}

#[test]
fn what_is_neither_receipt_nor_message_changes_nothing() {
    for body in ["", "a=b", "user_id=10&message_id=1"] {
        assert!(is_ignored(&request(body)), "{body}");
    }
    assert!(is_ignored(&json_request(&json!({}))));
}

#[test]
fn what_lacks_its_id_or_is_no_object_is_unreadable() {
    let mut without_id = wrote();
    without_id["message_id"] = Value::Null;
    for request in [
        request(&receipt_form(&[("message_id", "")])),
        json_request(&without_id),
        json_request(&json!([wrote()])),
        json_request(&Value::Null),
        request("{\"message_id\":"),
    ] {
        assert!(read(&request).is_err(), "{request:?}");
    }
}

#[test]
fn what_is_longer_than_any_callback_is_not_looked_at() {
    let filler = "a".repeat(5 << 20);
    let long = receipt_form(&[("news", &filler)]);
    let error = read(&request(&long)).unwrap_err();
    assert!(error.to_string().contains("longer"), "{error}");
}
