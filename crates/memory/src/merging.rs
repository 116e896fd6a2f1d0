use crate::{consent::salt, memory::State};
use std::collections::BTreeSet;
use tidings_conversations::{Conversation, ConversationStatus, MOST_LABELS};
use tidings_kernel::{ContactId, ConversationId, StoreError, TenantId};
use tidings_messaging::{
    Contact, ContactMerged, ConversationPart, FactsQuery, Happening, Merge, MergePlan, Merging,
};

impl State {
    /// Makes two contacts one; what can fail comes before the first change.
    pub(crate) fn merge(&mut self, tenant: TenantId, merge: &Merge) -> Result<Merging, StoreError> {
        let Merge { into, from, at, .. } = *merge;
        if self.merged.get(&(tenant, from)) == Some(&into) {
            return Ok(Merging::Before);
        }
        let known = |contact| self.known(&FactsQuery::of(tenant, contact), at);
        let (Some(own), Some(other)) = (known(into), known(from).filter(|_| into != from)) else {
            return Ok(Merging::NotFound);
        };
        let plan = MergePlan::of(&own, &other, merge);
        let salts = plan.consent.iter().map(|_| salt());
        let salts = salts.collect::<Result<Vec<_>, _>>()?;
        self.leave_addresses(&own.contact, &other.contact);
        self.contacts.remove(&(tenant, from));
        self.put_contact(&plan.contact);
        self.preferences.remove(&(tenant, from));
        if let Some(preferences) = &plan.preferences {
            self.preferences.insert((tenant, into), preferences.clone());
        }
        for (event, salt) in plan.consent.iter().zip(salts) {
            self.record(tenant, event, salt);
        }
        for gone in self.merged_from(tenant, from).into_iter().chain([from]) {
            self.merged.insert((tenant, gone), into);
        }
        for kept in self.messages.values_mut() {
            let message = &mut kept.message;
            if message.tenant == tenant && message.contact == from {
                message.contact = into;
            }
        }
        self.pass_absences(tenant, from, into);
        self.pass_media(tenant, from, into);
        self.merge_conversations(tenant, merge);
        let merged = ContactMerged {
            contact_id: into,
            merged_id: from,
        };
        self.outbox
            .note(tenant, at, Happening::ContactMerged(merged));
        Ok(Merging::Done(Box::new(plan)))
    }

    /// Those that were merged into a contact.
    pub(crate) fn merged_from(&self, tenant: TenantId, contact: ContactId) -> Vec<ContactId> {
        let merged = self.merged.iter();
        merged
            .filter(|((of, _), into)| *of == tenant && **into == contact)
            .map(|((_, gone), _)| *gone)
            .collect()
    }

    /// The contact that goes, and those that went into it, are found no more by addresses which the one that stays did
    /// not have: only what counted for both before counts on.
    fn leave_addresses(&mut self, own: &Contact, other: &Contact) {
        let mut people = self.merged_from(own.tenant, other.id);
        people.push(other.id);
        let has = own.addresses();
        for address in other.addresses() {
            if has.contains(&address) {
                continue;
            }
            if let Some(holders) = self.holders.get_mut(&(own.tenant, address)) {
                holders.retain(|holder| !people.contains(holder));
            }
        }
    }

    /// A contact's threads become another's, as `Contacts::merge` says.
    fn merge_conversations(&mut self, tenant: TenantId, merge: &Merge) {
        let own = ConversationId::from_uuid(merge.into.uuid());
        let theirs: BTreeSet<ConversationId> = self
            .conversations
            .values()
            .filter(|known| known.tenant == tenant && known.contact == merge.from)
            .map(|known| known.id)
            .collect();
        let mut gone = Vec::new();
        for id in &theirs {
            let Some(known) = self.conversations.get_mut(&(tenant, *id)) else {
                continue;
            };
            gone.push(known.clone());
            known.contact = merge.into;
            known.unread = 0;
            if known.status == ConversationStatus::Open {
                known.status = ConversationStatus::Archived;
            }
        }
        for note in self.notes.iter_mut().filter(|((of, _), _)| *of == tenant) {
            if theirs.contains(&note.1.conversation) {
                note.1.conversation = own;
            }
        }
        for ((of, _), (_, unheard)) in &mut self.unheard {
            if *of == tenant && theirs.contains(&unheard.conversation) {
                unheard.conversation = own;
            }
        }
        if gone.is_empty() {
            return;
        }
        if let Some(known) = self.touched(tenant, own) {
            for gone in &gone {
                join(known, gone);
            }
            known.updated_at = known.updated_at.max(merge.at);
        }
        self.tell(tenant, own, vec![ConversationPart::Messages], merge.at);
    }
}

/// Adds to a conversation what another has that is merged into it.
fn join(own: &mut Conversation, gone: &Conversation) {
    own.unread = own.unread.saturating_add(gone.unread);
    own.activity = own.activity.max(gone.activity);
    if own.assignee.is_none() {
        own.assignee.clone_from(&gone.assignee);
    }
    let is_open = gone.status == ConversationStatus::Open;
    if is_open && own.status == ConversationStatus::Archived {
        own.status = ConversationStatus::Open;
    }
    for label in &gone.labels {
        if !own.labels.contains(label) && own.labels.len() < MOST_LABELS {
            own.labels.push(label.clone());
        }
    }
    for place in &gone.places {
        if own.place(place.channel).is_none() {
            own.places.push(place.clone());
        }
    }
}
