use serde_json::{Value, json};
use tidings_wire_specs::{Request, Rule, Spec};

use crate::refused;

fn send(body: &Value) -> Request {
    Request::new("POST", "https://api.nexmo.com/v1/messages")
        .header("Authorization", "Bearer eyJ0.e30.c2ln")
        .json(body)
}

#[test]
fn messages_pass() {
    for body in [
        json!({"channel":"sms","message_type":"text","to":"15550002222","from":"15550001111",
            "text":"Your table is ready","client_ref":"msg_01TEST",
            "webhook_url":"https://hooks.example.com/vonage/status?t=acme&ref=msg_01TEST",
            "webhook_version":"v1","sms":{"encoding_type":"auto"}}),
        json!({"channel":"whatsapp","message_type":"custom","to":"15550002222",
            "from":"15550001111","client_ref":"msg_01TEST","custom":{"type":"interactive",
            "interactive":{"type":"button","body":{"text":"Confirm?"},"action":{"buttons":[
            {"type":"reply","reply":{"id":"yes","title":"Yes"}}]}}}}),
        json!({"channel":"whatsapp","message_type":"template","to":"15550002222",
            "from":"15550001111","template":{"name":"order_update","parameters":["Ana"]},
            "whatsapp":{"policy":"deterministic","locale":"en_US"}}),
    ] {
        assert_eq!(
            Spec::vonage_messages().assert(&send(&body)).id(),
            "sendMessage"
        );
    }
    let read = Request::new("PATCH", "/v1/messages/aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab")
        .header("Authorization", "Bearer eyJ0.e30.c2ln")
        .json(&json!({"status":"read"}));
    Spec::vonage_messages().assert(&read);
}

#[test]
fn faults_are_told_of_the_channel_that_is_named() {
    let wrong = json!({"channel":"sms","message_type":"text","to":"+15550002222",
        "from":"15550001111","ttl":"soon","clientref":"x","sms":{"encoding_type":"gsm"}});
    refused(
        Spec::vonage_messages().check(&send(&wrong)),
        &[
            (Rule::Missing, "/body/text"),
            (Rule::Pattern, "/body/to"),
            (Rule::Type, "/body/ttl"),
            (Rule::Unknown, "/body/clientref"),
            (Rule::Enum, "/body/sms/encoding_type"),
        ],
    );
    let short = json!({"channel":"mms","message_type":"text","to":"15550002222",
        "from":"15550001111","text":"x","ttl":1,"client_ref":"x".repeat(101)});
    refused(
        Spec::vonage_messages().check(&send(&short)),
        &[
            (Rule::Range, "/body/ttl"),
            (Rule::Length, "/body/client_ref"),
        ],
    );
    let mut anonymous = send(&short);
    anonymous.headers.remove(0);
    let violations = Spec::vonage_messages().check(&anonymous).unwrap_err();
    assert!(violations.has(Rule::Missing, "/header/authorization"));
}

#[test]
fn the_legacy_form_passes() {
    let form = |fields: &[(&str, &str)]| {
        Request::new("POST", "https://rest.nexmo.com/sms/json").form(fields)
    };
    let operation = Spec::vonage_sms().assert(&form(&[
        ("api_key", "abcd1234"),
        ("api_secret", "abcdef0123456789"),
        ("from", "ACME"),
        ("to", "15550002222"),
        ("text", "Your table is ready"),
        ("type", "unicode"),
        ("status-report-req", "true"),
        ("ttl", "900000"),
        ("client-ref", "msg_01TEST"),
    ]));
    assert_eq!(operation.parameter("format"), Some("json"));
    refused(
        Spec::vonage_sms().check(&form(&[
            ("api_key", "abcd"),
            ("to", "+1555"),
            ("type", "emoji"),
            ("ttl", "1"),
            ("clientref", "x"),
        ])),
        &[
            (Rule::Length, "/body/api_key"),
            (Rule::Missing, "/body/from"),
            (Rule::Length, "/body/to"),
            (Rule::Pattern, "/body/to"),
            (Rule::Enum, "/body/type"),
            (Rule::Range, "/body/ttl"),
            (Rule::Unknown, "/body/clientref"),
        ],
    );
    // The base path of the server may be left out.
    let wrong_format = Request::new("POST", "/yaml").form(&[
        ("api_key", "abcd1234"),
        ("from", "ACME"),
        ("to", "15550002222"),
    ]);
    refused(
        Spec::vonage_sms().check(&wrong_format),
        &[(Rule::Enum, "/path/format")],
    );
}

#[test]
fn legacy_answers_and_receipts_pass() {
    let operation = Spec::vonage_sms().operation("send-an-sms").unwrap();
    let sent = json!({"message-count":"1","messages":[{"to":"15550002222",
        "message-id":"0A0000000123ABCD1","status":"0","remaining-balance":"3.14",
        "message-price":"0.0333","network":"12345","client-ref":"msg_01TEST"}]});
    Spec::vonage_sms()
        .check_response(&operation, 200, Some(&sent))
        .unwrap();
    let receipt = json!({"msisdn":"15550002222","to":"ACME","messageId":"0A0000000123ABCD1",
        "status":"delivered","err-code":"0","price":"0.0333","scts":"2611201030",
        "message-timestamp":"2026-11-20 10:30:05"});
    Spec::vonage_sms()
        .check_schema("DeliveryReceipt", &receipt)
        .unwrap();
}

#[test]
fn the_account_and_look_ups_want_their_keys() {
    let get = |url: &str| Request::new("GET", url);
    let balance = "https://rest.nexmo.com/account/get-balance?api_key=abcd1234&api_secret=s3cret";
    let operation = Spec::vonage_account().assert(&get(balance));
    let answer = json!({"value":10.28,"autoReload":false});
    Spec::vonage_account()
        .check_response(&operation, 200, Some(&answer))
        .unwrap();
    refused(
        Spec::vonage_account().check(&get("/account/get-balance?api_key=abcd1234")),
        &[(Rule::Missing, "/query/api_secret")],
    );
    let insight = "https://api.nexmo.com/ni/basic/json?number=15550002222&api_key=a&api_secret=b";
    Spec::vonage_number_insight().assert(&get(insight));
    refused(
        Spec::vonage_number_insight().check(&get("/basic/json?number=15550002222")),
        &[(Rule::Missing, "/header/authorization")],
    );
}
