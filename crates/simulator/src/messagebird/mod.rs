//! MessageBird, called Bird since 2023, with its three interfaces side by side: Bird's platform, the
//! channels of a workspace, and the REST interface. A key opens one of them.

mod accounts;
mod channels;
mod classic;
mod errors;
mod platform;

pub use accounts::{
    BirdChannel, BirdChannelKind, InboundForm, MessageBirdAccount, MessageBirdNumber,
};

use accounts::Interface;
use axum::Router;

use crate::callbacks::Callback;
use crate::message::{Channel, Code, Message, Parties};
use crate::protocol::{Address, Content, Door, Inbound, Known, Owner, Protocol, Provider};
use crate::stop;
use crate::world::World;

pub(crate) const MESSAGEBIRD: Provider = Provider::of(&MessageBird);

#[derive(Debug)]
struct MessageBird;

impl Protocol for MessageBird {
    fn name(&self) -> &'static str {
        "messagebird"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["bird"]
    }

    fn door(&self) -> Door {
        Door::Http(
            Router::new()
                .merge(classic::router())
                .merge(platform::router())
                .merge(channels::router()),
        )
    }

    fn report(&self, world: &World, message: &Message) -> Vec<Callback> {
        let Some(account) = world.registry.messagebird.get(&message.facts.account) else {
            return Vec::new();
        };
        let callback = match account.interface() {
            Interface::Classic => classic::report(world, &account, message),
            Interface::Platform => platform::report(world, &account, message),
            Interface::Channels => channels::report(world, &account, message),
        };
        callback.into_iter().collect()
    }

    fn owner(&self, world: &World, channel: Channel, address: &Address) -> Option<Owner> {
        let sender = &address.sender;
        let account = world.registry.messagebird.find(|account| {
            let has_number = account.number(sender).is_some();
            match account.interface() {
                Interface::Classic => has_number && channel == Channel::Sms,
                Interface::Platform => has_number,
                Interface::Channels => account.channels.iter().any(|own| {
                    accounts::sender(&own.number) == *sender && channels::carries(own.kind, channel)
                }),
            }
        })?;
        Some(Owner {
            account: account.access_key.clone(),
            sender: sender.clone(),
        })
    }

    fn numbers(&self, world: &World) -> Vec<Known> {
        let accounts = world.registry.messagebird.all();
        let numbers = accounts.iter().flat_map(|account| &account.numbers);
        numbers
            .map(|own| Known::sms(accounts::sender(&own.number)))
            .collect()
    }

    fn inbound_id(&self, world: &World, parties: &Parties, _content: Content) -> String {
        let account = world.registry.messagebird.get(&parties.account);
        match account.map(|account| account.interface()) {
            Some(Interface::Platform) => world.ids.base32(match parties.channel {
                Channel::Sms | Channel::Email => "sms_",
                Channel::Whatsapp => "wam_",
            }),
            Some(Interface::Classic) => world.ids.sid(""),
            Some(Interface::Channels) | None => world.ids.uuid(),
        }
    }

    /// The platform stops a sender that a contact has answered with STOP.
    fn react(&self, world: &World, message: &Message) {
        let account = world.registry.messagebird.get(&message.facts.account);
        let is_platform = account.is_some_and(|one| one.interface() == Interface::Platform);
        if is_platform && message.facts.channel == Channel::Sms {
            stop::obey(world, message, &message.facts.sender);
        }
    }

    fn inbound(&self, world: &World, inbound: &Inbound<'_>) -> Vec<Callback> {
        let facts = &inbound.message.facts;
        let Some(account) = world.registry.messagebird.get(&facts.account) else {
            return Vec::new();
        };
        match account.interface() {
            Interface::Classic => classic::inbound(world, &account, inbound)
                .into_iter()
                .collect(),
            Interface::Platform => platform::inbound(world, &account, inbound),
            Interface::Channels => channels::inbound(world, &account, inbound)
                .into_iter()
                .collect(),
        }
    }

    fn code(&self, word: &str) -> Option<Code> {
        let number = || word.parse().ok().map(Code::Number);
        errors::word(word).map(Code::Word).or_else(number)
    }
}
