//! Errors of workspaces.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::super::{MESSAGEBIRD, errors};
use crate::answer::Refusal;
use crate::journey::Fate;
use crate::message::Code;
use crate::protocol::Provider;

/// An error answer.
#[derive(Debug)]
pub(super) struct ChannelsError {
    word: &'static str,
    message: String,
}

impl ChannelsError {
    /// The answer for a word of the table.
    pub(super) fn of(word: &'static str) -> Self {
        Self {
            word,
            message: errors::sentence(word).to_owned(),
        }
    }

    /// 422 about the body.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::of("validation_error")
        }
    }

    /// This generation's own code, and the HTTP status.
    fn kind(&self) -> (&'static str, StatusCode) {
        match self.word {
            "auth_error" => ("Unauthorized", StatusCode::UNAUTHORIZED),
            "permission_error" => ("Forbidden", StatusCode::FORBIDDEN),
            "insufficient_balance" => ("InsufficientBalance", StatusCode::PAYMENT_REQUIRED),
            "rate_limit_error" => ("TooManyRequests", StatusCode::TOO_MANY_REQUESTS),
            "not_found_error" => ("NotFound", StatusCode::NOT_FOUND),
            "internal_error" => ("InternalServerError", StatusCode::INTERNAL_SERVER_ERROR),
            "service_unavailable" => ("ServiceUnavailable", StatusCode::SERVICE_UNAVAILABLE),
            _ => ("InvalidPayload", StatusCode::UNPROCESSABLE_ENTITY),
        }
    }
}

impl IntoResponse for ChannelsError {
    fn into_response(self) -> Response {
        let (code, status) = self.kind();
        let body = json!({"code": code, "message": self.message, "details": {}});
        (status, Json(body)).into_response()
    }
}

impl Refusal for ChannelsError {
    const PROVIDER: Provider = MESSAGEBIRD;

    fn of_code(code: Code) -> Self {
        match code {
            Code::Word(word) => Self::of(word),
            // A number of the REST interface.
            Code::Number(_) => Self::of("internal_error"),
        }
    }

    fn too_many() -> Self {
        Self::of("rate_limit_error")
    }

    fn unavailable() -> Self {
        Self::of("service_unavailable")
    }

    fn later(code: Code) -> Option<Fate> {
        errors::later(code)
    }

    fn is_about_the_account(&self) -> bool {
        !matches!(
            self.kind().1,
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::NOT_FOUND
        )
    }

    fn status(&self) -> StatusCode {
        self.kind().1
    }

    fn code(&self) -> Option<Code> {
        Some(Code::Word(self.word))
    }
}
