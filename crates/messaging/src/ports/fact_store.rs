use crate::{Address, Contact, Preferences, Tenant};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tidings_consent::ConsentEvent;
use tidings_kernel::{Channel, ContactId, Purpose, StoreError, TemplateId, TenantId};
use tidings_templates::ApprovalStatus;
use time::OffsetDateTime;

/// Whose facts are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FactsQuery {
    /// The tenant.
    pub tenant: TenantId,
    /// The contact.
    pub contact: ContactId,
    /// The template, if the message has one.
    pub template: Option<TemplateId>,
}

/// What the stores know about a contact and a template, before it is put to a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The tenant.
    pub tenant: Tenant,
    /// The contact.
    pub contact: Contact,
    /// Its preferences, if ever set.
    pub preferences: Option<Preferences>,
    /// The consent events of this contact, and of every contact of the tenant that shares an address
    /// with it: consent belongs to the number, and a stop from one stops all.
    pub consent: Vec<ConsentEvent>,
    /// What stays refused after an erasure.
    pub suppressions: Vec<Suppression>,
    /// The template, if it exists.
    pub template: Option<TemplateFacts>,
    /// When the contact last wrote, by channel.
    pub last_inbound: Vec<(Channel, OffsetDateTime)>,
}

/// An address that must not be messaged, whoever it belongs to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// On this channel.
    pub channel: Channel,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
}

/// What the gate needs to know of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateFacts {
    /// Which.
    pub id: TemplateId,
    /// Whether it may be sent.
    pub status: ApprovalStatus,
    /// What it is for now; may have changed since the message was taken in.
    pub purpose: Purpose,
    /// Its version.
    pub version: u32,
}

/// Loads facts for the gate, for a whole batch in a few statements.
#[async_trait]
pub trait FactStore: Send + Sync {
    /// The facts of each query, in its place; `None` where the contact does not exist.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn load(&self, queries: &[FactsQuery]) -> Result<Vec<Option<Known>>, StoreError>;

    /// What stays refused for an address, whoever has it now.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn suppressions(
        &self,
        tenant: TenantId,
        address: &Address,
    ) -> Result<Vec<Suppression>, StoreError>;
}
