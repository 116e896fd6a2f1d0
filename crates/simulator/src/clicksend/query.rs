//! Reading the account, the histories, receipts and inbound messages.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::accounts::ClickSendAccount;
use super::errors::{ClickSendError, success};
use super::list::Page;
use super::push::{gateway, receipt as receipt_fields, received};
use super::send::{currency, parts, price};
use super::{CLICKSEND, authenticate};
use crate::message::{Direction, Message, Status};
use crate::request::parameter;
use crate::world::{World, locked};

type Answer = Result<Response, ClickSendError>;

async fn arrive(
    world: &World,
    headers: &HeaderMap,
) -> Result<Arc<ClickSendAccount>, ClickSendError> {
    world.survive::<ClickSendError>().await?;
    authenticate(world, headers)
}

/// `GET /v3/account`, the usual connection test.
pub(super) async fn account(State(world): State<Arc<World>>, headers: HeaderMap) -> Answer {
    let account = arrive(&world, &headers).await?;
    let data = json!({
        "user_id": account.user_id,
        "username": account.username,
        "user_email": "owner@example.com",
        "active": 1,
        "banned": 0,
        "balance": "100.0000",
        "account_name": "Simulated account",
        "country": "US",
        "default_country_sms": "US",
        "on_trial": 0,
        "trial_expiry": null,
        "timezone": "UTC",
        "_currency": currency(),
        "_subaccount": {
            "subaccount_id": account.subaccount_id,
            "api_username": account.username,
            "api_key": account.api_key,
            "email": "owner@example.com",
            "access_users": 1,
        },
    });
    Ok(success("Here's your account", data))
}

fn is_of(message: &Message, account: &ClickSendAccount) -> bool {
    message.facts.provider == CLICKSEND && message.facts.account == account.username
}

fn kind(message: &Message) -> &str {
    let is_mms = !message.facts.media.is_empty();
    let guessed = if is_mms { "mms" } else { "sms" };
    message.facts.own["kind"].as_str().unwrap_or(guessed)
}

/// A row of a history.
fn entry(account: &ClickSendAccount, message: &Message) -> Value {
    let facts = &message.facts;
    let gateway = gateway(message);
    let is_out = facts.direction == Direction::ToContact;
    let (from, to) = if is_out {
        (&facts.sender, &facts.contact)
    } else {
        (&facts.contact, &facts.sender)
    };
    json!({
        "direction": if is_out { "out" } else { "in" },
        "date": facts.at.unix_timestamp(),
        "date_added": facts.at.unix_timestamp(),
        "to": to,
        "body": facts.text,
        "subject": facts.own["subject"],
        "_media_file_url": facts.media.first().and_then(|media| media.url.as_deref()),
        "status": gateway.word,
        "from": from,
        "schedule": "",
        "status_code": gateway.status_code.to_string(),
        "status_text": gateway.status_text,
        "error_code": gateway.error_code.map(|code| code.to_string()),
        "error_text": gateway.error_text,
        "message_id": facts.provider_message_id,
        "message_parts": parts(message),
        "message_price": price(message),
        "from_email": null,
        "list_id": null,
        "custom_string": facts.client_reference,
        "contact_id": null,
        "user_id": account.user_id,
        "subaccount_id": account.subaccount_id,
        "country": "US",
        "carrier": "Simulated",
        "first_name": "",
        "last_name": "",
        "_api_username": account.username,
    })
}

/// `GET /v3/sms/history?q=to:…&date_from=&date_to=&order_by=&page=&limit=`, newest first.
pub(super) async fn sms_history(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let account = arrive(&world, &headers).await?;
    let query = query.unwrap_or_default();
    let page = Page::read(&query)?;
    let number = |name: &'static str| {
        parameter(&query, name)
            .map(|text| {
                text.parse::<i64>()
                    .map_err(|_| ClickSendError::field(name, "It is a number of seconds."))
            })
            .transpose()
    };
    let (since, until) = (number("date_from")?, number("date_to")?);
    let filters = parameter(&query, "q").unwrap_or_default();
    let mut rows: Vec<Value> = locked(&world.store)
        .since(0)
        .rev()
        .filter(|message| is_of(message, &account) && kind(message) == "sms")
        .filter(|message| {
            let at = message.facts.at.unix_timestamp();
            since.is_none_or(|since| at >= since) && until.is_none_or(|until| at <= until)
        })
        .map(|message| entry(&account, message))
        .filter(|row| filters.split(',').all(|filter| admits(filter, row)))
        .collect();
    if parameter(&query, "order_by").is_some_and(|order| order.ends_with(":asc")) {
        rows.reverse();
    }
    Ok(success("Here are your data.", page.of(&rows)))
}

