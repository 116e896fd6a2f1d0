//! What contacts do: write, tap, read and block.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::mailbox;
use crate::message::{Button, Channel, Direction, Facts, Media, Message, Parties, content_type};
use crate::phone;
use crate::problem::{Problem, fields};
use crate::protocol::{Address, Content, Inbound, Owner, Provider};
use crate::rich::{List, Row, Told};
use crate::store::Handset;
use crate::table::PROVIDERS;
use crate::world::{World, locked};

/// How much later an inbound callback comes that is overtaken by the next one.
const OVERTAKEN_BY: Duration = Duration::from_millis(250);

/// A button that a contact tapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tap {
    pub(crate) payload: String,
    pub(crate) title: String,
    /// Provider id of the message that had the button.
    pub(crate) on: Option<String>,
    /// True for a template's quick reply.
    pub(crate) of_template: bool,
    /// The row, if it was chosen from a list.
    pub(crate) row: Option<Row>,
}

/// The body of `POST /handsets/{e164}/messages`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    channel: String,
    to: String,
    /// Whose number it is, where several providers have it.
    provider: Option<String>,
    text: Option<String>,
    media: Option<Value>,
    button: Option<Value>,
    name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Attachment {
    url: String,
    #[serde(alias = "mime_type")]
    content_type: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tapped {
    #[serde(alias = "payload")]
    id: Option<String>,
    #[serde(alias = "text")]
    title: Option<String>,
}

/// Reads from a path whose handset is meant: a number, or a mail address.
pub(crate) fn number(text: &str) -> Result<String, Problem> {
    phone::e164(text)
        .or_else(|| mailbox::address(text))
        .ok_or_else(|| Problem::not_found("no handset has such a number or mail address"))
}

/// Lets a contact write to the business.
pub(crate) fn write(world: &World, contact: String, mut body: Value) -> Result<Message, Problem> {
    let told = Told::taken_from(&mut body)?;
    let answer: Answer = fields(body, "")?;
    if !phone::is_e164(&contact) {
        let detail = "nobody receives mail here";
        return Err(Problem::field("invalid_field", "/channel", detail));
    }
    let channel = match answer.channel.as_str() {
        "sms" => Channel::Sms,
        "whatsapp" => Channel::Whatsapp,
        _ => {
            let detail = "`sms` or `whatsapp` is expected";
            return Err(Problem::field("invalid_field", "/channel", detail));
        }
    };
    let media = attachments(world, answer.media)?;
    let only = match &answer.provider {
        None => None,
        Some(name) => Some(Provider::named(name, "/provider")?),
    };
    let (provider, Owner { account, sender }) = owner(world, &contact, channel, &answer.to, only)?;
    let tap = match answer.button {
        None => None,
        Some(button) => Some(tap(world, &contact, &sender, button)?),
    };
    let text = answer
        .text
        .or_else(|| tap.as_ref().map(|tap| tap.title.clone()))
        .or_else(|| told.text());
    let is_empty = text.as_deref().unwrap_or_default().is_empty() && media.is_empty();
    if is_empty && !told.is_something() {
        let detail = "one of text, media, button, location, contacts, reaction and order is needed";
        return Err(Problem::field("missing_field", "/text", detail));
    }
    let protocol = provider.protocol();
    let content = if media.is_empty() {
        Content::Text
    } else {
        Content::Media
    };
    let parties = Parties {
        account,
        channel,
        contact,
        sender,
    };
    let id = protocol.inbound_id(world, &parties, content);
    let facts = Facts {
        text,
        media,
        rich: told.into_rich(),
        ..Facts::new(provider, id, Direction::FromContact, parties)
    };
    let message = world.arrive(facts);
    let profile_name = {
        let mut store = locked(&world.store);
        let contact = &message.facts.contact;
        let handset = store.handset_mut(contact);
        if answer.name.is_some() {
            handset.name = answer.name;
        }
        handset.profile_name(contact)
    };
    protocol.react(world, &message);
    // One lane per contact, so that its messages come in the order of writing.
    let mut hasher = DefaultHasher::new();
    message.facts.contact.hash(&mut hasher);
    let lane = hasher.finish();
    let inbound = Inbound {
        message: &message,
        profile_name: &profile_name,
        tap: tap.as_ref(),
        lane,
    };
    for callback in protocol.inbound(world, &inbound) {
        // Every second one, or all would be late together and still in order.
        let held_back = if message.seq.is_multiple_of(2) {
            OVERTAKEN_BY
        } else {
            Duration::ZERO
        };
        world.callbacks.offer(callback, held_back);
    }
    Ok(message)
}

/// Who receives at `to`: a registered number, or one that wrote to this contact before.
fn owner(
    world: &World,
    contact: &str,
    channel: Channel,
    to: &str,
    only: Option<Provider>,
) -> Result<(Provider, Owner), Problem> {
    let to = to.trim();
    let bare = to.strip_prefix("whatsapp:").unwrap_or(to);
    let sender = phone::e164(bare)
        .filter(|number| bare.starts_with('+') || number.len() > 9)
        .unwrap_or_else(|| bare.to_owned());
    let address = Address {
        sender,
        bare: bare.to_owned(),
    };
    let is_wanted = |provider: Provider| only.is_none_or(|only| only == provider);
    let registered = PROVIDERS
        .iter()
        .copied()
        .filter(|provider| is_wanted(*provider))
        .find_map(|provider| {
            let owner = provider.protocol().owner(world, channel, &address)?;
            Some((provider, owner))
        });
    if let Some(found) = registered {
        return Ok(found);
    }
    locked(&world.store)
        .messages_of(contact)
        .rev()
        .map(|message| &message.facts)
        .filter(|facts| is_wanted(facts.provider))
        .find(|facts| facts.sender == address.sender && facts.channel == channel)
        .map(|facts| {
            let owner = Owner {
                account: facts.account.clone(),
                sender: address.sender.clone(),
            };
            (facts.provider, owner)
        })
        .ok_or_else(|| {
            let detail = "no account has this number; register it with PUT /accounts";
            Problem::field("unknown_sender", "/to", detail)
        })
}

fn attachments(world: &World, media: Option<Value>) -> Result<Vec<Media>, Problem> {
    let list = match media {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list,
        Some(one) => vec![one],
    };
    if list.len() > 10 {
        let detail = "at most 10 files";
        return Err(Problem::field("invalid_field", "/media", detail));
    }
    list.into_iter()
        .map(|one| {
            let attachment = match one {
                Value::String(url) => Attachment {
                    url,
                    content_type: None,
                },
                other => fields(other, "/media")?,
            };
            let guessed = content_type(&attachment.url).to_owned();
            Ok(Media {
                content_type: attachment.content_type.unwrap_or(guessed),
                url: Some(attachment.url),
                id: Some(world.ids.number()),
            })
        })
        .collect()
}

/// Finds the button on the handset, newest message first; one that nobody sent is taken as given.
fn tap(world: &World, contact: &str, sender: &str, button: Value) -> Result<Tap, Problem> {
    let tapped = match button {
        Value::String(text) => Tapped {
            id: Some(text.clone()),
            title: Some(text),
        },
        other => fields(other, "/button")?,
    };
    let (id, title) = match (tapped.id, tapped.title) {
        (Some(id), Some(title)) => (id, title),
        (Some(one), None) | (None, Some(one)) => (one.clone(), one),
        (None, None) => {
            let detail = "a button has an id or a title";
            return Err(Problem::field("missing_field", "/button/id", detail));
        }
    };
    let store = locked(&world.store);
    let is_it = |button: &&Button| button.id == id || button.title == title;
    let found = store
        .messages_of(contact)
        .rev()
        .filter(|message| message.facts.sender == sender)
        .find_map(|message| {
            let facts = &message.facts;
            let button = facts.buttons.iter().find(is_it)?;
            let list = facts.rich.list.as_ref();
            let row = list.and_then(|list: &List| list.row(&button.id)).cloned();
            Some((facts.provider_message_id.clone(), button.clone(), row))
        });
    Ok(match found {
        Some((on, button, row)) => Tap {
            payload: button.id,
            title: button.title,
            on: Some(on),
            of_template: button.of_template,
            row,
        },
        None => Tap {
            payload: id,
            title,
            on: None,
            of_template: true,
            row: None,
        },
    })
}

/// Which messages of a handset are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Include {
    /// What the contact has received.
    Received,
    /// What its screen shows: its own messages too.
    Screen,
    /// What is on its way or was lost as well.
    All,
}

