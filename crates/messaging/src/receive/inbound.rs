//! What a contact wrote.

use super::Receiving;
use crate::{
    Address, Contact, ContactFilter, Content, Direction, Facts, FactsQuery, InboundEvent,
    InboundRecord, Known, Message, Page, ProviderAccount, ProviderOpt, RawCallback, Status,
    send::Confirmation,
};
use tidings_consent::{
    Action, Channels, ConsentEvent, Evidence, Method, Purposes, Reply, ReplyContext, classify,
};
use tidings_kernel::{
    Channel, ConsentEventId, ContactId, MessageId, Purpose, StoreError, TenantId, to_micros,
};
use time::OffsetDateTime;

/// How many contacts may share an address before the rest are left out of a stop. Nobody's family is
/// larger; the gate looks at shared addresses again anyway.
const HOLDERS: u16 = 200;

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
        let (contact, new_contact) = if let Some(holder) = holders.first() {
            (holder.id, None)
        } else {
            let stranger = self.stranger(tenant, &event, now);
            (stranger.id, Some(stranger))
        };
        let known = match &new_contact {
            Some(_) => None,
            None => self
                .facts
                .load(&[FactsQuery {
                    tenant,
                    contact,
                    template: None,
                }])
                .await?
                .pop()
                .flatten(),
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
            .filter_map(|person| self.consequence(reply, *person, &event, written_at, now))
            .collect();
        let was_open = known
            .as_ref()
            .is_none_or(|known| !is_opted_out(known, event.channel, now));
        let record = InboundRecord {
            message: self.message(tenant, account, contact, &event, written_at, now),
            new_contact,
            consent,
        };
        let is_new = self.inbox.receive(&record).await?;
        let answers_itself = event.channel == Channel::Sms
            && self
                .providers
                .get(&account.provider)
                .is_some_and(|provider| provider.descriptor().answers_stop);
        if is_new && reply == Meaning::Stop && was_open && !answers_itself {
            self.confirm(tenant, account, contact, &event, written_at)
                .await;
        }
        Ok(())
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

    fn consequence(
        &self,
        meaning: Meaning,
        contact: ContactId,
        event: &InboundEvent,
        written_at: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Option<ConsentEvent> {
        let marketing = || Purposes::only([Purpose::Marketing]).unwrap_or(Purposes::All);
        let (action, purposes, note) = match meaning {
            Meaning::Nothing => return None,
            Meaning::Stop => (Action::OptOut, Purposes::All, None),
            Meaning::Start => (Action::OptIn, Purposes::All, None),
            Meaning::Confirm => (Action::DoubleOptInConfirmed, marketing(), None),
            // Doubt about a stop holds marketing until a person has looked (compliance, 5.4, 8).
            Meaning::Doubt => (
                Action::OptOut,
                marketing(),
                Some("may be an opt-out: marketing is held"),
            ),
        };
        Some(ConsentEvent {
            id: ConsentEventId::new(&*self.ids),
            contact,
            action,
            channels: Channels::one(event.channel),
            purposes,
            method: Method::ReplyMessage,
            occurred_at: written_at,
            recorded_at: now,
            evidence: Evidence {
                source_message_id: event.provider_message_id.clone().try_into().ok(),
                text_shown: event.text.clone().try_into().ok(),
                note: note.and_then(|note| note.to_owned().try_into().ok()),
                ..Evidence::default()
            },
        })
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
                template: None,
                media: event.media.clone(),
                subject: None,
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
            created_at: now,
        }
    }

    /// The one confirmation of an opt-out. It may fail without harm: the stop itself is stored.
    async fn confirm(
        &self,
        tenant: TenantId,
        account: &ProviderAccount,
        contact: ContactId,
        event: &InboundEvent,
        written_at: OffsetDateTime,
    ) {
        let confirmation = Confirmation {
            contact,
            channel: event.channel,
            account: account.id,
            opted_out_at: written_at,
        };
        if let Err(error) = self.sending.confirm_opt_out(tenant, &confirmation).await {
            tracing::warn!(contact = %contact, error = &error as &dyn std::error::Error,
                "an opt-out was stored and not confirmed");
        }
    }
}

/// What an inbound text asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Nothing,
    Stop,
    Start,
    Confirm,
    Doubt,
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
    for text in texts.chain(more.into_iter().flatten()) {
        text.retain(|character| character != '\0');
    }
    event
}

/// What the text asks for. What the provider itself took it for counts first: it acts on it.
fn understand(event: &InboundEvent, known: Option<&Known>, now: OffsetDateTime) -> Meaning {
    match event.provider_opt {
        Some(ProviderOpt::Stop) => return Meaning::Stop,
        Some(ProviderOpt::Start) => return Meaning::Start,
        Some(ProviderOpt::Help) | None => {}
    }
    let context = known.map_or(ReplyContext::Plain, |known| {
        context(known, event.channel, now)
    });
    match classify(&event.text, context).reply {
        Reply::OptOut => Meaning::Stop,
        Reply::OptIn => Meaning::Start,
        Reply::Confirmation => Meaning::Confirm,
        Reply::Uncertain => Meaning::Doubt,
        // A refused double opt-in leaves what stood before: nothing was granted.
        Reply::Help | Reply::Refusal | Reply::None => Meaning::Nothing,
    }
}

fn is_opted_out(known: &Known, channel: Channel, now: OffsetDateTime) -> bool {
    let facts = Facts::of(known, channel);
    let state = tidings_consent::state(&facts.consent, now);
    state.status(channel, Purpose::Transactional).status == tidings_consent::Status::Denied
        && state.status(channel, Purpose::Marketing).status == tidings_consent::Status::Denied
}

fn context(known: &Known, channel: Channel, now: OffsetDateTime) -> ReplyContext {
    let state = tidings_consent::state(&known.consent, now);
    if state.status(channel, Purpose::Marketing).status == tidings_consent::Status::Pending {
        return ReplyContext::AwaitingConfirmation;
    }
    if is_opted_out(known, channel, now) {
        return ReplyContext::OptedOut;
    }
    ReplyContext::Plain
}
