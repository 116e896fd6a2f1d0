use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A way to reach a contact. MMS is [`Channel::Sms`] with media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Text messages, with or without media.
    Sms,
    /// WhatsApp, whichever provider carries it.
    Whatsapp,
    /// Email.
    Email,
}

impl Channel {
    /// Every channel, in the order in which they are listed everywhere.
    pub const ALL: [Self; 3] = [Self::Sms, Self::Whatsapp, Self::Email];

    /// The name used in tables, API and code: `sms`, `whatsapp`, `email`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Whatsapp => "whatsapp",
            Self::Email => "email",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown channel {0:?}: use sms, whatsapp or email")]
pub struct UnknownChannel(pub String);

impl FromStr for Channel {
    type Err = UnknownChannel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|channel| channel.as_str() == text)
            .ok_or_else(|| UnknownChannel(text.to_owned()))
    }
}
