//! Answers to questions about one message.

use serde_json::Value;
use tidings_messaging::QueryError;
use tidings_provider_http::Answer;

/// The body; `None` where the provider does not know the resource.
///
/// # Errors
/// [`QueryError`]: the provider answered anything else.
pub(crate) fn known(answer: &Answer) -> Result<Option<Value>, QueryError> {
    match answer.status {
        200..=299 => match answer.json() {
            Some(value) => Ok(Some(value)),
            None => Err(unreadable()),
        },
        404 => Ok(None),
        status => Err(QueryError(format!("the provider answered {status}").into())),
    }
}

/// The answer is not what the provider documents.
pub(crate) fn unreadable() -> QueryError {
    QueryError("the answer is not what the provider documents".into())
}
