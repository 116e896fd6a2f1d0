//! `POST /v{N}.0/{phone_number_id}/messages`: sending, and marking as read.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::errors::{MetaError, asynchronous, title};
use super::validate::{Draft, draft, required_text};
use super::{Caller, check_version};
use crate::clock;
use crate::config::MetaApp;
use crate::faults::Verdict;
use crate::journey::{Fate, magic};
use crate::ledger::Request;
use crate::message::{Channel, Direction, Facts, Failure, Message, Provider, Status};
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
    world.hesitate(Provider::Meta).await;
    let body: Value = match serde_json::from_slice(&body) {
        Ok(body) => body,
        Err(error) => {
            return MetaError::with(100, format!("Invalid JSON: {error}")).into_response();
        }
    };
    let mut entry = entry(&world, &node, &body);
    let caller = Caller::read(&world, &headers, query.as_deref().unwrap_or_default());
    match caller.and_then(|caller| accept(&world, &caller, &node, &body)) {
        Ok(Accepted::MarkedAsRead) => Json(json!({"success": true})).into_response(),
        Ok(Accepted::Message { message, input }) => {
            let is_withheld = world.faults.withholds_answer(Provider::Meta);
            let facts = &message.facts;
            entry.to = Some(facts.contact.clone());
            entry.text.clone_from(&facts.text);
            entry.media.clone_from(&facts.media);
            entry.provider_message_id = Some(facts.provider_message_id.clone());
            entry.answer_status = (!is_withheld).then_some(200);
            locked(&world.ledger).request(entry);
            if is_withheld {
                world.withhold().await;
                return StatusCode::GATEWAY_TIMEOUT.into_response();
            }
            Json(answer(&message, &input)).into_response()
        }
        Err(error) => {
            entry.answer_status = Some(error.status.as_u16());
            entry.error_code = Some(error.code);
            locked(&world.ledger).request(entry);
            error.into_response()
        }
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
    let mut entry = Request::now(Provider::Meta, node);
    entry.from = world.registry.meta(node).map(|app| app.e164());
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
    let told = match world.faults.request(Provider::Meta) {
        Verdict::Pass => None,
        Verdict::TooMany => return Err(MetaError::of(130_429)),
        Verdict::Error(None) => return Err(MetaError::of(2)),
        Verdict::Error(Some(code)) => Some(asynchronous(code).ok_or_else(|| MetaError::of(code))?),
    };
    let app = caller.phone_number(world, node)?;
    if body.get("status").and_then(Value::as_str) == Some("read") {
        mark_as_read(world, node, body)?;
        return Ok(Accepted::MarkedAsRead);
    }
    let templates = match body.get("template") {
        Some(_) => world.registry.templates(&app.waba_id),
        None => Vec::new(),
    };
    let draft = draft(body, &templates)?;
    let sender = app.e164();
    if draft.to == sender {
        return Err(MetaError::of(131_021));
    }
    let in_window = world.is_window_open(Provider::Meta, &draft.to, &sender);
    let fate = told.unwrap_or_else(|| fate(world, &draft, in_window));
    Ok(begin(world, &app, draft, in_window, fate))
}

fn begin(world: &World, app: &MetaApp, draft: Draft, in_window: bool, fate: Fate) -> Accepted {
    let facts = Facts {
        provider: Provider::Meta,
        account: app.phone_number_id.clone(),
        provider_message_id: world.ids.wamid(),
        channel: Channel::Whatsapp,
        direction: Direction::ToContact,
        contact: draft.to,
        sender: app.e164(),
        text: draft.text,
        template: draft.template,
        media: draft.media,
        buttons: draft.buttons,
        client_reference: draft.reference,
        status_callback: None,
        service: None,
        category: Some(draft.category),
        in_window,
        automatic: false,
        at: clock::now(),
    };
    // Acceptance is in the answer and never in a webhook, like Twilio's `queued`.
    Accepted::Message {
        message: world.begin(facts, Status::Queued, fate),
        input: draft.input,
    }
}

fn fate(world: &World, draft: &Draft, in_window: bool) -> Fate {
    let failed = |code| {
        Fate::Failed(Failure {
            code,
            title: title(code),
        })
    };
    if world.is_blocked(&draft.to) {
        return failed(131_026);
    }
    if let Some(fate) = magic(Provider::Meta, true, &draft.to) {
        return fate;
    }
    if !in_window && draft.template.is_none() {
        return failed(131_047);
    }
    Fate::Delivered
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
