//! MessageBird's REST interface: SMS at `rest.messagebird.com`.

mod errors;
mod report;
mod send;
mod signature;

pub(super) use report::{inbound, report};

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::MESSAGEBIRD;
use super::accounts::{Interface, MessageBirdAccount};
use crate::clock;
use crate::message::{Channel, Message, Status};
use crate::phone;
use crate::request::authorization;
use crate::segments;
use crate::world::{World, locked};
use errors::ClassicError;

pub(super) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/messages", post(send::send))
        .route("/messages/{id}", get(message))
        .route("/balance", get(balance))
}

/// Checks the access key.
fn authenticate(
    world: &World,
    headers: &HeaderMap,
) -> Result<Arc<MessageBirdAccount>, ClassicError> {
    authorization(headers, "AccessKey ")
        .and_then(|key| world.registry.messagebird.open(key, Interface::Classic))
        .ok_or_else(ClassicError::unauthorized)
}

/// `GET /balance`, the usual connection test.
async fn balance(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
) -> Result<Json<Value>, ClassicError> {
    world.survive::<ClassicError>().await?;
    authenticate(&world, &headers)?;
    Ok(Json(
        json!({"payment": "prepaid", "type": "euros", "amount": 100.0}),
    ))
}

/// `GET /messages/{id}`.
async fn message(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ClassicError> {
    world.survive::<ClassicError>().await?;
    let account = authenticate(&world, &headers)?;
    let store = locked(&world.store);
    let message = store
        .find(&id)
        .filter(|message| message.facts.provider == MESSAGEBIRD)
        .filter(|message| message.facts.account == account.access_key)
        .ok_or_else(|| ClassicError::of(20))?;
    Ok(Json(resource(message)))
}

/// The status as this interface names it.
fn status_word(status: Status) -> &'static str {
    match status {
        Status::Accepted | Status::Queued | Status::Sent => "sent",
        Status::Delivered | Status::Read | Status::Complained => "delivered",
        Status::Undelivered | Status::Failed => "delivery_failed",
        Status::Received => "received",
    }
}

/// An instant as this interface writes it.
fn instant(at: time::OffsetDateTime) -> String {
    clock::rfc3339_seconds(at).replace('Z', "+00:00")
}

fn part_count(message: &Message) -> usize {
    segments::count(message.facts.text.as_deref().unwrap_or_default())
}

/// The message resource.
fn resource(message: &Message) -> Value {
    let facts = &message.facts;
    let id = &facts.provider_message_id;
    let is = |status: Status| u8::from(message.status == status);
    let failed = is(Status::Undelivered) + is(Status::Failed);
    // Numbers are numbers here.
    let recipient: Value = phone::digits(&facts.contact)
        .parse::<u64>()
        .map_or(Value::Null, Value::from);
    json!({
        "id": id,
        "href": format!("https://rest.messagebird.com/messages/{id}"),
        "direction": if facts.channel == Channel::Sms { "mt" } else { "mo" },
        "type": "sms",
        "originator": facts.sender.trim_start_matches('+'),
        "body": facts.text,
        "reference": facts.client_reference,
        "reportUrl": facts.status_callback,
        "validity": facts.own["validity"],
        "gateway": 10,
        "typeDetails": {},
        "datacoding": facts.own["datacoding"],
        "mclass": 1,
        "scheduledDatetime": null,
        "createdDatetime": instant(facts.at),
        "recipients": {
            "totalCount": 1,
            "totalSentCount": 1,
            "totalDeliveredCount": is(Status::Delivered),
            "totalDeliveryFailedCount": failed,
            "items": [{
                "recipient": recipient,
                "status": status_word(message.status),
                "statusDatetime": instant(message.updated_at),
                "statusErrorCode": message.failure.map(|failure| failure.code),
                "messagePartCount": part_count(message),
            }],
        },
    })
}
