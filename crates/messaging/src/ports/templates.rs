use super::{Answer, KeyLost, Page, Paged};
use crate::StoredTemplate;
use async_trait::async_trait;
use tidings_kernel::{Channel, StoreError, TemplateId, TenantId};

/// Why a template was not stored.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// Another template of the channel has this name.
    #[error("the name is taken by another template of this channel")]
    NameTaken,
    /// A later request took the idempotency key over.
    #[error(transparent)]
    KeyLost(#[from] KeyLost),
    /// The backend failed; nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Remembers templates. Names are unique within tenant and channel.
#[async_trait]
pub trait TemplateLibrary: Send + Sync {
    /// Stores a new template, and the answer that reports it, in one step.
    ///
    /// # Errors
    /// [`TemplateError`]: nothing was stored.
    async fn create(
        &self,
        template: &StoredTemplate,
        answer: Option<&Answer>,
    ) -> Result<(), TemplateError>;

    /// Replaces a template if the stored one has the version before it. `false` if there is none, or
    /// somebody else changed it meanwhile.
    ///
    /// # Errors
    /// [`TemplateError`]: nothing was changed.
    async fn update(&self, template: &StoredTemplate) -> Result<bool, TemplateError>;

    /// The template, if the tenant has it.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn get(
        &self,
        tenant: TenantId,
        template: TemplateId,
    ) -> Result<Option<StoredTemplate>, StoreError>;

    /// The tenant's templates of this name, one for each channel at most.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn named(&self, tenant: TenantId, name: &str) -> Result<Vec<StoredTemplate>, StoreError>;

    /// The tenant's templates that a provider knows by this id.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn known_as(
        &self,
        tenant: TenantId,
        provider: &str,
        id: &str,
    ) -> Result<Vec<StoredTemplate>, StoreError>;

    /// Templates, newest first, of one channel if given.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn list(
        &self,
        tenant: TenantId,
        channel: Option<Channel>,
        page: Page,
    ) -> Result<Paged<StoredTemplate>, StoreError>;

    /// Removes a template. Messages keep what they said. `false` if there was none.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was removed.
    async fn delete(&self, tenant: TenantId, template: TemplateId) -> Result<bool, StoreError>;
}
