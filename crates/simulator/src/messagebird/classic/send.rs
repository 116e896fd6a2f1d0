//! `POST /messages`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use url::Url;

use super::super::MESSAGEBIRD;
use super::super::accounts::{MessageBirdAccount, sender};
use super::errors::{ClassicError, decided, failure};
use super::{authenticate, resource};
use crate::answer::Taken;
use crate::journey::{Fate, magic};
use crate::ledger::Request;
use crate::message::{Channel, Direction, Facts, Message, Parties, Status};
use crate::phone;
use crate::request::text;
use crate::world::World;

/// Takes a message, or says why not.
pub(super) async fn send(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    world.hesitate(MESSAGEBIRD).await;
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return ClassicError::of(21).into_response();
    };
    let caller = authenticate(&world, &headers);
    let account = caller.as_ref().map(|account| account.access_key.clone());
    let mut entry = Request::now(MESSAGEBIRD, account.as_deref().unwrap_or_default());
    let copied = |name| text(&body, name).map(str::to_owned);
    entry.from = copied("originator");
    entry.to = recipients(&body).into_iter().next();
    entry.text = copied("body");
    entry.client_reference = copied("reference");
    entry.status_callback = copied("reportUrl");
    let result = caller
        .and_then(|account| accept(&world, &account, &body))
        .map(|message| {
            let answer = (StatusCode::CREATED, Json(resource(&message))).into_response();
            Taken { message, answer }
        });
    world.conclude(entry, result).await
}

/// A list, or a text with commas; numbers may be numbers.
fn recipients(body: &Value) -> Vec<String> {
    match body.get("recipients") {
        Some(Value::Array(list)) => list
            .iter()
            .map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned))
            .collect(),
        Some(Value::String(text)) => text.split(',').map(|one| one.trim().to_owned()).collect(),
        Some(Value::Number(number)) => vec![number.to_string()],
        Some(_) | None => Vec::new(),
    }
}

fn accept(
    world: &World,
    account: &MessageBirdAccount,
    body: &Value,
) -> Result<Message, ClassicError> {
    let told = world.judge::<ClassicError>()?;
    let originator =
        sender(text(body, "originator").ok_or_else(|| ClassicError::missing("originator"))?);
    if !account.may_send_from(&originator) {
        return Err(ClassicError::invalid("originator", "is not one of yours"));
    }
    let to = match recipients(body).as_slice() {
        [] => return Err(ClassicError::missing("recipients")),
        [one] => {
            phone::e164(one).ok_or_else(|| ClassicError::invalid("recipients", "is no number"))?
        }
        _ => {
            let reason = "must be one: the simulator takes one recipient for each message";
            return Err(ClassicError::invalid("recipients", reason));
        }
    };
    let content = text(body, "body").ok_or_else(|| ClassicError::missing("body"))?;
    if content.chars().count() > 1377 {
        return Err(ClassicError::invalid("body", "is too long"));
    }
    if body
        .get("scheduledDatetime")
        .is_some_and(|at| !at.is_null())
    {
        let reason = "must be left out: the simulator does not schedule";
        return Err(ClassicError::invalid("scheduledDatetime", reason));
    }
    let datacoding = text(body, "datacoding").unwrap_or("plain");
    if !["plain", "unicode", "auto"].contains(&datacoding) {
        return Err(ClassicError::invalid(
            "datacoding",
            "is plain, unicode or auto",
        ));
    }
    let validity = body.get("validity").cloned().unwrap_or_default();
    if !validity.is_null() && validity.as_u64().is_none() {
        return Err(ClassicError::invalid("validity", "is a number of seconds"));
    }
    let report_url = text(body, "reportUrl").map(str::to_owned);
    if report_url
        .as_deref()
        .is_some_and(|url| Url::parse(url).is_err())
    {
        return Err(ClassicError::invalid("reportUrl", "is no URL"));
    }
    let fate = told.unwrap_or_else(|| {
        if world.is_blocked(&to) {
            return Fate::Undelivered(failure(103));
        }
        magic(&to).and_then(decided).unwrap_or(Fate::Delivered)
    });
    let parties = Parties {
        account: account.access_key.clone(),
        channel: Channel::Sms,
        contact: to,
        sender: originator,
    };
    let facts = Facts {
        text: Some(content.to_owned()),
        client_reference: text(body, "reference").map(str::to_owned),
        status_callback: report_url,
        own: json!({"datacoding": datacoding, "validity": validity}),
        ..Facts::new(
            MESSAGEBIRD,
            world.ids.sid(""),
            Direction::ToContact,
            parties,
        )
    };
    Ok(world.begin(facts, Status::Queued, fate))
}
