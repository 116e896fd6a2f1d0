use async_trait::async_trait;
use bytes::Bytes;
use reqwest::Client;
use std::time::Duration;
use tidings_provider_http::{Api, CallError};
use url::Url;

/// More than a certificate or a confirmation of SNS has; what is longer is neither.
const LONGEST: usize = 64 * 1024;
/// A certificate and a confirmation are fetched while SNS waits for our answer, 15 seconds at most.
const TIMEOUT: Duration = Duration::from_secs(4);

/// Fetches what a message of SNS names: its certificate, and the confirmation of a subscription.
///
/// Only addresses are asked for that were checked to be AWS's.
#[async_trait]
pub trait SnsSource: Send + Sync {
    /// The body of an answer of success, bounded in time and size.
    ///
    /// # Errors
    /// [`FetchError`]: there is none; another time there may be.
    async fn get(&self, url: &Url) -> Result<Bytes, FetchError>;
}

/// What a message of SNS names could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No answer.
    #[error("SNS did not answer")]
    Call(#[from] CallError),
    /// Another answer than one of success.
    #[error("SNS answered {0}")]
    Status(u16),
    /// An answer that broke off or has no end.
    #[error("the answer of SNS is too long or broke off")]
    Body,
}

/// Fetches from AWS, or from one address that stands in its place.
#[derive(Debug, Clone)]
pub struct HttpSource {
    http: Client,
    instead: Option<Url>,
    timeout: Duration,
}

impl HttpSource {
    /// Fetches from AWS. `http` must not follow redirects.
    pub const fn new(http: Client) -> Self {
        Self {
            http,
            instead: None,
            timeout: TIMEOUT,
        }
    }

    /// Fetches path and query of every address from `base_url`: a simulator, which signs with a key of its
    /// own. The platform's configuration and never a tenant's input, since whoever answers there can sign
    /// in the name of SNS.
    pub const fn instead(http: Client, base_url: Url) -> Self {
        Self {
            http,
            instead: Some(base_url),
            timeout: TIMEOUT,
        }
    }

    /// The same with another limit for each call.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    fn address(&self, url: &Url) -> Url {
        let Some(instead) = &self.instead else {
            return url.clone();
        };
        let mut address = instead.clone();
        let base = instead.path().trim_end_matches('/');
        address.set_path(&format!("{base}{}", url.path()));
        address.set_query(url.query());
        address
    }
}

#[async_trait]
impl SnsSource for HttpSource {
    async fn get(&self, url: &Url) -> Result<Bytes, FetchError> {
        let address = self.address(url);
        let api = Api::new(self.http.clone(), address.clone()).with_timeout(self.timeout);
        let answer = api.call(self.http.get(address)).await?;
        if !answer.is_success() {
            return Err(FetchError::Status(answer.status));
        }
        answer
            .body
            .filter(|body| body.len() <= LONGEST)
            .ok_or(FetchError::Body)
    }
}
