//! The control API: accounts, handsets, faults and the ledger. It needs no key and, like the
//! whole program, listens on loopback only.

use std::str::FromStr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock;
use crate::faults::Fault;
use crate::handset::{self, Include};
use crate::ledger::{CallbackEntry, Request};
use crate::live;
use crate::message::{Code, Direction, Message};
use crate::problem::{Problem, fields, json_body};
use crate::protocol::Provider;
use crate::review;
use crate::table::{Accounts, PROVIDERS, Registry};
use crate::world::{World, locked};

/// The routes beside the providers' own.
pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/events", get(live::events))
        .route("/numbers", get(numbers))
        .route("/numbers/{e164}/standing", post(review::rate))
        .route("/templates", get(review::list))
        .route("/templates/{id}/review", post(review::decide))
        .route("/accounts", get(accounts).put(put_accounts))
        .route(
            "/faults",
            get(list_faults).put(put_fault).delete(clear_faults),
        )
        .route("/ledger", get(ledger).delete(clear_ledger))
        .route("/ledger/sends", get(sends))
        .route("/handsets", get(handsets))
        .route("/handsets/{e164}/messages", get(messages).post(write))
        .route("/handsets/{e164}/read", post(read))
        .route("/handsets/{e164}/block", post(block).delete(unblock))
        .route(
            "/handsets/{e164}/window",
            axum::routing::delete(close_windows),
        )
}

async fn accounts(State(world): State<Arc<World>>) -> Json<Accounts> {
    Json(world.registry.list())
}

/// Adds or replaces accounts. Where a provider asks a new callback URL for consent, it must be
/// given; otherwise nothing is changed.
async fn put_accounts(
    State(world): State<Arc<World>>,
    body: Bytes,
) -> Result<Json<Accounts>, Problem> {
    let accounts: Accounts = fields(json_body(&body)?, "")?;
    let accounts = world.registry.complete(accounts)?;
    if Registry::need_rsa(&accounts) {
        world.key.prepare().await;
    }
    Registry::verify(&world, &accounts).await?;
    world.registry.put(accounts.clone());
    Registry::announce(&world, &accounts);
    Ok(Json(world.registry.list()))
}

#[derive(Serialize)]
struct Data<T> {
    data: Vec<T>,
}

async fn list_faults(State(world): State<Arc<World>>) -> Json<Data<Fault>> {
    Json(Data {
        data: world.faults.list(),
    })
}

async fn put_fault(State(world): State<Arc<World>>, body: Bytes) -> Result<Json<Fault>, Problem> {
    world.faults.put(json_body(&body)?).map(Json)
}

async fn clear_faults(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
) -> Result<StatusCode, Problem> {
    let provider = match parameter(query.as_deref(), "provider") {
        None => None,
        Some(name) => Some(Provider::parse(&name).ok_or_else(|| {
            let detail = format!("the simulator does not speak for `{name}`");
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "unknown_provider", detail)
        })?),
    };
    world.faults.clear(provider);
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize)]
struct LedgerView<'a> {
    requests: Vec<&'a Request>,
    messages: Vec<Value>,
    callbacks: Vec<&'a CallbackEntry>,
}

async fn ledger(State(world): State<Arc<World>>) -> Response {
    let (since, (requests, callbacks)) = {
        let ledger = locked(&world.ledger);
        (ledger.messages_since, ledger.snapshot())
    };
    // Copied under the lock, written out without it.
    let messages: Vec<Message> = locked(&world.store).since(since).cloned().collect();
    Json(LedgerView {
        requests: requests.iter().map(AsRef::as_ref).collect(),
        messages: messages.iter().map(Message::view).collect(),
        callbacks: callbacks.iter().map(AsRef::as_ref).collect(),
    })
    .into_response()
}

/// A message of a business, as much as is needed to compare two records of many.
#[derive(Serialize)]
struct SendView {
    number: u64,
    provider: &'static str,
    provider_message_id: String,
    client_reference: Option<String>,
    created_at: String,
    status: &'static str,
    error_code: Option<Code>,
    /// Whether its request was answered.
    is_answered: bool,
    /// Whether a callback about this status was answered with success.
    is_told: bool,
    /// When a callback about any status was answered with success for the first time.
    told_at: Option<String>,
}

#[derive(Serialize)]
struct Sends {
    /// Messages with lower numbers are forgotten.
    first: u64,
    data: Vec<SendView>,
    /// What to ask for next, if there may be more.
    next: Option<u64>,
}

