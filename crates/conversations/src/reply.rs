//! An answer in a conversation: where it goes, and what to do when it may not be free text.

use crate::{ConversationStatus, Conversing, ConversingError, Place, Thread, WindowKind};
use serde_json::{Map, Value};
use tidings_kernel::{Channel, ConversationId, Purpose, StoreError, TenantId};
use tidings_messaging::{
    AcceptError, Answer, Media, Page, StoredTemplate, TraceId,
    send::{ChannelWish, ContentWish, Judging, Prepared, Recipient, SendError, SendRequest},
};
use tidings_quiet_hours::Urgency;
use tidings_templates::ApprovalStatus;
use time::OffsetDateTime;

/// The rule that says that a channel takes templates only.
const CLOSED: &str = "whatsapp.window_closed";
/// How many templates are proposed, and how many are looked through for them.
const PROPOSED: usize = 20;
const LOOKED_THROUGH: u16 = 200;

/// What is answered.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplyRequest {
    /// By which channel; else where the contact wrote last.
    pub channel: Option<Channel>,
    /// What.
    pub content: ContentWish,
    /// What to send instead when the channel takes no free text at the moment.
    pub substitute: Option<Substitute>,
    /// Attachments.
    pub media: Vec<Media>,
    /// The subject of an email.
    pub subject: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// Not before this instant; at once if left out.
    pub scheduled_at: Option<OffsetDateTime>,
    /// Until when it matters.
    pub valid_until: Option<OffsetDateTime>,
    /// The trace of the request.
    pub trace: Option<TraceId>,
}

/// A template that says the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Substitute {
    /// Its name.
    pub name: String,
    /// The locale to choose; else the contact's, else the tenant's.
    pub locale: Option<String>,
    /// The values to merge in.
    pub data: Map<String, Value>,
}

/// Why nothing is replied.
#[derive(Debug, thiserror::Error)]
pub enum ReplyError {
    /// The tenant has no such conversation.
    #[error("there is no such conversation")]
    NotFound,
    /// The tenant has blocked it.
    #[error("the conversation is blocked: open it first")]
    Blocked,
    /// The channel takes no free text at the moment: use one of the templates.
    #[error("the contact last wrote more than 24 hours ago: use an approved template")]
    SessionClosed {
        /// When it closed; `None` if the contact has never written there.
        closed_at: Option<OffsetDateTime>,
        /// Templates that may be sent.
        templates: Vec<StoredTemplate>,
    },
    /// What is wrong with the answer itself.
    #[error(transparent)]
    Send(SendError),
    /// It was not stored.
    #[error(transparent)]
    Accept(#[from] AcceptError),
}

impl From<SendError> for ReplyError {
    fn from(error: SendError) -> Self {
        Self::Send(error)
    }
}

impl From<StoreError> for ReplyError {
    fn from(error: StoreError) -> Self {
        Self::Send(SendError::Store(error))
    }
}

impl From<ConversingError> for ReplyError {
    fn from(error: ConversingError) -> Self {
        match error {
            ConversingError::NotFound => Self::NotFound,
            ConversingError::Store(error) => error.into(),
        }
    }
}

impl Conversing {
    /// Judges an answer. It leaves from the sender that the contact wrote to and goes to the address that the
    /// contact wrote from; where the contact has not written, to where they are reached now.
    ///
    /// # Errors
    /// [`ReplyError`]. A refusal by the gate is no error, unless it is only that the window is closed.
    pub async fn prepare_reply(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        reply: &ReplyRequest,
    ) -> Result<Prepared, ReplyError> {
        let thread = self.get(tenant, conversation).await?;
        if thread.conversation.status == ConversationStatus::Blocked {
            return Err(ReplyError::Blocked);
        }
        let place = match reply.channel {
            Some(channel) => thread.conversation.place(channel),
            None => thread.conversation.answers(),
        };
        let request = self.request(tenant, &thread, place, reply).await?;
        let prepared = Box::pin(self.sending.prepare(tenant, &request)).await?;
        if !is_closed(&prepared) {
            return Ok(prepared);
        }
        if let Some(substitute) = &reply.substitute {
            let request = SendRequest {
                content: ContentWish::Template {
                    name: substitute.name.clone(),
                    locale: substitute.locale.clone(),
                    data: substitute.data.clone(),
                },
                ..request
            };
            return Ok(Box::pin(self.sending.prepare(tenant, &request)).await?);
        }
        let windows = thread.conversation.windows();
        let window = windows
            .iter()
            .find(|window| window.kind == WindowKind::Service);
        Err(ReplyError::SessionClosed {
            closed_at: window.map(|window| window.closes_at),
            templates: self.usable_templates(tenant).await?,
        })
    }

