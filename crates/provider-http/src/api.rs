use crate::{Answer, CallError};
use bytes::{Bytes, BytesMut};
use reqwest::{
    Method, RequestBuilder, Response,
    header::{DATE, HeaderMap, HeaderValue},
};
use std::{fmt, sync::Arc, time::Duration};
use tidings_kernel::Clock;
use time::format_description::well_known::Rfc2822;
use url::Url;

/// How long one call may take, connection and answer included.
///
/// Providers answer in well under a second; a call that takes longer than this has an unknown outcome, and
/// waiting longer would only keep a worker from other messages.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(20);

/// More than the longest page of a list; what is longer is not an answer of a provider.
const LONGEST_BODY: usize = 8 * 1024 * 1024;

/// Speaks HTTP with one provider. Every call is bounded in time, every answer in size.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    base_url: Url,
    timeout: Duration,
    clock: Option<Arc<dyn Clock>>,
}

impl Api {
    /// Calls `base_url`, which is the platform's configuration and never a tenant's input: credentials go
    /// there.
    ///
    /// `http` must not follow redirects, since a redirected send would be made twice or not at all.
    pub const fn new(http: reqwest::Client, base_url: Url) -> Self {
        Self {
            http,
            base_url,
            timeout: CALL_TIMEOUT,
            clock: None,
        }
    }

