//! Replies that refuse, and at which stage of a conversation they come.

use crate::message::Code;

/// Where in a conversation something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Login,
    Sender,
    Recipient,
    Message,
}

/// Replies of faults: code and enhanced code, stage, words.
const REPLIES: [(&str, Stage, &str); 26] = [
    (
        "421 4.3.2",
        Stage::Sender,
        "Service not available, closing channel",
    ),
    ("421 4.7.0", Stage::Sender, "Too many messages, slow down"),
    (
        "450 4.7.28",
        Stage::Sender,
        "Rate limit exceeded, try again later",
    ),
    ("450 4.2.1", Stage::Recipient, "Mailbox busy"),
    ("451 4.7.1", Stage::Recipient, "Greylisted, try again later"),
    ("451 4.3.0", Stage::Message, "Temporary failure"),
    ("452 4.2.2", Stage::Recipient, "Mailbox full"),
    ("452 4.5.3", Stage::Recipient, "Too many recipients"),
    (
        "454 4.7.0",
        Stage::Login,
        "Temporary authentication failure",
    ),
    ("530 5.7.0", Stage::Sender, "Authentication required"),
    (
        "534 5.7.9",
        Stage::Login,
        "Authentication mechanism is too weak",
    ),
    (
        "535 5.7.8",
        Stage::Login,
        "Authentication credentials invalid",
    ),
    (
        "538 5.7.11",
        Stage::Login,
        "Encryption required for requested mechanism",
    ),
    ("550 5.1.1", Stage::Recipient, "No such user here"),
    ("550 5.1.2", Stage::Recipient, "Domain not found"),
    ("550 5.2.1", Stage::Recipient, "Mailbox disabled"),
    ("550 5.7.1", Stage::Sender, "Relaying denied"),
    (
        "550 5.7.26",
        Stage::Message,
        "Unauthenticated mail is not accepted from this domain",
    ),
    ("551 5.1.6", Stage::Recipient, "User has moved"),
    ("552 5.2.2", Stage::Recipient, "Mailbox over quota"),
    ("552 5.3.4", Stage::Message, "Message too big"),
    ("553 5.1.8", Stage::Sender, "Sender address rejected"),
    (
        "553 5.1.3",
        Stage::Recipient,
        "Bad destination mailbox address syntax",
    ),
    ("554 5.7.1", Stage::Message, "Message rejected as spam"),
    ("554 5.6.0", Stage::Message, "Message content rejected"),
    ("555 5.5.4", Stage::Sender, "Parameter not recognized"),
];

/// The code as the table has it; the first of its kind for a basic code alone.
pub(super) fn word(text: &str) -> Option<&'static str> {
    REPLIES
        .iter()
        .map(|(code, ..)| *code)
        .find(|code| *code == text || code.split(' ').next() == Some(text))
}

/// The code of a fault: a number is a basic code.
pub(super) fn of_code(code: Code) -> &'static str {
    match code {
        Code::Word(word) => word,
        Code::Number(number) => word(&number.to_string()).unwrap_or("451 4.3.0"),
    }
}

/// At which stage the reply comes.
pub(super) fn stage(code: &str) -> Stage {
    REPLIES
        .iter()
        .find(|(own, ..)| *own == code)
        .map_or(Stage::Message, |(_, stage, _)| *stage)
}

/// The whole reply.
pub(super) fn reply(code: &str) -> String {
    let words = REPLIES
        .iter()
        .find(|(own, ..)| *own == code)
        .map_or("Refused", |(_, _, words)| *words);
    format!("{code} {words}")
}

/// What the magic name of a mailbox decides.
pub(super) fn decided(name: &str) -> Option<&'static str> {
    Some(match name {
        "bounce" => "550 5.1.1",
        "full" => "452 4.2.2",
        "suppressionlist" => "550 5.2.1",
        "rejected" => "554 5.7.1",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{REPLIES, Stage, decided, reply, stage, word};

    #[test]
    fn replies_are_known_by_both_codes_or_the_first() {
        for (code, own_stage, words) in REPLIES {
            assert_eq!(word(code), Some(code));
            assert_eq!(stage(code), own_stage);
            assert_eq!(reply(code), format!("{code} {words}"));
        }
        assert_eq!(word("550"), Some("550 5.1.1"));
        assert_eq!(word("999"), None);
        assert_eq!(stage(decided("rejected").expect("a code")), Stage::Message);
    }
}
