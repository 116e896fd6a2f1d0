use crate::{Memory, memory::State};
use async_trait::async_trait;
use std::collections::BTreeMap;
use tidings_kernel::{Channel, StoreError, TenantId};
use tidings_messaging::{
    Address, Contact, Direction, FactStore, FactsQuery, Known, Suppression, TemplateFacts,
};
use time::OffsetDateTime;

impl State {
    fn known(&self, query: &FactsQuery) -> Option<Known> {
        let contact = self.contacts.get(&(query.tenant, query.contact))?;
        let template = query
            .template
            .and_then(|id| self.templates.get(&(query.tenant, id)));
        let addresses = contact.addresses();
        Some(Known {
            tenant: self.tenants.get(&query.tenant)?.clone(),
            preferences: self
                .preferences
                .get(&(query.tenant, query.contact))
                .cloned(),
            consent: self.consent(contact),
            suppressions: addresses
                .iter()
                .flat_map(|address| self.suppressions.of(query.tenant, address))
                .collect(),
            template: template.map(|template| TemplateFacts {
                id: template.id,
                status: template.status,
                purpose: template.purpose,
                version: template.version,
            }),
            last_inbound: self.last_inbound(contact),
            marketing_sent: Vec::new(),
            source_version: None,
            usage: tidings_messaging::Usage::default(),
            contact: contact.clone(),
        })
    }

    fn last_inbound(&self, contact: &Contact) -> Vec<(Channel, OffsetDateTime)> {
        let mut latest = BTreeMap::new();
        for ((tenant, _), kept) in &self.messages {
            let message = &kept.message;
            let is_theirs = *tenant == contact.tenant && message.contact == contact.id;
            if is_theirs && message.direction == Direction::Inbound {
                let at = latest.entry(message.channel).or_insert(message.created_at);
                *at = message.created_at.max(*at);
            }
        }
        latest.into_iter().collect()
    }
}

#[async_trait]
impl FactStore for Memory {
    async fn load(&self, queries: &[FactsQuery]) -> Result<Vec<Option<Known>>, StoreError> {
        let state = self.lock();
        Ok(queries.iter().map(|query| state.known(query)).collect())
    }

    async fn suppressions(
        &self,
        tenant: TenantId,
        address: &Address,
    ) -> Result<Vec<Suppression>, StoreError> {
        Ok(self.lock().suppressions.of(tenant, address))
    }
}
