use crate::Settings;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use tidings_kernel::{ApiKeyId, Channel, Locale, Region, TenantId};
use tidings_quiet_hours::Zone;
use time::OffsetDateTime;

/// A business that sends; the owner of everything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// The name that recipients know it by.
    pub name: String,
    /// Where national phone numbers are read, unless the contact has a region.
    pub default_region: Option<Region>,
    /// The clock of the business.
    pub time_zone: Option<Zone>,
    /// The language to fall back to.
    pub locale: Locale,
    /// Channels that are switched off for the whole tenant.
    pub disabled_channels: Vec<Channel>,
    /// What it has chosen.
    pub settings: Settings,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

impl Tenant {
    /// The name that marketing must say: the chosen brand, else the tenant's name.
    pub fn brand(&self) -> &str {
        let brand = self.settings.brand.as_deref().map(str::trim);
        brand
            .filter(|brand| !brand.is_empty())
            .unwrap_or(self.name.trim())
    }
}

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Read everything of the tenant.
    Read,
    /// Send messages and read.
    Send,
    /// Change contacts, consent and templates, and all that `send` may.
    Manage,
    /// Change provider accounts and keys, and all that `manage` may.
    Admin,
}

impl Scope {
    /// Every scope, weakest first.
    pub const ALL: [Self; 4] = [Self::Read, Self::Send, Self::Manage, Self::Admin];

    /// The name used in tables, API and commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Send => "send",
            Self::Manage => "manage",
            Self::Admin => "admin",
        }
    }

    /// Whether a key of this scope may do what `needed` asks for.
    pub fn allows(self, needed: Self) -> bool {
        self >= needed
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope {0:?}: use read, send, manage or admin")]
pub struct UnknownScope(pub String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

/// A key to the API. Only a hash of its text is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The tenant that it opens.
    pub tenant: TenantId,
    /// What it is for.
    pub name: String,
    /// SHA-256 of the key's text; the text has 256 random bits, so no salt is needed.
    pub hash: [u8; 32],
    /// What it may do.
    pub scope: Scope,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it stops working, if ever.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was withdrawn, if it was.
    pub revoked_at: Option<OffsetDateTime>,
}

impl ApiKey {
    /// Whether it works at `now`.
    pub fn is_valid(&self, now: OffsetDateTime) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}
