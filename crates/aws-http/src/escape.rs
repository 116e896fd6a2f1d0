//! How AWS escapes names and values: everything but letters, digits and four marks.

use std::fmt::Write as _;

/// Escapes everything but letters, digits, `-`, `.`, `_` and `~`.
///
/// ```rust
/// assert_eq!(tidings_aws_http::escape("a b/~é"), "a%20b%2F~%C3%A9");
/// ```
pub fn escape(text: &str) -> String {
    escape_bytes(text.as_bytes())
}

/// A form as AWS writes it: a blank is `%20` and never `+`.
///
/// ```rust
/// let form = tidings_aws_http::form([("Action", "Publish"), ("Message", "Ready & so on")]);
/// assert_eq!(form, "Action=Publish&Message=Ready%20%26%20so%20on");
/// ```
pub fn form<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let fields = fields
        .into_iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    fields.collect::<Vec<_>>().join("&")
}

fn escape_bytes(bytes: &[u8]) -> String {
    let mut escaped = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(byte.into());
            }
            // Writing to a string does not fail.
            _ => drop(write!(escaped, "%{byte:02X}")),
        }
    }
    escaped
}

/// The bytes behind an escaped text. What is no escape stands for itself, `+` too.
///
/// ```rust
/// assert_eq!(tidings_aws_http::unescape("a%20b+c%zz"), b"a b+c%zz");
/// ```
pub fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = match after {
            [high, low, after @ ..] if first == b'%' => Some(after).zip(byte(*high, *low)),
            _ => None,
        };
        let (after, byte) = escaped.unwrap_or((after, first));
        bytes.push(byte);
        rest = after;
    }
    bytes
}

fn byte(high: u8, low: u8) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    u8::try_from(digit(high)? << 4 | digit(low)?).ok()
}

/// One segment of a path, escaped in whatever way, as AWS escapes it.
pub(crate) fn segment(escaped: &str) -> String {
    escape_bytes(&unescape(escaped))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_escaped_once_however_it_came() {
        for (came, expected) in [
            ("a@b", "a%40b"),
            ("a%40b", "a%40b"),
            ("a%2fb", "a%2Fb"),
            ("100%", "100%25"),
            ("%zz", "%25zz"),
            ("%+1", "%25%2B1"),
            ("", ""),
        ] {
            assert_eq!(segment(came), expected, "{came}");
        }
    }
}
