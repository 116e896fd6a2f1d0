use crate::Memory;
use async_trait::async_trait;
use tidings_kernel::{AccountId, StoreError, TemplateId, TenantId};
use tidings_messaging::{Sighting, TemplateListing, TemplateListings};
use time::OffsetDateTime;

/// How many listings of a tenant are given.
const MOST: usize = 10_000;

#[async_trait]
impl TemplateListings for Memory {
    async fn see(&self, sightings: &[Sighting]) -> Result<Vec<TemplateListing>, StoreError> {
        let mut state = self.lock();
        let mut seen = Vec::with_capacity(sightings.len());
        for sighting in sightings {
            let (tenant, account) = (sighting.tenant, sighting.account);
            if !state.accounts.contains_key(&(tenant, account)) {
                continue;
            }
            let key = (tenant, sighting.provider.clone(), sighting.id.clone());
            let known = state.listings.remove(&key);
            let mut listing = TemplateListing::after(known, sighting);
            let is_there = |id: &TemplateId| state.templates.contains_key(&(tenant, *id));
            listing.template = listing.template.filter(is_there);
            state.listings.insert(key, listing.clone());
            seen.push(listing);
        }
        Ok(seen)
    }

    async fn vanish(
        &self,
        tenant: TenantId,
        account: AccountId,
        before: OffsetDateTime,
    ) -> Result<Vec<TemplateListing>, StoreError> {
        let mut state = self.lock();
        let is_meant = |listing: &TemplateListing| {
            listing.tenant == tenant && listing.account == account && listing.seen_at < before
        };
        state
            .listings
            .retain(|_, listing| listing.template.is_some() || !is_meant(listing));
        let mut gone = Vec::new();
        for listing in state.listings.values_mut() {
            if is_meant(listing) && !listing.is_gone {
                listing.is_gone = true;
                gone.push(listing.clone());
            }
        }
        Ok(gone)
    }

    async fn of_template(
        &self,
        tenant: TenantId,
        template: TemplateId,
    ) -> Result<Vec<TemplateListing>, StoreError> {
        let state = self.lock();
        let own = state.listings.values();
        let own = own.filter(|it| it.tenant == tenant && it.template == Some(template));
        Ok(own.cloned().collect())
    }

    async fn of_tenant(&self, tenant: TenantId) -> Result<Vec<TemplateListing>, StoreError> {
        let state = self.lock();
        let own = state.listings.values().filter(|it| it.tenant == tenant);
        let mut found: Vec<TemplateListing> = own.cloned().collect();
        found.sort_by(|a, b| {
            (&a.name, &a.locale, &a.provider, &a.id).cmp(&(&b.name, &b.locale, &b.provider, &b.id))
        });
        found.truncate(MOST);
        Ok(found)
    }
}
