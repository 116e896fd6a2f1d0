use crate::{
    calls,
    credentials::{TwilioCredentials, is_messaging_service},
    errors, send,
    status::MessageStatus,
    wire::{MessageList, MessageResource},
};
use serde::de::DeserializeOwned;
use tidings_kernel::Money;
use tidings_messaging::{Access, Found, QueryError, Receipt, StatusQuery};
use tidings_provider_http::{Answer, Api};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc2822};

/// Our clock and Twilio's may differ by so much, and Twilio's dates have whole seconds.
const TOLERANCE: Duration = Duration::minutes(1);
/// For so long before an attempt a message like it leaves a doubt, since a clock may be off by more than that: it is
/// the time of which we are told what our other attempts became.
const DOUBTED: Duration = Duration::DAY;
const PAGE_SIZE: &str = "200";
const MOST_PAGES: usize = 5;
/// What a trial account puts before each text.
const TRIAL_NOTICE: &str = "Sent from your Twilio trial account - ";

/// What became of an attempt.
///
/// With Twilio's id the message is read. Without it, the messages to the recipient are searched in
/// two steps: those sent since the day of the attempt, which is cheap and finds almost everything;
/// and, before absence is claimed, all of them, since a filter by date of sending may leave out what
/// is still in Twilio's queue and has no such date.
///
/// Whether Twilio lists a message the moment that it is created is not documented: ask some seconds
/// after the call, as the deadlines of unknown outcomes do.
pub(crate) async fn find(
    api: &Api,
    access: &Access,
    query: &StatusQuery,
) -> Result<Found, QueryError> {
    let credentials = TwilioCredentials::read(&access.credentials)
        .map_err(|problem| QueryError(problem.into()))?;
    if let Some(sid) = &query.provider_message_id {
        let answer = api.call(calls::message(api, &credentials, sid)).await?;
        // What is gone was there: Twilio deletes messages on request only.
        let message: Option<MessageResource> = read(&answer)?;
        return Ok(message.map_or(Found::CannotTell, |message| there(&message)));
    }
    for dates in [Dates::SinceTheAttempt, Dates::All] {
        match search(api, &credentials, query, dates).await? {
            Search::Ours(message) => return Ok(there(&message)),
            Search::Doubtful => return Ok(Found::CannotTell),
            Search::Absent if dates == Dates::All => return Ok(Found::NotThere),
            Search::Absent => {}
        }
    }
    Ok(Found::CannotTell)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dates {
    SinceTheAttempt,
    All,
}

enum Search {
    /// It is this one.
    Ours(Box<MessageResource>),
    /// The list is incomplete, or has a message that may be ours and looks different.
    Doubtful,
    /// It is not among the messages that were asked for.
    Absent,
}

async fn search(
    api: &Api,
    credentials: &TwilioCredentials,
    query: &StatusQuery,
    dates: Dates,
) -> Result<Search, QueryError> {
    let mut candidates: Vec<(OffsetDateTime, MessageResource)> = Vec::new();
    let mut is_doubtful = false;
    let mut page = Some(first_page(credentials, query, dates));
    for _ in 0..MOST_PAGES {
        let Some(fields) = page.take() else { break };
        let request = calls::message_list(api, credentials, &fields);
        let answer = api.call(request).await?;
        let Some(list) = read::<MessageList>(&answer)? else {
            return Ok(Search::Doubtful);
        };
        for message in list.messages {
            match likeness(query, &message) {
                Likeness::Same(created) => candidates.push((created, message)),
                Likeness::Doubtful => is_doubtful = true,
                Likeness::Other => {}
            }
        }
        page = list.next_page_uri.as_deref().map(next_page);
    }
    let earliest = candidates
        .into_iter()
        .min_by(|(a, first), (b, second)| a.cmp(b).then_with(|| first.sid.cmp(&second.sid)));
    Ok(match earliest {
        Some((_, message)) => Search::Ours(Box::new(message)),
        None if is_doubtful || page.is_some() => Search::Doubtful,
        None => Search::Absent,
    })
}

/// The query of an address of Twilio's: only that, so that no answer can send our credentials anywhere
/// else.
fn next_page(uri: &str) -> Vec<(String, String)> {
    let query = uri.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

fn first_page(
    credentials: &TwilioCredentials,
    query: &StatusQuery,
    dates: Dates,
) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut add = |name: &str, value: String| fields.push((name.to_owned(), value));
    add("To", send::address(query.channel, &query.to.to_string()));
    let is_service = is_messaging_service(&query.from);
    if credentials.messaging_service.is_none() && !is_service {
        // A service may leave the sender open for a while.
        add("From", send::address(query.channel, &query.from));
    }
    match dates {
        Dates::SinceTheAttempt => {
            let day = (query.started_at - TOLERANCE)
                .to_offset(time::UtcOffset::UTC)
                .date();
            // An instant, as the specification has it and Twilio's own libraries send it.
            add("DateSent>", format!("{day}T00:00:00Z"));
        }
        Dates::All => {}
    }
    add("PageSize", PAGE_SIZE.to_owned());
    fields
}

enum Likeness {
    /// Created then.
    Same(OffsetDateTime),
    /// Everything fits but the text, which Twilio may have changed, or the date, which may be missing or a little
    /// too old.
    Doubtful,
    Other,
}

fn likeness(query: &StatusQuery, message: &MessageResource) -> Likeness {
    let to = send::address(query.channel, &query.to.to_string());
    let is_other_sender = if is_messaging_service(&query.from) {
        let service = message.messaging_service_sid.as_deref();
        service.is_some_and(|other| other != query.from)
    } else {
        let from = send::address(query.channel, &query.from);
        message.from.as_deref().is_some_and(|other| other != from)
    };
    let created = message
        .date_created
        .as_deref()
        .and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok());
    if message.direction.as_deref() != Some("outbound-api")
        || message.to.as_deref() != Some(&to)
        || is_other_sender
        || query.taken.contains(&message.sid)
    {
        return Likeness::Other;
    }
    let body = message.body.as_deref().unwrap_or_default();
    let is_same_text = same_text(body, &query.text)
        || body
            .strip_prefix(TRIAL_NOTICE)
            .is_some_and(|rest| same_text(rest, &query.text));
    let Some(created) = created else {
        return Likeness::Doubtful;
    };
    let is_since = |span: Duration| created >= query.started_at - span;
    match (is_since(TOLERANCE), is_same_text) {
        (true, true) => Likeness::Same(created),
        (true, false) => Likeness::Doubtful,
        (false, true) if is_since(DOUBTED) => Likeness::Doubtful,
        (false, _) => Likeness::Other,
    }
}

