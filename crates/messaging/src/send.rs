//! Takes a message in: from a tenant's request to a stored message, or a refusal that says why.

mod compose;
mod confirm;
mod edit;
mod error;
mod plan;
mod request;
mod wording;

pub use confirm::Prompt;
pub use error::SendError;
pub(crate) use plan::destination;
pub use request::{ChannelWish, ContentWish, Edit, Recipient, SendRequest};

use crate::{
    AcceptError, Accounts, Address, Answer, Class, Considered, Contact, ContactFilter, Contacts,
    Content, Context, Decision, DecisionRecord, Direction, FactStore, Facts, FactsQuery,
    GateOutcome, GateRequest, Known, Message, Messages, NewMessage, Page, ProviderAccount,
    QueueEntry, Segments, SourceKey, Stage, Status, TemplateLibrary, Usage, gate,
};
use compose::Composed;
use std::sync::Arc;
use tidings_jurisdictions::Packs;
use tidings_kernel::{Channel, Clock, ContactId, DecisionId, Ids, MessageId, StoreError, TenantId};
use tidings_phone::FictitiousNumbers;
use tidings_routing::{Choice, Need, choose};
use time::OffsetDateTime;

/// The use case: everything that it needs of the outside.
#[derive(Clone)]
pub struct Sending {
    /// Facts for the gate.
    pub facts: Arc<dyn FactStore>,
    /// Contacts, looked up and made by number.
    pub contacts: Arc<dyn Contacts>,
    /// Templates.
    pub templates: Arc<dyn TemplateLibrary>,
    /// Accounts and senders.
    pub accounts: Arc<dyn Accounts>,
    /// Where messages are taken in.
    pub messages: Arc<dyn Messages>,
    /// What each provider can do.
    pub providers: crate::Catalog,
    /// The law of places.
    pub packs: Arc<Packs>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identities.
    pub ids: Arc<dyn Ids>,
    /// Whether numbers of fiction pass.
    pub fictitious: FictitiousNumbers,
}

/// A message that has been judged and not yet stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// What [`Sending::commit`] stores. Its entry is `None` when the gate said no.
    pub new: NewMessage,
    /// The way it would take now.
    pub route: Choice,
}

impl Prepared {
    /// The gate's decision.
    pub const fn decision(&self) -> &Decision {
        &self.new.decision.decision
    }

    /// Whether the gate said no.
    pub fn is_blocked(&self) -> bool {
        self.decision().outcome == GateOutcome::Block
    }
}

impl Sending {
    /// Reads and judges a request. A contact that is addressed by a new number is made; nothing else
    /// is stored.
    ///
    /// # Errors
    /// [`SendError`] says what is wrong with the request. A refusal by the gate is not an error.
    pub async fn prepare(
        &self,
        tenant: TenantId,
        request: &SendRequest,
    ) -> Result<Prepared, SendError> {
        request.check()?;
        self.judge(tenant, request, Unknown::Create).await
    }

    /// Judges a request as [`Sending::prepare`] does, and stores nothing: for a number that no contact
    /// has, it is judged for a stranger.
    ///
    /// # Errors
    /// [`SendError`] says what is wrong with the request.
    pub async fn dry_run(
        &self,
        tenant: TenantId,
        request: &SendRequest,
    ) -> Result<Prepared, SendError> {
        request.check()?;
        self.judge(tenant, request, Unknown::Imagine).await
    }

    /// Stores a prepared message, refused ones too, with the answer that reports it.
    ///
    /// # Errors
    /// [`AcceptError`]: nothing was stored.
    pub async fn commit(
        &self,
        prepared: &Prepared,
        answer: Option<&Answer>,
    ) -> Result<(), AcceptError> {
        self.messages.accept(&prepared.new, answer).await
    }

