//! What a provider's wire protocol is to the rest of the simulator.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use tokio::net::TcpStream;

use crate::callbacks::Callback;
use crate::handset::Tap;
use crate::message::{Channel, Code, Message, Parties};
use crate::problem::Problem;
use crate::table::PROVIDERS;
use crate::world::World;

/// Everything that differs from provider to provider. Each lives in a folder of its own and has a
/// line in `table.rs`.
pub(crate) trait Protocol: fmt::Debug + Send + Sync {
    /// The name in the control API.
    fn name(&self) -> &'static str;

    /// Other names that are understood.
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }

    /// How it is spoken with.
    fn door(&self) -> Door;

    /// Answers a GET request to `/`, if its query is the provider's: everybody shares that path.
    fn root(&self, _world: &Arc<World>, _query: &str) -> Option<Answering> {
        None
    }

    /// What to tell the business about the status that `message` has just reached; nothing if it
    /// did not ask.
    fn report(&self, world: &World, message: &Message) -> Vec<Callback>;

    /// The account that receives what contacts send to `address`.
    fn owner(&self, _world: &World, _channel: Channel, _address: &Address) -> Option<Owner> {
        None
    }

    /// The numbers of registered accounts, to which contacts can write.
    fn numbers(&self, _world: &World) -> Vec<Known> {
        Vec::new()
    }

    /// An id for a message of a contact.
    fn inbound_id(&self, world: &World, _parties: &Parties, _content: Content) -> String {
        world.ids.uuid()
    }

    /// What the provider does by itself with a message of a contact, before it tells the business.
    fn react(&self, _world: &World, _message: &Message) {}

    /// What to tell the business about a message of a contact.
    fn inbound(&self, _world: &World, _inbound: &Inbound<'_>) -> Vec<Callback> {
        Vec::new()
    }

    /// Reads an error code that is not a number; `None` if the provider knows no such word.
    fn code(&self, word: &str) -> Option<Code> {
        word.parse().ok().map(Code::Number)
    }
}

/// How a provider is spoken with.
pub(crate) enum Door {
    /// Over HTTP, at the simulator's address and at the provider's own door.
    Http(Router<Arc<World>>),
    /// In a protocol of its own, at its own door only.
    Stream(fn(Arc<World>, TcpStream) -> Conversation),
}

/// An answer on its way.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A connection from its first byte to its last.
pub(crate) type Conversation = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Whom a contact writes to, in the forms in which providers know their numbers.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    /// E.164 if it is a number, otherwise as given.
    pub(crate) sender: String,
    /// As given, without `whatsapp:`.
    pub(crate) bare: String,
}

/// A number of a business, as a contact may have it in its address book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) channel: Channel,
    /// In E.164.
    pub(crate) number: String,
    /// The business's name, where people see it.
    pub(crate) name: Option<String>,
}

impl Known {
    /// A number that takes SMS.
    pub(crate) fn sms(number: String) -> Self {
        Self {
            channel: Channel::Sms,
            number,
            name: None,
        }
    }
}

/// The account that a message of a contact is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) account: String,
    /// The business's number, as stored with its messages.
    pub(crate) sender: String,
}

/// What a message of a contact is made of, as far as its id tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Text,
    Media,
}

/// A message of a contact on its way to the business.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inbound<'a> {
    pub(crate) message: &'a Message,
    /// The contact's name, where the channel shows one.
    pub(crate) profile_name: &'a str,
    pub(crate) tap: Option<&'a Tap>,
    /// Messages of one contact are told of one after the other.
    pub(crate) lane: u64,
}

/// Whose wire protocol; equal and in order by name.
#[derive(Clone, Copy)]
pub(crate) struct Provider(&'static dyn Protocol);

impl Provider {
    pub(crate) const fn of(protocol: &'static dyn Protocol) -> Self {
        Self(protocol)
    }

    /// Reads a name of the control API.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        PROVIDERS
            .iter()
            .copied()
            .find(|provider| provider.0.name() == word || provider.0.aliases().contains(&word))
    }

    /// The provider that a request to the control API names at `pointer`.
    pub(crate) fn named(word: &str, pointer: &str) -> Result<Self, Problem> {
        Self::parse(word).ok_or_else(|| {
            let detail = format!("the simulator does not speak for `{word}`");
            Problem::field("unknown_provider", pointer, detail)
        })
    }

    /// The name in the control API.
    pub(crate) fn word(self) -> &'static str {
        self.0.name()
    }

    pub(crate) fn protocol(self) -> &'static dyn Protocol {
        self.0
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

impl PartialEq for Provider {
    fn eq(&self, other: &Self) -> bool {
        self.word() == other.word()
    }
}

impl Eq for Provider {}

impl Hash for Provider {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.word().hash(state);
    }
}

impl PartialOrd for Provider {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Provider {
    fn cmp(&self, other: &Self) -> Ordering {
        self.word().cmp(other.word())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Provider;
    use crate::table::PROVIDERS;

    #[test]
    fn every_name_belongs_to_one_provider() {
        let mut names = BTreeSet::new();
        for provider in PROVIDERS {
            assert_eq!(Provider::parse(provider.word()), Some(*provider));
            for name in provider.protocol().aliases() {
                assert_eq!(Provider::parse(name), Some(*provider));
                assert!(names.insert(*name), "{name}");
            }
            assert!(names.insert(provider.word()), "{provider:?}");
        }
        assert_eq!(Provider::parse("pigeon"), None);
    }
}
