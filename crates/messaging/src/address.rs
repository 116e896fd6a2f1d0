use serde::{Deserialize, Serialize};
use std::fmt;
use tidings_kernel::{Channel, PhoneNumber};

/// Where a person is reached on some channel.
///
/// WhatsApp may know a person by an id of its own and no number, so a phone number is never assumed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum Address {
    /// A phone number: SMS, and WhatsApp where the number is known.
    Phone(PhoneNumber),
    /// WhatsApp's business-scoped user id, such as `US.13491208655302741918`.
    WhatsappUser(String),
    /// An email address.
    Email(String),
}

impl Address {
    /// The phone number, if it is one.
    pub const fn phone(&self) -> Option<PhoneNumber> {
        match self {
            Self::Phone(number) => Some(*number),
            Self::WhatsappUser(_) | Self::Email(_) => None,
        }
    }

    /// The channels that can reach an address of this kind.
    pub const fn channels(&self) -> &'static [Channel] {
        match self {
            Self::Phone(_) => &[Channel::Sms, Channel::Whatsapp],
            Self::WhatsappUser(_) => &[Channel::Whatsapp],
            Self::Email(_) => &[Channel::Email],
        }
    }

    /// The name of the kind in tables: `phone`, `whatsapp_user`, `email`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Phone(_) => "phone",
            Self::WhatsappUser(_) => "whatsapp_user",
            Self::Email(_) => "email",
        }
    }

    /// Whether a text has the shape of an email address: one `@` with something before it and a domain after it; the
    /// rest only a delivery can tell.
    ///
    /// ```rust
    /// use tidings_messaging::Address;
    ///
    /// assert!(Address::looks_like_email("a.b+c@mail.example.org"));
    /// assert!(!Address::looks_like_email("a b@example.com"));
    /// ```
    pub fn looks_like_email(text: &str) -> bool {
        let is_plain = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        let Some((local, domain)) = text.rsplit_once('@') else {
            return false;
        };
        let has_labels = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
        // RFC 5321, 4.5.3.1: 64 octets before the @, 254 for an address in all.
        is_plain && has_labels && (1..=64).contains(&local.len()) && text.len() <= 254
    }

    /// Puts kind and text together again, as stored.
    pub fn from_parts(kind: &str, value: &str) -> Option<Self> {
        match kind {
            "phone" => PhoneNumber::from_e164(value).ok().map(Self::Phone),
            "whatsapp_user" => Some(Self::WhatsappUser(value.to_owned())),
            "email" => Some(Self::Email(value.to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(number) => number.fmt(f),
            Self::WhatsappUser(text) | Self::Email(text) => f.write_str(text),
        }
    }
}
