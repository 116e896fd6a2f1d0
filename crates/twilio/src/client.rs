use crate::{
    credentials::{Login, TwilioCredentials},
    wire::ApiError,
};
use reqwest::{RequestBuilder, Response, header::RETRY_AFTER};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use std::time::Duration;
use url::Url;

/// More than a page of a thousand messages needs; what is longer is not an answer of Twilio's.
const LONGEST_BODY: usize = 8 * 1024 * 1024;

/// Speaks HTTP with Twilio. Every call is bounded in time.
#[derive(Debug, Clone)]
pub(crate) struct ApiClient {
    http: reqwest::Client,
    base_url: Url,
    timeout: Duration,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Whole seconds. The form with a date is left out, since there is no clock here; Twilio
    /// documents neither.
    pub(crate) retry_after: Option<u32>,
    /// `None` when it broke off or is too long.
    body: Option<Vec<u8>>,
}

/// No answer came back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// Nothing left our side.
    #[error("twilio could not be reached")]
    NotSent(#[source] reqwest::Error),
    /// The request may have arrived.
    #[error("the answer of twilio was lost")]
    Lost(#[source] reqwest::Error),
}

impl Answer {
    pub(crate) const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    pub(crate) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(self.body.as_deref()?).ok()
    }

    /// Twilio's own words about a refusal, if there are any.
    pub(crate) fn error(&self) -> Option<ApiError> {
        self.read()
    }
}

impl ApiClient {
    pub(crate) const fn new(http: reqwest::Client, base_url: Url, timeout: Duration) -> Self {
        Self {
            http,
            base_url,
            timeout,
        }
    }

    pub(crate) fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    pub(crate) async fn create_message(
        &self,
        credentials: &TwilioCredentials,
        form: &[(&'static str, String)],
    ) -> Result<Answer, CallError> {
        let url = self.messages(credentials, "Messages.json");
        self.call(self.http.post(url).form(form), &credentials.login())
            .await
    }

    pub(crate) async fn message(
        &self,
        credentials: &TwilioCredentials,
        sid: &str,
    ) -> Result<Answer, CallError> {
        let mut url = self.messages(credentials, "Messages");
        push(&mut url, &[&format!("{sid}.json")]);
        self.call(self.http.get(url), &credentials.login()).await
    }

    /// One page of messages. The query is ours, or the one of a `next_page_uri`: only the query, so
    /// that no answer can send our credentials anywhere else.
    pub(crate) async fn message_list(
        &self,
        credentials: &TwilioCredentials,
        query: &str,
    ) -> Result<Answer, CallError> {
        let mut url = self.messages(credentials, "Messages.json");
        url.set_query(Some(query));
        self.call(self.http.get(url), &credentials.login()).await
    }

    pub(crate) async fn account(
        &self,
        account_sid: &str,
        login: &Login,
    ) -> Result<Answer, CallError> {
        let mut url = self.base_url.clone();
        push(
            &mut url,
            &["2010-04-01", "Accounts", &format!("{account_sid}.json")],
        );
        self.call(self.http.get(url), login).await
    }

    fn messages(&self, credentials: &TwilioCredentials, resource: &str) -> Url {
        let mut url = self.base_url.clone();
        push(
            &mut url,
            &[
                "2010-04-01",
                "Accounts",
                &credentials.identity.account_sid,
                resource,
            ],
        );
        url
    }

    async fn call(&self, request: RequestBuilder, login: &Login) -> Result<Answer, CallError> {
        let request = request
            .basic_auth(&login.user, Some(login.password.expose_secret()))
            .timeout(self.timeout);
        // The address of a list holds phone numbers, so errors go without it.
        let response = request.send().await.map_err(|error| {
            let error = error.without_url();
            if error.is_connect() || error.is_builder() {
                CallError::NotSent(error)
            } else {
                CallError::Lost(error)
            }
        })?;
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let status = response.status().as_u16();
        Ok(Answer {
            status,
            retry_after,
            body: body(response).await,
        })
    }
}

/// Adds segments to the path, escaped, whether or not it ends with a slash.
fn push(url: &mut Url, segments: &[&str]) {
    // An address that cannot have a path is not called: the client refuses its scheme.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
}

async fn body(mut response: Response) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if bytes.len() + chunk.len() > LONGEST_BODY {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    Some(bytes)
}
