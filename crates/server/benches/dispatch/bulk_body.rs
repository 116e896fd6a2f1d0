//! The request for many messages at once.

use crate::business::Business;
use serde_json::json;

/// Where it is posted.
pub(crate) const PATH: &str = "/v1/messages/bulk";
/// What it is.
pub(crate) const CONTENT_TYPE: &str = "application/x-ndjson";

/// A line with what all have in common, and a line for each of so many recipients.
pub(crate) fn body(business: &Business, recipients: u32) -> Vec<u8> {
    let defaults = json!({"defaults": {
        "channel": "sms",
        "purpose": "transactional",
        "text": "Your order is ready for collection until 6 pm. Reply STOP to end.",
    }});
    let mut body = format!("{defaults}\n").into_bytes();
    for number in 0..recipients {
        let recipient = json!({"to": {"contact_id": business.contact(number)}});
        body.extend_from_slice(format!("{recipient}\n").as_bytes());
    }
    body
}

/// How many an answer says were taken in.
pub(crate) fn accepted(answer: &[u8]) -> Option<u64> {
    let answer: serde_json::Value = serde_json::from_slice(answer).ok()?;
    answer.get("accepted")?.as_u64()
}