/// Equal but for white space, which carriers and templates change.
fn same_text(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}

fn there(message: &MessageResource) -> Found {
    let status = MessageStatus::parse(&message.status);
    let receipt = status.and_then(MessageStatus::receipt);
    let error = status
        .filter(|_| receipt == Some(Receipt::Failed))
        .map(|status| {
            errors::delivery_failure(status, message.error_code, message.error_message.as_deref())
        });
    Found::There {
        provider_message_id: message.sid.clone(),
        receipt,
        error,
        cost: cost(message),
    }
}

/// What it cost. Twilio writes charges as negative amounts.
fn cost(message: &MessageResource) -> Option<Money> {
    let amount = message.price.as_deref()?;
    let unit = message.price_unit.as_deref()?;
    match Money::parse(amount.strip_prefix('-').unwrap_or(amount), unit) {
        Ok(money) => Some(money),
        Err(error) => {
            // The status matters more than the price.
            tracing::warn!(sid = %message.sid, %error, "the price of a message cannot be read");
            None
        }
    }
}

/// `None` if Twilio does not know the resource.
fn read<T: DeserializeOwned>(answer: &Answer) -> Result<Option<T>, QueryError> {
    match answer.status {
        200..=299 => {
            let body = answer.read().map(Some);
            body.ok_or_else(|| QueryError("the answer is not what Twilio documents".into()))
        }
        404 => Ok(None),
        status => Err(QueryError(format!("Twilio answered {status}").into())),
    }
}
