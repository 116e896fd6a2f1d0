//! `POST /v3/sms/send` and `/v3/mms/send`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use time::Duration;

use super::accounts::ClickSendAccount;
use super::errors::{ClickSendError, decided, failure, success};
use super::{CLICKSEND, authenticate, message_id};
use crate::clock;
use crate::journey::{Fate, magic};
use crate::ledger::Request;
use crate::message::{
    Channel, Code, Direction, Facts, Media, Message, Parties, Status, content_type,
};
use crate::phone;
use crate::request::{list, text};
use crate::segments;
use crate::world::{World, locked};

/// More are refused together.
const MOST: usize = 1000;
/// Who sends if nobody is named and the account has no number.
const SHARED: &str = "+12025550199";

/// Which of the two calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sms,
    Mms,
}

pub(super) async fn sms(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    send(&world, &headers, &body, Kind::Sms).await
}

pub(super) async fn mms(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    send(&world, &headers, &body, Kind::Mms).await
}

async fn send(world: &World, headers: &HeaderMap, body: &[u8], kind: Kind) -> Response {
    world.hesitate(CLICKSEND).await;
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let caller = authenticate(world, headers);
    let username = caller.as_ref().ok().map(|account| account.username.clone());
    let username = username.as_deref().unwrap_or_default();
    let refuse_all = |error: ClickSendError| {
        let first = list(&body, "messages").first();
        let entry = entry(username, first.unwrap_or(&Value::Null));
        world.conclude(entry, Err(error))
    };
    let account = match caller {
        Ok(account) => account,
        Err(error) => return refuse_all(error).await,
    };
    let told = match world.judge::<ClickSendError>() {
        Ok(told) => Ok(told),
        // One that is about single messages stands with them.
        Err(error) if error.is_of_a_message() => Err(error.word),
        Err(error) => return refuse_all(error).await,
    };
    let messages = list(&body, "messages");
    if messages.is_empty() {
        let error = ClickSendError::field("messages", "The messages field is required.");
        return refuse_all(error).await;
    }
    if messages.len() > MOST {
        let error = ClickSendError::field("messages", "There are more than 1000 messages.");
        return refuse_all(error).await;
    }
    let results: Vec<(&Value, Result<Message, &'static str>)> = messages
        .iter()
        .map(|message| {
            let result = told.and_then(|told| {
                let draft = draft(world, &account, &body, message, kind)?;
                Ok(begin(world, &account, draft, told))
            });
            (message, result)
        })
        .collect();
    let is_withheld = record(world, username, &results);
    if is_withheld {
        world.withhold().await;
        return StatusCode::GATEWAY_TIMEOUT.into_response();
    }
    answer(&account, &results, kind)
}

/// What became of each message: accepted, or its status.
type Results<'a> = [(&'a Value, Result<Message, &'static str>)];

/// Writes all into the ledger; true if nobody is answered.
fn record(world: &World, username: &str, results: &Results<'_>) -> bool {
    let is_withheld = results.iter().any(|(_, result)| result.is_ok())
        && world.faults.withholds_answer(CLICKSEND);
    let mut ledger = locked(&world.ledger);
    for (message, result) in results {
        let mut entry = entry(username, message);
        match result {
            Ok(message) => {
                entry.adopt(message);
                entry.answer_status = (!is_withheld).then_some(200);
            }
            Err(status) => {
                entry.answer_status = Some(200);
                entry.error_code = Some(Code::Word(status));
            }
        }
        ledger.request(entry);
    }
    is_withheld
}

fn entry(username: &str, message: &Value) -> Request {
    let copied = |name| text(message, name).map(str::to_owned);
    let mut entry = Request::now(CLICKSEND, username);
    entry.to = copied("to");
    entry.from = copied("from");
    entry.text = copied("body");
    entry.client_reference = copied("custom_string");
    entry
}

/// A message that is in order.
struct Draft {
    to: String,
    from: String,
    is_shared: bool,
    text: Option<String>,
    media: Vec<Media>,
    reference: Option<String>,
    own: Value,
}

/// Checks one message.
///
/// # Errors
/// Its status.
fn draft(
    world: &World,
    account: &ClickSendAccount,
    body: &Value,
    message: &Value,
    kind: Kind,
) -> Result<Draft, &'static str> {
    let to = text(message, "to")
        .filter(|to| to.starts_with('+'))
        .and_then(phone::e164)
        .ok_or("INVALID_RECIPIENT")?;
    let words = text(message, "body");
    if message.get("schedule").and_then(Value::as_u64).unwrap_or(0) > 0 {
        return Err("INVALID_SCHEDULE");
    }
    let mut media = Vec::new();
    match kind {
        Kind::Sms => {
            words.ok_or("EMPTY_MESSAGE")?;
        }
        Kind::Mms => {
            text(message, "subject")
                .filter(|subject| subject.chars().count() <= 20)
                .ok_or("SUBJECT_REQUIRED")?;
            let file = text(body, "media_file").ok_or("INVALID_MEDIA_FILE")?;
            let kind = content_type(file);
            if !file.starts_with("http") || !["image/jpeg", "image/gif"].contains(&kind) {
                return Err("INVALID_MEDIA_FILE");
            }
            media.push(Media {
                content_type: kind.to_owned(),
                url: Some(file.to_owned()),
                id: None,
            });
        }
    }
    let (from, is_shared) = sender(account, text(message, "from"))?;
    if is_repeated(world, account, &to, words) {
        return Err("THROTTLED");
    }
    Ok(Draft {
        to,
        from,
        is_shared,
        text: words.map(str::to_owned),
        media,
        reference: text(message, "custom_string").map(str::to_owned),
        own: json!({
            "subject": text(message, "subject"),
            "kind": match kind {
                Kind::Sms => "sms",
                Kind::Mms => "mms",
            },
        }),
    })
}

