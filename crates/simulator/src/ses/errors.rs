//! Errors of SES, and what becomes of mail.

use axum::Json;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::AWS_SES;
use crate::answer::Refusal;
use crate::aws::NotSigned;
use crate::journey::Fate;
use crate::message::{Code, Failure, Status};
use crate::protocol::Provider;

/// Words of faults: the exception, its status and its usual text. Two exceptions mean several things
/// and have words of their own.
const ERRORS: [(&str, &str, u16, &str); 18] = [
    (
        "TooManyRequestsException",
        "TooManyRequestsException",
        429,
        "Maximum sending rate exceeded.",
    ),
    (
        "DailyQuota",
        "TooManyRequestsException",
        429,
        "Daily message quota exceeded.",
    ),
    (
        "LimitExceededException",
        "LimitExceededException",
        400,
        "Limit exceeded.",
    ),
    (
        "AccountSuspendedException",
        "AccountSuspendedException",
        400,
        "The account is suspended.",
    ),
    (
        "SendingPausedException",
        "SendingPausedException",
        400,
        "Sending is paused for this account.",
    ),
    (
        "MailFromDomainNotVerifiedException",
        "MailFromDomainNotVerifiedException",
        400,
        "The MAIL FROM domain is not verified.",
    ),
    (
        "NotVerified",
        "MessageRejected",
        400,
        "Email address is not verified. The following identities failed the check in region US-EAST-1",
    ),
    (
        "MessageRejected",
        "MessageRejected",
        400,
        "The message was rejected.",
    ),
    (
        "BadRequestException",
        "BadRequestException",
        400,
        "The request is not valid.",
    ),
    (
        "NotFoundException",
        "NotFoundException",
        404,
        "The resource does not exist.",
    ),
    (
        "ConflictException",
        "ConflictException",
        409,
        "The resource is in use.",
    ),
    (
        "InternalServiceErrorException",
        "InternalServiceErrorException",
        500,
        "An internal error occurred.",
    ),
    (
        "ServiceUnavailableException",
        "ServiceUnavailableException",
        503,
        "The service is unavailable.",
    ),
    (
        "AccessDeniedException",
        "AccessDeniedException",
        403,
        "The user is not authorized.",
    ),
    (
        "UnrecognizedClientException",
        "UnrecognizedClientException",
        403,
        "The security token included in the request is invalid.",
    ),
    (
        "InvalidSignatureException",
        "InvalidSignatureException",
        403,
        "The request signature we calculated does not match the signature you provided.",
    ),
    (
        "ExpiredTokenException",
        "ExpiredTokenException",
        403,
        "The security token has expired.",
    ),
    (
        "MissingAuthenticationTokenException",
        "MissingAuthenticationTokenException",
        403,
        "Missing Authentication Token",
    ),
];

/// What events say later: bounces by type and subtype, complaints, rejections.
const ENDS: [(&str, &str); 12] = [
    ("Permanent.General", "smtp; 550 5.1.1 user unknown"),
    ("Permanent.NoEmail", "smtp; 550 5.1.1 no such mailbox"),
    (
        "Permanent.Suppressed",
        "Amazon SES did not send the message: the address is suppressed",
    ),
    (
        "Permanent.OnAccountSuppressionList",
        "Amazon SES did not send the message: the address is on the account's suppression list",
    ),
    ("Transient.General", "smtp; 450 4.4.7 message expired"),
    ("Transient.MailboxFull", "smtp; 452 4.2.2 mailbox full"),
    (
        "Transient.MessageTooLarge",
        "smtp; 552 5.3.4 message too large",
    ),
    (
        "Transient.ContentRejected",
        "smtp; 550 5.7.1 content rejected",
    ),
    (
        "Transient.AttachmentRejected",
        "smtp; 550 5.7.1 attachment rejected",
    ),
    ("Undetermined.Undetermined", "smtp; unknown"),
    ("Reject", "Bad content"),
    (
        "Complaint.abuse",
        "The recipient has marked the mail as spam",
    ),
];

/// The word as the tables have it.
pub(super) fn word(text: &str) -> Option<&'static str> {
    ERRORS
        .iter()
        .map(|(word, ..)| *word)
        .chain(ENDS.iter().map(|(word, _)| *word))
        .find(|word| *word == text)
}

/// Why a mail does not arrive.
pub(super) fn failure(end: &'static str) -> Failure {
    let title = ENDS
        .iter()
        .find(|(word, _)| *word == end)
        .map_or("smtp; unknown", |(_, title)| title);
    Failure {
        code: Code::Word(end),
        title,
    }
}

