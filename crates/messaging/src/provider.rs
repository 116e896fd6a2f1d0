use crate::{
    Access, Address, Content, Credentials, Media, Outcome, Receipt, RichKind, SendableMessage,
    Shopping, Tier,
};
use async_trait::async_trait;
use bytes::Bytes;
use tidings_kernel::{AttemptId, BoxError, Channel, Money};
use tidings_routing::{Limit, ProviderError};
use tidings_templates::{Quality, StandingEvent};
use time::{Duration, OffsetDateTime};

/// Carries messages: one implementation per company whose API we speak.
///
/// The port takes a [`SendableMessage`], which only the gate makes, so an ungated send does not
/// compile. Every call is bounded in time by the implementation.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Provider: Send + Sync {
    /// What this provider can do and what it needs; the same on every call.
    fn descriptor(&self) -> &'static Descriptor;

    /// Where calls for an account with these credentials go, as addresses with scheme and host, for whoever looks
    /// after the network. Without credentials, those that every account has; empty where nothing tells.
    fn addresses(&self, credentials: &Credentials) -> Vec<String>;

    /// Asks the provider whether the credentials work.
    ///
    /// # Errors
    /// [`ConnectError`]: they do not, or the provider could not be asked.
    async fn connect(&self, access: &Access) -> Result<AccountInfo, ConnectError>;

    /// Whether this provider can carry such a message to such a recipient at all, so that a way is chosen which can: it
    /// may need an id of the template, or a number of the recipient. What the descriptor says is asked beforehand.
    fn can_carry(&self, channel: Channel, to: &Address, content: &Content) -> bool {
        let _ = (channel, to, content);
        true
    }

    /// Whether a refusal that asks to be slower is about this recipient alone, so that the sender's other messages may
    /// go on.
    fn limits_recipient(&self, error: &ProviderError) -> bool {
        let _ = error;
        false
    }

    /// Hands over one message. The attempt's id travels with the call.
    ///
    /// Never an error: what is not known to be accepted or refused is [`Outcome::Unknown`].
    async fn send(&self, access: &Access, message: &SendableMessage) -> Outcome;

    /// Asks what became of an attempt.
    ///
    /// # Errors
    /// [`QueryError`]: the provider could not be asked; ask again later.
    async fn find(&self, access: &Access, query: &StatusQuery) -> Result<Found, QueryError>;

    /// Answers the request with which the provider checks a callback address, where it has one.
    async fn handshake(&self, access: &Access, request: &CallbackRequest) -> Option<Handshake>;

    /// Checks the signature on the untouched request, in constant time. A provider that signs with a
    /// certificate may have to fetch it first.
    ///
    /// # Errors
    /// [`NotAuthentic`]: it is missing or wrong, or belongs to another account.
    async fn authenticate(
        &self,
        access: &Access,
        request: &CallbackRequest,
    ) -> Result<(), NotAuthentic>;

    /// Whether a request that [`authenticate`](Self::authenticate) took, or found to be
    /// [`NotAuthentic::OtherAccount`]'s, tells of other accounts of the tenant too: one address may serve all numbers
    /// of an application. They are asked to authenticate it as well, and each that can takes a copy.
    fn is_shared(&self, access: &Access, request: &CallbackRequest) -> bool {
        let _ = (access, request);
        false
    }

    /// Reads what an authentic callback tells of the account. Total over unknown fields; what we do not know is
    /// [`ProviderEvent::Ignored`], and so is what another account reads.
    ///
    /// # Errors
    /// [`Unreadable`]: it is not what the provider documents.
    fn parse(
        &self,
        access: &Access,
        request: &CallbackRequest,
    ) -> Result<Vec<ProviderEvent>, Unreadable>;
}

/// What a provider can do and what it needs, for the catalog and for routing.
#[derive(Debug)]
pub struct Descriptor {
    /// The name in API and tables: `twilio`.
    pub name: &'static str,
    /// The name for people: `Twilio`.
    pub title: &'static str,
    /// The credentials to ask for.
    pub credentials: &'static [CredentialField],
    /// The channels and what they carry.
    pub channels: &'static [ChannelAbility],
    /// Whether the provider itself answers STOP on SMS, so that we do not answer too.
    pub answers_stop: bool,
    /// Whether [`Provider::find`] can ever tell more than [`Found::CannotTell`].
    pub can_be_asked: bool,
    /// The answer to a callback that was taken; `None` where an empty one with status 200 is right.
    pub thanks: Option<Thanks>,
}

/// The answer that a provider wants to its callbacks.
#[derive(Debug, Clone, Copy)]
pub struct Thanks {
    /// The media type.
    pub content_type: &'static str,
    /// The body.
    pub body: &'static str,
}

