//! AWS's error codes for SMS: exceptions of End User Messaging with their reasons, codes of SNS, and
//! events for what happens later.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::{AWS_SNS, NotSigned};
use crate::answer::Refusal;
use crate::journey::Fate;
use crate::message::{Code, Failure};
use crate::protocol::Provider;

/// Reasons of exceptions, and the exceptions that have them.
const REASONS: [(&str, &str); 27] = [
    ("DESTINATION_PHONE_NUMBER_OPTED_OUT", "ConflictException"),
    ("DESTINATION_PHONE_NUMBER_NOT_VERIFIED", "ConflictException"),
    (
        "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
        "ConflictException",
    ),
    (
        "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
        "ConflictException",
    ),
    ("NO_ORIGINATION_IDENTITIES_FOUND", "ConflictException"),
    ("RESOURCE_NOT_ACTIVE", "ConflictException"),
    ("MESSAGE_TYPE_MISMATCH", "ConflictException"),
    ("NUMBER_CAPABILITIES_MISMATCH", "ConflictException"),
    (
        "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT",
        "ServiceQuotaExceededException",
    ),
    (
        "MONTHLY_SPEND_LIMIT_REACHED_FOR_MEDIA",
        "ServiceQuotaExceededException",
    ),
    ("SENDER_ID_NOT_REGISTERED", "ValidationException"),
    ("SENDER_ID_NOT_SUPPORTED", "ValidationException"),
    ("SENDER_ID_REQUIRES_REGISTRATION", "ValidationException"),
    (
        "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY",
        "ValidationException",
    ),
    ("INTERNATIONAL_SENDING_NOT_SUPPORTED", "ValidationException"),
    ("COUNTRY_NOT_ENABLED", "ValidationException"),
    ("DESTINATION_COUNTRY_BLOCKED", "ValidationException"),
    ("PRICE_OVER_THRESHOLD", "ValidationException"),
    ("INVALID_PARAMETER", "ValidationException"),
    ("MISSING_PARAMETER", "ValidationException"),
    ("CANNOT_PARSE", "ValidationException"),
    ("FIELD_VALIDATION_FAILED", "ValidationException"),
    ("MAXIMUM_SIZE_EXCEEDED", "ValidationException"),
    ("MEDIA_TYPE_NOT_SUPPORTED", "ValidationException"),
    ("UNKNOWN_OPERATION", "ValidationException"),
    ("ACCOUNT_DISABLED", "AccessDeniedException"),
    ("INSUFFICIENT_ACCOUNT_REPUTATION", "AccessDeniedException"),
];

/// Exceptions and codes that say enough by themselves.
const CODES: [&str; 26] = [
    "ThrottlingException",
    "InternalServerException",
    "ResourceNotFoundException",
    "AccessDeniedException",
    "ServiceQuotaExceededException",
    "ValidationException",
    "ConflictException",
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "ExpiredTokenException",
    "ServiceUnavailable",
    "Throttled",
    "Throttling",
    "InternalError",
    "InvalidParameter",
    "ParameterValueInvalid",
    "AuthorizationError",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "MissingAuthenticationToken",
    "OptInRequired",
    "RequestExpired",
    "NotFound",
    "InvalidAction",
];

/// Ends of messages, as events have them after `TEXT_` or `MEDIA_`, and as the delivery log says it.
const ENDS: [(&str, &str); 12] = [
    ("INVALID", "Invalid phone number"),
    ("INVALID_MESSAGE", "Message body is invalid"),
    ("SPAM", "Blocked as spam by phone carrier"),
    ("UNREACHABLE", "Phone is currently unreachable/unavailable"),
    (
        "CARRIER_UNREACHABLE",
        "Phone carrier is currently unreachable/unavailable",
    ),
    ("BLOCKED", "Phone has blocked SMS"),
    ("CARRIER_BLOCKED", "Phone carrier has blocked this message"),
    ("PROTECT_BLOCKED", "Blocked by a protect configuration"),
    ("TTL_EXPIRED", "The message has expired"),
    ("UNKNOWN", "Unknown error attempting to reach phone"),
    ("OPTED_OUT", "Phone number is opted out"),
    ("MAX_PRICE", "This delivery would exceed max price"),
];

