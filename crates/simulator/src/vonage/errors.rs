//! Vonage's error bodies and codes.
//! Source: <https://developer.vonage.com/api-errors/messages>.

use axum::Json;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::VONAGE;
use crate::answer::Refusal;
use crate::journey::Fate;
use crate::message::{Code, Failure};
use crate::protocol::Provider;

/// An error answer.
#[derive(Debug)]
pub(super) struct VonageError {
    pub(super) code: u32,
    detail: Option<String>,
    /// Name and reason of one that is wrong.
    parameter: Option<(&'static str, String)>,
}

impl VonageError {
    /// The answer for `code` with its usual HTTP status and text.
    pub(super) fn of(code: u32) -> Self {
        Self {
            code,
            detail: None,
            parameter: None,
        }
    }

    /// The same with another text.
    pub(super) fn with(code: u32, detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..Self::of(code)
        }
    }

    /// 422 about one parameter.
    pub(super) fn parameter(name: &'static str, reason: impl Into<String>) -> Self {
        Self {
            parameter: Some((name, reason.into())),
            ..Self::of(1020)
        }
    }

    pub(super) fn unauthorized() -> Self {
        Self::of(401)
    }
}

impl IntoResponse for VonageError {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": link(self.code),
            "title": title(self.code),
            "detail": self.detail.as_deref().unwrap_or(detail(self.code)),
            "instance": format!("bf0ca0bf927b3b52e3cb0321{:08x}", self.code),
        });
        if let (Some((name, reason)), Some(object)) = (self.parameter, body.as_object_mut()) {
            let parameter = json!({"name": name, "reason": reason});
            object.insert("invalid_parameters".into(), json!([parameter]));
        }
        let status = http_status(self.code);
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::TOO_MANY_REQUESTS {
            let headers = response.headers_mut();
            for (name, value) in [
                ("retry-after", "1"),
                ("x-ratelimit-limit", "30"),
                ("x-ratelimit-remaining", "0"),
                ("x-ratelimit-reset", "1"),
            ] {
                headers.insert(name, HeaderValue::from_static(value));
            }
        }
        response
    }
}

impl Refusal for VonageError {
    const PROVIDER: Provider = VONAGE;

    fn of_code(code: Code) -> Self {
        match code {
            Code::Number(code) => Self::of(code),
            Code::Word(_) => Self::unavailable(),
        }
    }

    fn too_many() -> Self {
        Self::of(1000)
    }

    fn unavailable() -> Self {
        Self::of(503)
    }

    fn later(code: Code) -> Option<Fate> {
        match code {
            Code::Number(code) if is_in_answers(code) => None,
            Code::Number(code) => Some(Fate::Failed(failure(code))),
            Code::Word(_) => None,
        }
    }

    fn is_about_the_account(&self) -> bool {
        http_status(self.code) != StatusCode::UNPROCESSABLE_ENTITY
            && http_status(self.code) != StatusCode::NOT_FOUND
    }

    fn status(&self) -> StatusCode {
        http_status(self.code)
    }

    fn code(&self) -> Option<Code> {
        Some(Code::Number(self.code))
    }
}

/// Why a message fails.
pub(super) fn failure(code: u32) -> Failure {
    Failure {
        code: Code::Number(code),
        title: detail(code),
    }
}

/// The `error` of a status webhook.
pub(super) fn reported(failure: Failure, instance: &str) -> Value {
    json!({
        "type": format!("https://developer.vonage.com/api-errors/messages#{}", failure.code),
        "title": failure.code.to_string(),
        "detail": failure.title,
        "instance": instance,
    })
}

/// True for what is known before a message is taken: the caller, the account, the parameters.
fn is_in_answers(code: u32) -> bool {
    code < 1000
        || matches!(
            code,
            1000 | 1010
                | 1020
                | 1021
                | 1022
                | 1030
                | 1060
                | 1070
                | 1080
                | 1090
                | 1100
                | 1120
                | 1130
                | 1140
                | 1150
                | 1160
        )
}

