//! Reading the balance, an application and records; marking as read.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::VONAGE;
use super::accounts::VonageAccount;
use super::errors::VonageError;
use super::token::Caller;
use super::webhook::{channel, status_word, written};
use crate::clock;
use crate::message::{Direction, Message, Status};
use crate::request::{basic, parameter, text};
use crate::world::{World, locked};

type Answer = Result<Json<Value>, VonageError>;

/// `GET /account/get-balance`, the usual connection test.
pub(super) async fn balance(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    world.survive::<VonageError>().await?;
    let query = query.unwrap_or_default();
    let in_query = || {
        Some((
            parameter(&query, "api_key")?,
            parameter(&query, "api_secret")?,
        ))
    };
    Caller::with_secret(&world, basic(&headers).or_else(in_query))?;
    Ok(Json(json!({"value": 100.0, "autoReload": false})))
}

/// `GET /v2/applications/{id}`.
pub(super) async fn application(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    world.survive::<VonageError>().await?;
    let caller = Caller::with_secret(&world, basic(&headers))?;
    let application = caller
        .account
        .application(&id)
        .ok_or_else(|| VonageError::of(404))?;
    let url = |url: Option<&str>| json!({"address": url, "http_method": "POST"});
    let own = Some(application.id.as_str());
    Ok(Json(json!({
        "id": application.id,
        "name": application.name.as_deref().unwrap_or("Simulated application"),
        "capabilities": {
            "messages": {
                "version": "v1",
                "webhooks": {
                    "inbound_url": url(caller.account.inbound_url(own)),
                    "status_url": url(caller.account.status_url(own)),
                },
            },
        },
        "keys": {"public_key": application.public_key},
    })))
}

