//! ClickSend's REST API, version 3, as far as SMS and MMS go.

mod accounts;
mod errors;
mod list;
mod push;
mod query;
mod rules;
mod send;

pub use accounts::{ClickSendAccount, ClickSendRule, WebhookType};

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::{get, post, put};

use crate::callbacks::Callback;
use crate::message::{Channel, Code, Message, Parties};
use crate::protocol::{Address, Content, Door, Inbound, Known, Owner, Protocol, Provider};
use crate::request::basic;
use crate::world::World;
use errors::ClickSendError;

pub(crate) const CLICKSEND: Provider = Provider::of(&ClickSend);

#[derive(Debug)]
struct ClickSend;

impl Protocol for ClickSend {
    fn name(&self) -> &'static str {
        "clicksend"
    }

    fn door(&self) -> Door {
        Door::Http(router())
    }

    fn report(&self, world: &World, message: &Message) -> Vec<Callback> {
        push::receipts(world, message)
    }

    fn owner(&self, world: &World, channel: Channel, address: &Address) -> Option<Owner> {
        if channel != Channel::Sms {
            return None;
        }
        let accounts = &world.registry.clicksend;
        let account = accounts.find(|account| account.has_number(&address.sender))?;
        Some(Owner {
            account: account.username.clone(),
            sender: address.sender.clone(),
        })
    }

    fn numbers(&self, world: &World) -> Vec<Known> {
        let accounts = world.registry.clicksend.all();
        let numbers = accounts.iter().flat_map(|account| &account.numbers);
        numbers
            .filter_map(|own| crate::phone::e164(own))
            .map(Known::sms)
            .collect()
    }

    fn inbound_id(&self, world: &World, _parties: &Parties, _content: Content) -> String {
        message_id(world)
    }

    fn inbound(&self, world: &World, inbound: &Inbound<'_>) -> Vec<Callback> {
        push::inbound(world, inbound)
    }

    fn code(&self, word: &str) -> Option<Code> {
        let number = || word.parse().ok().map(Code::Number);
        errors::word(word).map(Code::Word).or_else(number)
    }
}

/// The routes below `/v3`.
fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/v3/account", get(query::account))
        .route("/v3/sms/send", post(send::sms))
        .route("/v3/mms/send", post(send::mms))
        .route("/v3/sms/history", get(query::sms_history))
        .route("/v3/mms/history", get(query::mms_history))
        .route("/v3/sms/receipts", get(query::receipts))
        .route("/v3/sms/receipts/{id}", get(query::receipt))
        .route("/v3/sms/receipts-read", put(query::receipts_read))
        .route("/v3/sms/inbound", get(query::inbound))
        .route("/v3/sms/inbound-read", put(query::inbound_read))
        .route(
            "/v3/automations/sms/{subject}",
            get(rules::list).post(rules::create),
        )
        .route(
            "/v3/automations/sms/{subject}/{id}",
            get(rules::show).put(rules::change).delete(rules::remove),
        )
}

/// Checks username and key.
fn authenticate(
    world: &World,
    headers: &HeaderMap,
) -> Result<Arc<ClickSendAccount>, ClickSendError> {
    basic(headers)
        .and_then(|(username, key)| {
            let account = world.registry.clicksend.get(&username)?;
            (account.api_key == key).then_some(account)
        })
        .ok_or_else(|| ClickSendError::of("UNAUTHORIZED"))
}

/// A UUID in capitals.
fn message_id(world: &World) -> String {
    world.ids.uuid().to_uppercase()
}
