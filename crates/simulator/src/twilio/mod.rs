//! Twilio's Programmable Messaging API, version 2010-04-01, as far as sending and receiving go, and its Content API.

mod accounts;
mod content_api;
mod contents;
mod errors;
mod inbound;
mod keywords;
mod query;
mod send;
mod signature;
mod status;
mod validate;

pub use accounts::{TwilioAccount, TwilioContent, TwilioKey, TwilioNumber, TwilioService};
pub(crate) use content_api::{all_submitted, judge};
pub(crate) use contents::Contents;
pub use signature::twilio_signature;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::{get, post};

use crate::callbacks::Callback;
use crate::message::{Channel, Message, Parties};
use crate::protocol::{Address, Content, Door, Inbound, Known, Owner, Protocol, Provider};
use crate::request::basic;
use crate::world::World;
use errors::TwilioError;

pub(crate) const TWILIO: Provider = Provider::of(&Twilio);

#[derive(Debug)]
struct Twilio;

impl Protocol for Twilio {
    fn name(&self) -> &'static str {
        "twilio"
    }

    fn door(&self) -> Door {
        Door::Http(router())
    }

    fn report(&self, world: &World, message: &Message) -> Vec<Callback> {
        status::callback(world, message).into_iter().collect()
    }

    fn owner(&self, world: &World, _channel: Channel, address: &Address) -> Option<Owner> {
        let account = world.registry.twilio.by_number(&address.sender)?;
        Some(Owner {
            account: account.sid.clone(),
            sender: address.sender.clone(),
        })
    }

    fn numbers(&self, world: &World) -> Vec<Known> {
        let accounts = world.registry.twilio.all();
        let numbers = accounts.iter().flat_map(|account| &account.numbers);
        numbers.map(|own| Known::sms(own.number.clone())).collect()
    }

    fn inbound_id(&self, world: &World, _parties: &Parties, content: Content) -> String {
        world.ids.sid(match content {
            Content::Text => "SM",
            Content::Media => "MM",
        })
    }

    fn react(&self, world: &World, message: &Message) {
        keywords::react(world, message);
    }

    fn inbound(&self, world: &World, inbound: &Inbound<'_>) -> Vec<Callback> {
        inbound::callback(world, inbound).into_iter().collect()
    }
}

/// The routes below `/2010-04-01/Accounts`, and those of the Content API.
fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/2010-04-01/Accounts/{sid}", get(query::account))
        .route(
            "/2010-04-01/Accounts/{sid}/Balance.json",
            get(query::balance),
        )
        .route(
            "/2010-04-01/Accounts/{sid}/Messages.json",
            get(query::list).post(send::send),
        )
        .route(
            "/2010-04-01/Accounts/{sid}/Messages/{message}",
            get(query::message),
        )
        .route(
            "/2010-04-01/Accounts/{sid}/Messages/{message}/Media/{file}",
            get(query::file),
        )
        .route(
            "/v1/Content",
            get(content_api::list).post(content_api::create),
        )
        .route("/v1/ContentAndApprovals", get(content_api::list))
        .route(
            "/v1/Content/{sid}",
            get(content_api::read)
                .put(content_api::replace)
                .delete(content_api::remove),
        )
        .route(
            "/v1/Content/{sid}/ApprovalRequests",
            get(content_api::approvals),
        )
        .route(
            "/v1/Content/{sid}/ApprovalRequests/whatsapp",
            post(content_api::submit),
        )
}

/// Checks Basic authentication where the path names no account.
fn opened(world: &World, headers: &HeaderMap) -> Result<Arc<TwilioAccount>, TwilioError> {
    basic(headers)
        .and_then(|(user, password)| world.registry.twilio.open_any(&user, &password))
        .ok_or_else(|| TwilioError::of(20003))
}

/// Checks Basic authentication against the account of the path.
fn authenticate(
    world: &World,
    sid: &str,
    headers: &HeaderMap,
) -> Result<Arc<TwilioAccount>, TwilioError> {
    basic(headers)
        .and_then(|(user, password)| world.registry.twilio.open(sid, &user, &password))
        .ok_or_else(|| TwilioError::of(20003))
}
