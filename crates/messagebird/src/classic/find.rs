use super::{Classic, report};
use crate::{
    answer::{known, unreadable},
    json::Json,
};
use reqwest::Method;
use tidings_messaging::{Found, QueryError, Receipt, StatusQuery};

impl Classic {
    /// What became of a message whose id is known. There is no documented way to search for one by our
    /// reference.
    pub(crate) async fn find(&self, query: &StatusQuery) -> Result<Found, QueryError> {
        let Some(id) = &query.provider_message_id else {
            return Ok(Found::CannotTell);
        };
        let answer = self
            .call(self.request(Method::GET, &["messages", id]))
            .await?;
        match known(&answer)? {
            Some(message) => there(Json(&message)).ok_or_else(unreadable),
            None => Ok(Found::CannotTell),
        }
    }
}

/// We address one person with each message, so that the first recipient is ours.
fn there(message: Json<'_>) -> Option<Found> {
    let id = message.text("/id")?;
    let recipient = message.at("/recipients/items/0")?;
    let status = recipient.text("/status")?;
    let receipt = report::receipt(status);
    let error = (receipt == Some(Receipt::Failed)).then(|| {
        let code = recipient.word("/statusErrorCode");
        report::failure(status, code.as_deref(), recipient.text("/statusReason"))
    });
    Some(Found::There {
        provider_message_id: id.to_owned(),
        receipt,
        error,
        cost: recipient.money("/price/amount", "/price/currency"),
    })
}
