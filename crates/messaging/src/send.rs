//! Takes a message in: from a tenant's request to a stored message, or a refusal that says why.

mod answer;
mod compose;
mod confirm;
mod edit;
mod error;
mod judge;
mod many;
mod notice;
mod plan;
mod read;
mod request;
mod templates;
mod wording;

pub use confirm::Prompt;
pub use error::SendError;
pub use notice::CHANNEL_SWITCH;
pub(crate) use notice::is_wish;
pub(crate) use plan::destination;
pub use request::{ChannelWish, ContentWish, Edit, Recipient, SendRequest};

use crate::{
    AcceptError, Accounts, Answer, Contacts, Context, Decision, FactStore, FactsQuery, GateOutcome,
    Known, Message, Messages, NewMessage, SourceKey, TemplateLibrary,
};
use std::{pin::Pin, sync::Arc};
use tidings_jurisdictions::Packs;
use tidings_kernel::{Clock, ContactId, Ids, StoreError, TenantId};
use tidings_phone::FictitiousNumbers;
use tidings_routing::Choice;
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

/// How often a message is judged before it is left to a later request. Others may use up the month between
/// judging and storing; the next judgement sees it, and refuses.
const JUDGEMENTS: u8 = 3;

/// A judgement under way.
pub type Judging<'all, E> = Pin<Box<dyn Future<Output = Result<Prepared, E>> + Send + 'all>>;

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
        only(self.prepare_many(tenant, &[request]).await?)
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
        self.imagine(tenant, request).await
    }

    /// Judges a request and stores the message, refused ones too, with the answer that `finish` makes of it.
    /// When others use up the month meanwhile, it is judged and finished once more, up to three times.
    ///
    /// # Errors
    /// What is wrong with the request, what `finish` says, or [`AcceptError`]: nothing was stored.
    pub async fn take_in<T, E>(
        &self,
        tenant: TenantId,
        request: &SendRequest,
        finish: impl FnMut(&mut Prepared) -> Result<(Option<Answer>, T), E>,
    ) -> Result<(Prepared, T), E>
    where
        E: From<SendError> + From<AcceptError>,
    {
        let prepare = || -> Judging<'_, SendError> { Box::pin(self.prepare(tenant, request)) };
        self.take_in_as(prepare, finish).await
    }

    /// Does the same with what `prepare` judges.
    ///
    /// # Errors
    /// As [`Sending::take_in`].
    pub async fn take_in_as<'all, T, P, E>(
        &self,
        mut prepare: impl FnMut() -> Judging<'all, P>,
        mut finish: impl FnMut(&mut Prepared) -> Result<(Option<Answer>, T), E>,
    ) -> Result<(Prepared, T), E>
    where
        P: 'all,
        E: From<P> + From<AcceptError>,
    {
        for _ in 0..JUDGEMENTS {
            let mut prepared = prepare().await?;
            let (answer, finished) = finish(&mut prepared)?;
            match self.commit(&prepared, answer.as_ref()).await {
                Ok(()) => return Ok((prepared, finished)),
                Err(AcceptError::UsedUp) => {}
                Err(
                    error @ (AcceptError::KeyLost(_)
                    | AcceptError::NoContact
                    | AcceptError::Store(_)),
                ) => return Err(error.into()),
            }
        }
        Err(AcceptError::UsedUp.into())
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

    /// Judges a request, of the system too, and makes no contact.
    async fn imagine(
        &self,
        tenant: TenantId,
        request: &SendRequest,
    ) -> Result<Prepared, SendError> {
        only(
            self.judge_many(tenant, &[request], Unknown::Imagine)
                .await?,
        )
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
}

/// What to do about a number that no contact has.
#[derive(Clone, Copy)]
enum Unknown {
    Create,
    Imagine,
}

/// What became of the only one of many.
fn only(mut judged: Vec<Result<Prepared, SendError>>) -> Result<Prepared, SendError> {
    judged.pop().unwrap_or(Err(SendError::NoChannel))
}

fn source_of(message: &Message) -> Option<SourceKey> {
    message.context.as_ref().and_then(Context::source)
}

impl From<StoreError> for SendError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
