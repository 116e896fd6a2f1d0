//! What a contact wrote.

use super::{
    Receiving, counts_from,
    meaning::{Meaning, understand},
};
use crate::{
    Address, Contact, ContactFilter, Content, Direction, FactsQuery, InboundEvent, InboundRecord,
    Known, Media, Message, Page, ProviderAccount, RawCallback, Shopping, Status,
    media::{MediaOrigin, MediaRecord, MediaState, media_address},
    send::{Prompt, SendError, is_wish},
};
use tidings_consent::{
    self as consent, Answered, Channels, ConsentEvent, Evidence, Method, OptOutHeard, may_confirm,
};
use tidings_kernel::{
    Channel, ConsentEventId, ContactId, MediaId, MessageId, Purpose, StoreError, TenantId,
    to_micros,
};
use tidings_quiet_hours::Urgency;
use time::OffsetDateTime;

/// How many contacts may share an address before the rest are left out of a stop. Nobody's family is
/// larger; the gate looks at shared addresses again anyway.
const HOLDERS: u16 = 200;
/// Among how many of them the one who writes is looked for.
const LOOKED_AT: usize = 8;

impl Receiving {
    /// Stores what a contact wrote, with what it means for consent, and confirms an opt-out once.
    pub(super) async fn inbound(
        &self,
        callback: &RawCallback,
        account: &ProviderAccount,
        event: InboundEvent,
    ) -> Result<(), StoreError> {
        let event = storable(event);
        let now = self.clock.now();
        let tenant = callback.tenant;
        let holders = self.holders(tenant, &event.from).await?;
        let known = self.writer(tenant, &holders, event.channel, now).await?;
        let (contact, new_contact) = match (&known, holders.first()) {
            (Some(known), _) => (known.contact.id, None),
            (None, Some(holder)) => (holder.id, None),
            (None, None) => {
                let stranger = self.stranger(tenant, &event, now);
                (stranger.id, Some(stranger))
            }
        };
        let reply = understand(&event, known.as_ref(), now);
        // The instant that the contact wrote decides; a provider's clock may be ahead of ours.
        let written_at = to_micros(
            event
                .at
                .map_or(callback.request.received_at, |at| at.min(now)),
        );
        let people: Vec<ContactId> = match &new_contact {
            Some(contact) => vec![contact.id],
            None => holders.iter().map(|holder| holder.id).collect(),
        };
        let consent: Vec<ConsentEvent> = people
            .iter()
            .flat_map(|person| self.consequences(reply, *person, &event, written_at, now))
            .collect();
        let before = known.as_ref().map_or(&[][..], |known| &known.consent);
        let is_worth_an_answer = self.may_confirm(account, &event, before, &consent, now);
        // Before it is stored: what is stored is not looked at again when this is interrupted.
        if event.channel == Channel::Sms && is_wish(&event.text) {
            self.note_wish(tenant, &holders, written_at).await?;
        }
        let mut message = self.message(tenant, account, contact, &event, written_at, now);
        let media = self.files(&mut message, account, now);
        let record = InboundRecord {
            message,
            new_contact,
            consent,
            media,
        };
        let is_new = self.inbox.receive(&record).await?;
        let prompt = Prompt {
            contact,
            channel: event.channel,
            account: account.id,
            at: written_at,
        };
        if is_new && reply.is_stop() && is_worth_an_answer {
            answered(contact, self.sending.confirm_opt_out(tenant, &prompt).await);
        }
        let asks_us = reply == Meaning::Help && !self.answers_itself(account, event.channel);
        if is_new && asks_us && self.watch.may_answer(tenant, contact, now) {
            answered(contact, self.sending.answer_help(tenant, &prompt).await);
        }
        Ok(())
    }

    /// Who of those that share an address is taken for the one who writes, with what is known of them: whoever wrote
    /// last by the channel, so that a thread stays where it is when another contact gets the address; else the
    /// newest.
    async fn writer(
        &self,
        tenant: TenantId,
        holders: &[Contact],
        channel: Channel,
        now: OffsetDateTime,
    ) -> Result<Option<Known>, StoreError> {
        if holders.is_empty() {
            return Ok(None);
        }
        let looked_at = holders.iter().take(LOOKED_AT);
        let queries: Vec<FactsQuery> = looked_at
            .map(|holder| FactsQuery::of(tenant, holder.id))
            .collect();
        let wrote_at = |known: &Known| {
            let on_channel = known.last_inbound.iter().filter(|(on, _)| *on == channel);
            on_channel.map(|(_, at)| *at).max()
        };
        let known = self.facts.load(&queries, now).await?.into_iter().flatten();
        Ok(known.reduce(|best, next| {
            if wrote_at(&next) > wrote_at(&best) {
                next
            } else {
                best
            }
        }))
    }

    /// Notes that these people want to be tried on WhatsApp again.
    async fn note_wish(
        &self,
        tenant: TenantId,
        people: &[Contact],
        at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let addresses = people
            .iter()
            .filter_map(|person| person.address(Channel::Whatsapp));
        let addresses: Vec<Address> = addresses.collect();
        self.absences
            .wish(tenant, Channel::Whatsapp, &addresses, at)
            .await
    }

    /// Whether an opt-out gets its one confirmation: it changed something, nobody else answers it, and
    /// it is not too late (compliance reference, L32 and L33).
    fn may_confirm(
        &self,
        account: &ProviderAccount,
        event: &InboundEvent,
        before: &[ConsentEvent],
        heard: &[ConsentEvent],
        now: OffsetDateTime,
    ) -> bool {
        let Some(occurred_at) = heard.first().map(|event| event.occurred_at) else {
            return false;
        };
        let heard = OptOutHeard {
            channel: event.channel,
            occurred_at,
            before: &consent::state(before, now),
            after: &consent::state(&[before, heard].concat(), now),
            answered: if self.answers_itself(account, event.channel) {
                Answered::ByProvider
            } else {
                Answered::ByNobody
            },
        };
        may_confirm(&heard, now).is_ok()
    }

