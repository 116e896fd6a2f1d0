use bytes::Bytes;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tidings_messaging::{ConnectError, QueryError};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

/// The longest wait that is believed, in seconds: a day.
const LONGEST_WAIT: i64 = 86_400;

/// What came back from a provider.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; `None` when it broke off or is longer than any answer of a provider.
    pub body: Option<Bytes>,
}

/// No answer came back.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Nothing left our side.
    #[error("the provider could not be reached")]
    NotSent(#[source] reqwest::Error),
    /// The request may have arrived.
    #[error("the answer of the provider was lost")]
    Lost(#[source] reqwest::Error),
}

impl CallError {
    /// Whether the time for the answer was over.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Lost(error) if error.is_timeout())
    }
}

impl From<CallError> for ConnectError {
    fn from(error: CallError) -> Self {
        Self::Unreachable(error.into())
    }
}

impl From<CallError> for QueryError {
    fn from(error: CallError) -> Self {
        Self(error.into())
    }
}

impl Answer {
    /// Whether the status is one of success.
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The body as `T`; `None` when it is something else.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(self.body.as_deref()?).ok()
    }

    /// The body as any JSON.
    pub fn json(&self) -> Option<Value> {
        self.read()
    }

    /// The first header of this name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// For how many seconds `Retry-After` asks to wait, up to a day. It may also name an instant, which counts from
    /// the answer's own `Date`: whether our clocks agree does not matter then.
    pub fn retry_after(&self) -> Option<u32> {
        let asked = self.header(RETRY_AFTER.as_str())?.trim();
        let seconds = if let Ok(seconds) = asked.parse::<u32>() {
            seconds.into()
        } else {
            let wait = instant(asked)? - instant(self.header(DATE.as_str())?)?;
            // An instant that has passed asks for nothing.
            Some(wait.whole_seconds()).filter(|seconds| *seconds > 0)?
        };
        u32::try_from(seconds.min(LONGEST_WAIT)).ok()
    }
}

/// A date of HTTP: `Wed, 21 Oct 2026 07:28:00 GMT`.
fn instant(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text.trim(), &Rfc2822).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn wait(headers: &[(&'static str, &'static str)]) -> Option<u32> {
        let headers = headers.iter().map(|&(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        });
        let answer = Answer {
            status: 429,
            headers: headers.collect(),
            body: None,
        };
        answer.retry_after()
    }

    #[test]
    fn a_wait_is_told_in_seconds_up_to_a_day() {
        for (value, seconds) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("86400", Some(86_400)),
            ("4294967295", Some(86_400)),
            ("4294967296", None),
            ("-1", None),
            ("soon", None),
        ] {
            assert_eq!(wait(&[("retry-after", value)]), seconds, "{value}");
        }
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn a_wait_until_an_instant_counts_from_the_answer_s_own_date() {
        let date = ("date", "Wed, 21 Oct 2026 07:27:30 GMT");
        for (value, seconds) in [
            ("Wed, 21 Oct 2026 07:28:00 GMT", Some(30)),
            ("Sat, 21 Nov 2026 07:28:00 GMT", Some(86_400)),
            ("Wed, 21 Oct 2026 07:27:30 GMT", None),
            ("Wed, 21 Oct 2026 07:00:00 GMT", None),
            ("Wed, 41 Oct 2026 07:28:00 GMT", None),
        ] {
            assert_eq!(wait(&[date, ("retry-after", value)]), seconds, "{value}");
            assert_eq!(wait(&[("retry-after", value)]), None, "{value}");
        }
    }
}
