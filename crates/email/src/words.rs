//! A server's words, without what they repeat of people and secrets.

use tidings_provider_http::without_numbers;

/// What may stand around an address.
const AROUND: [char; 12] = ['<', '>', '(', ')', '[', ']', '"', '\'', ',', ';', ':', '='];

/// A server's words in one line, without addresses, phone numbers, and everything in `hidden`.
pub(crate) fn safe(words: &str, hidden: &[&str]) -> String {
    let line: String = words
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let mut line = line;
    for secret in hidden.iter().filter(|secret| !secret.is_empty()) {
        line = line.replace(secret, "…");
    }
    without_numbers(&without_addresses(&line))
}

/// The text with an ellipsis in place of what stands before each `@`.
fn without_addresses(text: &str) -> String {
    let is_end = |c: char| c.is_whitespace() || AROUND.contains(&c);
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        let start = before
            .char_indices()
            .rev()
            .find(|(_, c)| is_end(*c))
            .map_or(0, |(index, c)| index + c.len_utf8());
        let (kept, local) = before.split_at(start);
        result.push_str(kept);
        if !local.is_empty() {
            result.push('…');
        }
        result.push('@');
        rest = after;
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_can_be_recognized() {
        for (words, expected) in [
            (
                "5.1.1 <ann.lee@example.net>: user unknown",
                "5.1.1 <…@example.net>: user unknown",
            ),
            (
                "ann@example.net eve@example.com",
                "…@example.net …@example.com",
            ),
            ("bounce=ann@example.net", "bounce=…@example.net"),
            ("call +12025550123", "call +…23"),
            ("two\r\nlines", "two  lines"),
            ("@ alone", "@ alone"),
            ("é@ü@x", "…@…@x"),
            ("", ""),
        ] {
            assert_eq!(safe(words, &[]), expected);
        }
    }

    #[test]
    fn secrets_and_texts_are_taken_out() {
        assert_eq!(
            safe(
                "bad password hunter2 in Dear Ann",
                &["hunter2", "Dear Ann", ""]
            ),
            "bad password … in …"
        );
    }
}
