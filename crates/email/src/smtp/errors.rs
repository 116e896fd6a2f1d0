//! What a server's refusal means: by the enhanced code if there is one, else by the reply's code, and by
//! what was refused.

mod table;

pub use table::ERRORS;

use super::{DESCRIPTOR, failure::Stage};
use crate::words;
use tidings_provider_http::note_unknown;
use tidings_routing::{Class, ProviderError};

/// Words about speed. Servers have no code of their own for it.
const TOO_FAST: [&str; 6] = [
    "sending rate",
    "rate limit",
    "rate exceeded",
    "unusual rate",
    "too many messages",
    "too many connections",
];

/// Words about what the account may not, in refusals whose code says less.
const NOT_ALLOWED: [&str; 4] = [
    "daily message quota exceeded",
    "email address is not verified",
    "access denied: user",
    "not subscribed to ses",
];

/// A server that asks strangers to come again takes none of them sooner than after a minute.
const GREYLISTED_FOR: u32 = 60;

/// A server's refusal in our words.
pub(super) fn refusal(stage: Stage, code: u16, words: &str, hidden: &[&str]) -> ProviderError {
    let basic = code.to_string();
    let enhanced = enhanced(words);
    let name = enhanced.unwrap_or(&basic);
    let class = class(stage, &basic, enhanced, words);
    if ERRORS.find(name).is_none() {
        note_unknown(DESCRIPTOR.name, name, class);
    }
    // Whatever a server repeats of a login is not for logs.
    let detail = match stage {
        Stage::Login => "the server refused the login".to_owned(),
        Stage::Greeting | Stage::Sender | Stage::Recipient | Stage::Data | Stage::End => {
            said(words, enhanced, hidden)
        }
    };
    let mut error = ERRORS.explain(name, &detail, class);
    if error.class != class {
        error.class = class;
        class.advice().clone_into(&mut error.advice);
    }
    if class == Class::Transient && is_greylisted(words) {
        error.retry_after_seconds = Some(GREYLISTED_FOR);
    }
    if let (Stage::Greeting, Class::Account) = (stage, class) {
        "the server refuses this platform or its address: ask whoever runs it"
            .clone_into(&mut error.advice);
    }
    error
}

fn is_greylisted(words: &str) -> bool {
    let words = words.to_lowercase();
    ["greylist", "graylist", "grey list", "gray list"]
        .iter()
        .any(|word| words.contains(word))
}

fn said(words: &str, enhanced: Option<&str>, hidden: &[&str]) -> String {
    let words = match enhanced {
        Some(code) => words.strip_prefix(code).unwrap_or(words),
        None => words,
    };
    let words = words::safe(words.trim(), hidden);
    if words.is_empty() {
        return "the server gave no reason".to_owned();
    }
    words
}

fn class(stage: Stage, basic: &str, enhanced: Option<&str>, words: &str) -> Class {
    let words = words.to_lowercase();
    let says = |list: &[&str]| list.iter().any(|part| words.contains(part));
    if says(&NOT_ALLOWED) {
        return Class::Account;
    }
    let is_passing = [Some(basic), enhanced]
        .into_iter()
        .flatten()
        .any(|code| code.starts_with('4'));
    let known = enhanced
        .and_then(|code| ERRORS.find(code))
        .map(|row| row.class);
    if is_passing {
        return match known {
            Some(Class::RateLimited) => Class::RateLimited,
            _ if says(&TOO_FAST) => Class::RateLimited,
            _ => Class::Transient,
        };
    }
    match (known.or_else(|| enhanced.and_then(by_subject)), stage) {
        // A login is refused to the account, and a greeting to us, whatever the code says.
        (_, Stage::Greeting | Stage::Login) => Class::Account,
        // Codes for an address are about the one that was named last.
        (Some(Class::Recipient), Stage::Sender) => Class::Sender,
        // Once it has read the message, policy is about the message.
        (Some(Class::Account), Stage::End) if is_policy(enhanced) => Class::Content,
        (Some(class), _) => class,
        (None, stage) => by_basic(stage, basic),
    }
}

/// The class of an enhanced code that is in no table, by its second number (RFC 3463, section 3).
fn by_subject(code: &str) -> Option<Class> {
    match code.split('.').nth(1)? {
        "1" | "2" => Some(Class::Recipient),
        "6" => Some(Class::Content),
        "7" => Some(Class::Account),
        // Systems, networks and protocols: what was refused tells more.
        _ => None,
    }
}

/// Whether a code says no more than that somebody's rules forbid it.
fn is_policy(enhanced: Option<&str>) -> bool {
    matches!(enhanced, Some("5.7.0" | "5.7.1"))
}

/// The class of a refusal for good without an enhanced code that we know.
fn by_basic(stage: Stage, basic: &str) -> Class {
    let known = ERRORS.find(basic).map(|row| row.class);
    match (stage, known) {
        (_, Some(Class::Account)) | (Stage::Greeting | Stage::Login, _) => Class::Account,
        (Stage::Sender, _) => Class::Sender,
        (Stage::Recipient, _) => Class::Recipient,
        (Stage::Data | Stage::End, _) => Class::Content,
    }
}

/// The first enhanced code in a reply (RFC 3463, section 2).
fn enhanced(words: &str) -> Option<&str> {
    words
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';' | ':' | '#'))
        .find(|word| is_enhanced(word))
}

fn is_enhanced(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    let [class, subject, detail] = parts.as_slice() else {
        return false;
    };
    let is_number =
        |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    matches!(*class, "4" | "5") && is_number(subject) && is_number(detail)
}

#[cfg(test)]
mod tests;
