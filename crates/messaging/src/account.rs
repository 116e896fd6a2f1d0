use crate::{Address, NumberStanding, VaultError};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tidings_kernel::{AccountId, Channel, Money, PhoneNumber, Region, SenderId, TenantId};
use tidings_phone::FictitiousNumbers;
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
    /// How its provider sees it as a number of WhatsApp, as far as it has said.
    #[serde(default, skip_serializing_if = "NumberStanding::is_empty")]
    pub standing: NumberStanding,
}

impl Sender {
    /// At most so many people may be written to first in any 24 hours: what its owner allows, and no more than the
    /// provider does.
    ///
    /// ```rust
    /// use tidings_messaging::{Sender, SenderLimits};
    ///
    /// let sender = serde_json::json!({
    ///     "id": "snd_01h455vb4pex5vsknk084sn02q", "address": "+12025550100", "channels": ["whatsapp"], "region": null,
    ///     "standing": {"tier": {"value": "TIER_2K", "at": "2026-07-15T15:00:00Z", "by": "look"}},
    /// });
    /// let mut sender: Sender = serde_json::from_value(sender)?;
    /// assert_eq!(sender.people_per_day(), Some(2_000));
    /// sender.limits = SenderLimits { people_per_day: Some(500), ..SenderLimits::default() };
    /// assert_eq!(sender.people_per_day(), Some(500));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn people_per_day(&self) -> Option<u32> {
        let both = [self.limits.people_per_day, self.standing.people_per_day()];
        both.into_iter().flatten().min()
    }

    /// An address as it is kept, if it can send on the channel: for SMS a number, a short code, a name or a pool of the
    /// provider's, for WhatsApp a number or a pool, for email an address. National numbers are read in `region`.
    ///
    /// ```rust
    /// use tidings_kernel::Channel;
    /// use tidings_messaging::Sender;
    /// use tidings_phone::FictitiousNumbers::Accept;
    ///
    /// let kept = |channel, text| Sender::read_address(channel, text, None, Accept);
    /// assert_eq!(kept(Channel::Sms, "+1 202-555-0100").as_deref(), Some("+12025550100"));
    /// assert_eq!(kept(Channel::Sms, "ExampleCo").as_deref(), Some("ExampleCo"));
    /// assert_eq!(kept(Channel::Whatsapp, "ExampleCo"), None);
    /// ```
    pub fn read_address(
        channel: Channel,
        text: &str,
        region: Option<Region>,
        fictitious: FictitiousNumbers,
    ) -> Option<String> {
        let number = || {
            // A sender is what the provider assigned, whatever the plan says; an exact number passes.
            PhoneNumber::from_e164(text)
                .ok()
                .or_else(|| {
                    let parsed = tidings_phone::parse(text, region, fictitious).ok();
                    parsed.map(|parsed| parsed.number)
                })
                .map(|number| number.to_string())
        };
        match channel {
            Channel::Sms if is_short_code(text) || is_name(text) => Some(text.to_owned()),
            Channel::Sms | Channel::Whatsapp if is_pool(text) => Some(text.to_owned()),
            Channel::Sms | Channel::Whatsapp => number(),
            Channel::Email => Address::looks_like_email(text).then(|| text.to_owned()),
        }
    }
}

fn is_short_code(text: &str) -> bool {
    (3..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A pool of senders from which the provider chooses: a Messaging Service of Twilio's.
fn is_pool(text: &str) -> bool {
    text.strip_prefix("MG")
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// An alphanumeric sender: up to 11 characters of the GSM address field (TS 23.040, 9.1.2.5), with a
/// letter, so that it is no number.
fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b" &-_.".contains(&byte);
    (1..=11).contains(&text.len())
        && text.bytes().all(is_allowed)
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
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

    /// The same with one more, or another in its place.
    #[must_use]
    pub fn with(&self, name: &str, value: SecretString) -> Self {
        let mut fields = self.0.clone();
        fields.insert(name.to_owned(), value);
        Self(fields)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_letter_and_codes_have_none() {
        assert!(is_name("ExampleCo") && is_name("7Eleven"));
        assert!(!is_name("ExampleCompany") && !is_name("12025") && !is_name("Exämple"));
        assert!(is_pool("MG00000000000000000000000000000003") && !is_pool("MG0"));
        assert!(is_short_code("12345") && !is_short_code("12") && !is_short_code("123456789"));
    }
}
