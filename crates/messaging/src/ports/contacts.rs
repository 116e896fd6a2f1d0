use super::{Answer, KeyLost, Page, Paged};
use crate::{Address, Contact, Merge, Merging, Preferences, Tenant};
use async_trait::async_trait;
use tidings_kernel::{ContactId, StoreError, TenantId};
use time::OffsetDateTime;

/// Which contacts to list; all that is given must fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContactFilter {
    /// Has this address, of any kind.
    pub address: Option<Address>,
    /// Has this key.
    pub external_id: Option<String>,
    /// Has this label.
    pub tag: Option<String>,
    /// Has this in a name or address, in any case.
    pub text: Option<String>,
}

/// Why a contact was not stored.
#[derive(Debug, thiserror::Error)]
pub enum ContactError {
    /// Another contact of the tenant has this external id.
    #[error("the external id is taken by another contact")]
    ExternalIdTaken,
    /// A later request took the idempotency key over.
    #[error(transparent)]
    KeyLost(#[from] KeyLost),
    /// The backend failed; nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What an erasure did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// The person's data are gone; what they had refused stays refused.
    Done,
    /// There was no such contact.
    NotFound,
}

/// Remembers contacts and their preferences. Addresses are not unique: families share phones.
#[async_trait]
pub trait Contacts: Send + Sync {
    /// The tenant itself, for its defaults.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn tenant(&self, tenant: TenantId) -> Result<Option<Tenant>, StoreError>;

    /// Stores a new contact, and the answer that reports it, in one step.
    ///
    /// # Errors
    /// [`ContactError`]: nothing was stored.
    async fn create(&self, contact: &Contact, answer: Option<&Answer>) -> Result<(), ContactError>;

    /// Stores new contacts in one step.
    ///
    /// # Errors
    /// [`ContactError`]: none was stored.
    async fn create_many(&self, tenant: TenantId, contacts: &[Contact])
    -> Result<(), ContactError>;

    /// Replaces a contact, addresses included. `false` if there is none.
    ///
    /// # Errors
    /// [`ContactError`]: nothing was changed.
    async fn update(&self, contact: &Contact) -> Result<bool, ContactError>;

    /// The contact, if the tenant has it.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn get(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> Result<Option<Contact>, StoreError>;

    /// Those of these contacts that the tenant has, in any order.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn get_many(
        &self,
        tenant: TenantId,
        contacts: &[ContactId],
    ) -> Result<Vec<Contact>, StoreError>;

    /// Contacts that fit, newest first.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn list(
        &self,
        tenant: TenantId,
        filter: &ContactFilter,
        page: Page,
    ) -> Result<Paged<Contact>, StoreError>;

    /// Who has each address, newest first and at most 200, in its place.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn holders(
        &self,
        tenant: TenantId,
        addresses: &[Address],
    ) -> Result<Vec<Vec<Contact>>, StoreError>;

    /// The contact's preferences; `None` if never set.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn preferences(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> Result<Option<Preferences>, StoreError>;

    /// Replaces the contact's preferences. `false` if there is no such contact.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed.
    async fn set_preferences(
        &self,
        tenant: TenantId,
        contact: ContactId,
        preferences: &Preferences,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError>;

    /// Makes two contacts one, as [`MergePlan::of`](crate::MergePlan::of) says from what is known in this step. What
    /// `from` has is `into`'s then: messages, marketing that was counted, notes, what is unread and what automations
    /// are to look at. `from` is no contact any more. Its events of consent stay a chain under its id, with their
    /// evidence. No conversation answers elsewhere than it did: that of `from` is kept, archived unless it is blocked,
    /// with its places; the one of `into` takes places on channels where it had none. Done again it changes nothing.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed.
    async fn merge(&self, tenant: TenantId, merge: &Merge) -> Result<Merging, StoreError>;

    /// The contact that this one was merged into, however often that was merged in turn; `None` for all others.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn merged_into(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> Result<Option<ContactId>, StoreError>;

    /// The contacts that were merged into this one, in the order of their ids.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn merged_from(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> Result<Vec<ContactId>, StoreError>;

    /// Erases a person: contact, preferences, texts of messages and evidence go; ledger events stay
    /// without what identifies, those of contacts that were merged into this one too; each address on which some purpose stands refused, or on which
    /// `refused` says so, stays suppressed as a keyed hash, since `now`. Messages that wait are
    /// cancelled. Erasing twice equals erasing once: the second time there is no such contact.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was erased.
    async fn erase(
        &self,
        tenant: TenantId,
        contact: ContactId,
        refused: &[(Address, tidings_kernel::Channel)],
        now: OffsetDateTime,
    ) -> Result<Erasure, StoreError>;
}
