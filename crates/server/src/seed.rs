//! Demonstration data for development: two tenants with everything it takes to send.
//!
//! Planting is idempotent: identities are fixed, what is there is kept, what somebody deleted comes
//! back, an erased person is replaced by a new one of the same name.

mod accounts;
mod business;
mod daytime;
mod dev_file;
mod guide;
mod identity;
mod members;
mod people;
mod register;
mod templates;
#[cfg(test)]
mod tests;

pub use dev_file::{
    DevAccount, DevContact, DevFile, DevKeys, DevSender, DevTemplate, DevTenant, Login,
};
pub(crate) use dev_file::{keys_path, read_or_default, write_private};
pub use guide::guide;
pub use register::{RegisterError, register};

use business::{Business, businesses};
use identity::{Kind, fixed};
use serde_json::Value;
use std::sync::Arc;
use tidings_console::Cost;
use tidings_http_api::{Secrets, key_hash, new_key_text};
use tidings_kernel::{ApiKeyId, BoxError, Clock, StoreError, TenantId};
use tidings_messaging::{
    AccountError, Accounts, ApiKey, ConsentLedger, ContactError, Contacts, Members, RecordError,
    Scope, TemplateError, TemplateLibrary, Tenant, Tenants, Vault, VaultError,
};

/// Plants demonstration data through the storage ports.
#[derive(Clone)]
pub struct Seeding {
    /// Tenants and their keys.
    pub tenants: Arc<dyn Tenants>,
    /// Who works for them.
    pub members: Arc<dyn Members>,
    /// Contacts and preferences.
    pub contacts: Arc<dyn Contacts>,
    /// The ledger of consent.
    pub consent: Arc<dyn ConsentLedger>,
    /// Provider accounts.
    pub accounts: Arc<dyn Accounts>,
    /// Templates.
    pub templates: Arc<dyn TemplateLibrary>,
    /// Seals credentials.
    pub vault: Arc<dyn Vault>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Keys and tokens are made of it.
    pub secrets: Arc<dyn Secrets>,
    /// How much work a hash of a password is.
    pub cost: Cost,
    /// Where callbacks go, without a slash at the end.
    pub public_url: String,
}

/// What was planted.
#[derive(Debug, Clone)]
pub struct Planted {
    /// Somebody who may do everything for the first tenant.
    pub login: Option<Login>,
    /// The tenants, with their keys.
    pub tenants: Vec<DevTenant>,
    /// The body of the simulator's `PUT /accounts`; holds secrets of the simulated accounts.
    pub simulator: Value,
    /// A request that sends a WhatsApp template, for showing how; from the examples of its fields.
    pub whatsapp_example: Option<Value>,
}

