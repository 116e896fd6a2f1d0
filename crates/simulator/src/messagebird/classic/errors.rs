//! Errors of the REST interface.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::super::MESSAGEBIRD;
use crate::answer::Refusal;
use crate::journey::Fate;
use crate::message::{Code, Failure};
use crate::protocol::Provider;

/// An error answer.
#[derive(Debug)]
pub(super) struct ClassicError {
    status: StatusCode,
    pub(super) code: u32,
    description: String,
    parameter: Option<&'static str>,
}

impl ClassicError {
    /// The answer for `code` with its usual HTTP status and text.
    pub(super) fn of(code: u32) -> Self {
        Self {
            status: http_status(code),
            code,
            description: title(code).to_owned(),
            parameter: None,
        }
    }

    pub(super) fn unauthorized() -> Self {
        Self {
            parameter: Some("access_key"),
            ..Self::of(2)
        }
    }

    /// A parameter is missing.
    pub(super) fn missing(parameter: &'static str) -> Self {
        Self {
            description: format!("{parameter} is required"),
            parameter: Some(parameter),
            ..Self::of(9)
        }
    }

    /// A parameter is wrong.
    pub(super) fn invalid(parameter: &'static str, reason: &str) -> Self {
        Self {
            description: format!("{parameter} {reason}"),
            parameter: Some(parameter),
            ..Self::of(10)
        }
    }
}

impl IntoResponse for ClassicError {
    fn into_response(self) -> Response {
        let error = json!({
            "code": self.code,
            "description": self.description,
            "parameter": self.parameter,
        });
        (self.status, Json(json!({ "errors": [error] }))).into_response()
    }
}

impl Refusal for ClassicError {
    const PROVIDER: Provider = MESSAGEBIRD;

    fn of_code(code: Code) -> Self {
        match code {
            Code::Number(code) => Self::of(code),
            Code::Word(_) => Self::unavailable(),
        }
    }

    fn too_many() -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            description: "Too many requests".to_owned(),
            ..Self::of(429)
        }
    }

    fn unavailable() -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            ..Self::of(99)
        }
    }

    fn later(code: Code) -> Option<Fate> {
        match code {
            Code::Number(2 | 9 | 10 | 20 | 21 | 25 | 98 | 99 | 400..) | Code::Word(_) => None,
            Code::Number(code) => Some(Fate::Undelivered(failure(code))),
        }
    }

    fn is_about_the_account(&self) -> bool {
        !matches!(
            self.status,
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST
        )
    }

    fn status(&self) -> StatusCode {
        self.status
    }

    fn code(&self) -> Option<Code> {
        Some(Code::Number(self.code))
    }
}

/// Why a message does not arrive: `statusErrorCode`.
pub(super) fn failure(code: u32) -> Failure {
    let title = match code {
        1 => "unknown subscriber",
        5 => "unidentified subscriber",
        9 => "illegal subscriber",
        12 => "illegal equipment",
        27 => "absent subscriber",
        34 => "system failure",
        103 => "subscriber opted out",
        104 | 105 | 110 => "sender unregistered",
        _ => "carrier rejected",
    };
    Failure {
        code: Code::Number(code),
        title,
    }
}

/// What the magic digits of a number decide.
pub(super) fn decided(digits: &str) -> Option<Fate> {
    let fails = |code| Some(Fate::Undelivered(failure(code)));
    match digits {
        "0161" => fails(27),
        "0162" => fails(1),
        "0163" => fails(9),
        "0164" => fails(34),
        "0165" => fails(5),
        "0166" => Some(Fate::Silent),
        "0167" => fails(103),
        _ => None,
    }
}

fn http_status(code: u32) -> StatusCode {
    match code {
        2 => StatusCode::UNAUTHORIZED,
        20 | 98 => StatusCode::NOT_FOUND,
        21 => StatusCode::BAD_REQUEST,
        25 => StatusCode::PAYMENT_REQUIRED,
        99 => StatusCode::INTERNAL_SERVER_ERROR,
        400..=599 => u16::try_from(code)
            .ok()
            .and_then(|status| StatusCode::from_u16(status).ok())
            .unwrap_or(StatusCode::UNPROCESSABLE_ENTITY),
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn title(code: u32) -> &'static str {
    match code {
        2 => "Request not allowed (incorrect access_key)",
        9 => "no (correct) parameter found",
        10 => "invalid parameter",
        20 => "message not found",
        21 => "Bad request",
        25 => "Not enough balance",
        98 => "API not found",
        99 => "Internal error",
        _ => "The request could not be carried out",
    }
}
