//! `POST /v1/messages`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::VONAGE;
use super::errors::{VonageError, failure};
use super::token::Caller;
use super::validate::{Draft, draft};
use crate::answer::Taken;
use crate::journey::{Fate, magic};
use crate::ledger::Request;
use crate::message::{Channel, Direction, Facts, Message, Parties, Status};
use crate::request::text;
use crate::world::{World, locked};

/// Takes a message, or says why not.
pub(super) async fn send(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    world.hesitate(VONAGE).await;
    let body: Value = match serde_json::from_slice(&body) {
        Ok(body) => body,
        Err(error) => {
            return VonageError::with(1020, format!("Invalid JSON: {error}")).into_response();
        }
    };
    let caller = Caller::read(&world, &headers);
    let account = caller.as_ref().map(|caller| caller.account.api_key.clone());
    let mut entry = Request::now(VONAGE, account.as_deref().unwrap_or_default());
    let copied = |name| text(&body, name).map(str::to_owned);
    entry.to = copied("to");
    entry.from = copied("from");
    entry.text = copied("text");
    entry.client_reference = copied("client_ref");
    entry.status_callback = copied("webhook_url");
    let result = caller
        .and_then(|caller| accept(&world, &caller, &body))
        .map(|message| {
            let id = &message.facts.provider_message_id;
            let request = [("x-request-id", world.ids.uuid())];
            let body = Json(json!({ "message_uuid": id }));
            let answer = (StatusCode::ACCEPTED, request, body).into_response();
            Taken { message, answer }
        });
    world.conclude(entry, result).await
}

fn accept(world: &World, caller: &Caller, body: &Value) -> Result<Message, VonageError> {
    let told = world.judge::<VonageError>()?;
    let account = &caller.account;
    let draft = draft(account, body)?;
    let linked = account
        .number(&draft.from)
        .and_then(|number| number.application_id.as_deref());
    match (linked, caller.application.as_deref()) {
        // A number of an application is the application's alone.
        (Some(linked), Some(own)) if linked.eq_ignore_ascii_case(own) => {}
        (Some(_), Some(_) | None) => return Err(VonageError::unauthorized()),
        (None, _) => {}
    }
    let in_window =
        draft.channel == Channel::Whatsapp && world.is_window_open(VONAGE, &draft.to, &draft.from);
    let fate = told.unwrap_or_else(|| fate(world, &draft, in_window));
    let parties = Parties {
        account: account.api_key.clone(),
        channel: draft.channel,
        contact: draft.to,
        sender: draft.from,
    };
    let facts = Facts {
        text: draft.text,
        template: draft.template,
        media: draft.media,
        buttons: draft.buttons,
        rich: draft.rich,
        client_reference: draft.reference,
        status_callback: draft.webhook_url,
        category: Some(draft.category),
        in_window,
        own: json!({
            "channel": draft.channel_word,
            "application": caller.application,
        }),
        ..Facts::new(VONAGE, world.ids.uuid(), Direction::ToContact, parties)
    };
    // Acceptance is in the answer and never in a webhook.
    Ok(world.begin(facts, Status::Queued, fate))
}

fn fate(world: &World, draft: &Draft, in_window: bool) -> Fate {
    let is_whatsapp = draft.channel == Channel::Whatsapp;
    if world.is_blocked(&draft.to) {
        return Fate::Failed(failure(1280));
    }
    let has_stopped = || {
        locked(&world.store)
            .handset(&draft.to)
            .is_some_and(|handset| handset.stopped.contains(&draft.from))
    };
    if !is_whatsapp && has_stopped() {
        return Fate::Failed(failure(1240));
    }
    if let Some(fate) = magic(&draft.to).and_then(|digits| decided(digits, is_whatsapp)) {
        return fate;
    }
    if is_whatsapp && !in_window && draft.template.is_none() {
        return Fate::Failed(failure(1340));
    }
    Fate::Delivered
}

/// What the magic digits of a number decide.
fn decided(digits: &str, is_whatsapp: bool) -> Option<Fate> {
    Some(match digits {
        "0161" => Fate::Undelivered(failure(1180)),
        "0162" => Fate::Failed(failure(1170)),
        "0163" if is_whatsapp => Fate::Failed(failure(1461)),
        "0163" => Fate::Failed(failure(1210)),
        "0164" => Fate::Failed(failure(1330)),
        "0165" if is_whatsapp => Fate::Failed(failure(1430)),
        "0165" => Fate::Undelivered(failure(1260)),
        "0166" => Fate::Silent,
        "0167" => Fate::Failed(failure(1240)),
        _ => return None,
    })
}
