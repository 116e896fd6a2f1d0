//! Twilio's error bodies and codes. Source: <https://www.twilio.com/docs/api/errors>.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::TWILIO;
use crate::answer::Refusal;
use crate::journey::Fate;
use crate::message::{Code, Failure};
use crate::protocol::Provider;

/// An error answer.
#[derive(Debug)]
pub(super) struct TwilioError {
    pub(super) status: StatusCode,
    pub(super) code: u32,
    message: String,
}

impl TwilioError {
    /// The answer for `code` with its usual HTTP status and text.
    pub(super) fn of(code: u32) -> Self {
        Self {
            status: http_status(code),
            code,
            message: title(code).to_owned(),
        }
    }

    /// The same with more detail in the text.
    pub(super) fn with(code: u32, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::of(code)
        }
    }
}

impl Refusal for TwilioError {
    const PROVIDER: Provider = TWILIO;

    fn of_code(code: Code) -> Self {
        match code {
            Code::Number(code) => Self::of(code),
            Code::Word(_) => Self::unavailable(),
        }
    }

    fn too_many() -> Self {
        Self::of(20429)
    }

    fn unavailable() -> Self {
        Self::of(20503)
    }

    fn later(code: Code) -> Option<Fate> {
        match code {
            Code::Number(code) => asynchronous(code),
            Code::Word(_) => None,
        }
    }

    fn is_about_the_account(&self) -> bool {
        self.status != StatusCode::BAD_REQUEST && self.status != StatusCode::NOT_FOUND
    }

    fn status(&self) -> StatusCode {
        self.status
    }

    fn code(&self) -> Option<Code> {
        Some(Code::Number(self.code))
    }
}

impl IntoResponse for TwilioError {
    fn into_response(self) -> Response {
        let body = json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status.as_u16(),
        });
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let realm = HeaderValue::from_static("Basic realm=\"Twilio API\"");
            headers.insert(header::WWW_AUTHENTICATE, realm);
        }
        response
    }
}

/// For a code that Twilio reports by status callback and not in the answer: how the message ends.
fn asynchronous(code: u32) -> Option<Fate> {
    let failure = failure(code);
    match code {
        30001 | 30002 | 30007 | 63000..=63999 => Some(Fate::Failed(failure)),
        30000..=30999 => Some(Fate::Undelivered(failure)),
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
        20003 => StatusCode::UNAUTHORIZED,
        20005 | 20006 | 20403 => StatusCode::FORBIDDEN,
        20404 | 21701 => StatusCode::NOT_FOUND,
        20429 | 14107 | 21611 => StatusCode::TOO_MANY_REQUESTS,
        20500 => StatusCode::INTERNAL_SERVER_ERROR,
        20503 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// The text that goes with a code.
fn title(code: u32) -> &'static str {
    match code {
        14107 => "Message rate exceeded",
        20001 => "Unknown parameters",
        20003 => "Authenticate",
        20005 => "Account not active",
        20006 | 20403 => "Access denied",
        20404 => "The requested resource was not found",
        20429 => "Too Many Requests",
        20500 => "An internal server error has occurred",
        20503 => "Service unavailable",
        21211 => "Invalid 'To' Phone Number",
        21212 => {
            "The 'From' number is not a valid phone number, shortcode, or alphanumeric sender ID"
        }
        21408 => {
            "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"
        }
        21602 => "Message body is required",
        21603 => "A 'From' phone number is required",
        21604 => "A 'To' phone number is required",
        21606 => {
            "The 'From' phone number provided is not a valid message-capable Twilio phone number for this destination/account"
        }
        21609 => "The 'StatusCallback' URL is not a valid URL",
        21610 => "Attempt to send to unsubscribed recipient",
        21611 => "This 'From' number has exceeded the maximum number of queued messages",
        21612 => "The 'To' phone number is not currently reachable using the 'From' phone number",
        21614 => "'To' number is not a valid mobile number",
        21617 => "The concatenated message body exceeds the 1600 character limit",
        21620 => "Invalid media URL(s)",
        21623 => "Number of media files exceeds allowed limit",
        21655 => "The ContentSid is invalid",
        21656 => "The ContentVariables parameter is invalid",
        21659 => "'From' is not a Twilio phone number or Short Code country mismatch",
        21701 => "The Messaging Service does not exist",
        21704 => "The Messaging Service contains no phone numbers",
        21910 => "Invalid From and To pair. From and To should be of the same channel",
        30001 => "Queue overflow",
        30002 => "Account suspended",
        30003 => "Unreachable destination handset",
        30004 => "Message blocked",
        30005 => "Unknown destination handset",
        30006 => "Landline or unreachable carrier",
        30007 => "Message filtered",
        30008 => "Unknown error",
        63003 => "Channel could not find To address",
        63007 => "Twilio could not find a Channel with the specified From address",
        63016 => "Failed to send freeform message because you are outside the allowed window",
        63018 => "Rate limit exceeded for Channel",
        63024 => "Invalid message recipient",
        63033 => "Recipient blocked to receive message",
        63049 => "Meta chose not to deliver this message",
        _ => "The request could not be carried out",
    }
}

#[cfg(test)]
mod tests {
    use super::{TwilioError, asynchronous};
    use crate::answer::Refusal as _;
    use crate::journey::Fate;

    #[test]
    fn codes_about_delivery_come_later_and_codes_about_the_request_at_once() {
        assert!(matches!(asynchronous(30003), Some(Fate::Undelivered(_))));
        assert!(matches!(asynchronous(63016), Some(Fate::Failed(_))));
        assert!(asynchronous(21610).is_none());
        assert_eq!(TwilioError::of(20429).status, 429);
        assert!(TwilioError::of(20003).is_about_the_account());
        assert!(!TwilioError::of(21211).is_about_the_account());
    }
}
