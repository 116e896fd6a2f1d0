use crate::{Sighting, TemplateListing};
use async_trait::async_trait;
use tidings_kernel::{AccountId, StoreError, TemplateId, TenantId};
use time::OffsetDateTime;

/// Remembers templates as providers list them. One is known by its provider's id, within its tenant.
#[async_trait]
pub trait TemplateListings: Send + Sync {
    /// Puts sightings to what is known ([`TemplateListing::after`]), each in one step, and gives what is known now,
    /// in their order. Of two about the same template neither is lost. One of an account that is gone is left out.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed.
    async fn see(&self, sightings: &[Sighting]) -> Result<Vec<TemplateListing>, StoreError>;

    /// What this account saw last, and before that instant, is not there any more: those of ours are gone, others are
    /// forgotten. Gives those of ours that were not gone yet.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was changed.
    async fn vanish(
        &self,
        tenant: TenantId,
        account: AccountId,
        before: OffsetDateTime,
    ) -> Result<Vec<TemplateListing>, StoreError>;

    /// The listings of one template of ours, by provider and id.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn of_template(
        &self,
        tenant: TenantId,
        template: TemplateId,
    ) -> Result<Vec<TemplateListing>, StoreError>;

    /// The first 10,000 listings of a tenant, by name, locale, provider and id. A template that was removed leaves its
    /// own behind as those of nobody.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn of_tenant(&self, tenant: TenantId) -> Result<Vec<TemplateListing>, StoreError>;
}
