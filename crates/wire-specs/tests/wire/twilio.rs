use serde_json::json;
use tidings_wire_specs::{Request, Rule, Spec};

use crate::refused;

const ACCOUNT: &str = "AC00000000000000000000000000000001";
const SERVICE: &str = "MG00000000000000000000000000000001";
const MESSAGE: &str = "SM00000000000000000000000000000001";

fn call(method: &str, path: &str) -> Request {
    let url = format!("http://127.0.0.1:4010{path}");
    Request::new(method, url).header("Authorization", "Basic U0s6c2VjcmV0")
}

fn send(fields: &[(&str, &str)]) -> Request {
    let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    call("POST", &path).form(fields)
}

#[test]
fn messages_pass() {
    let operation = Spec::twilio().assert(&send(&[
        ("To", "+15550002222"),
        ("MessagingServiceSid", SERVICE),
        ("Body", "Ready"),
        ("MediaUrl", "https://a.example/1.png"),
        ("MediaUrl", "https://a.example/2.png"),
        ("ValidityPeriod", "3600"),
        ("SmartEncoded", "false"),
        (
            "StatusCallback",
            "https://hooks.example.com/twilio/status?t=acme&ref=msg_01TEST",
        ),
    ]));
    assert_eq!(operation.id(), "CreateMessage");
    assert_eq!(operation.method(), "POST");
    assert_eq!(
        operation.template(),
        "/2010-04-01/Accounts/{AccountSid}/Messages.json"
    );
    assert_eq!(operation.parameter("AccountSid"), Some(ACCOUNT));
    Spec::twilio().assert(&send(&[
        ("To", "whatsapp:+15550002222"),
        ("From", "whatsapp:+15550001111"),
        ("ContentSid", "HX00000000000000000000000000000001"),
        ("ContentVariables", r#"{"1":"Ana","2":"A-42"}"#),
    ]));
}

#[test]
fn every_fault_of_a_form_has_its_place() {
    let request = send(&[
        ("Boddy", "Ready"),
        ("ValidityPeriod", "soon"),
        ("SmartEncoded", "yes"),
        ("MessagingServiceSid", "XG00000000000000000000000000000001"),
        ("ContentSid", "HX1"),
        ("Body", "a"),
        ("Body", "b"),
        ("RiskCheck", "maybe"),
    ]);
    refused(
        Spec::twilio().check(&request),
        &[
            (Rule::Missing, "/body/To"),
            (Rule::Unknown, "/body/Boddy"),
            (Rule::Type, "/body/ValidityPeriod"),
            (Rule::Type, "/body/SmartEncoded"),
            (Rule::Pattern, "/body/MessagingServiceSid"),
            (Rule::Pattern, "/body/ContentSid"),
            (Rule::Length, "/body/ContentSid"),
            (Rule::Repeated, "/body/Body"),
            (Rule::Enum, "/body/RiskCheck"),
        ],
    );
}

#[test]
fn path_and_method_are_those_of_an_operation() {
    let no_ending = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages");
    refused(
        Spec::twilio().check(&call("POST", &no_ending)),
        &[(Rule::Path, "/path")],
    );
    let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    refused(
        Spec::twilio().check(&call("DELETE", &path)),
        &[(Rule::Method, "/method")],
    );
    let path = "/2010-04-01/Accounts/AC1/Messages.json";
    let request = call("POST", path).form(&[("To", "+15550002222")]);
    refused(
        Spec::twilio().check(&request),
        &[
            (Rule::Pattern, "/path/AccountSid"),
            (Rule::Length, "/path/AccountSid"),
        ],
    );
}

#[test]
fn a_query_holds_what_is_declared() {
    let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    let right = format!("{path}?To=%2B15550002222&PageSize=50&DateSent%3E=2026-11-20T00:00:00Z");
    assert_eq!(
        Spec::twilio().assert(&call("GET", &right)).id(),
        "ListMessage"
    );
    let wrong = format!("{path}?PageSize=many&Sender=x&DateSent=yesterday&To=1&To=2");
    refused(
        Spec::twilio().check(&call("GET", &wrong)),
        &[
            (Rule::Type, "/query/PageSize"),
            (Rule::Unknown, "/query/Sender"),
            (Rule::Format, "/query/DateSent"),
            (Rule::Repeated, "/query/To"),
        ],
    );
}

#[test]
fn a_call_shows_who_calls_and_says_what_it_brings() {
    let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    let request = Request::new("POST", &path).header("Authorization", "Bearer token");
    refused(
        Spec::twilio().check(&request.clone().body("To=1")),
        &[
            (Rule::Missing, "/header/authorization"),
            (Rule::Missing, "/header/content-type"),
        ],
    );
    refused(
        Spec::twilio().check(&request.json(&json!({ "To": "+15550002222" }))),
        &[
            (Rule::Missing, "/header/authorization"),
            (Rule::Content, "/header/content-type"),
        ],
    );
}

#[test]
fn other_products_pass() {
    let get = |path: &str| Spec::twilio().assert(&call("GET", path)).id().to_owned();
    let message = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages/{MESSAGE}.json");
    assert_eq!(get(&message), "FetchMessage");
    let balance = format!("/2010-04-01/Accounts/{ACCOUNT}/Balance.json");
    assert_eq!(get(&balance), "FetchBalance");
    assert_eq!(get("/v1/Content?PageSize=50"), "ListContent");
    let number = "/v2/PhoneNumbers/%2B15550002222?Fields=line_type_intelligence";
    assert_eq!(get(number), "FetchPhoneNumber");
    let sender = format!("/v1/Services/{SERVICE}/PhoneNumbers");
    let add =
        call("POST", &sender).form(&[("PhoneNumberSid", "PN00000000000000000000000000000001")]);
    Spec::twilio().assert(&add);
    let typing = call("POST", "/v2/Indicators/Typing.json")
        .form(&[("channel", "whatsapp"), ("messageId", MESSAGE)]);
    Spec::twilio().assert(&typing);
}

#[test]
fn a_content_template_is_json() {
    let create = |body| call("POST", "/v1/Content").json(&body);
    let right = json!({
        "friendly_name": "order_update",
        "language": "en",
        "variables": { "1": "Ana" },
        "types": { "twilio/text": { "body": "Hi {{1}}" } },
    });
    assert_eq!(Spec::twilio().assert(&create(right)).id(), "CreateContent");
    let wrong = json!({
        "friendly_name": 1,
        "lang": "en",
        "types": { "twilio/text": { "text": "Hi" } },
    });
    refused(
        Spec::twilio().check(&create(wrong)),
        &[
            (Rule::Type, "/body/friendly_name"),
            (Rule::Unknown, "/body/lang"),
            (Rule::Missing, "/body/language"),
            (Rule::Missing, "/body/types/twilio~1text/body"),
            (Rule::Unknown, "/body/types/twilio~1text/text"),
        ],
    );
}

#[test]
fn answers_are_checked_by_status() {
    let spec = Spec::twilio();
    let create = spec.operation("CreateMessage").unwrap();
    let message = json!({
        "account_sid": ACCOUNT, "api_version": "2010-04-01", "body": "Ready",
        "date_created": "Fri, 20 Nov 2026 10:30:00 +0000", "date_sent": null,
        "date_updated": "Fri, 20 Nov 2026 10:30:00 +0000", "direction": "outbound-api",
        "error_code": null, "error_message": null, "from": null, "messaging_service_sid": SERVICE,
        "num_media": "0", "num_segments": "0", "price": null, "price_unit": null, "sid": MESSAGE,
        "status": "accepted", "to": "+15550002222", "a_new_field": true,
    });
    spec.check_response(&create, 201, Some(&message)).unwrap();
    let wrong = json!({ "sid": "SM1", "status": "lost", "num_segments": 1 });
    refused(
        spec.check_response(&create, 201, Some(&wrong)),
        &[
            (Rule::Pattern, "/body/sid"),
            (Rule::Length, "/body/sid"),
            (Rule::Enum, "/body/status"),
            (Rule::Type, "/body/num_segments"),
        ],
    );
    refused(
        spec.check_response(&create, 201, None),
        &[(Rule::Missing, "/body")],
    );
    refused(
        spec.check_response(&create, 200, Some(&message)),
        &[(Rule::Status, "/status")],
    );
    let failure = json!({
        "code": 21211, "message": "Invalid 'To' Phone Number: +1555",
        "more_info": "https://www.twilio.com/docs/errors/21211", "status": 400,
    });
    spec.check_response(&create, 400, Some(&failure)).unwrap();
    // The file of this product describes no failures; those of the first file stand in.
    let fetch = spec.operation("FetchContent").unwrap();
    spec.check_response(&fetch, 404, Some(&failure)).unwrap();
    refused(
        spec.check_response(&fetch, 404, Some(&json!({ "code": "20404" }))),
        &[
            (Rule::Type, "/body/code"),
            (Rule::Missing, "/body/message"),
            (Rule::Missing, "/body/status"),
        ],
    );
    let delete = spec.operation("DeleteMessage").unwrap();
    spec.check_response(&delete, 204, None).unwrap();
    refused(
        spec.check_response(&delete, 204, Some(&failure)),
        &[(Rule::Unknown, "/body")],
    );
}

#[test]
fn an_operation_of_another_provider_is_a_stranger() {
    let create = Spec::clicksend().operation("send_sms").unwrap();
    let result = Spec::bird().check_response(&create, 200, None);
    refused(result, &[(Rule::Path, "/path")]);
    assert_eq!(Spec::bird().operation("send_sms"), None);
    refused(
        Spec::bird().check_schema("Nothing", &json!({})),
        &[(Rule::Path, "")],
    );
}
