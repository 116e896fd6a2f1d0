use crate::{
    Memory,
    memory::{State, newest_first},
};
use async_trait::async_trait;
use std::collections::HashSet;
use tidings_kernel::{Channel, ContactId, StoreError, TenantId};
use tidings_messaging::{
    Address, Answer, Contact, ContactError, ContactFilter, ContactNamed, Contacts, Erasure,
    Happening, Merge, Merging, Page, Paged, Preferences, Tenant,
};
use time::OffsetDateTime;

/// How many contacts with one address are given.
const MOST_HOLDERS: usize = 200;

impl State {
    pub(crate) fn is_external_id_taken(&self, contact: &Contact) -> bool {
        contact.external_id.is_some()
            && self.contacts.values().any(|other| {
                other.tenant == contact.tenant
                    && other.id != contact.id
                    && other.external_id == contact.external_id
            })
    }

    /// Stores a contact in place of what was there, and finds it by its addresses.
    pub(crate) fn put_contact(&mut self, contact: &Contact) {
        self.take_contact(contact.tenant, contact.id);
        for address in contact.addresses() {
            self.holders
                .entry((contact.tenant, address))
                .or_default()
                .insert(contact.id);
        }
        self.contacts
            .insert((contact.tenant, contact.id), contact.clone());
    }

    /// Notes that there is a new contact.
    pub(crate) fn note_created(&self, contact: &Contact) {
        let named = ContactNamed {
            contact_id: contact.id,
        };
        let happening = Happening::ContactCreated(named);
        self.outbox
            .note(contact.tenant, contact.created_at, happening);
    }

    fn note_updated(&self, tenant: TenantId, contact: ContactId, at: OffsetDateTime) {
        let named = ContactNamed {
            contact_id: contact,
        };
        self.outbox
            .note(tenant, at, Happening::ContactUpdated(named));
    }

    /// Removes a contact and finds it no more.
    pub(crate) fn take_contact(&mut self, tenant: TenantId, contact: ContactId) -> Option<Contact> {
        let taken = self.contacts.remove(&(tenant, contact))?;
        for address in taken.addresses() {
            let key = (tenant, address);
            if let Some(holders) = self.holders.get_mut(&key) {
                holders.remove(&contact);
                if holders.is_empty() {
                    self.holders.remove(&key);
                }
            }
        }
        Some(taken)
    }
}

fn fits(contact: &Contact, filter: &ContactFilter) -> bool {
    let has_address = filter
        .address
        .as_ref()
        .is_none_or(|address| contact.addresses().contains(address));
    let has_key = filter.external_id.is_none() || filter.external_id == contact.external_id;
    let has_tag = filter
        .tag
        .as_ref()
        .is_none_or(|tag| contact.tags.contains(tag));
    has_address && has_key && has_tag && filter.text.as_ref().is_none_or(|text| says(contact, text))
}

fn says(contact: &Contact, text: &str) -> bool {
    let names = [&contact.first_name, &contact.last_name]
        .into_iter()
        .flatten()
        .cloned();
    let addresses = contact
        .addresses()
        .into_iter()
        .map(|address| address.to_string());
    let text = text.to_lowercase();
    names
        .chain(addresses)
        .any(|known| known.to_lowercase().contains(&text))
}

#[async_trait]
impl Contacts for Memory {
    async fn tenant(&self, tenant: TenantId) -> Result<Option<Tenant>, StoreError> {
        Ok(self.lock().tenants.get(&tenant).cloned())
    }

    async fn create(&self, contact: &Contact, answer: Option<&Answer>) -> Result<(), ContactError> {
        let mut state = self.lock();
        state.check_key(answer)?;
        if state.is_external_id_taken(contact) {
            return Err(ContactError::ExternalIdTaken);
        }
        state.put_contact(contact);
        state.note_created(contact);
        state.keep_answer(answer);
        Ok(())
    }

