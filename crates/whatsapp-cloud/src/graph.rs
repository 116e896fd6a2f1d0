use crate::{credentials::Caller, signature};
use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret as _;
use std::{sync::Arc, time::Duration};
use tidings_kernel::Clock;
use tidings_provider_http::{Answer, Api, CallError};
use url::Url;

/// Where Meta's Graph API is.
pub const BASE_URL: &str = "https://graph.facebook.com";

/// The version of the Graph API to speak: the newest whose end is announced (29 July 2028).
pub const DEFAULT_VERSION: &str = "v25.0";

/// Speaks with the Graph API in one of its versions.
#[derive(Debug, Clone)]
pub(crate) struct Graph {
    api: Api,
    version: String,
}

impl Graph {
    pub(crate) const fn new(http: reqwest::Client, base_url: Url, version: String) -> Self {
        Self {
            api: Api::new(http, base_url),
            version,
        }
    }

    pub(crate) fn with_timeout(self, timeout: Duration) -> Self {
        Self {
            api: self.api.with_timeout(timeout),
            ..self
        }
    }

    pub(crate) fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self {
            api: self.api.with_clock(clock),
            ..self
        }
    }

    /// A request to an edge of a node, with the token and the proof that we know the app's secret.
    ///
    /// The proof is required by apps that demand it and checked in all others, so a wrong app secret shows
    /// when the account is connected, not when its first callback is refused.
    pub(crate) fn request<'a>(
        &'a self,
        method: Method,
        caller: Caller<'_>,
        path: impl IntoIterator<Item = &'a str>,
    ) -> RequestBuilder {
        let path = std::iter::once(self.version.as_str()).chain(path);
        let proof = signature::proof(caller.app_secret, caller.access_token);
        self.api
            .request(method, path)
            .bearer_auth(caller.access_token.expose_secret())
            .query(&[("appsecret_proof", proof)])
    }

    pub(crate) const fn api(&self) -> &Api {
        &self.api
    }

    pub(crate) async fn call(&self, request: RequestBuilder) -> Result<Answer, CallError> {
        self.api.call(request).await
    }
}
