//! The request for many messages at once.

use crate::{
    Outcome,
    bench::Bench,
    business::Business,
    load::{Wire, write_post},
    tables,
};
use serde_json::json;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// Where it is posted.
const PATH: &str = "/v1/messages/bulk";
/// What it is.
const CONTENT_TYPE: &str = "application/x-ndjson";

/// How long it may take.
const LIMIT: Duration = Duration::from_mins(2);

/// Has a message taken in for each of so many recipients, with `order` as the idempotency key, and says how
/// long that took. All of them must be queued.
pub(crate) async fn post(
    bench: &mut Bench,
    business: &Business,
    recipients: u32,
    order: &str,
) -> Outcome<Duration> {
    let request = request(business, bench.api()?, recipients, order);
    let mut wire = Wire::connect(bench.api()?).await?;
    let start = Instant::now();
    let answer = wire.ask(&request, LIMIT).await?;
    let time = start.elapsed();
    answer.expect(202)?;
    let accepted = accepted(answer.body);
    if accepted != Some(u64::from(recipients)) {
        return Err(format!("{accepted:?} of {recipients} were taken in").into());
    }
    let waiting = tables::queue_length(&mut bench.connection).await?;
    if waiting != recipients {
        return Err(format!("{recipients} were taken in and {waiting} wait").into());
    }
    Ok(time)
}

fn request(business: &Business, api: SocketAddr, recipients: u32, order: &str) -> Vec<u8> {
    let body = body(business, recipients);
    let key = format!("Bearer {}", business.key(0));
    let headers = [
        ("authorization", key.as_str()),
        ("content-type", CONTENT_TYPE),
        ("idempotency-key", order),
    ];
    let mut request = Vec::new();
    write_post(&mut request, PATH, api, &headers, &body);
    request
}

/// A line with what all have in common, and a line for each of so many recipients.
fn body(business: &Business, recipients: u32) -> Vec<u8> {
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
fn accepted(answer: &[u8]) -> Option<u64> {
    let answer: serde_json::Value = serde_json::from_slice(answer).ok()?;
    answer.get("accepted")?.as_u64()
}
