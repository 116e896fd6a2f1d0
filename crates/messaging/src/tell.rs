//! Tells tenants' own systems what became of their messages.

use crate::{
    AuthToken, AuthTokens, Decision, MessageRecord, Messages, Status, StatusWebhook,
    StatusWebhooks, Vault, WebhookClient, WebhookError, WebhookForm, WebhookShare,
};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use tidings_kernel::{Clock, StoreError, TenantId};
use time::Duration;

/// How long after each failure it is tried again; after the last it is given up.
pub const RETRIES: [Duration; 5] = [
    Duration::seconds(5),
    Duration::seconds(30),
    Duration::minutes(2),
    Duration::minutes(10),
    Duration::minutes(30),
];

/// After which time a change is no news any more, and forgotten whether it was told or not: so long may a tenant's
/// system be away.
const STALE: Duration = Duration::hours(4);

/// The use case: everything that it needs of the outside.
#[derive(Clone)]
pub struct Telling {
    /// What is to be told.
    pub webhooks: Arc<dyn StatusWebhooks>,
    /// Messages.
    pub messages: Arc<dyn Messages>,
    /// What signs.
    pub tokens: Arc<dyn AuthTokens>,
    /// Opens what signs.
    pub vault: Arc<dyn Vault>,
    /// How it is written.
    pub form: Arc<dyn WebhookForm>,
    /// Who posts it.
    pub client: Arc<dyn WebhookClient>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// For how long what is taken belongs to whoever took it: longer than a request may take.
    pub lease: Duration,
}

/// What became of a change that was to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The tenant's system took it.
    Taken,
    /// It was no news to it.
    NoNews,
    /// It failed, and is tried again later.
    Later,
    /// It is given up.
    GivenUp,
}

impl Told {
    /// The name used in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::NoNews => "no_news",
            Self::Later => "later",
            Self::GivenUp => "given_up",
        }
    }
}

impl Telling {
    /// Takes what is to be told now.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was taken.
    pub async fn take(&self, share: WebhookShare<'_>) -> Result<Vec<StatusWebhook>, StoreError> {
        let now = self.clock.now();
        self.webhooks.claim(share, now, self.lease).await
    }

    /// Tells a change that was taken. A program that is told twice was told once and was not heard to say so.
    ///
    /// # Errors
    /// [`StoreError`]: it is told again when the lease is over.
    pub async fn tell(&self, webhook: &StatusWebhook) -> Result<Told, StoreError> {
        let told = self.post(webhook).await?;
        match told {
            Told::Taken | Told::NoNews | Told::GivenUp => self.webhooks.finish(webhook).await?,
            Told::Later => {
                let retry_at = self.clock.now() + delay(webhook.failures).unwrap_or_default();
                self.webhooks.put_back(webhook, retry_at).await?;
            }
        }
        Ok(told)
    }

    /// Forgets what is no news any more, and says how much there was.
    ///
    /// # Errors
    /// [`StoreError`]: it is forgotten later.
    pub async fn forget(&self) -> Result<u64, StoreError> {
        self.webhooks.forget(self.clock.now() - STALE).await
    }

    async fn post(&self, webhook: &StatusWebhook) -> Result<Told, StoreError> {
        let StatusWebhook {
            tenant, message, ..
        } = *webhook;
        let Some(record) = self.messages.get(tenant, message).await? else {
            return Ok(Told::NoNews);
        };
        let decision = self.decision(&record).await?;
        let Ok(key) = self.key(tenant).await? else {
            tracing::error!(%tenant, "a webhook waits: the tenant's auth token does not open");
            return Ok(after_failure(webhook));
        };
        let request = self
            .form
            .request(webhook, &record, decision.as_ref(), key.as_ref());
        let Some(request) = request else {
            return Ok(Told::NoNews);
        };
        Ok(match self.client.post(&request).await {
            Ok(200..=299) => Told::Taken,
            // What may pass.
            Ok(408 | 425 | 429 | 500..=599) => after_failure(webhook),
            Ok(status) => {
                tracing::warn!(%tenant, %message, status, "a tenant's system refuses a webhook");
                Told::GivenUp
            }
            Err(error @ WebhookError::NotAllowed(_)) => {
                tracing::warn!(%tenant, %message, error = &error as &dyn std::error::Error,
                    "a webhook is given up");
                Told::GivenUp
            }
            Err(error @ WebhookError::Unanswered(_)) => {
                tracing::debug!(%tenant, %message, error = &error as &dyn std::error::Error,
                    "a webhook got no answer");
                after_failure(webhook)
            }
        })
    }

    /// Why the gate refused a message that was taken in, if it did.
    async fn decision(&self, record: &MessageRecord) -> Result<Option<Decision>, StoreError> {
        let message = &record.message;
        if !matches!(message.status, Status::Blocked | Status::Expired) {
            return Ok(None);
        }
        let decisions = self.messages.decisions(message.tenant, message.id).await?;
        Ok(decisions.into_iter().last().map(|last| last.decision))
    }

    /// The text of the tenant's token.
    async fn key(
        &self,
        tenant: TenantId,
    ) -> Result<Result<Option<SecretString>, crate::VaultError>, StoreError> {
        let Some(token) = self.tokens.get(tenant).await? else {
            return Ok(Ok(None));
        };
        let opened = self
            .vault
            .open(tenant, AuthToken::seat(tenant), &token.sealed);
        Ok(opened.and_then(|plain| {
            let text = String::from_utf8(plain.expose_secret().to_vec());
            text.map(|text| Some(text.into()))
                .map_err(|_| crate::VaultError::Corrupt)
        }))
    }
}

/// How long to wait after so many failures and this one; `None` when it is enough.
fn delay(failures: u32) -> Option<Duration> {
    usize::try_from(failures)
        .ok()
        .and_then(|failures| RETRIES.get(failures).copied())
}

fn after_failure(webhook: &StatusWebhook) -> Told {
    if delay(webhook.failures).is_some() {
        return Told::Later;
    }
    tracing::warn!(tenant = %webhook.tenant, message = %webhook.message,
        "a webhook is given up after {} failures", webhook.failures + 1);
    Told::GivenUp
}
