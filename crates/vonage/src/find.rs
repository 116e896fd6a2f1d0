use crate::{
    callback::money, credentials::VonageCredentials, errors, node::Node, status::MessageStatus,
};
use reqwest::Method;
use serde_json::Value;
use tidings_kernel::Money;
use tidings_messaging::{Access, Address, Found, QueryError, Receipt, StatusQuery};
use tidings_provider_http::{Answer, Api};
use time::{
    Duration, OffsetDateTime, UtcOffset, error::Format, format_description::well_known::Rfc3339,
};

/// Our clock and Vonage's may differ by so much.
const BEFORE: Duration = Duration::minutes(1);
/// Until when, after the call was about to be made, Vonage can have received it.
const AFTER: Duration = Duration::minutes(5);

/// Why an answer tells nothing.
#[derive(Debug, thiserror::Error)]
enum Useless {
    #[error("Vonage answered {0}")]
    Status(u16),
    #[error("Vonage answered {0} with a body that cannot be read")]
    Unreadable(u16),
    #[error("the time of the attempt cannot be written as a date")]
    Date(#[from] Format),
}

/// What became of an attempt, by the Reports API: by Vonage's id where it is known, else by our reference
/// among the messages to the recipient around the time of the attempt.
///
/// It is asked only if the account says so, for each question is charged. It never says that a message is
/// not there, since nothing documents when a record appears.
pub(crate) async fn find(
    api: &Api,
    access: &Access,
    query: &StatusQuery,
) -> Result<Found, QueryError> {
    let credentials = VonageCredentials::read(&access.credentials)
        .map_err(|problem| QueryError(problem.into()))?;
    if !credentials.uses_reports {
        return Ok(Found::CannotTell);
    }
    let mut fields = vec![
        ("account_id", credentials.api_key.clone()),
        ("product", "MESSAGES".to_owned()),
        ("direction", "outbound".to_owned()),
    ];
    if let Some(id) = &query.provider_message_id {
        fields.push(("id", id.clone()));
    } else {
        let from = instant(query.started_at.saturating_sub(BEFORE))?;
        let until = instant(query.started_at.saturating_add(AFTER))?;
        fields.extend([
            ("to", recipient(&query.to)),
            ("date_start", from),
            ("date_end", until),
        ]);
    }
    let request = api
        .request(Method::GET, ["v2", "reports", "records"])
        .query(&fields);
    let answer = api.call(credentials.show_account(request)).await?;
    read(&answer, query)
}

fn read(answer: &Answer, query: &StatusQuery) -> Result<Found, QueryError> {
    let status = answer.status;
    match status {
        200..=299 => {}
        // The account may not ask, and asking again will not change that.
        403 => return Ok(Found::CannotTell),
        _ => return Err(QueryError(Useless::Status(status).into())),
    }
    let body = answer.json().unwrap_or_default();
    if !body.get("records").is_some_and(Value::is_array) {
        return Err(QueryError(Useless::Unreadable(status).into()));
    }
    let reference = query.attempt.to_string();
    let is_ours = |record: &Node<'_>| match &query.provider_message_id {
        Some(id) => record.text("message_id") == Some(id),
        None => record.text("client_ref") == Some(&reference),
    };
    let record = Node(&body).list("records").find(is_ours);
    Ok(record.and_then(there).unwrap_or(Found::CannotTell))
}

fn there(record: Node<'_>) -> Option<Found> {
    let id = record.text("message_id")?;
    let status = record.text("status").and_then(MessageStatus::parse);
    let (receipt, error) = match status.map(|status| (status, status.receipt())) {
        Some((status, Receipt::Failed)) => {
            let code = record.word("error_code").filter(|code| code != "0");
            let error = errors::reported_failure(status, code);
            (error.is_some().then_some(Receipt::Failed), error)
        }
        Some((_, receipt @ (Receipt::Sent | Receipt::Delivered | Receipt::Read))) => {
            (Some(receipt), None)
        }
        None => (None, None),
    };
    Some(Found::There {
        provider_message_id: id.to_owned(),
        receipt,
        error,
        cost: cost(record),
    })
}

fn cost(record: Node<'_>) -> Option<Money> {
    let amount = record.word("total_price")?;
    money(&amount, record.text("currency")?)
}

/// The recipient as Vonage writes it.
fn recipient(to: &Address) -> String {
    match to {
        Address::Phone(number) => number.digits(),
        Address::WhatsappUser(text) | Address::Email(text) => text.clone(),
    }
}

/// Whole seconds in UTC.
fn instant(at: OffsetDateTime) -> Result<String, QueryError> {
    let at = at.to_offset(UtcOffset::UTC).truncate_to_second();
    at.format(&Rfc3339)
        .map_err(|error| QueryError(Useless::from(error).into()))
}
