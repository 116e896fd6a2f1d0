mod history;
mod search;

use crate::{
    client::Client,
    gateway::Report,
    wire::{Account, Entry, Envelope},
};
use history::{Book, PER_PAGE};
use serde::{Deserialize as _, de::DeserializeOwned};
use tidings_kernel::Money;
use tidings_messaging::{Access, Found, StatusQuery};
use tidings_provider_http::{Answer, Api, CallError, CredentialProblem};

/// Why ClickSend could not be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FindError {
    #[error(transparent)]
    Credentials(#[from] CredentialProblem),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("ClickSend answered {0}")]
    Status(u16),
    #[error("the answer is not what ClickSend documents")]
    Unreadable,
}

/// What became of an attempt: by ClickSend's id where it is known, else by our reference.
pub(crate) async fn find(
    api: &Api,
    access: &Access,
    query: &StatusQuery,
) -> Result<Found, FindError> {
    let client = Client::of(api, access)?;
    match &query.provider_message_id {
        Some(id) => by_id(&client, query, id).await,
        None => search::by_reference(&client, query).await,
    }
}

/// A message that ClickSend has taken: it is there, whatever the lists show.
///
/// The history of SMS has status and price; until that status is final, the receipt may know more. A receipt
/// tells of an MMS too, and the history of MMS is looked at last, since it cannot be searched.
async fn by_id(client: &Client<'_>, query: &StatusQuery, id: &str) -> Result<Found, FindError> {
    let filter = format!("message_id:{id}");
    let page = [("q", filter.as_str()), ("page", "1"), ("limit", PER_PAGE)];
    let list = history::read(client, Book::Sms, &page).await?;
    if let Some(entry) = list.entries.iter().find(|entry| entry.has_id(id)) {
        if Report::of(entry).is_over() {
            return Ok(there(client, query, entry, entry).await);
        }
        // What the history says is something, where the receipt cannot be had.
        let receipt = receipt(client, id).await.unwrap_or_default();
        let receipt = receipt.filter(|receipt| Report::of(receipt).is_over());
        return Ok(there(client, query, entry, receipt.as_ref().unwrap_or(entry)).await);
    }
    if let Some(receipt) = receipt(client, id).await? {
        return Ok(there(client, query, &receipt, &receipt).await);
    }
    let list = history::read(client, Book::Mms, &[("limit", PER_PAGE)]).await?;
    match list.entries.iter().find(|entry| entry.has_id(id)) {
        Some(entry) => Ok(there(client, query, entry, entry).await),
        None => Ok(Found::CannotTell),
    }
}

/// The receipt of a message, if there is one that says something.
async fn receipt(client: &Client<'_>, id: &str) -> Result<Option<Entry>, FindError> {
    let answer = client.get(&["sms", "receipts", id], &[]).await?;
    if answer.status == 404 {
        return Ok(None);
    }
    // A message without a receipt may have none, or an empty one.
    let entry = Entry::deserialize(envelope(&answer)?.data).ok();
    Ok(entry.filter(|entry| entry.has_id(id) && Report::of(entry).progress().is_some()))
}

/// A message with its price from one place and its status from another, which may be the same.
///
/// What carries another attempt's reference is not trusted.
async fn there(
    client: &Client<'_>,
    query: &StatusQuery,
    priced: &Entry,
    reported: &Entry,
) -> Found {
    let is_other = |entry: &Entry| entry.attempt().is_some_and(|other| other != query.attempt);
    if is_other(priced) || is_other(reported) {
        tracing::warn!(attempt = %query.attempt,
            "the message that ClickSend has under this id belongs to another attempt");
        return Found::CannotTell;
    }
    let known = query.provider_message_id.clone();
    let Some(provider_message_id) = known.or_else(|| priced.message_id.clone()) else {
        return Found::CannotTell;
    };
    let report = Report::of(reported);
    Found::There {
        provider_message_id,
        receipt: report.receipt(),
        error: report.error(),
        cost: cost(client, query, priced).await,
    }
}

/// What it cost. Lists have no currency, so the account is asked for its own.
///
/// The status matters more than the price: where something goes wrong there is none.
async fn cost(client: &Client<'_>, query: &StatusQuery, entry: &Entry) -> Option<Money> {
    let price = entry.message_price.as_deref()?;
    if !price.bytes().any(|byte| matches!(byte, b'1'..=b'9')) {
        return None;
    }
    let answer = client.get(&["account"], &[]).await.ok()?;
    let account: Account = data(&answer).ok()?;
    match Money::parse(price, account.currency()?) {
        Ok(money) => Some(money),
        Err(error) => {
            tracing::warn!(attempt = %query.attempt, %error, "the price of a message cannot be read");
            None
        }
    }
}

/// The data of an answer of success.
fn data<T: DeserializeOwned>(answer: &Answer) -> Result<T, FindError> {
    let data = envelope(answer)?.into_data();
    let data = data.ok_or(FindError::Unreadable)?;
    serde_json::from_value(data).map_err(|_| FindError::Unreadable)
}

fn envelope(answer: &Answer) -> Result<Envelope, FindError> {
    if !answer.is_success() {
        return Err(FindError::Status(answer.status));
    }
    answer.read().ok_or(FindError::Unreadable)
}
