use crate::{Member, Session};
use async_trait::async_trait;
use tidings_kernel::{MemberId, StoreError, TenantId};
use time::OffsetDateTime;

/// Why a member was not stored.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// Another member of the tenant logs in with this address.
    #[error("another member has this email address")]
    EmailTaken,
    /// Nobody would be left who may do everything.
    #[error("a tenant keeps at least one owner who may log in")]
    LastOwner,
    /// The backend failed; nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Remembers who works for a tenant.
#[async_trait]
pub trait Members: Send + Sync {
    /// Stores a new member. Other tenants may have one with the same address.
    ///
    /// # Errors
    /// [`MemberError`]: nothing was stored.
    async fn create(&self, member: &Member) -> Result<(), MemberError>;

    /// Replaces a member; when it was made stays. Whoever may not log in any more, or has another password, is
    /// logged out everywhere in the same step. The last owner who may log in stays one. `false` if there is no such
    /// member.
    ///
    /// # Errors
    /// [`MemberError`]: nothing was changed.
    async fn update(&self, member: &Member) -> Result<bool, MemberError>;

    /// The member, if the tenant has it.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn get(&self, tenant: TenantId, member: MemberId) -> Result<Option<Member>, StoreError>;

    /// Everybody who works for the tenant, oldest first.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn list(&self, tenant: TenantId) -> Result<Vec<Member>, StoreError>;

    /// Who logs in with this address, whatever tenant they work for: oldest first, at most 8.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn with_email(&self, email: &str) -> Result<Vec<Member>, StoreError>;
}

/// Remembers who has logged in.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Stores a new session. Those of the same member and kind that no longer stand when it begins are forgotten; of
    /// the kind [`Calendar`](crate::SessionKind::Calendar) a member has one at a time, and the one before ends.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was stored.
    async fn open(&self, session: &Session) -> Result<(), StoreError>;

    /// The session with this hash and its member, whatever tenant they belong to; those that no longer stand too.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn find(&self, hash: [u8; 32]) -> Result<Option<(Session, Member)>, StoreError>;

    /// Notes that a session was seen at `now`. What was noted is never taken back to an earlier instant.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was noted.
    async fn seen(&self, session: &Session, now: OffsetDateTime) -> Result<(), StoreError>;

    /// Ends a session. Ending it again changes nothing.
    ///
    /// # Errors
    /// [`StoreError`]: it was not ended.
    async fn close(&self, session: &Session) -> Result<(), StoreError>;
}