    /// The same, where an answer without a date has that of `clock`, so that a wait until an instant can be read
    /// ([`Answer::retry_after`]).
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock: Some(clock),
            ..self
        }
    }

    /// The same with another limit than [`CALL_TIMEOUT`] for each call.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The base address.
    pub const fn base_url(&self) -> &Url {
        &self.base_url
    }

    /// A request to the base address with these segments behind it, each escaped.
    pub fn request<'a>(
        &self,
        method: Method,
        path: impl IntoIterator<Item = &'a str>,
    ) -> RequestBuilder {
        self.http.request(method, self.url(path))
    }

    /// A request to an address that the provider gave. What it carries of the account goes there, so see
    /// [`Api::trusts`].
    pub fn request_at(&self, method: Method, url: Url) -> RequestBuilder {
        self.http.request(method, url)
    }

    /// Whether an address is at the host of the base address, by the same scheme and port.
    pub fn is_at_base(&self, url: &Url) -> bool {
        url.origin() == self.base_url.origin()
    }

    /// Whether something may be fetched from an address that the provider named: by TLS, or in the clear
    /// where that is how the provider itself is called, which is on a developer's machine.
    pub fn trusts(&self, url: &Url) -> bool {
        url.has_host() && (url.scheme() == "https" || url.scheme() == self.base_url.scheme())
    }

    /// The base address with these segments behind it, each escaped.
    pub fn url<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> Url {
        let mut url = self.base_url.clone();
        // An address that cannot have a path is not called: the client refuses its scheme.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    /// Makes a call.
    ///
    /// # Errors
    /// [`CallError`] tells whether the request can have arrived.
    pub async fn call(&self, request: RequestBuilder) -> Result<Answer, CallError> {
        let response = self.send(request).await?;
        Ok(Answer {
            status: response.status().as_u16(),
            headers: self.dated(response.headers().clone()),
            body: body(response, LONGEST_BODY).await.ok(),
        })
    }

    /// Makes a call whose answer is a file of at most `most` bytes. The body of an answer that is none of
    /// success is bounded like that of any other.
    ///
    /// # Errors
    /// [`DownloadError`]: nothing came, not all of it, or too much.
    pub async fn download(
        &self,
        request: RequestBuilder,
        most: usize,
    ) -> Result<Answer, DownloadError> {
        let response = self.send(request).await.map_err(DownloadError::Call)?;
        let status = response.status();
        let bound = if status.is_success() {
            most
        } else {
            LONGEST_BODY
        };
        let headers = self.dated(response.headers().clone());
        let body = match body(response, bound).await {
            Ok(body) => Some(body),
            Err(error) if status.is_success() => return Err(error),
            Err(_) => None,
        };
        Ok(Answer {
            status: status.as_u16(),
            headers,
            body,
        })
    }

    /// The headers with the date at which they came, where they have none (RFC 9110, section 6.6.1).
    fn dated(&self, mut headers: HeaderMap) -> HeaderMap {
        if let Some(clock) = &self.clock
            && !headers.contains_key(DATE)
            && let Ok(now) = clock.now().format(&Rfc2822)
            && let Ok(now) = HeaderValue::try_from(now)
        {
            headers.insert(DATE, now);
        }
        headers
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, CallError> {
        let sent = request.timeout(self.timeout).send().await;
        // Addresses hold phone numbers and proofs, so errors go without them.
        sent.map_err(|error| {
            let error = error.without_url();
            if error.is_connect() || error.is_builder() {
                CallError::NotSent(error)
            } else {
                CallError::Lost(error)
            }
        })
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("base_url", &self.base_url)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Why a file did not come whole.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// No answer came back.
    #[error(transparent)]
    Call(CallError),
    /// It is longer than asked for.
    #[error("the file is longer than {0} bytes")]
    TooLong(usize),
}

async fn body(mut response: Response, most: usize) -> Result<Bytes, DownloadError> {
    let lost = |error: reqwest::Error| DownloadError::Call(CallError::Lost(error.without_url()));
    let is_too_long = |length: u64| usize::try_from(length).is_ok_and(|length| length > most);
    if response.content_length().is_some_and(is_too_long) {
        return Err(DownloadError::TooLong(most));
    }
    let mut bytes = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if bytes.len() + chunk.len() > most {
            return Err(DownloadError::TooLong(most));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::RETRY_AFTER;
    use time::{OffsetDateTime, macros::datetime};
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

    fn api(base_url: &str) -> Api {
        // Installing it again changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Api::new(http, base_url.parse().unwrap()).with_timeout(Duration::from_secs(2))
    }

    async fn server(answer: ResponseTemplate) -> MockServer {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        server
    }

    #[test]
    fn segments_are_escaped_and_a_slash_at_the_end_does_not_matter() {
        for base in ["https://api.example.com/v1", "https://api.example.com/v1/"] {
            let url = api(base).url(["messages", "a/../b?c"]);
            assert_eq!(
                url.as_str(),
                "https://api.example.com/v1/messages/a%2F..%2Fb%3Fc"
            );
        }
    }

    #[tokio::test]
    async fn an_answer_that_is_too_long_has_no_body() {
        let server =
            server(ResponseTemplate::new(200).set_body_bytes(vec![b' '; LONGEST_BODY + 1]));
        let server = server.await;
        let api = api(&server.uri());
        let answer = api.call(api.request(Method::GET, ["x"])).await.unwrap();
        assert!(answer.is_success());
        assert!(answer.body.is_none());
    }

    #[tokio::test]
    async fn a_file_has_its_own_bound() {
        let server = server(ResponseTemplate::new(200).set_body_bytes(vec![b' '; 11])).await;
        let api = api(&server.uri());
        let request = || api.request(Method::GET, ["x"]);
        let answer = api.download(request(), 11).await.unwrap();
        assert_eq!(answer.body.unwrap().len(), 11);
        let error = api.download(request(), 10).await.unwrap_err();
        assert!(matches!(error, DownloadError::TooLong(10)), "{error:?}");
    }

    #[tokio::test]
    async fn a_file_without_a_length_or_an_end_is_cut_off_at_its_bound() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let endless = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            // An answer to what was not asked yet is none.
            stream
                .read_buf(&mut Vec::with_capacity(4_096))
                .await
                .unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            while stream.write_all(&[b' '; 4_096]).await.is_ok() {}
        });
        let api = api(&format!("http://{address}"));
        let request = api.request(Method::GET, ["x"]);
        let error = api.download(request, 100_000).await.unwrap_err();
        assert!(
            matches!(error, DownloadError::TooLong(100_000)),
            "{error:?}"
        );
        // The connection is closed, so that whoever sends finds out.
        drop(api);
        endless.await.unwrap();
    }

    #[test]
    fn addresses_are_trusted_by_their_scheme_and_known_by_their_host() {
        let url = |text: &str| -> Url { text.parse().unwrap() };
        let api = api("https://api.example.com/v1");
        assert!(api.is_at_base(&url("https://api.example.com/v2/x?y")));
        for other in [
            "http://api.example.com/",
            "https://api.example.com:8443/",
            "https://api.example.com.evil.example/",
        ] {
            assert!(!api.is_at_base(&url(other)), "{other}");
        }
        assert!(api.trusts(&url("https://files.example.com/x")));
        assert!(!api.trusts(&url("http://files.example.com/x")));
        assert!(!api.trusts(&url("file:///etc/passwd")));
    }

    #[tokio::test]
    async fn what_never_left_is_told_from_what_may_have_arrived() {
        let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = unused.local_addr().unwrap();
        drop(unused);
        let api = api(&format!("http://{address}"));
        let error = api
            .call(api.request(Method::POST, ["x"]))
            .await
            .unwrap_err();
        assert!(matches!(error, CallError::NotSent(_)));
    }

    #[test]
    fn an_answer_without_a_date_has_ours() {
        struct Still;
        impl Clock for Still {
            fn now(&self) -> OffsetDateTime {
                datetime!(2026-10-21 07:28:00.5 UTC)
            }
        }
        let api = api("https://api.example.com").with_clock(Arc::new(Still));
        let wait = |date: Option<&'static str>| {
            let until = HeaderValue::from_static("Wed, 21 Oct 2026 07:28:30 GMT");
            let mut headers = HeaderMap::from_iter([(RETRY_AFTER, until)]);
            headers.extend(date.map(|date| (DATE, HeaderValue::from_static(date))));
            let answer = Answer {
                status: 429,
                headers: api.dated(headers),
                body: None,
            };
            answer.retry_after()
        };
        assert_eq!(wait(None), Some(30));
        assert_eq!(wait(Some("Wed, 21 Oct 2026 07:28:10 GMT")), Some(20));
    }
}
