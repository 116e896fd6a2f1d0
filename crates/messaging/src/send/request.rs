use super::SendError;
use crate::{Address, Context, Fallback, Media, RichForm, TraceId};
use serde_json::{Map, Value};
use tidings_kernel::{AccountId, Channel, ContactId, MessageId, Purpose, Region, SenderId};
use tidings_quiet_hours::{Override, Urgency};
use time::{Duration, OffsetDateTime};

/// What a tenant asks to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct SendRequest {
    /// To whom.
    pub to: Recipient,
    /// On which channels, in order of preference.
    pub channel: ChannelWish,
    /// Why; one of [`Purpose::FOR_TENANTS`].
    pub purpose: Purpose,
    /// What.
    pub content: ContentWish,
    /// Attachments.
    pub media: Vec<Media>,
    /// The subject of an email.
    pub subject: Option<String>,
    /// The only sender to use.
    pub sender: Option<SenderId>,
    /// The only account to use.
    pub account: Option<AccountId>,
    /// 1 is most urgent, 10 least.
    pub priority: u8,
    /// Not before this instant.
    pub scheduled_at: Option<OffsetDateTime>,
    /// Until when it matters.
    pub valid_until: Option<OffsetDateTime>,
    /// Whether it can wait for better hours.
    pub urgency: Urgency,
    /// Who answers for an emergency that goes against the contact's wish.
    pub override_by: Option<Override>,
    /// The tenant's own grouping.
    pub topic: Option<String>,
    /// What it is about, in the tenant's own system.
    pub context: Option<Context>,
    /// Labels.
    pub tags: Vec<String>,
    /// The trace of the request.
    pub trace: Option<TraceId>,
    /// What happens when it does not arrive.
    pub fallback: Option<Fallback>,
}

/// To whom a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A contact.
    Contact(ContactId),
    /// A contact at one of its addresses, on the channels that this one serves.
    ContactAt {
        /// The contact.
        contact: ContactId,
        /// The address; refused unless it is the contact's.
        address: Address,
    },
    /// Whoever has this number, as a person writes it.
    Phone {
        /// The number.
        text: String,
        /// Where a national number is read; else in the tenant's default region.
        region: Option<Region>,
    },
}

/// On which channels a message may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelWish {
    /// What the contact prefers and accounts serve.
    Auto,
    /// These, in order of preference; not empty.
    Order(Vec<Channel>),
}

/// What a message says.
#[derive(Debug, Clone, PartialEq)]
pub enum ContentWish {
    /// This text.
    Text(String),
    /// This template.
    Template {
        /// Its name.
        name: String,
        /// The locale to choose; else the contact's, else the tenant's.
        locale: Option<String>,
        /// The values to merge in.
        data: Map<String, Value>,
    },
    /// Something that WhatsApp alone has.
    Rich {
        /// The text; empty where the form takes none.
        text: String,
        /// What it shows; `None` for a text or file that only quotes another message.
        form: Option<RichForm>,
        /// The message that it quotes or reacts to, of the same contact.
        answers: Option<MessageId>,
    },
    /// Attachments alone.
    MediaOnly,
}

/// A change to a message that no provider has been called for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edit {
    /// A new text.
    pub text: Option<String>,
    /// A new time.
    pub scheduled_at: Option<OffsetDateTime>,
    /// A new priority, 1 to 10.
    pub priority: Option<u8>,
}

/// After which time nobody waits for a receipt any more.
const LONGEST_FALLBACK: Duration = Duration::WEEK;

/// How many attachments one message can have (Twilio's limit, the highest of all).
const MEDIA: usize = 10;

impl SendRequest {
    pub(super) fn check(&self) -> Result<(), SendError> {
        let refuse = |pointer, code, detail: &str| {
            Err(SendError::Invalid {
                pointer,
                code,
                detail: detail.to_owned(),
            })
        };
        if !Purpose::FOR_TENANTS.contains(&self.purpose) {
            return refuse(
                "/purpose",
                "invalid_value",
                "this purpose is the system's own",
            );
        }
        if self.override_by.is_some() && self.purpose != Purpose::Emergency {
            return refuse(
                "/override",
                "not_overridable",
                "only an emergency can be overridden",
            );
        }
        if !(1..=10).contains(&self.priority) {
            return refuse(
                "/priority",
                "out_of_range",
                "priority goes from 1 (first) to 10",
            );
        }
        if self.media.len() > MEDIA {
            return refuse("/media", "too_many", "at most 10 attachments");
        }
        if matches!(self.content, ContentWish::MediaOnly) && self.media.is_empty() {
            return refuse("/text", "missing_content", "give text, template or media");
        }
        if self.channel == ChannelWish::Order(Vec::new()) {
            return refuse("/channel", "empty", "name at least one channel");
        }
        if let Some(fallback) = &self.fallback {
            let channels = &fallback.channels;
            let is_twice = |(place, channel)| channels.iter().take(place).any(|it| it == channel);
            if channels.is_empty() || channels.iter().enumerate().any(is_twice) {
                let detail = "name at least one channel, and each once";
                return refuse("/fallback/channels", "invalid_value", detail);
            }
            if fallback.after.is_none() && !fallback.on_failed {
                let detail = "say when to go on: on failed, or after some seconds";
                return refuse("/fallback/on", "invalid_value", detail);
            }
            if fallback.after.is_some_and(|after| after > LONGEST_FALLBACK) {
                return refuse("/fallback/after_seconds", "out_of_range", "at most a week");
            }
        }
        if self
            .scheduled_at
            .zip(self.valid_until)
            .is_some_and(|(start, end)| end <= start)
        {
            return refuse(
                "/valid_until",
                "before_schedule",
                "it ends before it may be sent",
            );
        }
        Ok(())
    }
}