/// Why nothing more was planted. What stands already is found again by the next try.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// A document of this program is broken.
    #[error("the demonstration data are broken: {0}")]
    Document(&'static str, #[source] Option<BoxError>),
    /// A store refused or failed.
    #[error("{what} could not be stored")]
    Store {
        /// What was being stored.
        what: &'static str,
        /// What the store said.
        #[source]
        source: BoxError,
    },
    /// Credentials could not be sealed.
    #[error("credentials could not be sealed")]
    Vault(#[from] VaultError),
}

impl SeedError {
    fn store(what: &'static str, source: impl Into<BoxError>) -> Self {
        Self::Store {
            what,
            source: source.into(),
        }
    }

    fn broken(what: &'static str, source: impl Into<BoxError>) -> Self {
        Self::Document(what, Some(source.into()))
    }
}

impl From<StoreError> for SeedError {
    fn from(error: StoreError) -> Self {
        Self::store("something", error)
    }
}

impl From<ContactError> for SeedError {
    fn from(error: ContactError) -> Self {
        Self::store("a contact", error)
    }
}

impl From<RecordError> for SeedError {
    fn from(error: RecordError) -> Self {
        Self::store("a consent event", error)
    }
}

impl From<AccountError> for SeedError {
    fn from(error: AccountError) -> Self {
        Self::store("a provider account", error)
    }
}

impl From<TemplateError> for SeedError {
    fn from(error: TemplateError) -> Self {
        Self::store("a template", error)
    }
}

impl Seeding {
    /// Plants every demonstration tenant. Keys that `keys` holds are kept; new ones are added to it.
    ///
    /// # Errors
    /// [`SeedError`].
    pub async fn plant(&self, keys: &mut DevKeys) -> Result<Planted, SeedError> {
        let businesses =
            businesses().map_err(|error| SeedError::broken("they cannot be read", error))?;
        let mut tenants = Vec::with_capacity(businesses.len());
        let mut twilio = Vec::new();
        let mut meta = Vec::new();
        let mut whatsapp_example = None;
        let mut login = None;
        for business in &businesses {
            let tenant = self.tenant(business).await?;
            let api_key = self.key(business, tenant, keys).await?;
            let own = self.member(business, tenant).await?;
            login = login.or(Some(own));
            let accounts = self.plant_accounts(business, tenant).await?;
            let templates = self.plant_templates(business, tenant).await?;
            let contacts = self.people(business, tenant).await?;
            whatsapp_example =
                whatsapp_example.or_else(|| guide::whatsapp_example(&templates, contacts.first()?));
            twilio.push(register::twilio(&accounts.twilio, &self.public_url));
            meta.push(register::meta(
                &accounts.whatsapp,
                &templates,
                business,
                &self.public_url,
            ));
            tenants.push(DevTenant {
                id: tenant,
                name: business.name.clone(),
                api_key,
                accounts: accounts.described(),
                contacts,
                templates: templates.iter().map(DevTemplate::from).collect(),
            });
        }
        let simulator = serde_json::json!({"twilio": twilio, "meta": meta});
        Ok(Planted {
            login,
            tenants,
            simulator,
            whatsapp_example,
        })
    }

    async fn tenant(&self, business: &Business) -> Result<TenantId, SeedError> {
        let id = TenantId::from_uuid(fixed(business.number, Kind::Tenant, 0));
        if self.tenants.get(id).await?.is_none() {
            let tenant = Tenant {
                id,
                name: business.name.clone(),
                default_region: Some(business.region),
                time_zone: Some(business.time_zone.clone()),
                locale: business.locale.clone(),
                disabled_channels: Vec::new(),
                settings: tidings_messaging::Settings::default(),
                created_at: self.clock.now(),
            };
            self.tenants.put(&tenant).await?;
        }
        Ok(id)
    }

    /// The text of the tenant's key. Only its hash is in the store, so the text is kept beside
    /// `dev.json`; whoever loses it gets a new key in its place.
    async fn key(
        &self,
        business: &Business,
        tenant: TenantId,
        keys: &mut DevKeys,
    ) -> Result<String, SeedError> {
        let text = keys
            .entry(tenant)
            .or_insert_with(|| new_key_text(self.secrets.random()).0)
            .clone();
        let key = ApiKey {
            id: ApiKeyId::from_uuid(fixed(business.number, Kind::Key, 0)),
            tenant,
            name: "Development".to_owned(),
            hash: key_hash(&text),
            scope: Scope::Admin,
            created_at: self.clock.now(),
            expires_at: None,
            revoked_at: None,
        };
        self.tenants.put_key(&key).await?;
        Ok(text)
    }

    /// A random text of 32 hexadecimal digits.
    fn token(&self) -> String {
        use std::fmt::Write;
        let bytes = self.secrets.random();
        bytes
            .iter()
            .take(16)
            .fold(String::with_capacity(32), |mut text, byte| {
                // Writing to a String cannot fail.
                write!(text, "{byte:02x}").ok();
                text
            })
    }
}

impl std::fmt::Debug for Seeding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seeding")
            .field("public_url", &self.public_url)
            .finish_non_exhaustive()
    }
}
