//! Reading messages, and marking as read.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::MESSAGEBIRD;
use super::authenticate;
use super::errors::PlatformError;
use super::events::{address, cost, failure, is_inbound, segments, status_word};
use crate::clock;
use crate::message::{Channel, Direction, Message, Status};
use crate::request::parameter;
use crate::world::{World, locked};

type Answer = Result<Json<Value>, PlatformError>;

/// `GET /v1/{sms,whatsapp}/messages/{id}`.
pub(super) async fn message(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let message = one(&world, &id, &headers).await?;
    Ok(Json(resource(&message)))
}

/// `GET /v1/sms/messages/{id}/events`.
pub(super) async fn events(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let message = one(&world, &id, &headers).await?;
    let event = json!({
        "type": format!("{}.{}", super::medium(&message), status_word(&message)),
        "timestamp": clock::rfc3339(message.updated_at),
    });
    Ok(Json(json!({"data": [event], "next_cursor": null})))
}

/// `POST /v1/whatsapp/messages/{id}/read`.
pub(super) async fn read(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let found = one(&world, &id, &headers).await?;
    if found.facts.direction != Direction::FromContact {
        return Err(PlatformError::of("not_found_error"));
    }
    let mut store = locked(&world.store);
    let message = store
        .find_mut(&id)
        .ok_or_else(|| PlatformError::of("not_found_error"))?;
    message.become_status(Status::Read, None);
    Ok(Json(resource(message)))
}

async fn one(world: &World, id: &str, headers: &HeaderMap) -> Result<Message, PlatformError> {
    world.survive::<PlatformError>().await?;
    let account = authenticate(world, headers)?;
    locked(&world.store)
        .find(id)
        .filter(|message| message.facts.provider == MESSAGEBIRD)
        .filter(|message| message.facts.account == account.access_key)
        .cloned()
        .ok_or_else(|| PlatformError::of("not_found_error"))
}

/// `GET /v1/sms/messages`.
pub(super) async fn list_sms(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    list(&world, &query.unwrap_or_default(), &headers, Channel::Sms).await
}

/// `GET /v1/whatsapp/messages`.
pub(super) async fn list_whatsapp(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let query = query.unwrap_or_default();
    list(&world, &query, &headers, Channel::Whatsapp).await
}

/// Newest first, by `direction`, `to`, `from`, `created_after`, `created_before`; `limit` and
/// `starting_after` page.
async fn list(world: &World, query: &str, headers: &HeaderMap, channel: Channel) -> Answer {
    world.survive::<PlatformError>().await?;
    let account = authenticate(world, headers)?;
    let get = |name: &str| parameter(query, name);
    let limit: usize = match get("limit") {
        None => 20,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=100).contains(limit))
            .ok_or_else(|| PlatformError::invalid("limit", "limit is from 1 to 100"))?,
    };
    let instant = |name: &'static str| {
        get(name)
            .map(|text| {
                OffsetDateTime::parse(&text, &Rfc3339)
                    .map_err(|_| PlatformError::invalid(name, format!("{name} is no instant")))
            })
            .transpose()
    };
    let (after, before) = (instant("created_after")?, instant("created_before")?);
    let (direction, to, from) = (get("direction"), get("to"), get("from"));
    let store = locked(&world.store);
    let start = match get("starting_after") {
        None => None,
        Some(id) => Some(
            store
                .find(&id)
                .map(|message| message.seq)
                .ok_or_else(|| PlatformError::invalid("starting_after", "no such message"))?,
        ),
    };
    let mut found: Vec<&Message> = store
        .since(0)
        .rev()
        .filter(|message| start.is_none_or(|start| message.seq < start))
        .filter(|message| {
            let facts = &message.facts;
            let (sent_from, sent_to) = ends(message);
            facts.provider == MESSAGEBIRD
                && facts.account == account.access_key
                && facts.channel == channel
                && direction
                    .as_deref()
                    .is_none_or(|wanted| (wanted == "inbound") == is_inbound(message))
                && to.as_deref().is_none_or(|wanted| wanted == sent_to)
                && from.as_deref().is_none_or(|wanted| wanted == sent_from)
                && after.is_none_or(|after| facts.at >= after)
                && before.is_none_or(|before| facts.at < before)
        })
        .take(limit + 1)
        .collect();
    let has_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| has_more);
    Ok(Json(json!({
        "data": found.iter().map(|message| resource(message)).collect::<Vec<_>>(),
        "next_cursor": last.map(|message| &message.facts.provider_message_id),
    })))
}

/// From whom and to whom.
fn ends(message: &Message) -> (&str, &str) {
    let facts = &message.facts;
    match facts.direction {
        Direction::ToContact => (&facts.sender, &facts.contact),
        Direction::FromContact => (&facts.contact, &facts.sender),
    }
}

/// The message resource of the channel.
pub(super) fn resource(message: &Message) -> Value {
    let facts = &message.facts;
    let is_read = message.status == Status::Read && facts.direction == Direction::ToContact;
    let (from, to) = ends(message);
    let mut resource = json!({
        "id": facts.provider_message_id,
        "direction": if is_inbound(message) { "inbound" } else { "outbound" },
        "status": status_word(message),
        "category": facts.category,
        "from": address(message, from),
        "to": address(message, to),
        "metadata": facts.own["metadata"],
        "tags": facts.own["tags"],
        "cost": cost(message),
        "last_error": message.failure.map(|why| failure(message, why)),
        "created_at": clock::rfc3339(facts.at),
        "sent_at": message.sent_at.map(clock::rfc3339),
        "delivered_at": message.received_at.map(clock::rfc3339),
    });
    let Some(object) = resource.as_object_mut() else {
        return resource;
    };
    match facts.channel {
        Channel::Sms | Channel::Email => {
            object.insert("text".into(), json!(facts.text));
            object.insert("segments".into(), segments(message));
        }
        Channel::Whatsapp => {
            let read_at = is_read.then(|| clock::rfc3339(message.updated_at));
            object.insert("read_at".into(), json!(read_at));
            if let (Some(text), true) = (&facts.text, facts.media.is_empty()) {
                object.insert("text".into(), json!({ "body": text }));
            }
        }
    }
    resource
}
