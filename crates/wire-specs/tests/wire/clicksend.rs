use serde_json::{Value, json};
use tidings_wire_specs::{Request, Rule, Spec};

use crate::refused;

fn call(method: &str, path: &str) -> Request {
    Request::new(method, format!("https://rest.clicksend.com/v3{path}"))
        .header("Authorization", "Basic dTprZXk=")
}

fn send(body: &Value) -> Request {
    call("POST", "/sms/send").json(body)
}

#[test]
fn messages_pass() {
    let text = json!({"shorten_urls":false,"messages":[{"source":"our-platform",
        "from":"+61400000001","to":"+61400000002","body":"Your table is ready",
        "custom_string":"msg_01TEST","country":"AU"}]});
    let operation = Spec::clicksend().assert(&send(&text));
    assert_eq!(operation.id(), "send_sms");
    let media = json!({"media_file":"https://cdn.example.com/a.jpg","messages":[{
        "to":"+61400000002","from":"+61400000001","subject":"Hi","body":"Look",
        "source":"our-platform"}]});
    Spec::clicksend().assert(&call("POST", "/mms/send").json(&media));
}

#[test]
fn every_fault_has_its_place() {
    let wrong = json!({"messages":[{"to":61_400_000_002_u64,"text":"x","schedule":"now"}],
        "shorten":true});
    refused(
        Spec::clicksend().check(&send(&wrong)),
        &[
            (Rule::Type, "/body/messages/0/to"),
            (Rule::Missing, "/body/messages/0/body"),
            (Rule::Unknown, "/body/messages/0/text"),
            (Rule::Type, "/body/messages/0/schedule"),
            (Rule::Unknown, "/body/shorten"),
        ],
    );
    let broken = send(&wrong).body("{\"messages\":");
    refused(
        Spec::clicksend().check(&broken),
        &[(Rule::Content, "/body")],
    );
}

#[test]
fn other_calls_pass() {
    let spec = Spec::clicksend();
    spec.assert(&call("GET", "/account"));
    spec.assert(&call("GET", "/sms/receipts?page=1&limit=100"));
    spec.assert(&call(
        "GET",
        "/sms/history?q=to:%2B61400000002&date_from=1790000000",
    ));
    spec.assert(&call(
        "PUT",
        "/sms/0A0B0C0D-1111-2222-3333-444455556666/cancel",
    ));
    let upload = call("POST", "/uploads?convert=mms").json(&json!({"content":"aGk="}));
    spec.assert(&upload);
    let rule = json!({"rule_name":"our platform","match_type":0,"action":"URL",
        "action_address":"https://hooks.example.com/clicksend/dlr/SECRET","enabled":1});
    spec.assert(&call("POST", "/automations/sms/receipts").json(&rule));
    // A path without a parameter wins over one with.
    let operation = spec.assert(&call("GET", "/sms/history"));
    assert_eq!(operation.id(), "view_sms_history");
}

#[test]
fn answers_and_receipts_pass() {
    let send = Spec::clicksend().operation("send_sms").unwrap();
    let answer = json!({"http_code":200,"response_code":"SUCCESS",
        "response_msg":"Messages queued for delivery.","data":{"total_price":0.0792,
        "total_count":1,"queued_count":1,"blocked_count":0,"messages":[{"direction":"out",
        "date":1_790_000_000,"to":"+61400000002","body":"Your table is ready",
        "from":"+61400000001","schedule":1_790_000_000,
        "message_id":"0A0B0C0D-1111-2222-3333-444455556666","message_parts":1,
        "message_price":"0.0792","custom_string":"msg_01TEST","user_id":10,"subaccount_id":20,
        "is_shared_system_number":false,"country":"AU","carrier":"Example","status":"SUCCESS"}],
        "_currency":{"currency_name_short":"AUD","currency_prefix_d":"$",
        "currency_prefix_c":"c","currency_name_long":"Australian Dollars"}}});
    Spec::clicksend()
        .check_response(&send, 200, Some(&answer))
        .unwrap();
    let inbound = json!({"timestamp":1_790_000_100,"from":"+61400000002","body":"STOP",
        "original_body":"Your table is ready",
        "original_message_id":"0A0B0C0D-1111-2222-3333-444455556666","to":"+61400000001",
        "custom_string":"msg_01TEST","message_id":"7A7B7C7D-1111-2222-3333-444455556666",
        "_keyword":"stop"});
    Spec::clicksend()
        .check_schema("InboundSms", &inbound)
        .unwrap();
}