    async fn judge(
        &self,
        tenant: TenantId,
        request: &SendRequest,
        unknown: Unknown,
    ) -> Result<Prepared, SendError> {
        let now = self.clock.now();
        let known = self.recipient(tenant, request, unknown, now).await?;
        let at = request.scheduled_at.map_or(now, |at| at.max(now));
        let accounts = self.accounts.of_tenants(&[tenant]).await?;
        let channels = plan::channels(request, &known, &accounts);
        let mut candidates = Vec::with_capacity(channels.len());
        let mut composed = Vec::with_capacity(channels.len());
        let mut last_error = None;
        for channel in channels {
            match compose::compose(&*self.templates, tenant, &known, request, channel).await {
                Ok(mut found) => {
                    let known = known_with(&known, found.facts.clone());
                    let mut asked = plan::gate_request(request, &known, &found, channel);
                    let facts = Facts::of(&known, &asked, &self.packs, Stage::Accept, at);
                    let language = found.language().map(ToOwned::to_owned);
                    let completed = wording::complete(
                        &mut found.content,
                        &asked,
                        &facts,
                        &known,
                        language.as_deref(),
                    );
                    if completed.is_changed() {
                        asked = plan::gate_request(request, &known, &found, channel);
                    }
                    candidates.push((asked, facts));
                    composed.push(found);
                }
                // Another channel of the list may have a fitting template.
                Err(error) => last_error = Some(error),
            }
        }
        let Some((channel, decision)) = gate::decide_among(&candidates, at) else {
            return Err(last_error.unwrap_or(SendError::NoChannel));
        };
        let Some(place) = candidates.iter().position(|(r, _)| r.channel == channel) else {
            return Err(SendError::NoChannel);
        };
        let composed = composed.swap_remove(place);
        let (gate_request, facts) = candidates.remove(place);
        // Those after the one that was taken were not looked at.
        if decision.outcome != GateOutcome::Block {
            candidates.truncate(place);
        }
        let others = candidates
            .into_iter()
            .map(|(request, facts)| Considered { request, facts })
            .collect();
        let route = self.route(
            request,
            &composed.content,
            channel,
            &gate_request,
            &accounts,
        );
        if decision.outcome != GateOutcome::Block && route.chosen.is_none() {
            return Err(SendError::NoRoute {
                channel,
                route: Box::new(route),
            });
        }
        let message = self.message(tenant, request, &known, composed, &decision, &route, now);
        let message = plan::priced(message, &route, &accounts, gate_request.to.as_ref());
        let entry = match decision.outcome {
            GateOutcome::Block => None,
            GateOutcome::Send | GateOutcome::Defer | GateOutcome::UseChannel => Some(QueueEntry {
                class: Class::of(message.purpose),
                priority: message.priority,
                due_at: message.send_at.unwrap_or(now),
            }),
        };
        let decision = DecisionRecord {
            id: DecisionId::new(&*self.ids),
            message: message.id,
            stage: Stage::Accept,
            request: gate_request,
            facts,
            decision,
            route: Some(route.clone()),
            others,
        };
        Ok(Prepared {
            new: NewMessage {
                message,
                decision,
                entry,
            },
            route,
        })
    }

    async fn known(
        &self,
        tenant: TenantId,
        contact: ContactId,
        template: Option<tidings_kernel::TemplateId>,
        source: Option<SourceKey>,
        now: OffsetDateTime,
    ) -> Result<Known, SendError> {
        let query = FactsQuery {
            template,
            source,
            ..FactsQuery::of(tenant, contact)
        };
        let mut found = self.facts.load(&[query], now).await?;
        found.pop().flatten().ok_or(SendError::NoContact)
    }

