//! What the callbacks of all three interfaces have in common.

use crate::send::ATTEMPT_FIELD;
use tidings_kernel::{AttemptId, PhoneNumber};
use tidings_messaging::{CallbackRequest, NotAuthentic, Unreadable};
use time::Duration;
use url::form_urlencoded;

/// A header without which nothing can be checked.
pub(crate) fn header<'a>(
    request: &'a CallbackRequest,
    name: &str,
) -> Result<&'a str, NotAuthentic> {
    request.header(name).ok_or(NotAuthentic::Missing)
}

/// Refuses a request that was signed longer ago than `most`, or further ahead of our clock than five minutes.
pub(crate) fn check_age(
    request: &CallbackRequest,
    signed_at: &str,
    most: Duration,
) -> Result<(), NotAuthentic> {
    const AHEAD: i64 = 5 * 60;
    let signed_at: i64 = signed_at.parse().map_err(|_| NotAuthentic::Wrong)?;
    let age = request
        .received_at
        .unix_timestamp()
        .saturating_sub(signed_at);
    if (-AHEAD..=most.whole_seconds()).contains(&age) {
        Ok(())
    } else {
        Err(NotAuthentic::Wrong)
    }
}

/// The query of the address that was called, as it was.
pub(crate) fn query(request: &CallbackRequest) -> &str {
    let address = request
        .url
        .split_once('#')
        .map_or(&*request.url, |(address, _)| address);
    address.split_once('?').map_or("", |(_, query)| query)
}

/// Our reference in the query of the address.
pub(crate) fn attempt(request: &CallbackRequest) -> Option<AttemptId> {
    let mut pairs = form_urlencoded::parse(query(request).as_bytes());
    let (_, value) = pairs.find(|(name, _)| name == ATTEMPT_FIELD)?;
    value.parse().ok()
}

/// A phone number with or without its plus sign. Short codes are none: nobody's number is so short.
pub(crate) fn number(text: &str) -> Option<PhoneNumber> {
    const SHORTEST: usize = 7;
    let digits = text.trim().trim_start_matches('+');
    if digits.len() < SHORTEST {
        return None;
    }
    PhoneNumber::from_e164(&format!("+{digits}")).ok()
}

/// The provider's word for what changes nothing here, cut to a sensible length.
pub(crate) fn shortened(word: &str) -> String {
    word.chars().take(64).collect()
}

pub(crate) fn missing(what: &str) -> Unreadable {
    Unreadable {
        context: format!("{what} is missing"),
        source: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::OffsetDateTime;

    fn request(url: &str) -> CallbackRequest {
        CallbackRequest {
            method: "GET".into(),
            url: url.into(),
            headers: Vec::new(),
            body: bytes::Bytes::new(),
            received_at: OffsetDateTime::from_unix_timestamp(1_789_000_000).unwrap(),
        }
    }

    #[test]
    fn a_number_may_lack_its_plus_and_a_short_code_is_none() {
        let expected = PhoneNumber::from_e164("+12025550123").ok();
        for text in ["+12025550123", "12025550123", " 12025550123 "] {
            assert_eq!(number(text), expected, "{text:?}");
        }
        for text in [
            "",
            "24680",
            "+1234",
            "EXAMPLECO",
            "012025550123",
            "12025550123x",
        ] {
            assert_eq!(number(text), None, "{text:?}");
        }
    }

    #[test]
    fn age_is_bounded_on_both_sides() {
        let request = request("https://hooks.example.com/c");
        for (signed_at, is_right) in [
            ("1789000000", true),
            ("1788999700", true),
            ("1788999699", false),
            ("1789000300", true),
            ("1789000301", false),
            ("9223372036854775807", false),
            ("-9223372036854775808", false),
            ("now", false),
            ("", false),
        ] {
            let checked = check_age(&request, signed_at, Duration::minutes(5));
            assert_eq!(checked.is_ok(), is_right, "{signed_at}");
        }
    }

    #[test]
    fn our_reference_is_read_from_the_address() {
        let att = "att_01h2xcejqtf2nbrexx3vqjhp41";
        let given = request(&format!(
            "https://hooks.example.com/c?t=a&att={att}&status=sent#x=1"
        ));
        assert_eq!(attempt(&given), att.parse().ok());
        assert_eq!(query(&given), format!("t=a&att={att}&status=sent"));
        for url in [
            "https://hooks.example.com/c",
            "https://hooks.example.com/c?att=x",
        ] {
            assert_eq!(attempt(&request(url)), None, "{url}");
        }
    }
}
