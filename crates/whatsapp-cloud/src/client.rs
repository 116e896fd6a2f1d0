use crate::credentials::Caller;
use crate::signature::proof;
use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::Value;
use std::{fmt, time::Duration};
use tidings_kernel::BoxError;
use url::Url;

/// Where Meta's Graph API is.
pub const BASE_URL: &str = "https://graph.facebook.com";

/// The version of the Graph API to speak: the newest whose end is announced (29 July 2028).
pub const DEFAULT_VERSION: &str = "v25.0";

/// How long a call may take. Meta answers in well under a second; a message that was on its way for
/// longer is not known to be sent.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Real answers have a few hundred bytes.
const MOST_BYTES: usize = 256 * 1024;

const PHONE_NUMBER_FIELDS: &str = "id,display_phone_number,verified_name,status,quality_rating,name_status,throughput,whatsapp_business_manager_messaging_limit,health_status";

/// Speaks HTTP with the Graph API.
#[derive(Debug, Clone)]
pub(crate) struct GraphClient {
    http: reqwest::Client,
    base_url: Url,
    version: String,
    timeout: Duration,
}

/// What came back, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// How long the headers ask to wait, in seconds.
    pub(crate) wait: Option<u32>,
    /// The JSON of the body; null where it is something else.
    pub(crate) json: Value,
}

/// Why nothing whole came back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The request never left our side.
    #[error("the request did not leave")]
    NotSent(#[source] BoxError),
    /// The request may have arrived.
    #[error("the answer was lost")]
    Lost(#[source] BoxError),
}

impl GraphClient {
    pub(crate) fn new(http: reqwest::Client, base_url: Url, version: String) -> Self {
        Self {
            http,
            base_url,
            version,
            timeout: TIMEOUT,
        }
    }

    pub(crate) fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    /// `POST /{version}/{phone number id}/messages`.
    pub(crate) async fn send(
        &self,
        caller: Caller<'_>,
        body: &impl serde::Serialize,
    ) -> Result<Answer, CallError> {
        let request = self.request(Method::POST, caller, Some("messages"))?;
        self.call(request.json(body)).await
    }

    /// `GET /{version}/{phone number id}`.
    pub(crate) async fn phone_number(&self, caller: Caller<'_>) -> Result<Answer, CallError> {
        let request = self.request(Method::GET, caller, None)?;
        self.call(request.query(&[("fields", PHONE_NUMBER_FIELDS)]))
            .await
    }

    fn request(
        &self,
        method: Method,
        caller: Caller<'_>,
        edge: Option<&str>,
    ) -> Result<RequestBuilder, CallError> {
        let mut url = self.base_url.clone();
        url.path_segments_mut()
            .map_err(|()| CallError::NotSent("the base address takes no path".into()))?
            .pop_if_empty()
            .push(&self.version)
            .push(caller.phone_number_id)
            .extend(edge);
        // The proof is required by apps that demand it and checked in all others, so a wrong app secret
        // shows when the account is connected, not when its first callback is refused.
        let proof = proof(caller.app_secret, caller.access_token);
        Ok(self
            .http
            .request(method, url)
            .timeout(self.timeout)
            .bearer_auth(caller.access_token)
            .query(&[("appsecret_proof", proof)]))
    }

    async fn call(&self, request: RequestBuilder) -> Result<Answer, CallError> {
        let mut response = request.send().await.map_err(|error| {
            let never_left = error.is_connect() || error.is_builder();
            // The address holds the proof, which does not belong into a log.
            let source = error.without_url().into();
            if never_left {
                CallError::NotSent(source)
            } else {
                CallError::Lost(source)
            }
        })?;
        let status = response.status();
        let wait = wait(response.headers());
        let mut body = Vec::new();
        let lost = |error: reqwest::Error| CallError::Lost(error.without_url().into());
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(CallError::Lost(
                    "the answer is longer than any of Meta's".into(),
                ));
            }
            body.extend_from_slice(&chunk);
        }
        let json = serde_json::from_slice(&body).unwrap_or_default();
        Ok(Answer { status, wait, json })
    }
}

/// How long the headers ask to wait: `Retry-After` in seconds, which Meta does not document but gateways
/// send, or the greatest `estimated_time_to_regain_access`, in minutes, of the usage header.
fn wait(headers: &HeaderMap) -> Option<u32> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(seconds) = text("retry-after").and_then(|text| text.trim().parse().ok()) {
        return Some(seconds);
    }
    let usage: Value = serde_json::from_str(text("x-business-use-case-usage")?).ok()?;
    let accounts = usage.as_object()?.values();
    accounts
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|entry| entry.get("estimated_time_to_regain_access")?.as_u64())
        .filter_map(|minutes| u32::try_from(minutes.saturating_mul(60)).ok())
        .max()
        .filter(|seconds| *seconds > 0)
}

/// An error and its causes on one line, for `detail`.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    struct Chain<'a>(&'a dyn std::error::Error);
    impl fmt::Display for Chain<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{}", self.0)?;
            let mut next = self.0.source();
            while let Some(error) = next {
                write!(f, ": {error}")?;
                next = error.source();
            }
            Ok(())
        }
    }
    Chain(error).to_string().chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let name = HeaderName::from_static(name);
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn the_usage_header_counts_in_minutes() {
        let usage =
            r#"{"100200300400500":[{"type":"whatsapp","estimated_time_to_regain_access":19},
            {"type":"whatsapp","estimated_time_to_regain_access":0}]}"#
                .replace('\n', "");
        assert_eq!(
            wait(&headers("x-business-use-case-usage", &usage)),
            Some(19 * 60)
        );
        assert_eq!(wait(&headers("retry-after", "7")), Some(7));
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
            assert_eq!(
                wait(&headers("x-business-use-case-usage", value)),
                None,
                "{value}"
            );
        }
        assert_eq!(
            wait(&headers("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")),
            None
        );
    }
}
