//! `POST /v1/sms/messages` and `/v1/whatsapp/messages`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::super::MESSAGEBIRD;
use super::super::accounts::{MessageBirdAccount, sender};
use super::super::errors::{decided, failure};
use super::authenticate;
use super::content::{self, Content};
use super::errors::PlatformError;
use super::query::resource;
use crate::answer::Taken;
use crate::crypto::{hex, sha256};
use crate::journey::{Fate, magic};
use crate::ledger::Request;
use crate::message::{Channel, Direction, Facts, Message, Parties, Status};
use crate::phone;
use crate::reference;
use crate::request::text;
use crate::world::{World, locked};

pub(super) async fn sms(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    send(&world, &headers, &body, Channel::Sms).await
}

pub(super) async fn whatsapp(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    send(&world, &headers, &body, Channel::Whatsapp).await
}

async fn send(world: &World, headers: &HeaderMap, bytes: &[u8], channel: Channel) -> Response {
    world.hesitate(MESSAGEBIRD).await;
    let body: Value = match serde_json::from_slice(bytes) {
        Ok(body) => body,
        Err(error) => return PlatformError::invalid("body", error.to_string()).into_response(),
    };
    let caller = authenticate(world, headers);
    let account = caller.as_ref().map(|account| account.access_key.clone());
    let mut entry = Request::now(MESSAGEBIRD, account.as_deref().unwrap_or_default());
    let copied = |name| text(&body, name).map(str::to_owned);
    entry.to = copied("to");
    entry.from = copied("from");
    entry.text = copied("text");
    entry.client_reference = reference::of_object(&body["metadata"]);
    let idempotency = headers
        .get("idempotency-key")
        .and_then(|value| value.to_str().ok())
        .map(|key| json!({"key": key, "body": hex(&sha256(bytes))}))
        .unwrap_or_default();
    let result = caller.and_then(|account| accept(world, &account, &body, channel, &idempotency));
    match result {
        // The answer to the first request; nothing is sent again.
        Ok(Accepted::Before(resource)) => Json(resource).into_response(),
        Ok(Accepted::Now(message)) => {
            // The answer is not the only one that tells.
            world.report(&message, std::time::Duration::ZERO);
            let answer = Json(resource(&message)).into_response();
            let taken: Result<_, PlatformError> = Ok(Taken { message, answer });
            world.conclude(entry, taken).await
        }
        Err(error) => world.conclude(entry, Err(error)).await,
    }
}

enum Accepted {
    Now(Message),
    Before(Value),
}

fn accept(
    world: &World,
    account: &MessageBirdAccount,
    body: &Value,
    channel: Channel,
    idempotency: &Value,
) -> Result<Accepted, PlatformError> {
    let told = world.judge::<PlatformError>()?;
    let to = text(body, "to").ok_or_else(|| PlatformError::invalid("to", "to is required"))?;
    if !phone::is_e164(to) {
        return Err(PlatformError::invalid("to", "to is not a number in E.164"));
    }
    if let Some(before) = before(world, account, to, idempotency)? {
        return Ok(Accepted::Before(before));
    }
    let from = match text(body, "from") {
        Some(from) => sender(from),
        None => account
            .numbers
            .first()
            .map(|number| sender(&number.number))
            .ok_or_else(|| PlatformError::invalid("from", "from is required"))?,
    };
    if !account.may_send_from(&from) {
        return Err(PlatformError::invalid(
            "from",
            "from is not a sender of this workspace",
        ));
    }
    let metadata = body.get("metadata").cloned().unwrap_or_default();
    if !(metadata.is_null() || metadata.is_object()) || metadata.to_string().len() > 2048 {
        let message = "metadata is an object of at most 2 KB";
        return Err(PlatformError::invalid("metadata", message));
    }
    let content = match channel {
        Channel::Sms | Channel::Email => content::sms(body)?,
        Channel::Whatsapp => content::whatsapp(body, &account.templates)?,
    };
    let in_window = channel == Channel::Whatsapp && world.is_window_open(MESSAGEBIRD, to, &from);
    let parties = Parties {
        account: account.access_key.clone(),
        channel,
        contact: to.to_owned(),
        sender: from,
    };
    let fate = told.unwrap_or_else(|| fate(world, &parties, &content, in_window));
    let prefix = match channel {
        Channel::Sms | Channel::Email => "sms_",
        Channel::Whatsapp => "wam_",
    };
    let id = world.ids.base32(prefix);
    let facts = Facts {
        text: content.text,
        template: content.template,
        media: content.media,
        buttons: content.buttons,
        rich: content.rich,
        client_reference: reference::of_object(&metadata),
        category: content.category,
        in_window,
        own: json!({
            "metadata": metadata,
            "tags": body.get("tags"),
            "idempotency": idempotency,
        }),
        ..Facts::new(MESSAGEBIRD, id, Direction::ToContact, parties)
    };
    Ok(Accepted::Now(world.begin(facts, Status::Queued, fate)))
}

/// The message of an earlier request with the same idempotency key.
fn before(
    world: &World,
    account: &MessageBirdAccount,
    to: &str,
    idempotency: &Value,
) -> Result<Option<Value>, PlatformError> {
    if idempotency.is_null() {
        return Ok(None);
    }
    let store = locked(&world.store);
    let found = store.messages_of(to).rev().find(|message| {
        message.facts.account == account.access_key
            && message.facts.own["idempotency"]["key"] == idempotency["key"]
    });
    match found {
        None => Ok(None),
        Some(message) if message.facts.own["idempotency"] == *idempotency => {
            Ok(Some(resource(message)))
        }
        Some(_) => Err(PlatformError::conflict()),
    }
}

fn fate(world: &World, parties: &Parties, content: &Content, in_window: bool) -> Fate {
    let is_whatsapp = parties.channel == Channel::Whatsapp;
    let to = &parties.contact;
    if world.is_blocked(to) {
        return Fate::Undelivered(failure(if is_whatsapp {
            "undeliverable"
        } else {
            "blocked_by_recipient"
        }));
    }
    let has_stopped = || {
        locked(&world.store)
            .handset(to)
            .is_some_and(|handset| handset.stopped.contains(&parties.sender))
    };
    if !is_whatsapp && has_stopped() {
        return Fate::Failed(failure("recipient_opted_out"));
    }
    if let Some(fate) = magic(to).and_then(|digits| decided(digits, is_whatsapp)) {
        return fate;
    }
    if is_whatsapp && !in_window && content.template.is_none() {
        return Fate::Failed(failure("service_window_expired"));
    }
    Fate::Delivered
}