/// `PATCH /v1/messages/{message_uuid}`: the business has read a WhatsApp message.
pub(super) async fn update(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, VonageError> {
    world.survive::<VonageError>().await?;
    let caller = Caller::read(&world, &headers)?;
    let body: Value = serde_json::from_slice(&body)
        .map_err(|error| VonageError::with(1020, format!("Invalid JSON: {error}")))?;
    if text(&body, "status") != Some("read") {
        let reason = "the simulator marks as `read`";
        return Err(VonageError::parameter("status", reason));
    }
    let mut store = locked(&world.store);
    let message = store
        .find_mut(&id)
        .filter(|message| is_of(message, &caller.account))
        .filter(|message| message.facts.direction == Direction::FromContact)
        .ok_or_else(|| VonageError::of(404))?;
    message.become_status(Status::Read, None);
    Ok(StatusCode::OK)
}

fn is_of(message: &Message, account: &VonageAccount) -> bool {
    message.facts.provider == VONAGE && message.facts.account == account.api_key
}

/// `GET /v2/reports/records?product=MESSAGES&direction=…` by `id`, or by time and `to`.
pub(super) async fn records(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    world.survive::<VonageError>().await?;
    let caller = Caller::with_secret(&world, basic(&headers))?;
    let query = query.unwrap_or_default();
    let filter = Filter::read(&query, &caller.account)?;
    let store = locked(&world.store);
    let found: Vec<&Message> = store
        .since(0)
        .filter(|message| is_of(message, &caller.account) && filter.admits(message))
        .collect();
    let missing: Vec<&String> = filter
        .ids
        .iter()
        .filter(|id| {
            found
                .iter()
                .all(|one| one.facts.provider_message_id != **id)
        })
        .collect();
    let records: Vec<Value> = found.iter().map(|message| record(message)).collect();
    Ok(Json(json!({
        "request_id": world.ids.uuid(),
        "request_status": "SUCCESS",
        "received_at": clock::rfc3339_seconds(clock::now()),
        "account_id": caller.account.api_key,
        "product": "MESSAGES",
        "direction": if filter.is_inbound { "inbound" } else { "outbound" },
        "items_count": records.len(),
        "ids_not_found": missing.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(","),
        "records": records,
    })))
}

#[derive(Debug)]
struct Filter {
    is_inbound: bool,
    ids: Vec<String>,
    to: Option<String>,
    from: Option<String>,
    /// First instant, and the first one after.
    received: Option<(OffsetDateTime, OffsetDateTime)>,
}

impl Filter {
    fn read(query: &str, account: &VonageAccount) -> Result<Self, VonageError> {
        let get = |name: &'static str| parameter(query, name);
        let missing = |name| VonageError::parameter(name, "Missing required parameter");
        if get("account_id").ok_or_else(|| missing("account_id"))? != account.api_key {
            return Err(VonageError::of(403));
        }
        if get("product").ok_or_else(|| missing("product"))? != "MESSAGES" {
            let reason = "the simulator has records of MESSAGES";
            return Err(VonageError::parameter("product", reason));
        }
        let is_inbound = match get("direction").as_deref() {
            Some("inbound") => true,
            Some("outbound") => false,
            Some(_) | None => return Err(missing("direction")),
        };
        let ids: Vec<String> = get("id")
            .map(|ids| ids.split(',').map(str::to_owned).collect())
            .unwrap_or_default();
        let (start, end) = (get("date_start"), get("date_end"));
        if !ids.is_empty() && (start.is_some() || end.is_some()) {
            let reason = "date_start and date_end are not supported with it";
            return Err(VonageError::parameter("id", reason));
        }
        let received = match (start, end) {
            (Some(start), Some(end)) => {
                let (start, end) = (instant("date_start", &start)?, instant("date_end", &end)?);
                if end - start > Duration::days(1) {
                    let reason = "must be no more than 24 hours later than date_start";
                    return Err(VonageError::parameter("date_end", reason));
                }
                Some((start, end))
            }
            (None, None) => None,
            (None, Some(_)) => return Err(missing("date_start")),
            (Some(_), None) => return Err(missing("date_end")),
        };
        if ids.is_empty() && received.is_none() {
            return Err(missing("date_start"));
        }
        Ok(Self {
            is_inbound,
            ids,
            to: get("to"),
            from: get("from"),
            received,
        })
    }

    fn admits(&self, message: &Message) -> bool {
        let facts = &message.facts;
        let (from, to) = addresses(message);
        (facts.direction == Direction::FromContact) == self.is_inbound
            && (self.ids.is_empty() || self.ids.contains(&facts.provider_message_id))
            && self.to.as_deref().is_none_or(|wanted| wanted == to)
            && self.from.as_deref().is_none_or(|wanted| wanted == from)
            && self
                .received
                .is_none_or(|(start, end)| facts.at >= start && facts.at < end)
    }
}

fn instant(name: &'static str, text: &str) -> Result<OffsetDateTime, VonageError> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| VonageError::parameter(name, "is not a date of ISO 8601 with a zone"))
}

/// From whom and to whom, as Vonage writes it.
fn addresses(message: &Message) -> (&str, &str) {
    let facts = &message.facts;
    let (sender, contact) = (written(&facts.sender), written(&facts.contact));
    match facts.direction {
        Direction::ToContact => (sender, contact),
        Direction::FromContact => (contact, sender),
    }
}

fn record(message: &Message) -> Value {
    let facts = &message.facts;
    let (from, to) = addresses(message);
    let is_final = message.status.is_final();
    json!({
        "account_id": facts.account,
        "message_id": facts.provider_message_id,
        "client_ref": facts.client_reference,
        "direction": match facts.direction {
            Direction::ToContact => "outbound",
            Direction::FromContact => "inbound",
        },
        "from": from,
        "to": to,
        "country": "US",
        "country_name": "United States of America",
        "provider": channel(message),
        "date_received": clock::rfc3339_seconds(facts.at),
        "date_finalized": is_final.then(|| clock::rfc3339_seconds(message.updated_at)),
        "latency": is_final.then(|| (message.updated_at - facts.at).whole_milliseconds().to_string()),
        "status": status_word(message.status).unwrap_or("accepted"),
        "error_code": message.failure.map_or_else(|| "0".to_owned(), |one| one.code.to_string()),
        "currency": "EUR",
        "total_price": "0.03330000",
    })
}
