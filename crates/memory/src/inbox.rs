use crate::{Memory, consent::salt, memory::State, outbox::Kept};
use async_trait::async_trait;
use tidings_consent::chain::Salt;
use tidings_kernel::{AccountId, CallbackId, StoreError, TenantId};
use tidings_messaging::{
    FreeWindowEvent, Happening, InboundRecord, Inbox, Message, PutBack, QueryJob, RawCallback,
    ReceiptEffect, ReceiptTarget, ReceiptUpdate, Received, Stored, TimelineEntry,
};
use time::{Duration, OffsetDateTime};

impl State {
    fn receive(&mut self, inbound: &InboundRecord, salts: &[Salt]) -> Result<bool, StoreError> {
        let InboundRecord {
            message,
            new_contact,
            consent,
            media,
        } = inbound;
        let (Some(account), Some(provider_id)) = (message.account, &message.provider_message_id)
        else {
            let context = format!(
                "inbound message {} lacks its account or provider id",
                message.id
            );
            return Err(StoreError::inconsistent(context));
        };
        let seen = (account, provider_id.clone());
        if self.received.contains(&seen) {
            return Ok(false);
        }
        let people = consent
            .iter()
            .map(|event| event.contact)
            .chain([message.contact]);
        for person in people {
            let is_new = new_contact
                .as_ref()
                .is_some_and(|contact| contact.id == person);
            if !is_new && !self.contacts.contains_key(&(message.tenant, person)) {
                return Err(StoreError::inconsistent(format!(
                    "there is no contact {person}"
                )));
            }
        }
        if let Some(contact) = new_contact {
            if self.is_external_id_taken(contact) {
                let context = format!("the external id of contact {} is taken", contact.id);
                return Err(StoreError::inconsistent(context));
            }
            self.put_contact(contact);
            self.note_created(contact);
        }
        for (event, salt) in consent.iter().zip(salts) {
            self.record(message.tenant, event, *salt);
        }
        // The tenant may have removed the account since the callback came.
        let source = self
            .accounts
            .get(&(message.tenant, account))
            .map(|known| &known.provider);
        let first = TimelineEntry {
            status: message.status,
            at: message.status_at,
            source: source.cloned().unwrap_or_else(|| "provider".to_owned()),
        };
        let received = Happening::MessageReceived(Received::of(message));
        self.outbox
            .note(message.tenant, message.status_at, received);
        self.move_thread(message);
        self.note_unheard(message);
        for record in media {
            self.add_media(record, record.created_at);
        }
        let kept = Kept::new(message.clone(), vec![first], self.outbox.clone());
        self.messages.insert((message.tenant, message.id), kept);
        self.received.insert(seen);
        Ok(true)
    }
}

#[async_trait]
impl Inbox for Memory {
    async fn store(&self, callback: &RawCallback) -> Result<Stored, StoreError> {
        let stored = self.lock().store(callback);
        Self::notify(&self.arrivals);
        Ok(stored)
    }

    async fn claim(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<RawCallback>, StoreError> {
        Ok(self.lock().claim_callbacks(limit, now, lease))
    }

    async fn apply(
        &self,
        updates: &[ReceiptUpdate],
    ) -> Result<Vec<Option<ReceiptEffect>>, StoreError> {
        let mut state = self.lock();
        Ok(updates.iter().map(|update| state.apply(update)).collect())
    }

    async fn subject(&self, target: &ReceiptTarget) -> Result<Option<Message>, StoreError> {
        Ok(self.lock().subject(target))
    }

    async fn receive(&self, inbound: &InboundRecord) -> Result<bool, StoreError> {
        let salts = inbound
            .consent
            .iter()
            .map(|_| salt())
            .collect::<Result<Vec<_>, _>>()?;
        self.lock().receive(inbound, &salts)
    }

    async fn open_free_window(
        &self,
        tenant: TenantId,
        account: AccountId,
        window: &FreeWindowEvent,
    ) -> Result<(), StoreError> {
        self.lock().open_free_window(tenant, account, window);
        Ok(())
    }

    async fn finish(&self, callbacks: &[CallbackId], _: OffsetDateTime) -> Result<(), StoreError> {
        let mut state = self.lock();
        for callback in callbacks {
            state.finish_callback(*callback);
        }
        Ok(())
    }

    async fn put_back(&self, callbacks: &[PutBack]) -> Result<(), StoreError> {
        let mut state = self.lock();
        for callback in callbacks {
            state.put_back(callback);
        }
        drop(state);
        Self::notify(&self.arrivals);
        Ok(())
    }

    async fn overdue(
        &self,
        limit: u16,
        now: OffsetDateTime,
        next_at: OffsetDateTime,
        most: u32,
    ) -> Result<Vec<QueryJob>, StoreError> {
        Ok(self.lock().overdue(limit, now, next_at, most))
    }

    async fn wait(&self, seen: u64, timeout: Duration) -> u64 {
        Self::wait_for(&self.arrivals, seen, timeout).await
    }
}
