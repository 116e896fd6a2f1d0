use crate::{
    memory::State,
    outbox::{Kept, Source},
};
use tidings_consent::{Evidence, chain::Link};
use tidings_kernel::{Channel, ContactId, StoreError, TenantId};
use tidings_messaging::{
    Address, ContactNamed, Content, DecisionRecord, Direction, Erasure, Happening, Preferences,
    Status,
};
use time::OffsetDateTime;

impl State {
    /// Erases a person; what can fail comes before the first change.
    pub(crate) fn erase(
        &mut self,
        tenant: TenantId,
        contact: ContactId,
        refused: &[(Address, Channel)],
        now: OffsetDateTime,
    ) -> Result<Erasure, StoreError> {
        let Some(person) = self.contacts.get(&(tenant, contact)) else {
            return Ok(Erasure::NotFound);
        };
        let addresses = person.addresses();
        let mut stays = person.refusals(&self.consent(person), now);
        stays.extend_from_slice(refused);
        self.suppressions.prepare()?;
        for (address, channel) in &stays {
            self.suppressions.add(tenant, address, *channel, now);
        }
        self.take_contact(tenant, contact);
        let gone = self.merged_from(tenant, contact);
        for address in &addresses {
            if let Some(holders) = self.holders.get_mut(&(tenant, address.clone())) {
                holders.retain(|holder| !gone.contains(holder));
            }
        }
        self.forget_absences(tenant, contact, &addresses);
        self.preferences.remove(&(tenant, contact));
        self.forget_conversations(tenant, contact);
        self.forget_media(tenant, contact, now);
        for person in gone.into_iter().chain([contact]) {
            if let Some(chain) = self.ledger.get_mut(&(tenant, person)) {
                *chain = chain.drain(..).map(Link::redact).collect();
            }
        }
        for (key, kept) in &mut self.messages {
            if key.0 == tenant && kept.message.contact == contact {
                if kept.message.status.is_waiting() {
                    kept.turn(Status::Cancelled, now, Source::Api);
                    if self.queue.remove(key).is_some() {
                        self.used.give_back(&kept.message);
                    }
                }
                forget(kept);
            }
        }
        let named = ContactNamed {
            contact_id: contact,
        };
        self.outbox
            .note(tenant, now, Happening::ContactErased(named));
        Ok(Erasure::Done)
    }
}

/// Takes out what was said and who it was said to. A blocked message may lack an address, too; what
/// stands for none there stands for none here.
fn forget(kept: &mut Kept) {
    kept.untold = None;
    let message = &mut kept.message;
    message.content = Content::default();
    message.contact_address = Address::Email(String::new());
    match message.direction {
        Direction::Outbound => message.to.clear(),
        Direction::Inbound => message.from = None,
    }
    if let Some(template) = &mut message.template_use {
        template.data.clear();
    }
    for tried in &mut kept.attempts {
        // Providers like to repeat the number in their complaints.
        if let Some(error) = &mut tried.attempt.error {
            error.detail.clear();
        }
    }
    if let Some(failure) = &mut kept.failure {
        failure.detail.clear();
    }
    kept.decisions.iter_mut().for_each(forget_in_decision);
}

fn forget_in_decision(record: &mut DecisionRecord) {
    record.request.to = None;
    record.others.clear();
    record.facts.preferences = Preferences::default();
    for event in &mut record.facts.consent {
        event.evidence = Evidence::default();
    }
}