    /// Judges an answer and stores it, refused ones too, with the answer that `finish` makes of it for the request that
    /// asked for it; and notes that the conversation was read. `finish` may run up to three times, as in
    /// [`Sending::take_in`](tidings_messaging::send::Sending::take_in).
    ///
    /// # Errors
    /// [`ReplyError`], or what `finish` says: nothing was stored.
    pub async fn take_in<T, E>(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        reply: &ReplyRequest,
        finish: impl FnMut(&mut Prepared) -> Result<(Option<Answer>, T), E>,
    ) -> Result<(Prepared, T), E>
    where
        E: From<ReplyError> + From<AcceptError>,
    {
        let prepare = || -> Judging<'_, ReplyError> {
            Box::pin(self.prepare_reply(tenant, conversation, reply))
        };
        let taken = self.sending.take_in_as(prepare, finish).await?;
        if !taken.0.is_blocked() {
            // Whoever answers has read it. The answer is stored; that something stays unread harms nobody.
            let now = self.sending.clock.now();
            let read = self
                .conversations
                .mark_read(tenant, conversation, None, now);
            if let Err(error) = read.await {
                tracing::warn!(%conversation, error = &error as &dyn std::error::Error,
                    "an answer was stored, and its conversation stays unread");
            }
        }
        Ok(taken)
    }

    /// Judges and stores an answer: what a program that embeds this calls.
    ///
    /// # Errors
    /// [`ReplyError`]: nothing was stored.
    pub async fn reply(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        reply: &ReplyRequest,
    ) -> Result<Prepared, ReplyError> {
        let finish = |_: &mut Prepared| Ok::<_, ReplyError>((None, ()));
        let (prepared, ()) = self.take_in(tenant, conversation, reply, finish).await?;
        Ok(prepared)
    }

    async fn request(
        &self,
        tenant: TenantId,
        thread: &Thread,
        place: Option<&Place>,
        reply: &ReplyRequest,
    ) -> Result<SendRequest, StoreError> {
        let contact = thread.contact.id;
        let mut request = SendRequest {
            to: Recipient::Contact(contact),
            channel: match (place, reply.channel) {
                (Some(place), _) => ChannelWish::Order(vec![place.channel]),
                (None, Some(channel)) => ChannelWish::Order(vec![channel]),
                (None, None) => ChannelWish::Auto,
            },
            purpose: Purpose::Conversational,
            content: reply.content.clone(),
            media: reply.media.clone(),
            subject: reply.subject.clone(),
            sender: None,
            account: None,
            priority: 5,
            scheduled_at: reply.scheduled_at,
            valid_until: reply.valid_until,
            urgency: Urgency::Ordinary,
            override_by: None,
            topic: None,
            context: None,
            tags: reply.tags.clone(),
            trace: reply.trace,
            fallback: None,
        };
        let Some(place) = place else {
            return Ok(request);
        };
        let is_theirs = thread.contact.addresses().contains(&place.theirs);
        // Named by somebody who knows that the contact has moved: where they are now.
        if is_theirs || reply.channel.is_none() {
            request.to = Recipient::ContactAt {
                contact,
                address: place.theirs.clone(),
            };
        }
        let account = self.sending.accounts.get(tenant, place.account).await?;
        match account {
            Some(account) => {
                request.account = Some(account.id);
                request.sender = place
                    .sender
                    .filter(|id| account.senders.iter().any(|sender| sender.id == *id));
            }
            // Another number of ours has no window: better no way than a refusal by the provider.
            None if place.channel == Channel::Whatsapp => request.account = Some(place.account),
            None => {}
        }
        Ok(request)
    }

    /// Templates that WhatsApp takes at any time, newest first.
    async fn usable_templates(&self, tenant: TenantId) -> Result<Vec<StoredTemplate>, StoreError> {
        let page = Page {
            limit: LOOKED_THROUGH,
            after: None,
        };
        let library = &self.sending.templates;
        let found = library.list(tenant, Some(Channel::Whatsapp), page).await?;
        let usable = found.data.into_iter();
        Ok(usable
            .filter(|template| template.status == ApprovalStatus::Approved)
            .take(PROPOSED)
            .collect())
    }
}

/// Whether nothing stands against it but that the channel takes no free text.
fn is_closed(prepared: &Prepared) -> bool {
    let decisive = prepared.decision().decisive();
    prepared.is_blocked() && decisive.iter().all(|reason| reason.rule == CLOSED)
}
