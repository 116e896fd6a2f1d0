//! A message as the simulated world sees it: it is on its way to a handset, or comes from one.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::time::Instant;

use crate::clock;
use crate::journey::Step;

/// Whose wire protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Provider {
    Twilio,
    Meta,
}

impl Provider {
    /// The name in the control API.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::Meta => "whatsapp_cloud",
        }
    }

    /// Reads a name; `meta` is understood too.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "twilio" => Some(Self::Twilio),
            "whatsapp_cloud" | "meta" => Some(Self::Meta),
            _ => None,
        }
    }
}

/// What the handset shows the message in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Channel {
    Sms,
    Whatsapp,
}

impl Channel {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Whatsapp => "whatsapp",
        }
    }

    /// An address as Twilio writes it.
    pub(crate) fn address(self, number: &str) -> String {
        match self {
            Self::Sms => number.to_owned(),
            Self::Whatsapp => format!("whatsapp:{number}"),
        }
    }
}

/// Which way a message goes, named from the business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    ToContact,
    FromContact,
}

/// Where a message is. Both providers' words are subsets.
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
        }
    }

    /// True if nothing happens after it by itself.
    pub(crate) fn is_final(self) -> bool {
        match self {
            Self::Accepted | Self::Queued | Self::Sent => false,
            Self::Delivered | Self::Read | Self::Undelivered | Self::Failed | Self::Received => {
                true
            }
        }
    }
}

/// Why a message was not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: u32,
    pub(crate) title: &'static str,
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
    /// The contact's number, E.164.
    pub(crate) contact: String,
    /// The business's number, E.164 or a name.
    pub(crate) sender: String,
    pub(crate) text: Option<String>,
    pub(crate) template: Option<Value>,
    pub(crate) media: Vec<Media>,
    pub(crate) buttons: Vec<Button>,
    pub(crate) client_reference: Option<String>,
    pub(crate) status_callback: Option<String>,
    pub(crate) service: Option<String>,
    /// `Some` for WhatsApp through Meta: what it is charged as.
    pub(crate) category: Option<&'static str>,
    /// True if the contact's service window was open.
    pub(crate) in_window: bool,
    /// Set for what the provider says by itself, such as the answer to STOP.
    pub(crate) automatic: bool,
    pub(crate) at: OffsetDateTime,
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
            "text": facts.text,
            "template": facts.template,
            "media": facts.media,
            "buttons": facts.buttons,
            "created_at": clock::rfc3339(facts.at),
            "received_at": self.received_at.map(clock::rfc3339),
            "status": self.status.word(),
            "error_code": self.failure.map(|failure| failure.code),
            "client_reference": facts.client_reference,
            "automatic": facts.automatic,
        })
    }
}