impl Descriptor {
    /// When to ask what became of a message, so long after an instant; `None` where nobody can be asked.
    pub fn ask_at(&self, now: OffsetDateTime, after: Duration) -> Option<OffsetDateTime> {
        self.can_be_asked.then(|| now.saturating_add(after))
    }
}

/// One channel of a provider.
#[derive(Debug, Clone, Copy)]
pub struct ChannelAbility {
    /// The channel.
    pub channel: Channel,
    /// Whether attachments can be sent.
    pub carries_media: bool,
    /// Whether approved templates can be called.
    pub carries_templates: bool,
    /// The kinds of rich messages that can be sent; it never gets another.
    pub rich: &'static [RichKind],
    /// Whether receipts tell that a message was displayed.
    pub reports_reading: bool,
    /// How fast the provider lets messages leave.
    pub pace: ChannelPace,
}

/// How fast a provider lets messages leave by a channel, where the owner of the account says nothing else.
#[derive(Debug, Clone, Copy)]
pub struct ChannelPace {
    /// Whether its limits count the parts of an SMS instead of messages.
    pub counts_parts: bool,
    /// At most so many a second for each sender.
    pub per_second: Option<u32>,
    /// For each sender and recipient.
    pub pair: Option<Limit>,
}

impl ChannelPace {
    /// No limits that are known.
    pub const UNKNOWN: Self = Self {
        counts_parts: false,
        per_second: None,
        pair: None,
    };
}

/// One credential to ask for, for a form.
#[derive(Debug, Clone, Copy)]
pub struct CredentialField {
    /// The key in the `credentials` object.
    pub name: &'static str,
    /// What the provider calls it.
    pub label: &'static str,
    /// Where to find it and what it looks like.
    pub hint: &'static str,
    /// Whether the account works without it.
    pub is_required: bool,
    /// Whether to hide it while typing.
    pub is_secret: bool,
}

impl Descriptor {
    /// The ability for a channel.
    pub fn ability(&self, channel: Channel) -> Option<&ChannelAbility> {
        self.channels
            .iter()
            .find(|ability| ability.channel == channel)
    }
}

/// What the provider says about a working account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountInfo {
    /// The account's name at the provider.
    pub name: Option<String>,
    /// The provider's word for its state, such as `active`.
    pub state: Option<String>,
    /// Things worth knowing, such as a trial account, in sentences for people.
    pub notes: Vec<String>,
}

/// Why a connection test failed.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A credential is missing or has the wrong shape.
    #[error("credential {field}: {problem}")]
    Credential {
        /// Which one.
        field: &'static str,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The provider refused.
    #[error("the provider refused: {}", .0.detail)]
    Refused(ProviderError),
    /// The provider could not be reached, or gave no answer that makes sense.
    #[error("the provider could not be reached")]
    Unreachable(#[source] BoxError),
}

/// What is known of an attempt whose fate is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusQuery {
    /// Our reference.
    pub attempt: AttemptId,
    /// When the call was about to be made.
    pub started_at: OffsetDateTime,
    /// The provider's id, where it was learned.
    pub provider_message_id: Option<String>,
    /// The channel.
    pub channel: Channel,
    /// The sender's address.
    pub from: String,
    /// The recipient.
    pub to: Address,
    /// The text that was sent, to recognize it by.
    pub text: String,
    /// Provider ids that other attempts to the same address already own, which this one therefore is not: see
    /// [`Dispatch::siblings`](crate::Dispatch::siblings).
    pub taken: Vec<String>,
}

/// What the provider says about an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It has the message.
    There {
        /// Its id there.
        provider_message_id: String,
        /// How far it has come, if further than accepted.
        receipt: Option<Receipt>,
        /// Why it failed, if it did.
        error: Option<ProviderError>,
        /// What it cost, if known yet.
        cost: Option<Money>,
    },
    /// It certainly never got it: sending again cannot double it.
    NotThere,
    /// The provider offers no way to know.
    CannotTell,
}

/// The provider could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("the provider could not be asked")]
pub struct QueryError(#[source] pub BoxError);

/// A provider's request to us, untouched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// The public address, query included, as the provider called it.
    pub url: String,
    /// Header names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    pub body: Bytes,
    /// When it came.
    pub received_at: OffsetDateTime,
}

impl CallbackRequest {
    /// The first header of this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// The answer to a handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handshake {
    /// Answer 200 with exactly this text.
    Welcome(String),
    /// Answer 403.
    Refused,
}

/// The request is not the provider's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAuthentic {
    /// No signature.
    #[error("the signature is missing")]
    Missing,
    /// A wrong signature.
    #[error("the signature is wrong")]
    Wrong,
    /// A right signature over another account's data.
    #[error("the request belongs to another account")]
    OtherAccount,
    /// It could not be checked now, such as for a certificate that could not be fetched: the provider
    /// has to send it again.
    #[error("the signature could not be checked")]
    CannotCheck,
}