/// The word as the tables have it; `TEXT_` and `MEDIA_` may stand before the end of a message.
pub(super) fn word(text: &str) -> Option<&'static str> {
    let bare = text
        .strip_prefix("TEXT_")
        .or_else(|| text.strip_prefix("MEDIA_"))
        .unwrap_or(text);
    REASONS
        .iter()
        .map(|(reason, _)| *reason)
        .chain(CODES)
        .find(|word| *word == text)
        .or_else(|| ENDS.iter().map(|(end, _)| *end).find(|end| *end == bare))
}

/// Why a message does not arrive.
pub(super) fn failure(end: &'static str) -> Failure {
    let title = ENDS
        .iter()
        .find(|(word, _)| *word == end)
        .map_or("Unknown error attempting to reach phone", |(_, title)| {
            title
        });
    Failure {
        code: Code::Word(end),
        title,
    }
}

/// How a message ends, for a word that is an end.
fn later(code: Code) -> Option<Fate> {
    let Code::Word(word) = code else {
        return None;
    };
    ENDS.iter()
        .any(|(end, _)| *end == word)
        .then(|| Fate::Undelivered(failure(word)))
}

/// What the magic digits of a number decide.
pub(super) fn decided(digits: &str) -> Option<Fate> {
    let fails = |end| Some(Fate::Undelivered(failure(end)));
    match digits {
        "0161" => fails("UNREACHABLE"),
        "0162" => fails("INVALID"),
        "0163" => fails("SPAM"),
        "0164" => fails("UNKNOWN"),
        "0165" => fails("CARRIER_UNREACHABLE"),
        "0166" => Some(Fate::Silent),
        _ => None,
    }
}

/// An error of End User Messaging.
#[derive(Debug)]
pub(super) struct EumError {
    /// A reason, or an exception without one.
    word: &'static str,
    /// The field that is wrong, and why.
    field: Option<(&'static str, &'static str)>,
}

impl EumError {
    pub(super) fn of(word: &'static str) -> Self {
        Self { word, field: None }
    }

    /// A field is not valid.
    pub(super) fn field(name: &'static str, sentence: &'static str) -> Self {
        Self {
            word: "FIELD_VALIDATION_FAILED",
            field: Some((name, sentence)),
        }
    }

    pub(super) fn not_signed(why: NotSigned) -> Self {
        Self::of(match why {
            NotSigned::Missing => "MissingAuthenticationTokenException",
            NotSigned::UnknownKey => "UnrecognizedClientException",
            NotSigned::Wrong | NotSigned::Skewed => "InvalidSignatureException",
        })
    }

    fn reason(&self) -> Option<(&'static str, &'static str)> {
        REASONS
            .iter()
            .find(|(reason, _)| *reason == self.word)
            .copied()
    }
}

impl IntoResponse for EumError {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut body = Map::new();
        let (reason, exception) = match self.reason() {
            Some((reason, exception)) => (Some(reason), exception),
            None => (None, self.word),
        };
        let kind = format!("com.amazonaws.pinpointsmsvoicev2#{exception}");
        body.insert("__type".into(), json!(kind));
        let message = match self.field {
            Some((name, sentence)) => format!("{name}: {sentence}"),
            None => "The request could not be carried out.".to_owned(),
        };
        body.insert("Message".into(), json!(message));
        if let Some(reason) = reason {
            body.insert("Reason".into(), json!(reason));
        }
        if let Some((name, sentence)) = self.field {
            let field = json!({"Name": name, "Message": sentence});
            body.insert("Fields".into(), json!([field]));
        }
        let kind = HeaderValue::from_static("application/x-amz-json-1.0");
        let body = Value::Object(body).to_string();
        (status, [(header::CONTENT_TYPE, kind)], body).into_response()
    }
}

impl Refusal for EumError {
    const PROVIDER: Provider = AWS_SNS;

    fn of_code(code: Code) -> Self {
        match code {
            Code::Word(word) => Self::of(word),
            Code::Number(_) => Self::unavailable(),
        }
    }

    fn too_many() -> Self {
        Self::of("ThrottlingException")
    }

    fn unavailable() -> Self {
        Self::of("ServiceUnavailable")
    }

    fn later(code: Code) -> Option<Fate> {
        later(code)
    }

    fn is_about_the_account(&self) -> bool {
        match self.reason() {
            Some((_, exception)) => exception == "AccessDeniedException",
            None => !matches!(self.word, "ValidationException" | "ConflictException"),
        }
    }

