//! Meta's error bodies and codes.
//! Source: <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>.

use std::fmt;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::META;
use crate::answer::Refusal;
use crate::journey::Fate;
use crate::message::{Code, Failure};
use crate::protocol::Provider;

/// An error answer.
#[derive(Debug)]
pub(super) struct MetaError {
    status: StatusCode,
    pub(super) code: u32,
    details: Option<String>,
    subcode: Option<u32>,
}

impl MetaError {
    /// The answer for `code` with its usual HTTP status and text.
    pub(super) fn of(code: u32) -> Self {
        Self {
            status: http_status(code),
            code,
            details: None,
            subcode: None,
        }
    }

    /// A template cannot have this name now. Meta documents neither code; this is what programs report.
    pub(super) fn name_taken(details: impl Into<String>) -> Self {
        Self {
            subcode: Some(2_388_023),
            ..Self::with(100, details)
        }
    }

    /// The same with details.
    pub(super) fn with(code: u32, details: impl Into<String>) -> Self {
        Self {
            details: Some(details.into()),
            ..Self::of(code)
        }
    }

    pub(super) fn missing_node(id: &str) -> Self {
        Self::with(
            33,
            format!(
                "Object with ID '{id}' does not exist, cannot be loaded due to missing \
                 permissions, or does not support this operation"
            ),
        )
    }
}

impl Refusal for MetaError {
    const PROVIDER: Provider = META;

    fn of_code(code: Code) -> Self {
        match code {
            Code::Number(code) => Self::of(code),
            Code::Word(_) => Self::unavailable(),
        }
    }

    fn too_many() -> Self {
        Self::of(130_429)
    }

    fn unavailable() -> Self {
        Self::of(2)
    }

    fn later(code: Code) -> Option<Fate> {
        match code {
            Code::Number(code) => asynchronous(code),
            Code::Word(_) => None,
        }
    }

    fn is_about_the_account(&self) -> bool {
        let is_about_one = matches!(self.status, StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND);
        !is_about_one || matches!(self.code, 4 | 33 | 80007 | 130_429 | 131_037 | 131_042)
    }

    fn status(&self) -> StatusCode {
        self.status
    }

    fn code(&self) -> Option<Code> {
        Some(Code::Number(self.code))
    }
}

impl fmt::Display for MetaError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = title(self.code);
        write!(
            formatter,
            "(#{}) {}",
            self.code,
            self.details.as_deref().unwrap_or(title)
        )
    }
}

impl IntoResponse for MetaError {
    fn into_response(self) -> Response {
        let title = title(self.code);
        let message = match self.code {
            190 => title.to_owned(),
            code => format!("(#{code}) {title}"),
        };
        let mut error = json!({
            "message": message,
            "type": "OAuthException",
            "code": self.code,
            "fbtrace_id": format!("A{:08x}", self.code),
        });
        if let Some(object) = error.as_object_mut() {
            if self.status.is_server_error() || self.status == StatusCode::TOO_MANY_REQUESTS {
                object.insert("is_transient".into(), json!(true));
            }
            if let Some(subcode) = self.subcode {
                object.insert("error_subcode".into(), json!(subcode));
            }
            let details = self.details.as_deref().unwrap_or(title);
            let data = json!({"messaging_product": "whatsapp", "details": details});
            object.insert("error_data".into(), data);
        }
        let mut response = (self.status, Json(json!({ "error": error }))).into_response();
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            let second = HeaderValue::from_static("1");
            response.headers_mut().insert(header::RETRY_AFTER, second);
        }
        response
    }
}

/// For a code that Meta reports by webhook and not in the answer: how the message ends.
fn asynchronous(code: u32) -> Option<Fate> {
    match code {
        130_472 | 131_026 | 131_047 | 131_049 | 131_050 | 131_052 | 131_053 => {
            Some(Fate::Failed(failure(code)))
        }
        _ => None,
    }
}

/// Why a message fails.
pub(super) fn failure(code: u32) -> Failure {
    Failure {
        code: Code::Number(code),
        title: title(code),
    }
}

fn http_status(code: u32) -> StatusCode {
    match code {
        0 | 190 => StatusCode::UNAUTHORIZED,
        10 | 200..=299 | 368 | 130_497 | 131_005 | 131_031 => StatusCode::FORBIDDEN,
        132_001 => StatusCode::NOT_FOUND,
        // Older texts say 429, newer ones 400; the stricter one comes with Retry-After.
        130_429 => StatusCode::TOO_MANY_REQUESTS,
        2 | 131_016 | 133_004 => StatusCode::SERVICE_UNAVAILABLE,
        3 | 131_000 | 131_045 | 131_057 => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// The text that goes with a code.
fn title(code: u32) -> &'static str {
    match code {
        2 => "Service temporarily unavailable",
        4 => "Application request limit reached",
        100 => "Invalid parameter",
        190 => "Error validating access token",
        368 => "Temporarily blocked for policies violations",
        2500 => "Unknown path components",
        80007 => "Rate limit issues",
        130_429 => "Rate limit hit",
        130_472 => "User's number is part of an experiment",
        130_497 => "Business account is restricted from messaging users in this country",
        131_000 => "Something went wrong",
        131_005 => "Access denied",
        131_008 => "Required parameter is missing",
        33 | 131_009 => "Parameter value is not valid",
        131_016 => "Service unavailable",
        131_021 => "Recipient cannot be sender",
        131_026 => "Message undeliverable",
        131_031 => "Account has been locked",
        131_037 => "Display name is not approved",
        131_042 => "Business eligibility payment issue",
        131_047 => "Re-engagement message",
        131_048 => "Spam rate limit hit",
        131_049 => "This message was not delivered to maintain healthy ecosystem engagement",
        131_050 => "User has stopped marketing messages",
        131_051 => "Unsupported message type",
        131_052 => "Media download error",
        131_053 => "Media upload error",
        131_056 => "(Business Account, Consumer Account) pair rate limit hit",
        131_057 => "Account in maintenance mode",
        132_000 => "Number of parameters does not match the expected number of params",
        132_001 => "Template name does not exist in the translation",
        132_012 => "Parameter format does not match format in the created template",
        132_015 => "Template is paused",
        132_016 => "Template is disabled",
        _ => "The request could not be carried out",
    }
}

#[cfg(test)]
mod tests {
    use super::{MetaError, asynchronous};
    use crate::answer::Refusal as _;

    #[test]
    fn codes_about_delivery_come_later_and_codes_about_the_request_at_once() {
        assert!(asynchronous(131_047).is_some());
        assert!(asynchronous(131_026).is_some());
        assert!(asynchronous(131_056).is_none());
        assert_eq!(MetaError::of(190).status, 401);
        assert_eq!(MetaError::of(132_001).status, 404);
        assert!(!MetaError::of(132_000).is_about_the_account());
    }
}
