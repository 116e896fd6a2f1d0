use crate::Address;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use tidings_kernel::{MemberId, TenantId};
use time::OffsetDateTime;

/// A person who works for a tenant in the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub id: MemberId,
    /// The tenant that the person works for.
    pub tenant: TenantId,
    /// The address that the person logs in with, as [`Member::email`] makes it; unique within the tenant.
    pub email: String,
    /// What colleagues call the person.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// What is kept of the password.
    pub password: PasswordHash,
    /// When the person was made a member.
    pub created_at: OffsetDateTime,
    /// Since when the person may not log in, if so.
    pub disabled_at: Option<OffsetDateTime>,
}

impl Member {
    /// An email address as it is kept: without blanks around it, in lower case, so that people find themselves however
    /// they type it. `None` if it has not the shape of one.
    ///
    /// ```rust
    /// use tidings_messaging::Member;
    ///
    /// assert_eq!(Member::email(" Ana@Example.com ").as_deref(), Some("ana@example.com"));
    /// assert_eq!(Member::email("ana"), None);
    /// ```
    pub fn email(text: &str) -> Option<String> {
        let text = text.trim().to_lowercase();
        Address::looks_like_email(&text).then_some(text)
    }

    /// Whether the person may log in.
    pub const fn is_active(&self) -> bool {
        self.disabled_at.is_none()
    }

    /// Whether the person keeps the tenant from being without anybody who may do everything.
    pub fn is_acting_owner(&self) -> bool {
        self.is_active() && self.role == Role::Owner
    }
}

/// What a member may do. The order is that of power.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// See everything of the tenant, but for credentials.
    Viewer,
    /// Write to contacts, and change contacts, consent and templates.
    Member,
    /// Change provider accounts, settings, keys and members.
    Admin,
    /// Everything, also what concerns other owners.
    Owner,
}

impl Role {
    /// Every role, weakest first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Member, Self::Admin, Self::Owner];

    /// The name used in tables and commands.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Whether a member of this role may do what `needed` asks for.
    ///
    /// ```rust
    /// use tidings_messaging::Role;
    ///
    /// assert!(Role::Owner.allows(Role::Admin));
    /// assert!(!Role::Viewer.allows(Role::Member));
    /// ```
    pub fn allows(self, needed: Self) -> bool {
        self >= needed
    }

    /// Whether a member of this role may make somebody `other`, or change somebody who is: nobody gives or takes more
    /// than the own role.
    pub fn governs(self, other: Self) -> bool {
        self.allows(Self::Admin) && self >= other
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown role {0:?}: use viewer, member, admin or owner")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

/// What is kept of a password: a slow, salted hash, in the form that names its algorithm. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_kept_in_one_spelling() {
        assert_eq!(
            Member::email("\tA.B@Mail.Example.org").as_deref(),
            Some("a.b@mail.example.org")
        );
        for bad in [
            "",
            "a",
            "@example.com",
            "a@",
            "a@b",
            "a@.com",
            "a b@example.com",
            "a@example.com\0",
        ] {
            assert_eq!(Member::email(bad), None, "{bad:?}");
        }
        assert_eq!(
            Member::email(&format!("{}@example.com", "a".repeat(65))),
            None
        );
    }

    #[test]
    fn nobody_governs_a_stronger_role_and_only_admins_govern() {
        for role in Role::ALL {
            for other in Role::ALL {
                let may = role.governs(other);
                assert_eq!(may, role >= Role::Admin && role >= other, "{role} {other}");
            }
            assert_eq!(role.as_str().parse::<Role>(), Ok(role));
        }
        assert!("root".parse::<Role>().is_err());
    }

    #[test]
    fn a_hash_is_not_printed() {
        let hash = PasswordHash("$argon2id$secret".into());
        assert_eq!(format!("{hash:?}"), "PasswordHash");
    }
}