/// The callback is authentic and makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("the callback cannot be read: {context}")]
pub struct Unreadable {
    /// What was expected where.
    pub context: String,
    /// The parser's error.
    #[source]
    pub source: Option<BoxError>,
}

/// One thing that a callback tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderEvent {
    /// How far one of our messages has come.
    Receipt(ReceiptEvent),
    /// A contact has written.
    Inbound(InboundEvent),
    /// A contact has told the provider to stop or resume.
    Preference(PreferenceEvent),
    /// Until when everything to a contact is free.
    FreeWindow(FreeWindowEvent),
    /// Something happened to a template at the provider.
    Template(TemplateEvent),
    /// Something happened to the account at the provider, or to a number of it.
    Account(AccountEvent),
    /// Something that changes nothing here; the name is the provider's.
    Ignored(String),
}

/// How far one of our messages has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptEvent {
    /// Our reference, if the provider returned it.
    pub attempt: Option<AttemptId>,
    /// The provider's id.
    pub provider_message_id: String,
    /// How far.
    pub receipt: Receipt,
    /// Why not, for `Failed`.
    pub error: Option<ProviderError>,
    /// What it cost, if told.
    pub cost: Option<Money>,
    /// When it happened, if told.
    pub at: Option<OffsetDateTime>,
}

/// Everything to a contact is free for a while: they came by an advertisement or a button of a page, and were
/// answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeWindowEvent {
    /// The contact.
    pub contact: Address,
    /// The channel.
    pub channel: Channel,
    /// When it ends.
    pub closes_at: OffsetDateTime,
}

/// What a provider says about a template, unasked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateEvent {
    /// The provider's id.
    pub id: Option<String>,
    /// Its name there.
    pub name: String,
    /// Its locale, as the provider writes it; `en_US` and `en-US` are the same.
    pub locale: String,
    /// What happened, and when.
    pub event: StandingEvent,
    /// Why, in the provider's words.
    pub reason: Option<String>,
}

/// What a provider says about an account or a number of it, unasked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountEvent {
    /// The provider's name of what happened, such as `account_update DISABLED_UPDATE`.
    pub name: String,
    /// Whether the account can still be used.
    pub standing: AccountStanding,
    /// The number that it is about, as the provider writes it; `None` for the whole account.
    pub number: Option<String>,
    /// How people take what it sends, if that is told; of the whole account it is about each of its numbers, and so is
    /// what follows.
    pub quality: Option<Quality>,
    /// How many people it may write to first, if told.
    pub tier: Option<Tier>,
    /// What happened, in a sentence for people.
    pub detail: String,
    /// When, if told.
    pub at: Option<OffsetDateTime>,
}

/// What an event means for the use of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountStanding {
    /// Nothing.
    Unchanged,
    /// It sends less, or not everything.
    Limited,
    /// It sends nothing any more: take it out, and see to it at the provider.
    Stopped,
    /// It can be used again.
    Restored,
}

/// What a contact wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundEvent {
    /// The provider's id; repeats carry the same.
    pub provider_message_id: String,
    /// The channel.
    pub channel: Channel,
    /// Who wrote; the most exact address the provider gives.
    pub from: Address,
    /// The provider's other id of the person, where it gives both.
    pub whatsapp_user: Option<String>,
    /// The sender of ours that was written to, as an address.
    pub to: String,
    /// What was written; empty for media alone.
    pub text: String,
    /// Attachments.
    pub media: Vec<Media>,
    /// The payload of a button that was pressed.
    pub button: Option<String>,
    /// What was said of products of a catalog.
    pub shopping: Option<Shopping>,
    /// The name in the person's profile.
    pub profile_name: Option<String>,
    /// What the provider itself took the text for.
    pub provider_opt: Option<ProviderOpt>,
    /// When it was written, if told.
    pub at: Option<OffsetDateTime>,
}

/// What the provider itself took an inbound text for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderOpt {
    /// It blocks further messages now.
    Stop,
    /// It allows messages again.
    Start,
    /// It answered a request for help.
    Help,
}

/// A contact has told the provider to stop or resume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreferenceEvent {
    /// Who.
    pub from: Address,
    /// The channel.
    pub channel: Channel,
    /// In which direction.
    pub change: PreferenceChange,
    /// Of what.
    pub reach: PreferenceReach,
    /// When, if told.
    pub at: Option<OffsetDateTime>,
}

/// The two directions of a preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreferenceChange {
    /// No more of it.
    Stop,
    /// It is fine again.
    Resume,
}

/// What a preference is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreferenceReach {
    /// Marketing alone: WhatsApp's own switch, a link to unsubscribe.
    Marketing,
    /// All that is sent on the channel, as with a STOP by SMS.
    Everything,
}
