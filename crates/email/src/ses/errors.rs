mod table;

pub use table::ERRORS;

use crate::words;
use serde::Deserialize;
use tidings_messaging::Outcome;
use tidings_provider_http::{Answer, CallError, Dialect, Read, Reason};
use tidings_routing::{Class, ProviderError};

/// How SES says yes and no.
pub(super) const SES: Dialect = Dialect {
    name: "aws_ses",
    title: "Amazon SES",
    errors: ERRORS,
    faults: &[],
    read: |answer| {
        let sent: Sent = answer.read()?;
        Some(Read::Accepted(sent.message_id))
    },
    reason,
};

/// The subtype of bounces and complaints for addresses on the account's own list: nothing was sent.
pub(super) const SUPPRESSED_HERE: &str = "OnAccountSuppressionList";

/// The code behind words about the quota of a day.
const DAILY_QUOTA: &str = "DailyQuota";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sent {
    message_id: String,
}

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "__type")]
    kind: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
}

/// What a call to `SendEmail` came to.
pub(super) fn outcome(result: Result<Answer, CallError>) -> Outcome {
    match SES.outcome(result) {
        // That it comes with 429 does not make it a matter of seconds: another account can send today.
        Outcome::Rejected(error) if error.provider_code == DAILY_QUOTA => {
            Outcome::Rejected(ERRORS.explain(DAILY_QUOTA, &error.detail, Class::Account))
        }
        other => other,
    }
}

/// The error's name is a header, or stands in the body where something between us and AWS dropped it.
fn reason(answer: &Answer) -> Option<Reason> {
    let body: Option<Body> = answer.read();
    let (kind, message) = body.map_or((None, None), |body| (body.kind, body.message));
    let name = answer
        .header("x-amzn-errortype")
        .map(str::to_owned)
        .or(kind)?;
    // `MessageRejected:http://…`, `com.amazonaws.ses#MessageRejected`.
    let name = name.split(':').next().unwrap_or_default();
    let name = name.rsplit('#').next().unwrap_or_default().trim();
    let words = message.unwrap_or_default();
    (!name.is_empty()).then(|| Reason {
        code: exactly(name, &words.to_lowercase()).to_owned(),
        words: words::safe(&words, &[]),
    })
}

/// The row of a name that means several things, by the words that come with it.
fn exactly<'a>(name: &'a str, words: &str) -> &'a str {
    let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    match name {
        "TooManyRequestsException"
        | "ThrottlingException"
        | "Throttling"
        | "LimitExceededException"
            if says(&["daily message quota", "daily sending quota"]) =>
        {
            DAILY_QUOTA
        }
        "MessageRejected" if says(&["is not verified", "are not verified"]) => {
            "MessageRejected.NotVerified"
        }
        "BadRequestException"
            if says(&[
                "illegal address",
                "missing final '@domain'",
                "missing local name",
                "missing domain",
                "local address contains",
                "domain contains",
                "domain starts with",
                "domain ends with",
                "invalid email address",
                "email address is invalid",
            ]) =>
        {
            "BadRequestException.Address"
        }
        name => name,
    }
}

/// A mail that came back.
pub(super) fn bounced(kind: &str, sub_kind: &str, words: &str) -> ProviderError {
    let kind = match kind.to_ascii_uppercase().as_str() {
        "PERMANENT" => "Permanent",
        "TRANSIENT" => "Transient",
        _ => "Undetermined",
    };
    let code = match (kind, sub_kind) {
        ("Undetermined", _) | (_, "") => kind.to_owned(),
        (kind, sub_kind) => format!("{kind}.{sub_kind}"),
    };
    // What is new is taken as the recipient's: neither sent again nor laid to the account.
    explain(&code, words, Class::Recipient)
}

/// A complaint about a mail that was not sent, since there had been one before.
pub(super) fn suppressed_complaint() -> ProviderError {
    explain("Complaint.OnAccountSuppressionList", "", Class::OptedOut)
}

/// A mail that SES took and did not send.
pub(super) fn rejected(words: &str) -> ProviderError {
    explain("Reject", words, Class::Content)
}

/// A mail whose template could not be filled in.
pub(super) fn not_rendered(words: &str) -> ProviderError {
    explain("RenderingFailure", words, Class::Content)
}

fn explain(code: &str, words: &str, otherwise: Class) -> ProviderError {
    let reason = Reason {
        code: code.to_owned(),
        words: words::safe(words, &[]),
    };
    SES.explain(&reason, otherwise)
}

#[cfg(test)]
mod tests;
