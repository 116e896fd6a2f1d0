use crate::resolver::{Guarded, NotPublic};
use async_trait::async_trait;
use reqwest::{Client, header, redirect};
use std::{error::Error, sync::Arc, time::Duration};
use tidings_messaging::{
    WebhookClient, WebhookError, WebhookReach as Reach, WebhookRequest, WebhookUrl, WebhookUrlError,
};
use url::Url;

/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a whole request may take, as long as Twilio waits.
const WHOLE: Duration = Duration::from_secs(15);
/// How much of an answer is read; nothing of it is used, but a connection that is read to its end serves again.
const READ: usize = 16 * 1024;

/// The client cannot be made, for instance because the machine has no root certificates.
#[derive(Debug, thiserror::Error)]
#[error("the client for webhooks cannot be made")]
pub struct NoClient(#[source] reqwest::Error);

/// Calls tenants' own systems.
#[derive(Debug, Clone)]
pub struct Caller {
    http: Client,
    reach: Reach,
    whole: Duration,
}

impl Caller {
    /// A caller with a client of its own, whose names are looked up with care.
    ///
    /// # Errors
    /// [`NoClient`].
    pub fn new(reach: Reach) -> Result<Self, NoClient> {
        let http = Client::builder()
            .user_agent(concat!("tidings/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(Guarded(reach)))
            .connect_timeout(CONNECT)
            .pool_max_idle_per_host(8)
            .pool_idle_timeout(Duration::from_secs(20))
            .build()
            .map_err(NoClient)?;
        Ok(Self {
            http,
            reach,
            whole: WHOLE,
        })
    }

    /// The same with another limit for a request.
    #[must_use]
    pub fn with_timeout(self, whole: Duration) -> Self {
        Self { whole, ..self }
    }
}

#[async_trait]
impl WebhookClient for Caller {
    async fn post(&self, request: &WebhookRequest) -> Result<u16, WebhookError> {
        let url = WebhookUrl::parse(&request.url, self.reach).map_err(WebhookError::NotAllowed)?;
        let mut call = self
            .http
            .post(Url::from(url))
            .timeout(self.whole)
            .header(header::CONTENT_TYPE, request.content_type)
            .header(header::ACCEPT, "*/*")
            .body(request.body.clone());
        for (name, value) in &request.headers {
            call = call.header(*name, value);
        }
        // The address may hold what is personal, so errors go without it.
        let mut response = call
            .send()
            .await
            .map_err(|error| unanswered(error.without_url()))?;
        let status = response.status().as_u16();
        let mut read = 0;
        // The status says all: what breaks after it changes nothing.
        while let Ok(Some(chunk)) = response.chunk().await {
            read += chunk.len();
            if read > READ {
                break;
            }
        }
        Ok(status)
    }
}

fn unanswered(error: reqwest::Error) -> WebhookError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return WebhookError::NotAllowed(WebhookUrlError::NotPublic);
        }
        cause = error.source();
    }
    WebhookError::Unanswered(error.into())
}
