//! `POST /2010-04-01/Accounts/{Sid}/Messages.json`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::errors::{TwilioError, asynchronous, title};
use super::validate::{Draft, Params, address, draft};
use super::{authenticate, query};
use crate::clock;
use crate::faults::Verdict;
use crate::journey::{Fate, magic};
use crate::ledger::Request;
use crate::message::{Channel, Direction, Facts, Failure, Message, Provider, Status};
use crate::world::{World, locked};

/// Takes a message, or says why not.
pub(super) async fn send(
    State(world): State<Arc<World>>,
    Path(sid): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    world.hesitate(Provider::Twilio).await;
    let params = Params::read(&body);
    let mut entry = Request::now(Provider::Twilio, &sid);
    let number = |name| params.get(name).map(|text| address(text).1.to_owned());
    entry.to = number("To");
    entry.from = number("From");
    entry.text = params.get("Body").map(str::to_owned);
    entry.status_callback = params.get("StatusCallback").map(str::to_owned);
    entry.client_reference = entry.status_callback.as_deref().and_then(attempt_id);

    match accept(
        &world,
        &sid,
        &headers,
        &params,
        entry.client_reference.clone(),
    ) {
        Ok(message) => {
            let is_withheld = world.faults.withholds_answer(Provider::Twilio);
            let facts = &message.facts;
            entry.from = Some(facts.sender.clone());
            entry.text.clone_from(&facts.text);
            entry.template.clone_from(&facts.template);
            entry.media.clone_from(&facts.media);
            entry.provider_message_id = Some(facts.provider_message_id.clone());
            entry.answer_status = (!is_withheld).then_some(201);
            locked(&world.ledger).request(entry);
            if is_withheld {
                world.withhold().await;
                return StatusCode::GATEWAY_TIMEOUT.into_response();
            }
            (StatusCode::CREATED, Json(query::resource(&message))).into_response()
        }
        Err(error) => {
            entry.answer_status = Some(error.status.as_u16());
            entry.error_code = Some(error.code);
            locked(&world.ledger).request(entry);
            error.into_response()
        }
    }
}

/// Our callers carry their own reference as `att` in the status callback's query.
fn attempt_id(status_callback: &str) -> Option<String> {
    let url = Url::parse(status_callback).ok()?;
    url.query_pairs()
        .find(|(name, _)| name == "att")
        .map(|(_, value)| value.into_owned())
}

fn accept(
    world: &World,
    sid: &str,
    headers: &HeaderMap,
    params: &Params,
    client_reference: Option<String>,
) -> Result<Message, TwilioError> {
    let told = match world.faults.request(Provider::Twilio) {
        Verdict::Pass => None,
        Verdict::TooMany => return Err(TwilioError::of(20429)),
        Verdict::Error(None) => return Err(TwilioError::of(20503)),
        Verdict::Error(Some(code)) => {
            Some(asynchronous(code).ok_or_else(|| TwilioError::of(code))?)
        }
    };
    let account = authenticate(world, sid, headers)?;
    let draft = draft(&account, params)?;
    if draft.channel == Channel::Sms && has_stopped(world, &draft.to, &draft.from) {
        return Err(TwilioError::of(21610));
    }
    let in_window = draft.channel == Channel::Whatsapp
        && world.is_window_open(Provider::Twilio, &draft.to, &draft.from);
    let fate = told.unwrap_or_else(|| fate(world, &draft, in_window));
    let initial = if draft.service.is_some() {
        Status::Accepted
    } else {
        Status::Queued
    };
    let facts = Facts {
        provider: Provider::Twilio,
        account: sid.to_owned(),
        provider_message_id: world
            .ids
            .sid(if draft.media.is_empty() { "SM" } else { "MM" }),
        channel: draft.channel,
        direction: Direction::ToContact,
        contact: draft.to,
        sender: draft.from,
        text: draft.text,
        template: draft.template,
        media: draft.media,
        buttons: draft.buttons,
        client_reference,
        status_callback: draft.status_callback,
        service: draft.service,
        category: None,
        in_window,
        automatic: false,
        at: clock::now(),
    };
    Ok(world.begin(facts, initial, fate))
}

fn has_stopped(world: &World, contact: &str, sender: &str) -> bool {
    locked(&world.store)
        .handset(contact)
        .is_some_and(|handset| handset.stopped.contains(sender))
}

fn fate(world: &World, draft: &Draft, in_window: bool) -> Fate {
    let failure = |code| Failure {
        code,
        title: title(code),
    };
    let is_whatsapp = draft.channel == Channel::Whatsapp;
    if world.is_blocked(&draft.to) {
        return if is_whatsapp {
            Fate::Failed(failure(63033))
        } else {
            Fate::Undelivered(failure(30004))
        };
    }
    if let Some(fate) = magic(Provider::Twilio, is_whatsapp, &draft.to) {
        return fate;
    }
    if is_whatsapp && !in_window && draft.template.is_none() {
        return Fate::Failed(failure(63016));
    }
    Fate::Delivered
}

#[cfg(test)]
mod tests {
    use super::attempt_id;

    #[test]
    fn the_attempt_is_found_in_the_query_alone() {
        let url = "http://127.0.0.1:4010/callbacks/twilio/tok?t=1&att=att_01%2B#rc=3&att=no";
        assert_eq!(attempt_id(url).as_deref(), Some("att_01+"));
        assert_eq!(attempt_id("http://127.0.0.1/?ref=1"), None);
    }
}
