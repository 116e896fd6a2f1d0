use crate::{error::ApiError, problem::Draft};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::borrow::Cow;
use tidings_kernel::StoreError;
use tidings_messaging::{AcceptError, ChangeError, Decision, send::SendError};
use tidings_twilio_facade::{Failure, of_gate};
use utoipa::ToSchema;

/// Where Twilio explains its codes.
const EXPLAINED: &str = "https://www.twilio.com/docs/errors/";
/// The code for a month that is used up, which is answered as Twilio answers a day that is.
const USED_UP: u32 = 63_038;

/// An error as Twilio's libraries read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: u32,
    message: Cow<'static, str>,
    retry_after: Option<u64>,
}

/// The body of an error.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TwilioError)]
pub(crate) struct RefusalView<'a> {
    /// One of Twilio's codes; the guide says which stands for what.
    #[schema(example = 21211)]
    code: u32,
    message: &'a str,
    more_info: String,
    /// The HTTP status.
    #[schema(example = 400)]
    status: u16,
}

impl Refusal {
    /// Something in the request is wrong.
    pub(crate) fn of(code: u32, message: impl Into<Cow<'static, str>>) -> Self {
        Self::with(StatusCode::BAD_REQUEST, code, message)
    }

    fn with(status: StatusCode, code: u32, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            retry_after: None,
        }
    }

    /// The SID, or the token, is missing or wrong.
    pub(crate) fn unauthenticated() -> Self {
        Self::with(StatusCode::UNAUTHORIZED, 20_003, "Authenticate")
    }

    /// There is no such thing for this caller.
    pub(crate) fn not_found() -> Self {
        let message = "The requested resource was not found";
        Self::with(StatusCode::NOT_FOUND, 20_404, message)
    }

    /// Too many requests.
    pub(crate) fn too_fast(retry_after: u64) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::with(StatusCode::TOO_MANY_REQUESTS, 20_429, "Too Many Requests")
        }
    }

    /// What the gate has against a message. The reasons are told in words, since one code stands for several.
    pub(super) fn of_gate(decision: &Decision) -> Self {
        let Failure { code, message } = of_gate(decision);
        let status = match code {
            USED_UP => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::BAD_REQUEST,
        };
        let details: Vec<&str> = decision
            .decisive()
            .into_iter()
            .map(|reason| reason.detail.trim_end_matches('.'))
            .collect();
        let message = format!("{message}: {}", details.join("; "));
        Self::with(status, code, message)
    }

    #[cfg(test)]
    pub(super) const fn code(&self) -> u32 {
        self.code
    }

    /// What our own API would answer, in Twilio's terms.
    pub(crate) fn of_draft(draft: &Draft) -> Self {
        let code = match draft.status {
            StatusCode::UNAUTHORIZED => return Self::unauthenticated(),
            StatusCode::NOT_FOUND => return Self::not_found(),
            StatusCode::FORBIDDEN => 20_403,
            StatusCode::METHOD_NOT_ALLOWED => 20_004,
            StatusCode::TOO_MANY_REQUESTS => 20_429,
            StatusCode::SERVICE_UNAVAILABLE => 20_503,
            status if status.is_server_error() => 20_500,
            _ => 20_001,
        };
        Self {
            retry_after: draft.retry_after,
            ..Self::with(draft.status, code, draft.detail.clone())
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let view = RefusalView {
            code: self.code,
            message: &self.message,
            more_info: format!("{EXPLAINED}{}", self.code),
            status: self.status.as_u16(),
        };
        let mut response = (self.status, Json(view)).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Basic realm=\"Twilio API\"");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::of_draft(&error.draft())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        ApiError::from(error).into()
    }
}

impl From<AcceptError> for Refusal {
    fn from(error: AcceptError) -> Self {
        ApiError::from(error).into()
    }
}

impl From<ChangeError> for Refusal {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound => Self::not_found(),
            ChangeError::WrongStatus(status) => Self::of(
                30_409,
                format!("This message cannot be canceled: it is {status}"),
            ),
            ChangeError::Store(error) => error.into(),
        }
    }
}

impl From<SendError> for Refusal {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Phone(error) => {
                Self::of(21_211, format!("Invalid 'To' Phone Number: {error}"))
            }
            SendError::NoChannel | SendError::NoRoute { .. } => Self::of(
                21_612,
                "Message cannot be sent with the current combination of 'To' and/or 'From' parameters: no enabled \
                 account with a fitting sender serves it",
            ),
            SendError::NoTemplate { .. } => Self::of(21_655, "The ContentSid is invalid"),
            SendError::TemplateBroken { detail } => {
                Self::of(21_655, format!("The ContentSid is invalid: {detail}"))
            }
            SendError::TemplateData { detail, .. } => Self::of(
                21_656,
                format!("The ContentVariables parameter is invalid: {detail}"),
            ),
            SendError::Invalid { detail, .. } => {
                Self::of(20_001, format!("Invalid parameter: {detail}"))
            }
            SendError::Blocked(decision) => Self::of_gate(&decision),
            SendError::Change(error) => error.into(),
            SendError::Store(error) => error.into(),
            error @ (SendError::NoContact | SendError::NoMessage) => ApiError::from(error).into(),
        }
    }
}