/// What businesses have sent, page by page: `?after=` a number, `?limit=` messages.
async fn sends(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Sends>, Problem> {
    let after: u64 = number(query.as_deref(), "after", 0)?;
    let limit = number(query.as_deref(), "limit", 1_000_usize)?.clamp(1, 10_000);
    let (first, page): (u64, Vec<Message>) = {
        let store = locked(&world.store);
        let page = store.since(after.saturating_add(1).max(store.first_seq()));
        (store.first_seq(), page.take(limit).cloned().collect())
    };
    let next = page.last().filter(|_| page.len() == limit);
    let next = next.map(|message| message.seq);
    let ledger = locked(&world.ledger);
    let sends = page
        .into_iter()
        .filter(|message| message.facts.direction == Direction::ToContact)
        .filter(|message| !message.facts.automatic)
        .map(|message| {
            let facts = &message.facts;
            let status = message.status.word();
            SendView {
                number: message.seq,
                provider: facts.provider.word(),
                provider_message_id: facts.provider_message_id.clone(),
                client_reference: facts.client_reference.clone(),
                created_at: clock::rfc3339(facts.at),
                status,
                error_code: message.failure.map(|failure| failure.code),
                is_answered: !ledger.has_withheld(&facts.provider_message_id),
                is_told: ledger.has_told(&facts.provider_message_id, status),
                told_at: ledger
                    .told_at(&facts.provider_message_id)
                    .map(clock::rfc3339),
            }
        });
    Ok(Json(Sends {
        first,
        data: sends.collect(),
        next,
    }))
}

/// The handsets keep their messages; the ledger starts anew.
async fn clear_ledger(State(world): State<Arc<World>>) -> StatusCode {
    let next = locked(&world.store).next_seq();
    locked(&world.ledger).clear(next);
    StatusCode::NO_CONTENT
}

/// The businesses' numbers, to which contacts can write.
async fn numbers(State(world): State<Arc<World>>) -> Json<Data<Value>> {
    let numbers = PROVIDERS.iter().flat_map(|provider| {
        let numbers = provider.protocol().numbers(&world);
        numbers.into_iter().map(|known| {
            json!({
                "provider": provider.word(),
                "channel": known.channel.word(),
                "number": known.number,
                "name": known.name,
            })
        })
    });
    Json(Data {
        data: numbers.collect(),
    })
}

async fn handsets(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Data<Value>>, Problem> {
    let most = number(query.as_deref(), "limit", usize::MAX)?;
    Ok(Json(Data {
        data: handset::list(&world, most),
    }))
}

async fn messages(
    State(world): State<Arc<World>>,
    Path(e164): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Data<Value>>, Problem> {
    let e164 = handset::number(&e164)?;
    let include = Include::read(parameter(query.as_deref(), "include").as_deref())?;
    let most = number(query.as_deref(), "limit", usize::MAX)?;
    Ok(Json(Data {
        data: handset::messages(&world, &e164, include, most),
    }))
}

async fn write(
    State(world): State<Arc<World>>,
    Path(e164): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let e164 = handset::number(&e164)?;
    let message = handset::write(&world, e164, json_body(&body)?)?;
    Ok((StatusCode::CREATED, Json(message.view())))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadOnly {
    provider_message_id: Option<String>,
}

async fn read(
    State(world): State<Arc<World>>,
    Path(e164): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let e164 = handset::number(&e164)?;
    let only: ReadOnly = fields(json_body(&body)?, "")?;
    let read = world.read(&e164, only.provider_message_id.as_deref());
    Ok(Json(json!({ "read": read })))
}

async fn block(
    State(world): State<Arc<World>>,
    Path(e164): Path<String>,
) -> Result<Json<Value>, Problem> {
    let e164 = handset::number(&e164)?;
    Ok(Json(handset::set_blocking(&world, &e164, true)))
}

async fn unblock(
    State(world): State<Arc<World>>,
    Path(e164): Path<String>,
) -> Result<Json<Value>, Problem> {
    let e164 = handset::number(&e164)?;
    Ok(Json(handset::set_blocking(&world, &e164, false)))
}

/// As if 24 hours had passed since the contact last wrote.
async fn close_windows(
    State(world): State<Arc<World>>,
    Path(e164): Path<String>,
) -> Result<StatusCode, Problem> {
    let e164 = handset::number(&e164)?;
    locked(&world.store).handset_mut(&e164).close_windows();
    Ok(StatusCode::NO_CONTENT)
}

/// A number in the query, or what is taken in its absence.
fn number<N: FromStr>(query: Option<&str>, name: &str, absent: N) -> Result<N, Problem> {
    let Some(text) = parameter(query, name) else {
        return Ok(absent);
    };
    text.parse().map_err(|_| {
        let detail = format!("{name} is a number");
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_field", detail)
    })
}

fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}
