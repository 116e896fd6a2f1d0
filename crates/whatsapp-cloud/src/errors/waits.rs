use serde_json::Value;
use tidings_provider_http::Answer;

/// How long to wait, in seconds, by code: Meta sends no `Retry-After` and documents these instead.
///
/// Where it says only "hours" (131048) or "as told" (133008, 133009), the values are ours.
const WAITS: &[(u32, u32)] = &[
    (4, 300),
    (80_007, 300),
    (130_429, 2),
    (131_048, 4 * 3600),
    // The pair rate: one message every 6 seconds to the same person.
    (131_056, 6),
    (131_057, 60),
    (131_064, 24 * 3600),
    (132_069, 60),
    (133_008, 3600),
    (133_009, 3600),
    (133_015, 300),
    (133_016, 72 * 3600),
    (134_101, 600),
];

/// How long to wait after an error of this code.
pub(super) fn documented(code: u32) -> Option<u32> {
    let row = WAITS.iter().find(|(known, _)| *known == code);
    row.map(|(_, seconds)| *seconds)
}

/// How often a call is made again at most after an error of this code, where Meta sets a bound: what it could not
/// tell the cause of may be a fault of its own once, and is one of the call after that.
pub(super) fn most_retries(code: u32) -> Option<u32> {
    (code == 1).then_some(1)
}

/// How long the headers ask to wait, in seconds: `Retry-After`, which Meta does not document but gateways
/// send, or the greatest `estimated_time_to_regain_access`, in minutes, of the usage header.
pub(super) fn asked(answer: &Answer) -> Option<u32> {
    if let Some(seconds) = answer.retry_after() {
        return Some(seconds);
    }
    let usage: Value = serde_json::from_str(answer.header("x-business-use-case-usage")?).ok()?;
    let accounts = usage.as_object()?.values();
    accounts
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|entry| entry.get("estimated_time_to_regain_access")?.as_u64())
        .filter_map(|minutes| u32::try_from(minutes.saturating_mul(60)).ok())
        .max()
        .filter(|seconds| *seconds > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    fn asks(name: &'static str, value: &str) -> Option<u32> {
        let name = HeaderName::from_static(name);
        let headers = [(name, HeaderValue::from_str(value).unwrap())];
        asked(&Answer {
            status: 400,
            headers: HeaderMap::from_iter(headers),
            body: None,
        })
    }

    #[test]
    fn the_usage_header_counts_in_minutes() {
        let usage =
            r#"{"100200300400500":[{"type":"whatsapp","estimated_time_to_regain_access":19},
            {"type":"whatsapp","estimated_time_to_regain_access":0}]}"#
                .replace('\n', "");
        assert_eq!(asks("x-business-use-case-usage", &usage), Some(19 * 60));
        assert_eq!(asks("retry-after", "7"), Some(7));
    }

    #[test]
    fn odd_headers_ask_for_nothing() {
        for value in [
            "",
            "{}",
            "[]",
            r#"{"1":[{"estimated_time_to_regain_access":0}]}"#,
            "null",
        ] {
            assert_eq!(asks("x-business-use-case-usage", value), None, "{value}");
        }
        let date = "Wed, 21 Oct 2026 07:28:00 GMT";
        assert_eq!(asks("retry-after", date), None);
    }
}
