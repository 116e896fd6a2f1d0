//! Vonage's Messages API, version 1, and what a careful caller asks beside it.

mod accounts;
mod errors;
mod query;
mod send;
mod token;
mod validate;
mod webhook;

pub use accounts::{VonageAccount, VonageApplication, VonageNumber};
#[cfg(test)]
use errors::VonageError;

use axum::Router;
use axum::routing::{get, patch, post};

use crate::callbacks::Callback;
use crate::message::{Channel, Message};
use crate::protocol::{Address, Door, Inbound, Known, Owner, Protocol, Provider};
use crate::stop;
use crate::world::World;

pub(crate) const VONAGE: Provider = Provider::of(&Vonage);

#[derive(Debug)]
struct Vonage;

impl Protocol for Vonage {
    fn name(&self) -> &'static str {
        "vonage"
    }

    fn door(&self) -> Door {
        Door::Http(
            Router::new()
                .route("/v1/messages", post(send::send))
                .route("/v1/messages/{id}", patch(query::update))
                .route("/v2/applications/{id}", get(query::application))
                .route("/v2/reports/records", get(query::records))
                .route("/account/get-balance", get(query::balance)),
        )
    }

    fn report(&self, world: &World, message: &Message) -> Vec<Callback> {
        webhook::status(world, message).into_iter().collect()
    }

    fn owner(&self, world: &World, _channel: Channel, address: &Address) -> Option<Owner> {
        let account = world.registry.vonage.by_number(&address.sender)?;
        Some(Owner {
            account: account.api_key.clone(),
            sender: address.sender.clone(),
        })
    }

    fn numbers(&self, world: &World) -> Vec<Known> {
        let accounts = world.registry.vonage.all();
        let numbers = accounts.iter().flat_map(|account| &account.numbers);
        numbers.map(|own| Known::sms(own.sender())).collect()
    }

    /// In the United States and Canada STOP ends what a number may send by SMS.
    fn react(&self, world: &World, message: &Message) {
        if message.facts.channel == Channel::Sms && message.facts.sender.starts_with("+1") {
            stop::obey(world, message, &message.facts.sender);
        }
    }

    fn inbound(&self, world: &World, inbound: &Inbound<'_>) -> Vec<Callback> {
        webhook::inbound(world, inbound).into_iter().collect()
    }
}