fn fate(end: &'static str) -> Fate {
    match end {
        "Reject" => Fate::Failed(failure(end)),
        "Complaint.abuse" => Fate::DeliveredThen(Status::Complained, failure(end)),
        _ => Fate::Undelivered(failure(end)),
    }
}

/// What the magic name of a mailbox decides.
pub(super) fn decided(name: &str) -> Option<Fate> {
    Some(match name {
        "bounce" => fate("Permanent.General"),
        "full" => fate("Transient.MailboxFull"),
        "suppressionlist" => fate("Permanent.OnAccountSuppressionList"),
        "complaint" => fate("Complaint.abuse"),
        "rejected" => fate("Reject"),
        // Somebody is away: it has arrived, and the answer looks like a bounce.
        "ooto" => Fate::DeliveredThen(Status::Delivered, failure("Transient.General")),
        "latebounce" => Fate::DeliveredThen(Status::Undelivered, failure("Permanent.General")),
        "silent" => Fate::Silent,
        _ => return None,
    })
}

/// An error answer.
#[derive(Debug)]
pub(super) struct SesError {
    word: &'static str,
    message: Option<String>,
}

impl SesError {
    pub(super) fn of(word: &'static str) -> Self {
        Self {
            word,
            message: None,
        }
    }

    /// The same with another text.
    pub(super) fn with(word: &'static str, message: impl Into<String>) -> Self {
        Self {
            word,
            message: Some(message.into()),
        }
    }

    pub(super) fn not_signed(why: NotSigned) -> Self {
        Self::of(match why {
            NotSigned::Missing => "MissingAuthenticationTokenException",
            NotSigned::UnknownKey => "UnrecognizedClientException",
            NotSigned::Wrong | NotSigned::Skewed => "InvalidSignatureException",
        })
    }

    fn row(&self) -> (&'static str, StatusCode, &'static str) {
        let row = ERRORS.iter().find(|(word, ..)| *word == self.word);
        let (_, exception, status, text) = row.copied().unwrap_or((
            "",
            "BadRequestException",
            400,
            "The request could not be carried out.",
        ));
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        (exception, status, text)
    }
}

impl IntoResponse for SesError {
    fn into_response(self) -> Response {
        let (exception, status, text) = self.row();
        let body = json!({"message": self.message.as_deref().unwrap_or(text)});
        let mut response = (status, Json(body)).into_response();
        let kind = HeaderValue::from_static(exception);
        response.headers_mut().insert("x-amzn-errortype", kind);
        response
    }
}

impl Refusal for SesError {
    const PROVIDER: Provider = AWS_SES;

    fn of_code(code: Code) -> Self {
        match code {
            Code::Word(word) => Self::of(word),
            Code::Number(_) => Self::unavailable(),
        }
    }

    fn too_many() -> Self {
        Self::of("TooManyRequestsException")
    }

    fn unavailable() -> Self {
        Self::of("ServiceUnavailableException")
    }

    fn later(code: Code) -> Option<Fate> {
        let Code::Word(word) = code else {
            return None;
        };
        ENDS.iter().any(|(end, _)| *end == word).then(|| fate(word))
    }

    fn is_about_the_account(&self) -> bool {
        !matches!(
            self.word,
            "MessageRejected"
                | "NotVerified"
                | "BadRequestException"
                | "NotFoundException"
                | "ConflictException"
                | "DailyQuota"
                | "SendingPausedException"
        )
    }

    fn status(&self) -> StatusCode {
        self.row().1
    }

    fn code(&self) -> Option<Code> {
        Some(Code::Word(self.word))
    }
}

#[cfg(test)]
mod tests {
    use super::{ENDS, ERRORS, SesError, word};
    use crate::answer::Refusal as _;
    use crate::message::Code;

    #[test]
    fn errors_come_at_once_and_ends_come_later() {
        for (known, ..) in ERRORS {
            assert_eq!(word(known), Some(known));
            assert!(SesError::later(Code::Word(known)).is_none(), "{known}");
        }
        for (end, _) in ENDS {
            assert_eq!(word(end), Some(end));
            assert!(SesError::later(Code::Word(end)).is_some(), "{end}");
        }
        assert_eq!(word("pigeon"), None);
        assert_eq!(SesError::of("DailyQuota").status(), 429);
        assert!(!SesError::of("MessageRejected").is_about_the_account());
    }
}
