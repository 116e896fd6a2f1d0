//! Codes of MessageBird and Bird. The REST interface has numbers, the others have words.

use crate::journey::Fate;
use crate::message::{Code, Failure};

/// Words of the platform and of workspaces, and what they say.
const WORDS: [(&str, &str); 20] = [
    ("auth_error", "The API key is not valid."),
    ("permission_error", "The API key lacks a permission."),
    (
        "insufficient_balance",
        "The workspace wallet could not fund the send.",
    ),
    ("rate_limit_error", "Too many requests."),
    ("validation_error", "The request is not valid."),
    ("not_found_error", "There is no such resource."),
    ("service_unavailable", "The service is unavailable."),
    ("internal_error", "Something went wrong at Bird."),
    (
        "sender_unregistered",
        "The sender is not registered for the destination.",
    ),
    (
        "invalid_destination",
        "The number is unassigned, ported out, or malformed.",
    ),
    ("unreachable", "The handset could not be reached."),
    ("landline_unreachable", "The number is a landline."),
    ("blocked_by_carrier", "The carrier blocked the message."),
    (
        "blocked_by_fraud_protection",
        "Fraud protection blocked the message.",
    ),
    (
        "blocked_by_recipient",
        "The recipient has blocked the sender.",
    ),
    ("content_rejected", "The content was rejected."),
    ("recipient_opted_out", "The recipient has opted out."),
    (
        "service_window_expired",
        "The customer service window is closed.",
    ),
    ("undeliverable", "WhatsApp could not deliver the message."),
    ("unknown", "The carrier gave no reason."),
];

/// The word as the table has it.
pub(super) fn word(text: &str) -> Option<&'static str> {
    WORDS
        .iter()
        .find(|(word, _)| *word == text)
        .map(|(word, _)| *word)
}

/// What a word says.
pub(super) fn sentence(text: &str) -> &'static str {
    WORDS
        .iter()
        .find(|(word, _)| *word == text)
        .map_or("The message could not be carried.", |(_, sentence)| {
            sentence
        })
}

/// Why a message fails at the platform or in a workspace.
pub(super) fn failure(word: &'static str) -> Failure {
    Failure {
        code: Code::Word(word),
        title: sentence(word),
    }
}

/// How a message ends, for a word that is told by webhook and not in the answer.
pub(super) fn later(code: Code) -> Option<Fate> {
    match code {
        Code::Word(
            word @ ("invalid_destination"
            | "unreachable"
            | "landline_unreachable"
            | "blocked_by_carrier"
            | "blocked_by_recipient"
            | "undeliverable"
            | "unknown"),
        ) => Some(Fate::Undelivered(failure(word))),
        Code::Word(
            word @ ("blocked_by_fraud_protection"
            | "content_rejected"
            | "recipient_opted_out"
            | "service_window_expired"
            | "sender_unregistered"),
        ) => Some(Fate::Failed(failure(word))),
        Code::Word(_) | Code::Number(_) => None,
    }
}

/// What the magic digits of a number decide at the platform and in a workspace.
pub(super) fn decided(digits: &str, is_whatsapp: bool) -> Option<Fate> {
    Some(match digits {
        "0161" if is_whatsapp => Fate::Undelivered(failure("undeliverable")),
        "0161" => Fate::Undelivered(failure("unreachable")),
        "0162" => Fate::Undelivered(failure("invalid_destination")),
        "0163" => Fate::Undelivered(failure("blocked_by_carrier")),
        "0164" => Fate::Undelivered(failure("unknown")),
        "0165" => Fate::Undelivered(failure("landline_unreachable")),
        "0166" => Fate::Silent,
        "0167" => Fate::Failed(failure("recipient_opted_out")),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{WORDS, later, word};
    use crate::journey::Fate;
    use crate::message::Code;

    #[test]
    fn words_about_delivery_come_later_and_words_about_the_request_at_once() {
        assert!(matches!(
            later(Code::Word("unreachable")),
            Some(Fate::Undelivered(_))
        ));
        assert!(matches!(
            later(Code::Word("recipient_opted_out")),
            Some(Fate::Failed(_))
        ));
        assert!(later(Code::Word("auth_error")).is_none());
        assert!(WORDS.iter().all(|(one, _)| word(one) == Some(one)));
        assert_eq!(word("pigeon"), None);
    }
}
