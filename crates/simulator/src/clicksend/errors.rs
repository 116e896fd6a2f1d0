//! ClickSend's answers and codes: words for requests and messages, numbers of the gateway for what
//! becomes of them. Sources: <https://developers.clicksend.com>, "List of SMS gateway error codes".

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::CLICKSEND;
use crate::answer::Refusal;
use crate::journey::Fate;
use crate::message::{Code, Failure};
use crate::protocol::Provider;

/// Words for whole requests.
const ANSWERS: [(&str, StatusCode, &str); 8] = [
    (
        "BAD_REQUEST",
        StatusCode::BAD_REQUEST,
        "The request is not valid.",
    ),
    (
        "UNAUTHORIZED",
        StatusCode::UNAUTHORIZED,
        "Authentication failed.",
    ),
    (
        "FORBIDDEN",
        StatusCode::FORBIDDEN,
        "You have no access to this.",
    ),
    (
        "NOT_FOUND",
        StatusCode::NOT_FOUND,
        "Your requested resource was not found.",
    ),
    (
        "TOO_MANY_REQUESTS",
        StatusCode::TOO_MANY_REQUESTS,
        "Rate limit exceeded.",
    ),
    (
        "INTERNAL_SERVER_ERROR",
        StatusCode::INTERNAL_SERVER_ERROR,
        "An internal server error has occurred.",
    ),
    (
        "SERVICE_UNAVAILABLE",
        StatusCode::SERVICE_UNAVAILABLE,
        "Try again later.",
    ),
    (
        "METHOD_NOT_ALLOWED",
        StatusCode::METHOD_NOT_ALLOWED,
        "The method is not allowed.",
    ),
];

/// Statuses of single messages in an answer of success.
const STATUSES: [&str; 21] = [
    "INVALID_RECIPIENT",
    "THROTTLED",
    "INVALID_SENDER_ID",
    "REGISTRATION_NEEDED",
    "COUNTRY_NOT_ENABLED",
    "INSUFFICIENT_CREDIT",
    "MISSING_CREDENTIALS",
    "INVALID_CREDENTIALS",
    "ACCOUNT_NOT_ACTIVATED",
    "EMPTY_MESSAGE",
    "MISSING_REQUIRED_FIELDS",
    "INVALID_SCHEDULE",
    "INVALID_MEDIA_FILE",
    "SUBJECT_REQUIRED",
    "TOO_MANY_RECIPIENTS",
    "NOT_ENOUGH_PERMISSION_TO_LIST_ID",
    "ALREADY_EXISTS",
    "INTERNAL_ERROR",
    "SOMETHING_IS_WRONG",
    "INVALID_LANG",
    "INVALID_VOICE",
];

/// The word as the tables have it.
pub(super) fn word(text: &str) -> Option<&'static str> {
    ANSWERS
        .iter()
        .map(|(word, _, _)| *word)
        .chain(STATUSES)
        .find(|word| *word == text)
}

/// The envelope of every answer.
pub(super) fn envelope(status: StatusCode, word: &str, sentence: &str, data: Value) -> Response {
    let mut body = json!({
        "http_code": status.as_u16(),
        "response_code": word,
        "response_msg": sentence,
    });
    if let (Some(object), false) = (body.as_object_mut(), data.is_null()) {
        object.insert("data".into(), data);
    }
    (status, Json(body)).into_response()
}

/// An answer of success.
pub(super) fn success(sentence: &str, data: Value) -> Response {
    envelope(StatusCode::OK, "SUCCESS", sentence, data)
}

/// An error answer, or the status of a message in an answer of success.
#[derive(Debug)]
pub(super) struct ClickSendError {
    pub(super) word: &'static str,
    /// Field and what is wrong with it.
    field: Option<(&'static str, &'static str)>,
}

impl ClickSendError {
    pub(super) fn of(word: &'static str) -> Self {
        Self { word, field: None }
    }

