//! Errors of Bird's platform.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::super::{MESSAGEBIRD, errors};
use crate::answer::Refusal;
use crate::journey::Fate;
use crate::message::Code;
use crate::protocol::Provider;

/// An error answer.
#[derive(Debug)]
pub(super) struct PlatformError {
    /// A word of the table.
    word: &'static str,
    message: String,
    /// What Bird calls a special case, such as `SMSUnsupportedFeature`.
    name: Option<&'static str>,
    param: Option<&'static str>,
}

impl PlatformError {
    /// The answer for a word of the table.
    pub(super) fn of(word: &'static str) -> Self {
        Self {
            word,
            message: errors::sentence(word).to_owned(),
            name: None,
            param: None,
        }
    }

    /// 422 about one member.
    pub(super) fn invalid(param: &'static str, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            param: Some(param),
            ..Self::of("validation_error")
        }
    }

    /// 422 with Bird's name for it.
    pub(super) fn named(name: &'static str, param: &'static str) -> Self {
        Self {
            name: Some(name),
            ..Self::invalid(param, format!("{param} cannot be used so"))
        }
    }

    /// The same idempotency key came with another body.
    pub(super) fn conflict() -> Self {
        Self {
            message: "The idempotency key was used with another request.".to_owned(),
            ..Self::of("conflict_error")
        }
    }

    /// The class of the error, and its HTTP status.
    fn kind(&self) -> (&'static str, StatusCode) {
        match self.word {
            "auth_error" => ("auth_error", StatusCode::UNAUTHORIZED),
            "permission_error" => ("permission_error", StatusCode::FORBIDDEN),
            "insufficient_balance" => ("billing_error", StatusCode::PAYMENT_REQUIRED),
            "rate_limit_error" => ("rate_limit_error", StatusCode::TOO_MANY_REQUESTS),
            "not_found_error" => ("not_found_error", StatusCode::NOT_FOUND),
            "conflict_error" => ("conflict_error", StatusCode::CONFLICT),
            "internal_error" => ("internal_error", StatusCode::INTERNAL_SERVER_ERROR),
            "service_unavailable" => ("service_unavailable_error", StatusCode::SERVICE_UNAVAILABLE),
            _ => ("validation_error", StatusCode::UNPROCESSABLE_ENTITY),
        }
    }
}

impl IntoResponse for PlatformError {
    fn into_response(self) -> Response {
        let (kind, status) = self.kind();
        let details: Vec<_> = self
            .param
            .iter()
            .map(|param| json!({"param": param, "message": self.message}))
            .collect();
        let error = json!({
            "type": kind,
            "code": self.word,
            "name": self.name,
            "message": self.message,
            "param": self.param,
            "details": details,
            "request_id": "req_00000000000000000000000000",
            "doc_url": format!("https://bird.com/docs/errors/{}", self.word),
        });
        let mut response = (status, Json(json!({ "error": error }))).into_response();
        if status == StatusCode::TOO_MANY_REQUESTS {
            let second = HeaderValue::from_static("1");
            response.headers_mut().insert(header::RETRY_AFTER, second);
        }
        response
    }
}

impl Refusal for PlatformError {
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
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::NOT_FOUND | StatusCode::CONFLICT
        )
    }

    fn status(&self) -> StatusCode {
        self.kind().1
    }

    fn code(&self) -> Option<Code> {
        Some(Code::Word(self.word))
    }
}
