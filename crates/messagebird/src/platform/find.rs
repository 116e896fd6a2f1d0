use super::{ATTEMPT, Platform, resource, status};
use crate::{
    answer::{known, unreadable},
    json::Json,
};
use reqwest::Method;
use tidings_messaging::{Address, Found, QueryError, Receipt, StatusQuery};
use time::{Duration, UtcOffset, format_description::well_known::Rfc3339};

/// Our clock and Bird's may differ by so much.
const TOLERANCE: Duration = Duration::seconds(30);
const PAGE_SIZE: &str = "50";
const MOST_PAGES: usize = 5;

impl Platform {
    /// What became of an attempt.
    ///
    /// With Bird's id the message is read. Without it, the messages to the recipient since the attempt are
    /// searched for our reference in their metadata, which is ours alone. That none has it does not prove
    /// that there is none: how soon Bird lists a message, and what its filters leave out, is not documented.
    pub(crate) async fn find(&self, query: &StatusQuery) -> Result<Found, QueryError> {
        let Some(resource) = resource(query.channel) else {
            return Ok(Found::CannotTell);
        };
        match &query.provider_message_id {
            Some(id) => self.read(resource, id).await,
            None => self.search(resource, query).await,
        }
    }

    async fn read(&self, resource: &str, id: &str) -> Result<Found, QueryError> {
        let request = self.request(Method::GET, &["v1", resource, "messages", id]);
        let answer = self.call(request).await?;
        match known(&answer)? {
            Some(message) => there(Json(&message)).ok_or_else(unreadable),
            // Messages can be read for some time only, so what is gone was there.
            None => Ok(Found::CannotTell),
        }
    }

    async fn search(&self, resource: &str, query: &StatusQuery) -> Result<Found, QueryError> {
        let to = match &query.to {
            Address::Phone(number) => number.to_string(),
            Address::WhatsappUser(user) => user.clone(),
            Address::Email(_) => return Ok(Found::CannotTell),
        };
        let since = (query.started_at - TOLERANCE).to_offset(UtcOffset::UTC);
        let since = since
            .format(&Rfc3339)
            .map_err(|error| QueryError(error.into()))?;
        let attempt = query.attempt.to_string();
        let reference = format!("/metadata/{ATTEMPT}");
        let mut cursor: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut request = self
                .request(Method::GET, &["v1", resource, "messages"])
                .query(&[
                    ("direction", "outbound"),
                    ("to", &to),
                    ("created_after", &since),
                    ("limit", PAGE_SIZE),
                ]);
            if let Some(cursor) = &cursor {
                request = request.query(&[("starting_after", cursor)]);
            }
            let answer = self.call(request).await?;
            let Some(page) = known(&answer)? else {
                return Ok(Found::CannotTell);
            };
            let page = Json(&page);
            if !page.at("/data").is_some_and(|data| data.0.is_array()) {
                return Err(unreadable());
            }
            let ours = page
                .list("/data")
                .find(|message| message.text(&reference) == Some(&attempt));
            if let Some(message) = ours {
                return there(message).ok_or_else(unreadable);
            }
            cursor = page.text("/next_cursor").map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        Ok(Found::CannotTell)
    }
}

fn there(message: Json<'_>) -> Option<Found> {
    let id = message.text("/id")?;
    let status = message.text("/status")?;
    // Reading is an instant beside the status, not a status.
    let receipt = match message.at("/read_at") {
        Some(_) => Some(Receipt::Read),
        None => status::receipt(status),
    };
    let error = (receipt == Some(Receipt::Failed))
        .then(|| status::failure(status, message.at("/last_error")));
    Some(Found::There {
        provider_message_id: id.to_owned(),
        receipt,
        error,
        cost: message.money("/cost/amount", "/cost/currency_code"),
    })
}