    /// 400 about one field.
    pub(super) fn field(name: &'static str, sentence: &'static str) -> Self {
        Self {
            word: "BAD_REQUEST",
            field: Some((name, sentence)),
        }
    }

    /// True for the status of one message.
    pub(super) fn is_of_a_message(&self) -> bool {
        STATUSES.contains(&self.word)
    }
}

impl IntoResponse for ClickSendError {
    fn into_response(self) -> Response {
        let sentence = ANSWERS
            .iter()
            .find(|(word, _, _)| *word == self.word)
            .map_or(
                "The request could not be carried out.",
                |(_, _, sentence)| sentence,
            );
        let data = match self.field {
            Some((name, sentence)) => json!({ name: sentence }),
            None => Value::Null,
        };
        envelope(self.status(), self.word, sentence, data)
    }
}

impl Refusal for ClickSendError {
    const PROVIDER: Provider = CLICKSEND;

    fn of_code(code: Code) -> Self {
        match code {
            Code::Word(word) => Self::of(word),
            Code::Number(_) => Self::of("INTERNAL_SERVER_ERROR"),
        }
    }

    fn too_many() -> Self {
        Self::of("TOO_MANY_REQUESTS")
    }

    fn unavailable() -> Self {
        Self::of("SERVICE_UNAVAILABLE")
    }

    fn later(code: Code) -> Option<Fate> {
        match code {
            // 16 is no end: ClickSend tries again by itself.
            Code::Number(code @ (7..=15 | 17..=20)) => Some(Fate::Undelivered(failure(code))),
            Code::Number(_) | Code::Word(_) => None,
        }
    }

    fn is_about_the_account(&self) -> bool {
        !self.is_of_a_message() && !matches!(self.word, "BAD_REQUEST" | "NOT_FOUND")
    }

    fn status(&self) -> StatusCode {
        ANSWERS
            .iter()
            .find(|(word, _, _)| *word == self.word)
            .map_or(StatusCode::OK, |(_, status, _)| *status)
    }

    fn code(&self) -> Option<Code> {
        Some(Code::Word(self.word))
    }
}

/// Why a message does not arrive, by the gateway's number.
pub(super) fn failure(code: u32) -> Failure {
    let title = match code {
        7 => "Unknown failure",
        8 => "Unknown subscriber",
        9 => "Unidentified subscriber",
        10 => "Illegal subscriber",
        11 => "Handset or network does not support SMS",
        12 => "Absent subscriber",
        13 => "Handset memory full",
        14 => "Recipient network error",
        15 => "Rejected by the network",
        17 => "Network timeout",
        18 => "Routing error",
        19 => "Blocked by the anti-spam filter of the network",
        20 => "Receipt expired",
        _ => "Failed",
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
        "0161" => fails(12),
        "0162" => fails(8),
        "0163" => fails(19),
        "0164" => fails(7),
        "0165" => fails(11),
        "0166" => Some(Fate::Silent),
        "0167" => fails(15),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{ANSWERS, ClickSendError, STATUSES, word};
    use crate::answer::Refusal as _;
    use crate::message::Code;

    #[test]
    fn numbers_come_later_and_words_at_once() {
        assert!(ClickSendError::later(Code::Number(8)).is_some());
        assert!(ClickSendError::later(Code::Number(16)).is_none());
        assert!(ClickSendError::later(Code::Word("THROTTLED")).is_none());
        for known in ANSWERS.map(|(word, _, _)| word).into_iter().chain(STATUSES) {
            assert_eq!(word(known), Some(known));
        }
        assert_eq!(word("SUCCESS"), None);
    }

    #[test]
    fn a_message_is_refused_in_an_answer_of_success() {
        let error = ClickSendError::of("INVALID_RECIPIENT");
        assert!(error.is_of_a_message() && !error.is_about_the_account());
        assert_eq!(error.status(), 200);
        assert_eq!(ClickSendError::too_many().status(), 429);
        assert!(ClickSendError::of("UNAUTHORIZED").is_about_the_account());
    }
}
