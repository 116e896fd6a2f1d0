use crate::{Memory, memory::State};
use async_trait::async_trait;
use std::collections::BTreeMap;
use tidings_kernel::{Channel, StoreError, TenantId};
use tidings_messaging::{
    Address, Contact, Direction, FactStore, FactsQuery, Known, MarketingCap, Suppression,
    TemplateFacts,
};
use time::{Duration, OffsetDateTime};

impl State {
    pub(crate) fn known(&self, query: &FactsQuery, now: OffsetDateTime) -> Option<Known> {
        let contact = self.contacts.get(&(query.tenant, query.contact))?;
        let tenant = self.tenants.get(&query.tenant)?.clone();
        let week = Duration::hours(i64::from(MarketingCap::LONGEST));
        let template = query
            .template
            .and_then(|id| self.templates.get(&(query.tenant, id)));
        let addresses = contact.addresses();
        Some(Known {
            preferences: self
                .preferences
                .get(&(query.tenant, query.contact))
                .cloned(),
            consent: self.consent(contact),
            suppressions: addresses
                .iter()
                .flat_map(|address| self.suppressions.of(query.tenant, address))
                .collect(),
            template: template.map(TemplateFacts::of),
            last_inbound: self.last_inbound(contact),
            marketing_sent: self.marketing_sent(
                query.tenant,
                query.contact,
                now.saturating_sub(week),
            ),
            absences: self.absences(contact),
            source_version: query
                .source
                .as_ref()
                .and_then(|source| self.sources.get(&(query.tenant, source.clone())).copied()),
            usage: self.usage(&tenant, now),
            contact: contact.clone(),
            tenant,
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
    async fn load(
        &self,
        queries: &[FactsQuery],
        now: OffsetDateTime,
    ) -> Result<Vec<Option<Known>>, StoreError> {
        let state = self.lock();
        Ok(queries
            .iter()
            .map(|query| state.known(query, now))
            .collect())
    }

    async fn suppressions(
        &self,
        tenant: TenantId,
        address: &Address,
    ) -> Result<Vec<Suppression>, StoreError> {
        Ok(self.lock().suppressions.of(tenant, address))
    }
}
