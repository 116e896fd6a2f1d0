//! `POST /v{N}.0/{phone_number_id}/messages`: sending, and marking as read.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::errors::{MetaError, failure};
use super::validate::{Draft, draft, required_text};
use super::{Caller, META, MetaApp, check_version};
use crate::answer::Taken;
use crate::journey::{Fate, magic};
use crate::ledger::Request;
use crate::message::{Channel, Direction, Facts, Message, Parties, Status};
use crate::phone;
use crate::world::{World, locked};

/// What a caller gets if nothing is wrong.
enum Accepted {
    Message { message: Message, input: String },
    MarkedAsRead,
}

/// Takes a message or a read receipt, or says why not.
pub(super) async fn send(
    State(world): State<Arc<World>>,
    Path((version, node)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(error) = check_version(&version) {
        return error.into_response();
    }
    world.hesitate(META).await;
    let body: Value = match serde_json::from_slice(&body) {
        Ok(body) => body,
        Err(error) => {
            return MetaError::with(100, format!("Invalid JSON: {error}")).into_response();
        }
    };
    let entry = entry(&world, &node, &body);
    let caller = Caller::read(&world, &headers, query.as_deref().unwrap_or_default());
    match caller.and_then(|caller| accept(&world, &caller, &node, &body)) {
        Ok(Accepted::MarkedAsRead) => Json(json!({"success": true})).into_response(),
        Ok(Accepted::Message { message, input }) => {
            let answer = Json(answer(&message, &input)).into_response();
            let taken: Result<_, MetaError> = Ok(Taken { message, answer });
            world.conclude(entry, taken).await
        }
        Err(error) => world.conclude(entry, Err(error)).await,
    }
}

fn answer(message: &Message, input: &str) -> Value {
    let facts = &message.facts;
    let mut sent = json!({"id": facts.provider_message_id});
    if let (Some(object), Some(_)) = (sent.as_object_mut(), &facts.template) {
        object.insert("message_status".into(), json!("accepted"));
    }
    json!({
        "messaging_product": "whatsapp",
        "contacts": [{"input": input, "wa_id": phone::digits(&facts.contact)}],
        "messages": [sent],
    })
}

fn entry(world: &World, node: &str, body: &Value) -> Request {
    let text = |name| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut entry = Request::now(META, node);
    entry.from = world.registry.meta.get(node).map(|app| app.e164());
    entry.to = text("to");
    entry.client_reference = text("biz_opaque_callback_data");
    entry.template = body.get("template").cloned();
    entry.text = body
        .pointer("/text/body")
        .and_then(Value::as_str)
        .map(str::to_owned);
    entry
}

fn accept(world: &World, caller: &Caller, node: &str, body: &Value) -> Result<Accepted, MetaError> {
    let told = world.judge::<MetaError>()?;
    let app = caller.phone_number(world, node)?;
    if body.get("status").and_then(Value::as_str) == Some("read") {
        mark_as_read(world, node, body)?;
        return Ok(Accepted::MarkedAsRead);
    }
    let templates = match body.get("template") {
        Some(_) => world.registry.meta.templates(&app.waba_id),
        None => Vec::new(),
    };
    let draft = draft(body, &templates)?;
    let sender = app.e164();
    if draft.to == sender {
        return Err(MetaError::of(131_021));
    }
    let in_window = world.is_window_open(META, &draft.to, &sender);
    let fate = told.unwrap_or_else(|| fate(world, &draft, in_window));
    Ok(begin(world, &app, draft, in_window, fate))
}

fn begin(world: &World, app: &MetaApp, draft: Draft, in_window: bool, fate: Fate) -> Accepted {
    let parties = Parties {
        account: app.phone_number_id.clone(),
        channel: Channel::Whatsapp,
        contact: draft.to,
        sender: app.e164(),
    };
    let facts = Facts {
        text: draft.text,
        template: draft.template,
        media: draft.media,
        buttons: draft.buttons,
        rich: draft.rich,
        client_reference: draft.reference,
        category: Some(draft.category),
        in_window,
        ..Facts::new(META, world.ids.wamid(), Direction::ToContact, parties)
    };
    // Acceptance is in the answer and never in a webhook, like Twilio's `queued`.
    Accepted::Message {
        message: world.begin(facts, Status::Queued, fate),
        input: draft.input,
    }
}

fn fate(world: &World, draft: &Draft, in_window: bool) -> Fate {
    if world.is_blocked(&draft.to) {
        return Fate::Failed(failure(131_026));
    }
    if let Some(fate) = magic(&draft.to).and_then(decided) {
        return fate;
    }
    if !in_window && draft.template.is_none() {
        return Fate::Failed(failure(131_047));
    }
    Fate::Delivered
}

/// What the magic digits of a number decide.
fn decided(digits: &str) -> Option<Fate> {
    Some(match digits {
        "0161" | "0162" | "0165" => Fate::Failed(failure(131_026)),
        "0163" => Fate::Failed(failure(131_049)),
        "0164" => Fate::Failed(failure(131_000)),
        "0166" => Fate::Silent,
        "0167" => Fate::Failed(failure(131_050)),
        _ => return None,
    })
}

fn mark_as_read(world: &World, node: &str, body: &Value) -> Result<(), MetaError> {
    let id = required_text(body, "body", "message_id")?;
    let mut store = locked(&world.store);
    let message = store
        .find_mut(id)
        .filter(|message| {
            message.facts.account == node && message.facts.direction == Direction::FromContact
        })
        .ok_or_else(|| MetaError::with(131_009, "message_id is not an inbound message"))?;
    message.become_status(Status::Read, None);
    Ok(())
}
