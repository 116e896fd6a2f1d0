use super::{Channels, status};
use crate::{
    answer::{known, unreadable},
    json::Json,
};
use reqwest::Method;
use tidings_messaging::{Found, QueryError, Receipt, StatusQuery};

impl Channels {
    /// What became of a message whose id is known. There is no documented way to search for one by our
    /// reference.
    pub(crate) async fn find(&self, query: &StatusQuery) -> Result<Found, QueryError> {
        let channel = self.account.channel(query.channel);
        let (Some(channel), Some(id)) = (channel, &query.provider_message_id) else {
            return Ok(Found::CannotTell);
        };
        let request = self.request(Method::GET, channel, &["messages", id]);
        let answer = self.call(request).await?;
        match known(&answer)? {
            Some(message) => there(Json(&message)).ok_or_else(unreadable),
            None => Ok(Found::CannotTell),
        }
    }
}

fn there(message: Json<'_>) -> Option<Found> {
    let id = message.text("/id")?;
    let status = message.text("/status")?;
    let receipt = status::receipt(status);
    Some(Found::There {
        provider_message_id: id.to_owned(),
        receipt,
        error: (receipt == Some(Receipt::Failed)).then(|| status::failure(message, status)),
        cost: None,
    })
}
