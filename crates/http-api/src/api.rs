use crate::streams::Streams;
use async_trait::async_trait;
use std::{path::PathBuf, sync::Arc};
use tidings_conversations::{AutomationStore, Conversing, QuickReplies};
use tidings_kernel::{AccountId, Clock, Ids, PhoneError, Region, TenantId};
use tidings_messaging::{
    Access, Accounts, AuthTokens, Batches, Catalog, ConsentLedger, Contacts, Credentials, Dispatch,
    FactStore, Healths, Idempotency, Inbox, Ladders, Messages, Operations, ProviderAccount,
    Sources, TemplateLibrary, Tenants, Vault, VaultError, WebhookEndpoints, WebhookReach,
    media::Keeping, send::Sending, sync::Syncing,
};
use tidings_phone::{FictitiousNumbers, ParsedPhone};
use time::Duration;

/// Everything that the HTTP surface needs of the outside.
#[derive(Clone)]
pub struct Api {
    /// Keys and their tenants.
    pub tenants: Arc<dyn Tenants>,
    /// Secrets that tenants share with us.
    pub auth_tokens: Arc<dyn AuthTokens>,
    /// Contacts and preferences.
    pub contacts: Arc<dyn Contacts>,
    /// The ledger of consent.
    pub consent: Arc<dyn ConsentLedger>,
    /// What the gate knows about a contact.
    pub facts: Arc<dyn FactStore>,
    /// Provider accounts.
    pub accounts: Arc<dyn Accounts>,
    /// How well accounts work.
    pub healths: Arc<dyn Healths>,
    /// Where tenants' own systems are told of events.
    pub endpoints: Arc<dyn WebhookEndpoints>,
    /// The queue, where messages may wait for an account to come back.
    pub dispatch: Arc<dyn Dispatch>,
    /// Templates.
    pub templates: Arc<dyn TemplateLibrary>,
    /// Messages.
    pub messages: Arc<dyn Messages>,
    /// Cross-channel chains.
    pub ladders: Arc<dyn Ladders>,
    /// Messages that are taken in by the thousand.
    pub batches: Arc<dyn Batches>,
    /// Versions of the records that messages are about.
    pub sources: Arc<dyn Sources>,
    /// Where callbacks are kept until they are applied.
    pub inbox: Arc<dyn Inbox>,
    /// What waits in the queue.
    pub operations: Arc<dyn Operations>,
    /// Which requests were answered.
    pub idempotency: Arc<dyn Idempotency>,
    /// The use case of sending.
    pub sending: Sending,
    /// Files.
    pub keeping: Keeping,
    /// The use case of conversations.
    pub conversing: Conversing,
    /// What is done about what contacts write.
    pub automations: Arc<dyn AutomationStore>,
    /// What is said often.
    pub quick_replies: Arc<dyn QuickReplies>,
    /// Templates here and at providers.
    pub syncing: Syncing,
    /// The providers that this program speaks to.
    pub catalog: Catalog,
    /// Seals and opens credentials.
    pub vault: Arc<dyn Vault>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identities.
    pub ids: Arc<dyn Ids>,
    /// Unguessable bytes for callback addresses.
    pub secrets: Arc<dyn Secrets>,
    /// Whether the program can do its work.
    pub ready: Arc<dyn Readiness>,
    /// Who listens to what happens.
    pub streams: Arc<Streams>,
    /// Settings.
    pub config: ApiConfig,
}

/// Settings of the HTTP surface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiConfig {
    /// Where the public reaches this program, without a slash at the end: `https://api.example.com`.
    /// Callback addresses are made from it, and signatures are checked against it; the `Host` header
    /// of a request is never trusted.
    pub public_url: String,
    /// Whether numbers of fiction pass.
    pub fictitious: FictitiousNumbers,
    /// Whether programs on this machine may be told of their messages, without encryption: for development.
    pub loopback_webhooks: bool,
    /// How fast one key may ask.
    pub rate_limit: RateLimit,
    /// How long a request may take before it is answered 503.
    pub timeout: Duration,
    /// How long a request of many messages may take, once its body is there; the body has the `timeout` of
    /// all others.
    pub bulk_timeout: Duration,
    /// Where large bodies are kept while they are worked on, in files that have no name: for each of
    /// `bulk_at_once` there must be room for 64 MiB.
    pub spool: PathBuf,
    /// How many requests of many messages are worked on at the same time; others wait.
    pub bulk_at_once: usize,
}

/// How fast one API key may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests a second in the long run.
    pub per_second: u32,
    /// Requests that may come at once.
    pub burst: u32,
}

impl Default for RateLimit {
    /// 2000 a second, 4000 at once: above what one process serves, below what would drown it.
    fn default() -> Self {
        Self {
            per_second: 2_000,
            burst: 4_000,
        }
    }
}

impl ApiConfig {
    /// The usual settings behind this public address.
    pub fn new(public_url: impl Into<String>) -> Self {
        let public_url: String = public_url.into();
        Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
            fictitious: FictitiousNumbers::Refuse,
            loopback_webhooks: false,
            rate_limit: RateLimit::default(),
            timeout: Duration::seconds(30),
            bulk_timeout: Duration::minutes(5),
            spool: PathBuf::from("/tmp"),
            bulk_at_once: 4,
        }
    }
}

impl ApiConfig {
    /// Which of tenants' own systems may be called.
    pub(crate) const fn webhook_reach(&self) -> WebhookReach {
        if self.loopback_webhooks {
            WebhookReach::Loopback
        } else {
            WebhookReach::Public
        }
    }
}

/// Gives bytes that nobody can guess.
pub trait Secrets: Send + Sync {
    /// 32 bytes from a secure generator; never the same twice.
    fn random(&self) -> [u8; 32];
}

/// Tells whether the program can do its work: database, migrations and so on.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// Looks at every part now. Bounded in time by the implementation.
    async fn check(&self) -> Vec<Part>;
}

/// A part of the program and how it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name, such as `database`.
    pub name: String,
    /// Whether it is fine.
    pub is_ok: bool,
    /// A sentence for an operator; holds no secrets.
    pub detail: String,
}

impl Api {
    /// The address that a provider calls for an account.
    pub fn callback_url(&self, provider: &str, token: &str) -> String {
        format!("{}/callbacks/{provider}/{token}", self.config.public_url)
    }

    pub(crate) fn parse_phone(
        &self,
        text: &str,
        region: Option<Region>,
    ) -> Result<ParsedPhone, PhoneError> {
        tidings_phone::parse(text, region, self.config.fictitious)
    }

    /// Opens an account's credentials, for a call of its provider.
    pub(crate) fn access(&self, account: &ProviderAccount) -> Result<Access, VaultError> {
        let credentials = self.open(account.tenant, account.id, &account.sealed_credentials)?;
        Ok(Access {
            tenant: account.tenant,
            account: account.id,
            credentials,
            callback_url: self.callback_url(&account.provider, &account.callback_token),
        })
    }

    fn open(
        &self,
        tenant: TenantId,
        account: AccountId,
        sealed: &tidings_messaging::Sealed,
    ) -> Result<Credentials, VaultError> {
        use secrecy::ExposeSecret;
        let plain = self.vault.open(tenant, account, sealed)?;
        Credentials::from_plain(plain.expose_secret())
    }
}