    /// Almost all are 400 in this protocol.
    fn status(&self) -> StatusCode {
        match self.word {
            "InternalServerException" | "InternalError" => StatusCode::INTERNAL_SERVER_ERROR,
            "ServiceUnavailable" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    fn code(&self) -> Option<Code> {
        Some(Code::Word(self.word))
    }
}

/// An error of SNS.
#[derive(Debug)]
pub(super) struct SnsError {
    code: &'static str,
    message: String,
}

impl SnsError {
    pub(super) fn of(code: &'static str) -> Self {
        Self::with(code, "The request could not be carried out.")
    }

    pub(super) fn with(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// A parameter is not valid.
    pub(super) fn invalid(message: &str) -> Self {
        Self::with("InvalidParameter", format!("Invalid parameter: {message}"))
    }

    pub(super) fn not_signed(why: NotSigned) -> Self {
        Self::of(match why {
            NotSigned::Missing => "MissingAuthenticationToken",
            NotSigned::UnknownKey => "InvalidClientTokenId",
            NotSigned::Wrong => "SignatureDoesNotMatch",
            NotSigned::Skewed => "RequestExpired",
        })
    }
}

/// Text in XML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// An answer in XML.
pub(super) fn xml(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/xml")], body).into_response()
}

impl IntoResponse for SnsError {
    fn into_response(self) -> Response {
        let status = self.status();
        let kind = if status.is_server_error() {
            "Receiver"
        } else {
            "Sender"
        };
        let body = format!(
            "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error>\
             <Type>{kind}</Type><Code>{}</Code><Message>{}</Message></Error>\
             <RequestId>9a9b9c9d-1111-5222-8333-444455556666</RequestId></ErrorResponse>",
            self.code,
            escape(&self.message)
        );
        xml(status, body)
    }
}

impl Refusal for SnsError {
    const PROVIDER: Provider = AWS_SNS;

    fn of_code(code: Code) -> Self {
        match code {
            Code::Word(word) => Self::of(word),
            Code::Number(_) => Self::unavailable(),
        }
    }

    fn too_many() -> Self {
        Self::with("Throttled", "Rate exceeded")
    }

    fn unavailable() -> Self {
        Self::of("ServiceUnavailable")
    }

    fn later(code: Code) -> Option<Fate> {
        later(code)
    }

    fn is_about_the_account(&self) -> bool {
        !matches!(
            self.code,
            "InvalidParameter" | "ParameterValueInvalid" | "ValidationException" | "NotFound"
        )
    }

    fn status(&self) -> StatusCode {
        match self.code {
            "Throttled" => StatusCode::TOO_MANY_REQUESTS,
            "InternalError" | "InternalServerException" => StatusCode::INTERNAL_SERVER_ERROR,
            "ServiceUnavailable" => StatusCode::SERVICE_UNAVAILABLE,
            "AuthorizationError"
            | "AccessDeniedException"
            | "InvalidClientTokenId"
            | "SignatureDoesNotMatch"
            | "ExpiredToken"
            | "MissingAuthenticationToken"
            | "OptInRequired"
            | "RequestExpired" => StatusCode::FORBIDDEN,
            "NotFound" => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    fn code(&self) -> Option<Code> {
        Some(Code::Word(self.code))
    }
}

#[cfg(test)]
mod tests {
    use super::{CODES, ENDS, EumError, REASONS, SnsError, word};
    use crate::answer::Refusal as _;
    use crate::message::Code;

    #[test]
    fn every_word_is_known_and_ends_come_later() {
        for known in REASONS.map(|(reason, _)| reason).into_iter().chain(CODES) {
            assert_eq!(word(known), Some(known));
            assert!(EumError::later(Code::Word(known)).is_none(), "{known}");
        }
        for (end, _) in ENDS {
            assert_eq!(word(&format!("TEXT_{end}")), Some(end));
            assert!(SnsError::later(Code::Word(end)).is_some(), "{end}");
        }
        assert_eq!(word("pigeon"), None);
    }

    #[test]
    fn only_the_accounts_trouble_hits_every_call() {
        assert!(EumError::of("ACCOUNT_DISABLED").is_about_the_account());
        assert!(EumError::of("ThrottlingException").is_about_the_account());
        assert!(!EumError::of("COUNTRY_NOT_ENABLED").is_about_the_account());
        assert!(!SnsError::invalid("PhoneNumber").is_about_the_account());
        assert_eq!(SnsError::too_many().status(), 429);
        assert_eq!(EumError::too_many().status(), 400);
    }
}
