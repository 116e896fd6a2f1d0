use super::{
    SeedError, Seeding,
    business::{Business, TemplateDocument},
    identity::{Kind, fixed},
};
use std::collections::BTreeMap;
use tidings_kernel::{Channel, TemplateId, TenantId};
use tidings_messaging::{ProviderTemplate, StoredTemplate};
use tidings_templates::ApprovalStatus;

impl Seeding {
    pub(super) async fn plant_templates(
        &self,
        business: &Business,
        tenant: TenantId,
    ) -> Result<Vec<StoredTemplate>, SeedError> {
        let mut planted = Vec::with_capacity(business.templates.len());
        for (index, document) in (0..).zip(&business.templates) {
            let of_name = self.templates.named(tenant, &document.name).await?;
            // Whatever somebody made of it is kept.
            let existing = of_name
                .into_iter()
                .find(|known| known.channel == document.channel);
            let template = if let Some(existing) = existing {
                existing
            } else {
                let template = self.template(business, tenant, document, index);
                self.templates.create(&template, None).await?;
                template
            };
            planted.push(template);
        }
        Ok(planted)
    }

    fn template(
        &self,
        business: &Business,
        tenant: TenantId,
        document: &TemplateDocument,
        index: u32,
    ) -> StoredTemplate {
        let now = self.clock.now();
        StoredTemplate {
            id: TemplateId::from_uuid(fixed(business.number, Kind::Template, index)),
            tenant,
            name: document.name.clone(),
            category: document.category.clone(),
            channel: document.channel,
            purpose: document.purpose,
            variants: document.variants.clone(),
            fields: document.fields.clone(),
            status: document.status,
            provider_status: at_meta(business, document, index),
            standings: Vec::new(),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

/// What Meta says about a template that was submitted.
fn at_meta(
    business: &Business,
    document: &TemplateDocument,
    index: u32,
) -> BTreeMap<String, ProviderTemplate> {
    let is_submitted =
        document.channel == Channel::Whatsapp && document.status != ApprovalStatus::Draft;
    is_submitted
        .then(|| {
            let known = ProviderTemplate {
                id: Some(format!("{}{index:03}", business.whatsapp.waba_id)),
                status: Some(document.status.as_str().to_ascii_uppercase()),
                rejection_reason: None,
            };
            (tidings_whatsapp_cloud::NAME.to_owned(), known)
        })
        .into_iter()
        .collect()
}