/// An own number, a name of 3 to 11 letters and digits, or a number that many share.
fn sender(account: &ClickSendAccount, from: Option<&str>) -> Result<(String, bool), &'static str> {
    let Some(from) = from else {
        let first = account.numbers.first().and_then(|own| phone::e164(own));
        let is_shared = first.is_none();
        return Ok((first.unwrap_or_else(|| SHARED.to_owned()), is_shared));
    };
    if let Some(number) = phone::e164(from) {
        let is_own = account.numbers.is_empty() || account.has_number(&number);
        return is_own.then_some((number, false)).ok_or("INVALID_SENDER_ID");
    }
    let is_name = (3..=11).contains(&from.len())
        && from
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+');
    is_name
        .then(|| (from.to_owned(), false))
        .ok_or("INVALID_SENDER_ID")
}

/// True if the same went to the same number just now.
fn is_repeated(world: &World, account: &ClickSendAccount, to: &str, text: Option<&str>) -> bool {
    let pause = Duration::seconds(i64::try_from(account.repeat_pause_seconds).unwrap_or(0));
    let since = clock::now() - pause;
    locked(&world.store).messages_of(to).rev().any(|message| {
        let facts = &message.facts;
        facts.provider == CLICKSEND
            && facts.account == account.username
            && facts.direction == Direction::ToContact
            && facts.at > since
            && facts.text.as_deref() == text
    })
}

fn begin(world: &World, account: &ClickSendAccount, draft: Draft, told: Option<Fate>) -> Message {
    let fate = told.unwrap_or_else(|| {
        if world.is_blocked(&draft.to) {
            return Fate::Undelivered(failure(15));
        }
        magic(&draft.to)
            .and_then(decided)
            .unwrap_or(Fate::Delivered)
    });
    let parties = Parties {
        account: account.username.clone(),
        channel: Channel::Sms,
        contact: draft.to,
        sender: draft.from,
    };
    let mut own = draft.own;
    own["is_shared"] = json!(draft.is_shared);
    let facts = Facts {
        text: draft.text,
        media: draft.media,
        client_reference: draft.reference,
        own,
        ..Facts::new(CLICKSEND, message_id(world), Direction::ToContact, parties)
    };
    world.begin(facts, Status::Queued, fate)
}

fn answer(account: &ClickSendAccount, results: &Results<'_>, kind: Kind) -> Response {
    let rows: Vec<Value> = results
        .iter()
        .map(|(message, result)| match result {
            Ok(message) => row(account, message),
            // What was refused lacks much.
            Err(word) => json!({
                "direction": "out",
                "to": message.get("to"),
                "body": message.get("body"),
                "message_parts": 0,
                "message_price": "0.0000",
                "status": word,
            }),
        })
        .collect();
    let queued = results.iter().filter(|(_, result)| result.is_ok()).count();
    let total: f64 = results
        .iter()
        .filter_map(|(_, result)| result.as_ref().ok())
        .map(|message| cents(message) / 100.0)
        .sum();
    let data = json!({
        "total_price": total,
        "total_count": results.len(),
        "queued_count": queued,
        "blocked_count": results.len() - queued,
        "messages": rows,
        "_currency": currency(),
    });
    success(
        match kind {
            Kind::Sms => "Messages queued for delivery.",
            Kind::Mms => "MMS messages queued for delivery.",
        },
        data,
    )
}

pub(super) fn currency() -> Value {
    json!({
        "currency_name_short": "USD",
        "currency_prefix_d": "$",
        "currency_prefix_c": "¢",
        "currency_name_long": "US Dollars",
    })
}

pub(super) fn parts(message: &Message) -> usize {
    segments::count(message.facts.text.as_deref().unwrap_or_default())
}

fn cents(message: &Message) -> f64 {
    let parts = u32::try_from(parts(message)).unwrap_or(1);
    7.92 * f64::from(parts)
}

/// A price as ClickSend writes it: a text.
pub(super) fn price(message: &Message) -> String {
    format!("{:.4}", cents(message) / 100.0)
}

fn row(account: &ClickSendAccount, message: &Message) -> Value {
    let facts = &message.facts;
    let at = facts.at.unix_timestamp();
    json!({
        "direction": "out",
        "date": at,
        "to": facts.contact,
        "body": facts.text,
        "from": facts.sender,
        "subject": facts.own["subject"],
        "_media_file_url": facts.media.first().and_then(|media| media.url.as_deref()),
        "schedule": at,
        "message_id": facts.provider_message_id,
        "message_parts": parts(message),
        "message_price": price(message),
        "from_email": null,
        "list_id": null,
        "custom_string": facts.client_reference.as_deref().unwrap_or_default(),
        "contact_id": null,
        "user_id": account.user_id,
        "subaccount_id": account.subaccount_id,
        "is_shared_system_number": facts.own["is_shared"],
        "country": "US",
        "carrier": "Simulated",
        "status": "SUCCESS",
    })
}
