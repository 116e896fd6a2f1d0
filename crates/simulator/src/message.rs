//! A message as the simulated world sees it: it is on its way to a handset, or comes from one.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::time::Instant;

use crate::clock;
use crate::journey::Step;
use crate::protocol::Provider;
use crate::rich::Rich;

/// What the handset shows the message in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Channel {
    Sms,
    Whatsapp,
    Email,
}

impl Channel {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Whatsapp => "whatsapp",
            Self::Email => "email",
        }
    }
}

/// Which way a message goes, named from the business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    ToContact,
    FromContact,
}

/// Where a message is, in the words of the control API. Each protocol has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Accepted,
    Queued,
    Sent,
    Delivered,
    Read,
    Undelivered,
    Failed,
    Received,
    /// The contact has marked the mail as spam.
    Complained,
}

impl Status {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Received => "received",
            Self::Complained => "complained",
        }
    }

    /// True if nothing happens after it by itself.
    pub(crate) fn is_final(self) -> bool {
        match self {
            Self::Accepted | Self::Queued | Self::Sent => false,
            Self::Delivered
            | Self::Read
            | Self::Undelivered
            | Self::Failed
            | Self::Received
            | Self::Complained => true,
        }
    }
}

/// A provider's error code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Code {
    Number(u32),
    Word(&'static str),
}

impl Code {
    /// The number, if it is one.
    pub(crate) fn number(self) -> Option<u32> {
        match self {
            Self::Number(number) => Some(number),
            Self::Word(_) => None,
        }
    }
}

impl From<u32> for Code {
    fn from(number: u32) -> Self {
        Self::Number(number)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Word(word) => formatter.write_str(word),
        }
    }
}

/// Why a message was not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    pub(crate) title: &'static str,
}

/// The type that the end of a URL promises.
pub(crate) fn content_type(url: &str) -> &'static str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let ending = path.rsplit('.').next().unwrap_or_default();
    match ending.to_ascii_lowercase().as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "mp4" => "video/mp4",
        "3gp" => "video/3gpp",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "aac" => "audio/aac",
        "pdf" => "application/pdf",
        "vcf" => "text/vcard",
        _ => "application/octet-stream",
    }
}

/// A file that a message carries, by URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Media {
    /// Where it can be fetched; `None` for a provider's media id.
    pub(crate) url: Option<String>,
    pub(crate) content_type: String,
    /// Meta's media id.
    pub(crate) id: Option<String>,
}

/// Something to tap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Button {
    /// Comes back as payload.
    pub(crate) id: String,
    pub(crate) title: String,
    /// True for a template's quick reply, which Meta answers in another form.
    #[serde(skip)]
    pub(crate) of_template: bool,
}

/// What never changes about a message.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) provider: Provider,
    /// Account SID or phone number id.
    pub(crate) account: String,
    pub(crate) provider_message_id: String,
    pub(crate) channel: Channel,
    pub(crate) direction: Direction,
    /// The contact's number, E.164, or its mail address.
    pub(crate) contact: String,
    /// The business's number, E.164 or a name.
    pub(crate) sender: String,
    pub(crate) text: Option<String>,
    /// Of a mail.
    pub(crate) subject: Option<String>,
    /// Of a mail; never shown but as text.
    pub(crate) html: Option<String>,
    /// Of a mail: where a press on "unsubscribe" goes.
    pub(crate) unsubscribe: Option<String>,
    pub(crate) template: Option<Value>,
    pub(crate) media: Vec<Media>,
    pub(crate) buttons: Vec<Button>,
    pub(crate) rich: Rich,
    pub(crate) client_reference: Option<String>,
    pub(crate) status_callback: Option<String>,
    pub(crate) service: Option<String>,
    /// `Some` for WhatsApp through Meta: what it is charged as.
    pub(crate) category: Option<&'static str>,
    /// True if the contact's service window was open.
    pub(crate) in_window: bool,
    /// Set for what the provider says by itself, such as the answer to STOP.
    pub(crate) automatic: bool,
    /// What the protocol needs again for its callbacks and answers, and nobody else.
    pub(crate) own: Value,
    pub(crate) at: OffsetDateTime,
}

/// Between whom a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parties {
    pub(crate) account: String,
    pub(crate) channel: Channel,
    pub(crate) contact: String,
    pub(crate) sender: String,
}

impl Facts {
    /// A message of this moment without any content.
    pub(crate) fn new(
        provider: Provider,
        provider_message_id: String,
        direction: Direction,
        parties: Parties,
    ) -> Self {
        Self {
            provider,
            account: parties.account,
            provider_message_id,
            channel: parties.channel,
            direction,
            contact: parties.contact,
            sender: parties.sender,
            text: None,
            subject: None,
            html: None,
            unsubscribe: None,
            template: None,
            media: Vec::new(),
            buttons: Vec::new(),
            rich: Rich::default(),
            client_reference: None,
            status_callback: None,
            service: None,
            category: None,
            in_window: false,
            automatic: false,
            own: Value::Null,
            at: clock::now(),
        }
    }
}

/// A message and how far it has come.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) seq: u64,
    pub(crate) facts: Arc<Facts>,
    pub(crate) status: Status,
    pub(crate) failure: Option<Failure>,
    pub(crate) updated_at: OffsetDateTime,
    pub(crate) sent_at: Option<OffsetDateTime>,
    /// When it reached the handset or, from a contact, the provider.
    pub(crate) received_at: Option<OffsetDateTime>,
    pub(crate) begun: Instant,
    pub(crate) plan: Arc<[Step]>,
}

impl Message {
    /// Moves to `status`. A message that was read stays read.
    pub(crate) fn become_status(&mut self, status: Status, failure: Option<Failure>) {
        let at = clock::now();
        if status != Status::Accepted && status != Status::Queued && self.sent_at.is_none() {
            self.sent_at = Some(at);
        }
        if status == Status::Delivered || status == Status::Read {
            self.received_at.get_or_insert(at);
        }
        if self.status != Status::Read {
            self.status = status;
        }
        self.failure = failure;
        self.updated_at = at;
    }

    /// True if the contact's screen shows it.
    pub(crate) fn is_on_handset(&self) -> bool {
        self.received_at.is_some() || self.facts.direction == Direction::FromContact
    }

    /// The message as the control API shows it.
    pub(crate) fn view(&self) -> Value {
        let facts = &self.facts;
        let (direction, from, to) = match facts.direction {
            Direction::ToContact => ("to_contact", &facts.sender, &facts.contact),
            Direction::FromContact => ("from_contact", &facts.contact, &facts.sender),
        };
        json!({
            "id": format!("sim_{:08}", self.seq),
            "provider": facts.provider.word(),
            "account": facts.account,
            "provider_message_id": facts.provider_message_id,
            "direction": direction,
            "channel": facts.channel.word(),
            "from": from,
            "to": to,
            "subject": facts.subject,
            "text": facts.text,
            "html": facts.html,
            "unsubscribe": facts.unsubscribe,
            "template": facts.template,
            "media": facts.media,
            "buttons": facts.buttons,
            "rich": facts.rich,
            "created_at": clock::rfc3339(facts.at),
            "received_at": self.received_at.map(clock::rfc3339),
            "status": self.status.word(),
            "error_code": self.failure.map(|failure| failure.code),
            "error_title": self.failure.map(|failure| failure.title),
            "client_reference": facts.client_reference,
            "automatic": facts.automatic,
        })
    }
}