fn http_status(code: u32) -> StatusCode {
    match code {
        401 => StatusCode::UNAUTHORIZED,
        402 | 1070 => StatusCode::PAYMENT_REQUIRED,
        403 | 1060 | 1080 | 1140 => StatusCode::FORBIDDEN,
        404 => StatusCode::NOT_FOUND,
        429 | 1000 => StatusCode::TOO_MANY_REQUESTS,
        500 | 1030 | 1100 => StatusCode::INTERNAL_SERVER_ERROR,
        503 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn link(code: u32) -> String {
    match code {
        401 => "https://developer.vonage.com/api-errors#unauthorized".to_owned(),
        402 => "https://developer.vonage.com/api-errors/#low-balance".to_owned(),
        403 => "https://developer.vonage.com/api-errors#forbidden".to_owned(),
        404 => "https://developer.vonage.com/api-errors#not-found".to_owned(),
        429 => "https://developer.vonage.com/api-errors#throttled".to_owned(),
        500 | 503 => "https://developer.vonage.com/api-errors#system-error".to_owned(),
        _ => format!("https://developer.vonage.com/api-errors/messages#{code}"),
    }
}

fn title(code: u32) -> &'static str {
    match code {
        401 => "Unauthorized",
        402 => "Low balance",
        403 => "Forbidden",
        404 => "Not Found",
        429 | 1000 => "Throttled",
        500 | 503 | 1030 => "Internal error",
        1010 => "Missing params",
        1020 => "Invalid params",
        1021 => "Invalid tag",
        1022 => "Invalid template",
        1060 => "Partner account barred",
        1070 => "Partner quota exceeded",
        1080 => "Account not enabled for HTTP",
        1090 => "Message too long",
        1100 => "Communication failed",
        1120 => "Illegal sender address",
        1130 => "Invalid TTL",
        1140 => "Facility not allowed",
        1150 => "Invalid message class",
        1160 => "Non-whitelisted number",
        _ => "Rejected",
    }
}

fn detail(code: u32) -> &'static str {
    match code {
        401 => "You did not provide correct credentials.",
        402 => "This request could not be performed due to your account balance being low.",
        404 => "The resource was not found.",
        429 | 1000 => "Please wait, then retry your request.",
        500 | 503 | 1030 => "There was an error processing your request in the platform.",
        1010 => "The request is missing a mandatory parameter.",
        1020 => "The value of one or more parameters is invalid.",
        1022 => "The template is not valid.",
        1040 => "The message was rejected: the destination is invalid.",
        1050 => "The number you are trying to submit to is barred from receiving messages.",
        1060 => "The api_key you supplied is for an account that has been barred.",
        1070 => "Your account does not have sufficient credit to process this message.",
        1090 => "The length of udh and body was greater than the allowed length.",
        1120 => "The sender is not allowed or not one of the account's numbers.",
        1130 => "The time to live is not valid.",
        1170 => "The number is invalid or missing.",
        1180 => "The number is temporarily unavailable; the subscriber is absent.",
        1190 => "The number is no longer active; the subscriber is absent for good.",
        1200 => "There is an issue after the portability of the number.",
        1210 => "The message was blocked by a carrier's anti-spam filter.",
        1220 => "The handset was not available when the message was sent.",
        1230 => "The message failed due to a network error.",
        1240 => "The user has specifically requested not to receive messages from this service.",
        1250 => "The message could not be routed.",
        1260 => "The message could not be delivered to the number.",
        1270 => "The handset has been restricted for its user's age.",
        1280 => "The number is blocked by the carrier or has blocked the sender.",
        1290 => "The user has no credit to receive messages.",
        1300 => "The number is not part of the provider's network.",
        1330 => "An unknown error occurred.",
        1340 => "The message is outside of the allowed window.",
        1360 => "The message has expired.",
        1430 => "The number is not a WhatsApp user.",
        1461 => "The user has received too many marketing messages.",
        _ => "The message could not be carried.",
    }
}

#[cfg(test)]
mod tests {
    use super::VonageError;
    use crate::answer::Refusal as _;
    use crate::message::Code;

    #[test]
    fn codes_about_delivery_come_later_and_codes_about_the_request_at_once() {
        for code in [401, 402, 1000, 1020, 1120] {
            assert!(VonageError::later(Code::Number(code)).is_none(), "{code}");
        }
        for code in [1180, 1240, 1340, 1484] {
            assert!(VonageError::later(Code::Number(code)).is_some(), "{code}");
        }
        assert!(VonageError::unauthorized().is_about_the_account());
        assert!(!VonageError::of(1020).is_about_the_account());
    }
}