    async fn recipient(
        &self,
        tenant: TenantId,
        request: &SendRequest,
        unknown: Unknown,
        now: OffsetDateTime,
    ) -> Result<Known, SendError> {
        let source = request.context.as_ref().and_then(Context::source);
        let (text, region) = match &request.to {
            Recipient::Contact(contact) => {
                return self.known(tenant, *contact, None, source, now).await;
            }
            Recipient::Phone { text, region } => (text, *region),
        };
        let owner = self
            .contacts
            .tenant(tenant)
            .await?
            .ok_or(SendError::NoContact)?;
        let region = region.or(owner.default_region);
        let parsed =
            tidings_phone::parse(text, region, self.fictitious).map_err(SendError::Phone)?;
        let address = Address::Phone(parsed.number);
        let filter = ContactFilter {
            address: Some(address.clone()),
            ..ContactFilter::default()
        };
        let page = Page {
            limit: HOLDERS,
            after: None,
        };
        // Who has the number only on WhatsApp would get a text message at another one.
        let first = plan::first_by_phone(&request.channel);
        let holders = self.contacts.list(tenant, &filter, page).await?.data;
        let is_reached = |contact: &&Contact| contact.address(first) == Some(address.clone());
        if let Some(contact) = holders.iter().find(is_reached) {
            return self.known(tenant, contact.id, None, source, now).await;
        }
        let contact = Contact {
            phone: Some(parsed.number),
            region: parsed.region,
            ..Contact::blank(ContactId::new(&*self.ids), tenant, now)
        };
        match unknown {
            Unknown::Create => {
                self.contacts
                    .create(&contact, None)
                    .await
                    .map_err(SendError::from_contact)?;
                self.known(tenant, contact.id, None, source, now).await
            }
            Unknown::Imagine => Ok(Known {
                tenant: owner,
                contact,
                preferences: None,
                consent: Vec::new(),
                suppressions: self
                    .facts
                    .suppressions(tenant, &Address::Phone(parsed.number))
                    .await?,
                template: None,
                last_inbound: Vec::new(),
                marketing_sent: Vec::new(),
                source_version: None,
                usage: Usage::default(),
            }),
        }
    }

    fn route(
        &self,
        request: &SendRequest,
        content: &Content,
        channel: Channel,
        gate_request: &GateRequest,
        accounts: &[ProviderAccount],
    ) -> Choice {
        let need = Need {
            channel: Some(channel),
            destination: plan::destination(gate_request.to.as_ref()),
            has_media: !content.media.is_empty(),
            account: request.account,
            sender: request.sender,
            exhausted: Vec::new(),
        };
        choose(&need, &self.providers.candidates(accounts, channel))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a message is made of all of these, once"
    )]
    fn message(
        &self,
        tenant: TenantId,
        request: &SendRequest,
        known: &Known,
        composed: Composed,
        decision: &Decision,
        route: &Choice,
        now: OffsetDateTime,
    ) -> Message {
        let channel = decision.channel.unwrap_or(Channel::Sms);
        let at = request.scheduled_at.map_or(now, |at| at.max(now));
        let (status, send_at) = match decision.outcome {
            GateOutcome::Block => (Status::Blocked, None),
            GateOutcome::Defer => (Status::Deferred, decision.until),
            GateOutcome::Send | GateOutcome::UseChannel if at > now => (Status::Deferred, Some(at)),
            GateOutcome::Send | GateOutcome::UseChannel => (Status::Queued, Some(now)),
        };
        let address = known.contact.address(channel);
        let sender = route.chosen.as_ref();
        Message {
            id: MessageId::new(&*self.ids),
            tenant,
            contact: known.contact.id,
            direction: Direction::Outbound,
            channel,
            purpose: request.purpose,
            status,
            status_at: now,
            segments: (channel == Channel::Sms).then(|| Segments::of(&composed.content.text)),
            content: composed.content,
            template: composed.facts.as_ref().map(|template| template.id),
            template_use: composed.template_use,
            from: None,
            to: address
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            // A blocked message may have no address; it is never sent, so any stands for none.
            contact_address: address.unwrap_or_else(|| Address::Email(String::new())),
            priority: request.priority,
            scheduled_at: request.scheduled_at,
            send_at,
            valid_until: request.valid_until,
            urgency: request.urgency,
            override_by: request.override_by.clone(),
            cost_estimated: None,
            cost_actual: None,
            context: request.context.clone(),
            topic: request.topic.clone(),
            tags: request.tags.clone(),
            account: request.account,
            sender: request.sender.filter(|_| sender.is_some()),
            provider_message_id: None,
            created_at: now,
        }
    }
}

/// How many contacts that share a number are looked through.
const HOLDERS: u16 = 200;

/// What to do about a number that no contact has.
#[derive(Clone, Copy)]
enum Unknown {
    Create,
    Imagine,
}

fn source_of(message: &Message) -> Option<SourceKey> {
    message.context.as_ref().and_then(Context::source)
}

fn known_with(known: &Known, template: Option<crate::TemplateFacts>) -> Known {
    Known {
        template,
        ..known.clone()
    }
}

impl From<StoreError> for SendError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
