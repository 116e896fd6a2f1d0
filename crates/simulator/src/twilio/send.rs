//! `POST /2010-04-01/Accounts/{Sid}/Messages.json`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::errors::{TwilioError, failure};
use super::validate::{Draft, Params, address, draft};
use super::{TWILIO, authenticate, query};
use crate::answer::Taken;
use crate::journey::{Fate, magic};
use crate::ledger::Request;
use crate::message::{Channel, Direction, Facts, Message, Parties, Status};
use crate::world::{World, locked};

/// Takes a message, or says why not.
pub(super) async fn send(
    State(world): State<Arc<World>>,
    Path(sid): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    world.hesitate(TWILIO).await;
    let params = Params::read(&body);
    let mut entry = Request::now(TWILIO, &sid);
    let number = |name| params.get(name).map(|text| address(text).1.to_owned());
    entry.to = number("To");
    entry.from = number("From");
    entry.text = params.get("Body").map(str::to_owned);
    entry.status_callback = params.get("StatusCallback").map(str::to_owned);
    entry.client_reference = entry.status_callback.as_deref().and_then(attempt_id);

    let reference = entry.client_reference.clone();
    let result = accept(&world, &sid, &headers, &params, reference).map(|message| {
        let answer = (StatusCode::CREATED, Json(query::resource(&message))).into_response();
        Taken { message, answer }
    });
    world.conclude(entry, result).await
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
    let told = world.judge::<TwilioError>()?;
    let account = authenticate(world, sid, headers)?;
    let draft = draft(&account, &world.contents, params)?;
    if draft.channel == Channel::Sms && has_stopped(world, &draft.to, &draft.from) {
        return Err(TwilioError::of(21610));
    }
    let in_window =
        draft.channel == Channel::Whatsapp && world.is_window_open(TWILIO, &draft.to, &draft.from);
    let fate = told.unwrap_or_else(|| fate(world, &draft, in_window));
    let initial = if draft.service.is_some() {
        Status::Accepted
    } else {
        Status::Queued
    };
    let parties = Parties {
        account: sid.to_owned(),
        channel: draft.channel,
        contact: draft.to,
        sender: draft.from,
    };
    let kind = if draft.media.is_empty() { "SM" } else { "MM" };
    let facts = Facts {
        text: draft.text,
        template: draft.template,
        media: draft.media,
        buttons: draft.buttons,
        rich: draft.rich,
        client_reference,
        status_callback: draft.status_callback,
        service: draft.service,
        in_window,
        ..Facts::new(TWILIO, world.ids.sid(kind), Direction::ToContact, parties)
    };
    Ok(world.begin(facts, initial, fate))
}

fn has_stopped(world: &World, contact: &str, sender: &str) -> bool {
    locked(&world.store)
        .handset(contact)
        .is_some_and(|handset| handset.stopped.contains(sender))
}

fn fate(world: &World, draft: &Draft, in_window: bool) -> Fate {
    let is_whatsapp = draft.channel == Channel::Whatsapp;
    if world.is_blocked(&draft.to) {
        return if is_whatsapp {
            Fate::Failed(failure(63033))
        } else {
            Fate::Undelivered(failure(30004))
        };
    }
    if let Some(fate) = magic(&draft.to).and_then(|digits| decided(digits, is_whatsapp)) {
        return fate;
    }
    if is_whatsapp && !in_window && !draft.is_approved {
        return Fate::Failed(failure(63016));
    }
    Fate::Delivered
}

/// What the magic digits of a number decide.
fn decided(digits: &str, is_whatsapp: bool) -> Option<Fate> {
    Some(match digits {
        "0161" => Fate::Undelivered(failure(30003)),
        "0162" => Fate::Undelivered(failure(30005)),
        "0163" => Fate::Failed(failure(30007)),
        "0164" => Fate::Undelivered(failure(30008)),
        "0165" if is_whatsapp => Fate::Failed(failure(63024)),
        "0165" => Fate::Undelivered(failure(30006)),
        "0166" => Fate::Silent,
        _ => return None,
    })
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