    async fn create_many(
        &self,
        tenant: TenantId,
        contacts: &[Contact],
    ) -> Result<(), ContactError> {
        if contacts.iter().any(|contact| contact.tenant != tenant) {
            return Err(StoreError::inconsistent("a contact of another tenant").into());
        }
        let mut state = self.lock();
        let mut keys = HashSet::new();
        let is_taken = contacts.iter().any(|contact| {
            let key = contact.external_id.as_ref();
            state.is_external_id_taken(contact) || key.is_some_and(|key| !keys.insert(key))
        });
        if is_taken {
            return Err(ContactError::ExternalIdTaken);
        }
        for contact in contacts {
            state.put_contact(contact);
            state.note_created(contact);
        }
        Ok(())
    }

    async fn update(&self, contact: &Contact) -> Result<bool, ContactError> {
        let mut state = self.lock();
        if !state.contacts.contains_key(&(contact.tenant, contact.id)) {
            return Ok(false);
        }
        if state.is_external_id_taken(contact) {
            return Err(ContactError::ExternalIdTaken);
        }
        state.put_contact(contact);
        state.note_updated(contact.tenant, contact.id, contact.updated_at);
        Ok(true)
    }

    async fn get(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> Result<Option<Contact>, StoreError> {
        Ok(self.lock().contacts.get(&(tenant, contact)).cloned())
    }

    async fn get_many(
        &self,
        tenant: TenantId,
        contacts: &[ContactId],
    ) -> Result<Vec<Contact>, StoreError> {
        let wanted: HashSet<ContactId> = contacts.iter().copied().collect();
        let state = self.lock();
        let found = wanted
            .iter()
            .filter_map(|id| state.contacts.get(&(tenant, *id)));
        Ok(found.cloned().collect())
    }

    async fn list(
        &self,
        tenant: TenantId,
        filter: &ContactFilter,
        page: Page,
    ) -> Result<Paged<Contact>, StoreError> {
        let state = self.lock();
        let id = |contact: &Contact| contact.id.uuid();
        Ok(newest_first(
            state.contacts.iter(),
            tenant,
            page,
            id,
            |contact| fits(contact, filter).then(|| contact.clone()),
        ))
    }

    async fn holders(
        &self,
        tenant: TenantId,
        addresses: &[Address],
    ) -> Result<Vec<Vec<Contact>>, StoreError> {
        let state = self.lock();
        let holders = |address: &Address| {
            let ids = state.holders.get(&(tenant, address.clone()));
            ids.into_iter()
                .flatten()
                .rev()
                .filter_map(|id| state.contacts.get(&(tenant, *id)).cloned())
                .take(MOST_HOLDERS)
                .collect()
        };
        Ok(addresses.iter().map(holders).collect())
    }

    async fn preferences(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> Result<Option<Preferences>, StoreError> {
        Ok(self.lock().preferences.get(&(tenant, contact)).cloned())
    }

    async fn set_preferences(
        &self,
        tenant: TenantId,
        contact: ContactId,
        preferences: &Preferences,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let exists = state.contacts.contains_key(&(tenant, contact));
        if exists {
            state
                .preferences
                .insert((tenant, contact), preferences.clone());
            state.note_updated(tenant, contact, now);
        }
        Ok(exists)
    }

    async fn merge(&self, tenant: TenantId, merge: &Merge) -> Result<Merging, StoreError> {
        self.lock().merge(tenant, merge)
    }

    async fn merged_into(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> Result<Option<ContactId>, StoreError> {
        Ok(self.lock().merged.get(&(tenant, contact)).copied())
    }

    async fn merged_from(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> Result<Vec<ContactId>, StoreError> {
        Ok(self.lock().merged_from(tenant, contact))
    }

    async fn erase(
        &self,
        tenant: TenantId,
        contact: ContactId,
        refused: &[(Address, Channel)],
        now: OffsetDateTime,
    ) -> Result<Erasure, StoreError> {
        self.lock().erase(tenant, contact, refused, now)
    }
}