/// `to:+1…`. What ClickSend does not know filters nothing.
fn admits(filter: &str, row: &Value) -> bool {
    let Some((name, wanted)) = filter.split_once(':') else {
        return true;
    };
    match name {
        "status" | "to" | "from" | "message_id" => row[name] == wanted,
        "subaccount_id" => row[name]
            .as_u64()
            .is_some_and(|id| wanted.parse() == Ok(id)),
        _ => true,
    }
}

/// `GET /v3/mms/history?limit=`, newest first.
pub(super) async fn mms_history(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let account = arrive(&world, &headers).await?;
    let page = Page::read(&query.unwrap_or_default())?;
    let rows: Vec<Value> = locked(&world.store)
        .since(0)
        .rev()
        .filter(|message| is_of(message, &account) && kind(message) == "mms")
        .map(|message| entry(&account, message))
        .collect();
    Ok(success("Here are your data.", page.of(&rows)))
}

/// `GET /v3/sms/receipts`: the latest receipt of each message that was not marked as read.
pub(super) async fn receipts(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let account = arrive(&world, &headers).await?;
    let page = Page::read(&query.unwrap_or_default())?;
    let rows: Vec<Value> = locked(&world.store)
        .since(0)
        .filter(|message| is_of(message, &account) && has_receipt(message))
        .filter(|message| message.updated_at.unix_timestamp() >= account.receipts_read)
        .map(|message| Value::Object(receipt_fields(&account, message)))
        .collect();
    Ok(success("Here are your delivery receipts.", page.of(&rows)))
}

fn has_receipt(message: &Message) -> bool {
    message.facts.direction == Direction::ToContact
        && !matches!(message.status, Status::Accepted | Status::Queued)
}

/// `GET /v3/sms/receipts/{message_id}`.
pub(super) async fn receipt(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let account = arrive(&world, &headers).await?;
    let store = locked(&world.store);
    let message = store
        .find(&id)
        .filter(|message| is_of(message, &account) && has_receipt(message))
        .ok_or_else(|| ClickSendError::of("NOT_FOUND"))?;
    let fields = Value::Object(receipt_fields(&account, message));
    Ok(success("Here is your delivery receipt.", fields))
}

/// `GET /v3/sms/inbound`: what was not marked as read.
pub(super) async fn inbound(
    State(world): State<Arc<World>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let account = arrive(&world, &headers).await?;
    let page = Page::read(&query.unwrap_or_default())?;
    let found: Vec<Message> = locked(&world.store)
        .since(0)
        .filter(|message| is_of(message, &account))
        .filter(|message| message.facts.direction == Direction::FromContact)
        .filter(|message| message.facts.at.unix_timestamp() >= account.inbound_read)
        .cloned()
        .collect();
    let rows: Vec<Value> = found
        .iter()
        .map(|message| Value::Object(received(&world, message)))
        .collect();
    Ok(success("Here are your inbound messages.", page.of(&rows)))
}

/// `PUT /v3/sms/receipts-read` `{"date_before": unix}`.
pub(super) async fn receipts_read(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let account = arrive(&world, &headers).await?;
    let before = date_before(&body)?;
    let accounts = &world.registry.clicksend;
    accounts.update(&account.username, |account| account.receipts_read = before);
    Ok(success("Receipts have been marked as read.", Value::Null))
}

/// `PUT /v3/sms/inbound-read` `{"date_before": unix}`.
pub(super) async fn inbound_read(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let account = arrive(&world, &headers).await?;
    let before = date_before(&body)?;
    let accounts = &world.registry.clicksend;
    accounts.update(&account.username, |account| account.inbound_read = before);
    Ok(success("Messages have been marked as read.", Value::Null))
}

/// Without a date everything up to now is meant.
fn date_before(body: &[u8]) -> Result<i64, ClickSendError> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    match body.get("date_before") {
        None | Some(Value::Null) => Ok(crate::clock::now().unix_timestamp() + 1),
        Some(date) => date
            .as_i64()
            .ok_or_else(|| ClickSendError::field("date_before", "It is a number of seconds.")),
    }
}
