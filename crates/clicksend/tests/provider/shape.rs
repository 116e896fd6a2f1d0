//! What our fake answers is what ClickSend documents: otherwise the other tests would prove nothing.

use crate::{
    find::entry,
    support::{account, envelope, handed, not_taken, page, taken, with},
};
use serde_json::{Value, json};
use tidings_wire_specs::Spec;

fn check(operation: &str, status: u16, code: &str, data: &Value) {
    let operation = Spec::clicksend().operation(operation).unwrap();
    let body = envelope(status, code, data);
    if let Err(violations) = Spec::clicksend().check_response(&operation, status, Some(&body)) {
        panic!("{body}\n{violations}");
    }
}

#[test]
fn answers_to_messages_have_the_documented_shape() {
    for message in [taken(), not_taken("INVALID_RECIPIENT")] {
        check("send_sms", 200, "SUCCESS", &handed(&message));
    }
    let mms = json!({"to": "+12025550123", "message_id": "A1", "status": "SUCCESS"});
    check("send_mms", 200, "SUCCESS", &json!({"messages": [mms]}));
}

#[test]
fn refusals_have_the_documented_shape() {
    for (status, code) in [
        (400, "BAD_REQUEST"),
        (401, "UNAUTHORIZED"),
        (429, "TOO_MANY_REQUESTS"),
        (500, "INTERNAL_SERVER_ERROR"),
    ] {
        check("send_sms", status, code, &Value::Null);
    }
}

#[test]
fn histories_receipts_and_accounts_have_the_documented_shape() {
    check("view_sms_history", 200, "SUCCESS", &page(&[entry()], 1, 1));
    let mms = json!({"date": "1784127601", "message_parts": "1.00"});
    let mms = with(&entry(), &mms);
    check("view_mms_history", 200, "SUCCESS", &page(&[mms], 1, 1));
    let receipt = json!({"message_id": "A1", "status_code": 201, "custom_string": null});
    check("view_specific_sms_receipt", 200, "SUCCESS", &receipt);
    check("view_account_details", 200, "SUCCESS", &account());
    let rule =
        json!({"action": "URL", "action_address": "https://hooks.example.com", "enabled": 1});
    for list in [
        "view_sms_delivery_receipt_rules",
        "view_sms_inbound_automations",
    ] {
        check(
            list,
            200,
            "SUCCESS",
            &page(std::slice::from_ref(&rule), 1, 1),
        );
    }
}
