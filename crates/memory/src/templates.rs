use crate::{
    Memory,
    memory::{State, newest_first},
};
use async_trait::async_trait;
use tidings_kernel::{Channel, StoreError, TemplateId, TenantId};
use tidings_messaging::{
    Answer, Happening, Page, Paged, StoredTemplate, TemplateError, TemplateLibrary,
    TemplateStanding,
};

impl State {
    fn is_template_name_taken(&self, template: &StoredTemplate) -> bool {
        self.templates.values().any(|other| {
            other.tenant == template.tenant
                && other.channel == template.channel
                && other.name == template.name
                && other.id != template.id
        })
    }
}

#[async_trait]
impl TemplateLibrary for Memory {
    async fn create(
        &self,
        template: &StoredTemplate,
        answer: Option<&Answer>,
    ) -> Result<(), TemplateError> {
        let mut state = self.lock();
        state.check_key(answer)?;
        if state.is_template_name_taken(template) {
            return Err(TemplateError::NameTaken);
        }
        state
            .templates
            .insert((template.tenant, template.id), template.clone());
        state.keep_answer(answer);
        Ok(())
    }

    async fn update(&self, template: &StoredTemplate) -> Result<bool, TemplateError> {
        let mut state = self.lock();
        let key = (template.tenant, template.id);
        let Some(stored) = state.templates.get(&key) else {
            return Ok(false);
        };
        if stored.version.checked_add(1) != Some(template.version) {
            return Ok(false);
        }
        let is_news = (stored.status, &stored.provider_status)
            != (template.status, &template.provider_status);
        if state.is_template_name_taken(template) {
            return Err(TemplateError::NameTaken);
        }
        state.templates.insert(key, template.clone());
        if is_news {
            let happening = Happening::TemplateStatus(TemplateStanding::from(template));
            state
                .outbox
                .note(template.tenant, template.updated_at, happening);
        }
        Ok(true)
    }

    async fn get(
        &self,
        tenant: TenantId,
        template: TemplateId,
    ) -> Result<Option<StoredTemplate>, StoreError> {
        Ok(self.lock().templates.get(&(tenant, template)).cloned())
    }

    async fn named(&self, tenant: TenantId, name: &str) -> Result<Vec<StoredTemplate>, StoreError> {
        let state = self.lock();
        let fits = |template: &&StoredTemplate| template.tenant == tenant && template.name == name;
        Ok(state.templates.values().filter(fits).cloned().collect())
    }

    async fn known_as(
        &self,
        tenant: TenantId,
        provider: &str,
        id: &str,
    ) -> Result<Vec<StoredTemplate>, StoreError> {
        let state = self.lock();
        let fits = |template: &&StoredTemplate| {
            let known = template.provider_status.get(provider);
            template.tenant == tenant && known.and_then(|known| known.id.as_deref()) == Some(id)
        };
        Ok(state.templates.values().filter(fits).cloned().collect())
    }

    async fn list(
        &self,
        tenant: TenantId,
        channel: Option<Channel>,
        page: Page,
    ) -> Result<Paged<StoredTemplate>, StoreError> {
        let state = self.lock();
        let id = |template: &StoredTemplate| template.id.uuid();
        Ok(newest_first(
            state.templates.iter(),
            tenant,
            page,
            id,
            |template| {
                channel
                    .is_none_or(|channel| template.channel == channel)
                    .then(|| template.clone())
            },
        ))
    }

    async fn delete(&self, tenant: TenantId, template: TemplateId) -> Result<bool, StoreError> {
        let mut state = self.lock();
        for listing in state.listings.values_mut() {
            if listing.tenant == tenant && listing.template == Some(template) {
                listing.template = None;
            }
        }
        Ok(state.templates.remove(&(tenant, template)).is_some())
    }
}
