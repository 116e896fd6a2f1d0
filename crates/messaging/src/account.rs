use crate::VaultError;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tidings_kernel::{AccountId, Channel, Money, Region, SenderId, TenantId};
use time::OffsetDateTime;

/// A tenant's credentials at one provider, with its senders.
#[derive(Debug, Clone)]
pub struct ProviderAccount {
    /// Its id.
    pub id: AccountId,
    /// The tenant that it belongs to.
    pub tenant: TenantId,
    /// The provider's name, such as `twilio`.
    pub provider: String,
    /// The tenant's name for it.
    pub name: String,
    /// The credentials, sealed for this tenant and account.
    pub sealed_credentials: Sealed,
    /// The unguessable part of its callback address.
    pub callback_token: String,
    /// Whether it may be used.
    pub is_enabled: bool,
    /// Lower is tried first.
    pub priority: u16,
    /// At most so many messages a day, if limited.
    pub daily_limit: Option<u32>,
    /// At most so many messages a second, if limited.
    pub rate_per_second: Option<u32>,
    /// What messages cost.
    pub prices: Vec<Price>,
    /// Where messages come from.
    pub senders: Vec<Sender>,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

/// A number or address that messages come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// Its id.
    pub id: SenderId,
    /// The number, sender id or address.
    pub address: String,
    /// The channels that it serves.
    pub channels: Vec<Channel>,
    /// The only region that it may send to, if bound.
    pub region: Option<Region>,
    /// How fast it may be used.
    #[serde(default)]
    pub limits: SenderLimits,
}

/// How fast a sender may be used, as its owner knows it. What is left out is as the provider says, or has no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SenderLimits {
    /// At most so many a second: parts of an SMS where the provider counts those, else messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_second: Option<u32>,
    /// At most so many in any minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u32>,
    /// At most so many in any 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u32>,
    /// At most so many different people in any 24 hours, of those who have not written lately: WhatsApp's messaging
    /// limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people_per_day: Option<u32>,
}

/// What one segment or message costs to a country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The channel.
    pub channel: Channel,
    /// The destination; `None` for everywhere else.
    #[serde(default)]
    pub region: Option<Region>,
    /// The price of one SMS segment, or of one message elsewhere.
    pub price: Money,
}

/// Bytes that only the vault reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

/// Credentials by name, in the clear. Never printed, stored or returned.
#[derive(Debug, Clone, Default)]
pub struct Credentials(BTreeMap<String, SecretString>);

impl Credentials {
    /// Takes the fields of a request.
    pub fn new(fields: impl IntoIterator<Item = (String, SecretString)>) -> Self {
        Self(fields.into_iter().collect())
    }

    /// The credential of this name.
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.0
            .get(name)
            .filter(|secret| !secret.expose_secret().is_empty())
    }

    /// The names that are present.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The bytes to seal.
    pub fn to_plain(&self) -> SecretBox<[u8]> {
        let fields: BTreeMap<&str, &str> = self
            .0
            .iter()
            .map(|(name, secret)| (name.as_str(), secret.expose_secret()))
            .collect();
        // A map of strings always serializes.
        SecretBox::new(
            serde_json::to_vec(&fields)
                .unwrap_or_default()
                .into_boxed_slice(),
        )
    }

    /// Reads what [`Credentials::to_plain`] wrote.
    ///
    /// # Errors
    /// [`VaultError::Corrupt`]: it wrote something else.
    pub fn from_plain(plain: &[u8]) -> Result<Self, VaultError> {
        let fields: BTreeMap<String, String> =
            serde_json::from_slice(plain).map_err(|_| VaultError::Corrupt)?;
        Ok(Self(
            fields
                .into_iter()
                .map(|(name, secret)| (name, SecretString::from(secret)))
                .collect(),
        ))
    }
}

/// What a provider adapter needs for one account: the credentials in the clear and our address.
#[derive(Debug, Clone)]
pub struct Access {
    /// The tenant.
    pub tenant: TenantId,
    /// The account.
    pub account: AccountId,
    /// The credentials.
    pub credentials: Credentials,
    /// Where the provider sends callbacks of this account, as the public sees it.
    pub callback_url: String,
}
