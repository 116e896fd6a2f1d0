use crate::{Memory, memory::State, suppressions::no_randomness};
use async_trait::async_trait;
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::BTreeSet;
use tidings_consent::{
    ConsentEvent,
    chain::{Link, Salt},
};
use tidings_kernel::{ContactId, StoreError, TenantId};
use tidings_messaging::{Answer, ConsentLedger, ConsentNoted, Contact, Happening, RecordError};

/// A salt from the operating system.
pub(crate) fn salt() -> Result<Salt, StoreError> {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| no_randomness())?;
    Ok(Salt::new(bytes))
}

impl State {
    /// Chains an event behind the contact's last one, unless it is there already.
    pub(crate) fn record(&mut self, tenant: TenantId, event: &ConsentEvent, salt: Salt) {
        if self.recorded.insert((tenant, event.id)) {
            let chain = self.ledger.entry((tenant, event.contact)).or_default();
            let link = Link::new(chain.last().map(|last| &last.hash), event.clone(), salt);
            chain.push(link);
            let happening = Happening::ConsentRecorded(ConsentNoted::from(event));
            self.outbox.note(tenant, event.recorded_at, happening);
        }
    }

    /// The contact and everybody who shares an address with it.
    pub(crate) fn sharers(&self, contact: &Contact) -> BTreeSet<ContactId> {
        let mut people = BTreeSet::from([contact.id]);
        for address in contact.addresses() {
            let holders = self.holders.get(&(contact.tenant, address));
            people.extend(holders.into_iter().flatten());
        }
        people
    }

    /// The events of the contact and of everybody who shares an address with it.
    pub(crate) fn consent(&self, contact: &Contact) -> Vec<ConsentEvent> {
        let chains = self
            .sharers(contact)
            .into_iter()
            .filter_map(|id| self.ledger.get(&(contact.tenant, id)));
        chains.flatten().map(|link| link.event.clone()).collect()
    }
}

#[async_trait]
impl ConsentLedger for Memory {
    async fn record(
        &self,
        tenant: TenantId,
        event: &ConsentEvent,
        answer: Option<&Answer>,
    ) -> Result<(), RecordError> {
        let salt = salt()?;
        let mut state = self.lock();
        state.check_key(answer)?;
        if !state.contacts.contains_key(&(tenant, event.contact)) {
            return Err(RecordError::NoContact);
        }
        state.record(tenant, event, salt);
        state.keep_answer(answer);
        Ok(())
    }

    async fn history(&self, tenant: TenantId, contact: ContactId) -> Result<Vec<Link>, StoreError> {
        Ok(self
            .lock()
            .ledger
            .get(&(tenant, contact))
            .cloned()
            .unwrap_or_default())
    }
}
