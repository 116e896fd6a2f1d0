use crate::{live::Live, password::Cost};
use secrecy::ExposeSecret;
use std::sync::Arc;
use tidings_conversations::{Conversing, QuickReplies};
use tidings_kernel::{Clock, Ids, PhoneError, Region};
use tidings_messaging::{
    Access, Accounts, CallbackLog, Catalog, ConsentLedger, Contacts, Credentials, Dispatch,
    FactStore, Healths, Idempotency, Members, Messages, Operations, ProviderAccount, Sessions,
    TemplateLibrary, Tenants, Vault, VaultError, media::Keeping, send::Sending, sync::Syncing,
};
use tidings_phone::{FictitiousNumbers, ParsedPhone};
use time::Duration;

/// Everything that the console needs of the outside: the same ports and use cases as the HTTP API.
#[derive(Clone)]
pub struct Console {
    /// Tenants, their settings and keys.
    pub tenants: Arc<dyn Tenants>,
    /// Who works for a tenant.
    pub members: Arc<dyn Members>,
    /// Who has logged in.
    pub sessions: Arc<dyn Sessions>,
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
    /// Templates.
    pub templates: Arc<dyn TemplateLibrary>,
    /// Messages.
    pub messages: Arc<dyn Messages>,
    /// Callbacks that are not applied.
    pub callbacks: Arc<dyn CallbackLog>,
    /// Wakes what waits for a way.
    pub dispatch: Arc<dyn Dispatch>,
    /// Forms that were sent.
    pub idempotency: Arc<dyn Idempotency>,
    /// What happens, for pages that are open.
    pub live: Arc<dyn Live>,
    /// What waits in the queue.
    pub operations: Arc<dyn Operations>,
    /// The use case of sending.
    pub sending: Sending,
    /// What people do with conversations.
    pub conversing: Conversing,
    /// What is said often.
    pub quick_replies: Arc<dyn QuickReplies>,
    /// Files.
    pub keeping: Keeping,
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
    /// Tokens and salts.
    pub randomness: Arc<dyn Randomness>,
    /// How a key to the API is made of random bytes: its text, and the hash to keep. It is the API's own way.
    pub new_key: fn([u8; 32]) -> (String, [u8; 32]),
    /// Settings.
    pub config: ConsoleConfig,
}

/// Settings of the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleConfig {
    /// Where the public reaches this program, without a slash at the end. Behind `https` the cookie is `Secure`.
    pub public_url: String,
    /// Whether numbers of fiction pass.
    pub fictitious: FictitiousNumbers,
    /// How long a page may take before it is answered 503.
    pub timeout: Duration,
    /// How much work a hash of a password is.
    pub cost: Cost,
}

impl ConsoleConfig {
    /// The usual settings behind this public address.
    pub fn new(public_url: impl Into<String>) -> Self {
        let public_url: String = public_url.into();
        Self {
            public_url: public_url.trim_end_matches('/').to_owned(),
            fictitious: FictitiousNumbers::Refuse,
            timeout: Duration::seconds(30),
            cost: Cost::default(),
        }
    }

    /// Whether browsers reach the console by `https` alone.
    pub(crate) fn is_secure(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// Gives bytes that nobody can guess.
pub trait Randomness: Send + Sync {
    /// 32 bytes from a secure generator; never the same twice.
    fn bytes(&self) -> [u8; 32];
}

impl Console {
    /// The address that a provider calls for an account.
    pub(crate) fn callback_url(&self, provider: &str, token: &str) -> String {
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
        let sealed = &account.sealed_credentials;
        let plain = self.vault.open(account.tenant, account.id, sealed)?;
        Ok(Access {
            tenant: account.tenant,
            account: account.id,
            credentials: Credentials::from_plain(plain.expose_secret())?,
            callback_url: self.callback_url(&account.provider, &account.callback_token),
        })
    }
}

impl std::fmt::Debug for Console {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
