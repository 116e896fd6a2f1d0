//! Reading messages, the account and its balance.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Redirect;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::macros::{format_description, time};
use time::{Duration, OffsetDateTime};

use super::errors::TwilioError;
use super::inbound::file_sid;
use super::{TWILIO, authenticate};
use crate::clock::rfc2822;
use crate::message::{Channel, Direction, Message, Status};
use crate::segments;
use crate::world::{World, locked};

type Answer = Result<Json<Value>, TwilioError>;

/// `GET …/Accounts/{Sid}.json`, the usual connection test.
pub(super) async fn account(
    State(world): State<Arc<World>>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Answer {
    world.survive::<TwilioError>().await?;
    let sid = file
        .strip_suffix(".json")
        .ok_or_else(|| TwilioError::of(20404))?;
    authenticate(&world, sid, &headers)?;
    let base = format!("/2010-04-01/Accounts/{sid}");
    let created = rfc2822(OffsetDateTime::UNIX_EPOCH);
    Ok(Json(json!({
        "auth_token": "[redacted]",
        "date_created": created,
        "date_updated": created,
        "friendly_name": "Simulated account",
        "owner_account_sid": sid,
        "sid": sid,
        "status": "active",
        "subresource_uris": {
            "balance": format!("{base}/Balance.json"),
            "messages": format!("{base}/Messages.json"),
        },
        "type": "Full",
        "uri": format!("{base}.json"),
    })))
}

/// `GET …/Balance.json`.
pub(super) async fn balance(
    State(world): State<Arc<World>>,
    Path(sid): Path<String>,
    headers: HeaderMap,
) -> Answer {
    world.survive::<TwilioError>().await?;
    authenticate(&world, &sid, &headers)?;
    Ok(Json(
        json!({"account_sid": sid, "balance": "100.00", "currency": "USD"}),
    ))
}

/// `GET …/Messages/{Sid}.json`.
pub(super) async fn message(
    State(world): State<Arc<World>>,
    Path((sid, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    world.survive::<TwilioError>().await?;
    authenticate(&world, &sid, &headers)?;
    let id = file.strip_suffix(".json").unwrap_or_default();
    let store = locked(&world.store);
    let message = store
        .find(id)
        .filter(|message| is_of(message, &sid))
        .ok_or_else(|| TwilioError::of(20404))?;
    Ok(Json(resource(message)))
}

/// `GET …/Messages/{Sid}/Media/{Sid}`: sends on to where the file lies.
pub(super) async fn file(
    State(world): State<Arc<World>>,
    Path((sid, message, file)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Redirect, TwilioError> {
    world.survive::<TwilioError>().await?;
    authenticate(&world, &sid, &headers)?;
    let store = locked(&world.store);
    let message = store
        .find(&message)
        .filter(|message| is_of(message, &sid))
        .ok_or_else(|| TwilioError::of(20404))?;
    let mut media = message.facts.media.iter();
    let media = media.find(|media| file_sid(media) == file);
    let url = media.and_then(|media| media.url.as_deref());
    let url = url.ok_or_else(|| TwilioError::of(20404))?;
    Ok(Redirect::temporary(url))
}

/// `GET …/Messages.json?To=&From=&DateSent>=…`, newest first.
pub(super) async fn list(
    State(world): State<Arc<World>>,
    Path(sid): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    world.survive::<TwilioError>().await?;
    authenticate(&world, &sid, &headers)?;
    let query = query.unwrap_or_default();
    let filter = Filter::read(&query)?;
    let store = locked(&world.store);
    // A contact's own few messages, if the filter names one: the store may be large.
    let contact = [&filter.to, &filter.from]
        .into_iter()
        .flatten()
        .map(|address| crate::phone::digits(address))
        .map(|digits| format!("+{digits}"))
        .find(|number| {
            store.handset(number).is_some() && world.registry.twilio.by_number(number).is_none()
        });
    let candidates: Box<dyn Iterator<Item = &Message>> = match &contact {
        Some(number) => Box::new(store.messages_of(number).rev()),
        None => Box::new(store.since(0).rev()),
    };
    let start = filter.page.saturating_mul(filter.page_size);
    let mut found: Vec<Value> = candidates
        .filter(|message| is_of(message, &sid) && filter.admits(message))
        .skip(start)
        .take(filter.page_size + 1)
        .map(resource)
        .collect();
    drop(store);
    let has_more = found.len() > filter.page_size;
    found.truncate(filter.page_size);
    let uri = |page: usize| {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name != "Page" && name != "PageSize" {
                pairs.append_pair(&name, &value);
            }
        }
        pairs.append_pair("PageSize", &filter.page_size.to_string());
        pairs.append_pair("Page", &page.to_string());
        format!(
            "/2010-04-01/Accounts/{sid}/Messages.json?{}",
            pairs.finish()
        )
    };
    Ok(Json(json!({
        "start": start,
        "end": start.saturating_add(found.len()).saturating_sub(1),
        "page": filter.page,
        "page_size": filter.page_size,
        "first_page_uri": uri(0),
        "previous_page_uri": filter.page.checked_sub(1).map(uri),
        "next_page_uri": has_more.then(|| uri(filter.page.saturating_add(1))),
        "uri": uri(filter.page),
        "messages": found,
    })))
}

fn is_of(message: &Message, sid: &str) -> bool {
    message.facts.provider == TWILIO && message.facts.account == sid
}

struct Filter {
    to: Option<String>,
    from: Option<String>,
    /// First instant, and the first one after.
    sent: (Option<OffsetDateTime>, Option<OffsetDateTime>),
    page: usize,
    page_size: usize,
}

impl Filter {
    fn read(query: &str) -> Result<Self, TwilioError> {
        let mut filter = Self {
            to: None,
            from: None,
            sent: (None, None),
            page: 0,
            page_size: 50,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "To" => filter.to = Some(value.into_owned()),
                "From" => filter.from = Some(value.into_owned()),
                "DateSent" => {
                    let (start, end) = span(&value)?;
                    filter.sent = (Some(start), Some(end));
                }
                "DateSent>" => filter.sent.0 = Some(span(&value)?.0),
                "DateSent<" => filter.sent.1 = Some(span(&value)?.1),
                "Page" => filter.page = number(&value)?,
                "PageSize" => filter.page_size = number(&value)?.clamp(1, 1000),
                _ => {}
            }
        }
        Ok(filter)
    }

    fn admits(&self, message: &Message) -> bool {
        let (from, to) = addresses(message);
        let at = message.sent_at.unwrap_or(message.facts.at);
        self.to.as_ref().is_none_or(|wanted| *wanted == to)
            && self.from.as_ref().is_none_or(|wanted| *wanted == from)
            && self.sent.0.is_none_or(|start| at >= start)
            && self.sent.1.is_none_or(|end| at < end)
    }
}

fn number(text: &str) -> Result<usize, TwilioError> {
    text.parse()
        .map_err(|_| TwilioError::with(20001, format!("Invalid number: {text}")))
}

/// A day, or an instant as a span of one second.
fn span(text: &str) -> Result<(OffsetDateTime, OffsetDateTime), TwilioError> {
    let day = format_description!("[year]-[month]-[day]");
    if let Ok(date) = time::Date::parse(text, &day) {
        let start = date.with_time(time!(00:00)).assume_utc();
        return Ok((start, start + Duration::days(1)));
    }
    OffsetDateTime::parse(text, &Rfc3339)
        .map(|at| (at, at + Duration::seconds(1)))
        .map_err(|_| TwilioError::with(20001, format!("Invalid date: {text}")))
}

/// A number as Twilio writes it.
pub(super) fn address(channel: Channel, number: &str) -> String {
    match channel {
        Channel::Sms | Channel::Email => number.to_owned(),
        Channel::Whatsapp => format!("whatsapp:{number}"),
    }
}

/// `From` and `To` as Twilio writes them.
pub(super) fn addresses(message: &Message) -> (String, String) {
    let facts = &message.facts;
    let sender = address(facts.channel, &facts.sender);
    let contact = address(facts.channel, &facts.contact);
    match facts.direction {
        Direction::ToContact => (sender, contact),
        Direction::FromContact => (contact, sender),
    }
}

/// How many parts are billed.
pub(super) fn num_segments(message: &Message) -> usize {
    let facts = &message.facts;
    match (facts.channel, &facts.text) {
        (Channel::Sms, Some(text)) if facts.media.is_empty() => segments::count(text),
        (Channel::Sms | Channel::Whatsapp | Channel::Email, _) => 1,
    }
}

/// The Message resource.
pub(super) fn resource(message: &Message) -> Value {
    let facts = &message.facts;
    let sid = &facts.provider_message_id;
    let (from, to) = addresses(message);
    let base = format!("/2010-04-01/Accounts/{}/Messages/{sid}", facts.account);
    // Before a Messaging Service has chosen a number it does not name one.
    let is_open = facts.service.is_some() && message.status == Status::Accepted;
    let segments = if is_open { 0 } else { num_segments(message) };
    let is_priced = message.sent_at.is_some() && message.status != Status::Failed;
    let direction = match (facts.direction, facts.automatic) {
        (Direction::FromContact, _) => "inbound",
        (Direction::ToContact, true) => "outbound-reply",
        (Direction::ToContact, false) => "outbound-api",
    };
    json!({
        "account_sid": facts.account,
        "api_version": "2010-04-01",
        "body": facts.text.as_deref().unwrap_or_default(),
        "date_created": rfc2822(facts.at),
        "date_sent": message.sent_at.map(rfc2822),
        "date_updated": rfc2822(message.updated_at),
        "direction": direction,
        "error_code": message.failure.map(|failure| failure.code),
        "error_message": message.failure.map(|failure| failure.title),
        "from": (!is_open).then_some(from),
        "messaging_service_sid": facts.service,
        "num_media": facts.media.len().to_string(),
        "num_segments": segments.to_string(),
        "price": is_priced.then(|| price(facts.channel, segments)),
        "price_unit": is_priced.then_some("USD"),
        "sid": sid,
        "status": message.status.word(),
        "subresource_uris": {"media": format!("{base}/Media.json")},
        "to": to,
        "uri": format!("{base}.json"),
    })
}

/// Twilio writes what it charges as a negative number.
fn price(channel: Channel, segments: usize) -> String {
    let hundred_thousandths = match channel {
        Channel::Sms | Channel::Email => 790 * segments,
        Channel::Whatsapp => 500,
    };
    format!(
        "-{}.{:05}",
        hundred_thousandths / 100_000,
        hundred_thousandths % 100_000
    )
}