impl Include {
    /// Reads `?include=`.
    pub(crate) fn read(text: Option<&str>) -> Result<Self, Problem> {
        match text {
            None | Some("received") => Ok(Self::Received),
            Some("sent") => Ok(Self::Screen),
            Some("all") => Ok(Self::All),
            Some(_) => Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid_field",
                "include is `received`, `sent` or `all`",
            )),
        }
    }

    fn admits(self, message: &Message) -> bool {
        match self {
            Self::Received => {
                message.is_on_handset() && message.facts.direction == Direction::ToContact
            }
            Self::Screen => message.is_on_handset(),
            Self::All => true,
        }
    }
}

/// The `most` newest messages of a handset, oldest first.
pub(crate) fn messages(world: &World, e164: &str, include: Include, most: usize) -> Vec<Value> {
    let mut newest: Vec<Value> = locked(&world.store)
        .messages_of(e164)
        .rev()
        .filter(|message| include.admits(message))
        .take(most)
        .map(Message::view)
        .collect();
    newest.reverse();
    newest
}

/// The `most` handsets with the newest messages, newest first.
pub(crate) fn list(world: &World, most: usize) -> Vec<Value> {
    let store = locked(&world.store);
    let newest = |e164: &str| {
        store
            .messages_of(e164)
            .next_back()
            .map(|message| message.seq)
    };
    let mut found: Vec<(Option<u64>, &String, &Handset)> = store
        .handsets()
        .map(|(e164, handset)| (newest(e164), e164, handset))
        .collect();
    found.sort_by_key(|(seq, _, _)| std::cmp::Reverse(*seq));
    found
        .into_iter()
        .take(most)
        .map(|(_, e164, handset)| {
            let shown = store
                .messages_of(e164)
                .rev()
                .find(|message| message.is_on_handset());
            view(e164, handset, shown)
        })
        .collect()
}

/// One handset as the control API shows it.
pub(crate) fn view(address: &str, handset: &Handset, last: Option<&Message>) -> Value {
    let mut stopped: Vec<&String> = handset.stopped.iter().collect();
    stopped.sort();
    json!({
        "address": address,
        "e164": phone::is_e164(address).then_some(address),
        "name": handset.profile_name(address),
        "blocked": handset.is_blocking,
        "stopped": stopped,
        "last_message": last.map(Message::view),
    })
}

/// Lets a contact block the business, or end that.
pub(crate) fn set_blocking(world: &World, e164: &str, is_blocking: bool) -> Value {
    let mut store = locked(&world.store);
    let handset = store.handset_mut(e164);
    handset.is_blocking = is_blocking;
    view(e164, handset, None)
}