    /// Whether the provider itself answers STOP and HELP on the channel.
    fn answers_itself(&self, account: &ProviderAccount, channel: Channel) -> bool {
        channel == Channel::Sms
            && self
                .providers
                .get(&account.provider)
                .is_some_and(|provider| provider.descriptor().answers_stop)
    }

    /// Who has this address, newest first.
    pub(super) async fn holders(
        &self,
        tenant: TenantId,
        address: &Address,
    ) -> Result<Vec<Contact>, StoreError> {
        let filter = ContactFilter {
            address: Some(address.clone()),
            ..ContactFilter::default()
        };
        let page = Page {
            limit: HOLDERS,
            after: None,
        };
        Ok(self.contacts.list(tenant, &filter, page).await?.data)
    }

    fn stranger(&self, tenant: TenantId, event: &InboundEvent, now: OffsetDateTime) -> Contact {
        let mut contact = Contact::blank(ContactId::new(&*self.ids), tenant, now);
        contact.first_name.clone_from(&event.profile_name);
        match &event.from {
            Address::Phone(number) => contact.phone = Some(*number),
            Address::WhatsappUser(user) => contact.whatsapp_user = Some(user.clone()),
            Address::Email(email) => contact.email = Some(email.clone()),
        }
        if contact.whatsapp_user.is_none() {
            contact.whatsapp_user.clone_from(&event.whatsapp_user);
        }
        contact
    }

    /// What a text means for consent, as events of one person.
    fn consequences(
        &self,
        meaning: Meaning,
        contact: ContactId,
        event: &InboundEvent,
        written_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Vec<ConsentEvent> {
        let facts = meaning.facts().into_iter();
        facts
            .map(|fact| ConsentEvent {
                id: ConsentEventId::new(&*self.ids),
                contact,
                action: fact.action,
                channels: Channels::one(event.channel),
                purposes: fact.purposes,
                method: Method::ReplyMessage,
                occurred_at: counts_from(fact.action, written_at, now),
                recorded_at: now,
                evidence: Evidence {
                    source_message_id: event.provider_message_id.clone().try_into().ok(),
                    text_shown: event.text.clone().try_into().ok(),
                    note: fact.note.and_then(|note| note.to_owned().try_into().ok()),
                    ..Evidence::default()
                },
            })
            .collect()
    }

    /// What is to be fetched of a message, which names it as ours from now on. Where the provider hands out nothing,
    /// the message keeps the provider's address.
    fn files(
        &self,
        message: &mut Message,
        account: &ProviderAccount,
        now: OffsetDateTime,
    ) -> Vec<MediaRecord> {
        if self.providers.media(&account.provider).is_none() {
            return Vec::new();
        }
        let (tenant, contact, id) = (message.tenant, message.contact, message.id);
        let files = message.content.media.iter_mut().map(|media| {
            let file = MediaId::new(&*self.ids);
            let named = Media {
                url: media_address(file),
                content_type: media.content_type.clone(),
            };
            MediaRecord {
                id: file,
                tenant,
                origin: Some(MediaOrigin {
                    contact,
                    message: id,
                    account: account.id,
                    source: std::mem::replace(media, named),
                }),
                state: MediaState::Pending,
                attempts: 0,
                created_at: now,
            }
        });
        files.collect()
    }

    fn message(
        &self,
        tenant: TenantId,
        account: &ProviderAccount,
        contact: ContactId,
        event: &InboundEvent,
        written_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Message {
        Message {
            id: MessageId::new(&*self.ids),
            tenant,
            contact,
            direction: Direction::Inbound,
            channel: event.channel,
            purpose: Purpose::Conversational,
            status: Status::Received,
            status_at: written_at,
            content: Content {
                text: event.text.clone(),
                media: event.media.clone(),
                shopping: event.shopping.clone(),
                ..Content::default()
            },
            template: None,
            template_use: None,
            from: Some(event.from.to_string()),
            to: event.to.clone(),
            contact_address: event.from.clone(),
            priority: 5,
            scheduled_at: None,
            send_at: None,
            valid_until: None,
            urgency: Urgency::Ordinary,
            override_by: None,
            segments: None,
            cost_estimated: None,
            cost_actual: None,
            context: None,
            topic: None,
            tags: Vec::new(),
            account: Some(account.id),
            sender: account
                .senders
                .iter()
                .find(|sender| sender.address == event.to)
                .map(|sender| sender.id),
            provider_message_id: Some(event.provider_message_id.clone()),
            trace: None,
            created_at: now,
        }
    }
}

/// The event without NUL, which no store is bound to keep: a STOP must not be lost for it.
fn storable(mut event: InboundEvent) -> InboundEvent {
    let texts = [
        &mut event.provider_message_id,
        &mut event.to,
        &mut event.text,
    ]
    .into_iter();
    let more = [
        &mut event.whatsapp_user,
        &mut event.button,
        &mut event.profile_name,
    ];
    let products = event.shopping.iter_mut().flat_map(Shopping::texts);
    for text in texts.chain(more.into_iter().flatten()).chain(products) {
        text.retain(|character| character != '\0');
    }
    event
}

/// An answer may fail without harm: what the contact wrote is stored, and so is what it means.
fn answered(contact: ContactId, result: Result<(), SendError>) {
    if let Err(error) = result {
        tracing::warn!(contact = %contact, error = &error as &dyn std::error::Error,
            "what a contact wrote was stored and not answered");
    }
}
