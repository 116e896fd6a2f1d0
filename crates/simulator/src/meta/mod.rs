//! Meta's WhatsApp Cloud API, any version, as far as sending and receiving go.

mod accounts;
mod errors;
mod interactive;
mod products;
mod query;
mod riches;
mod send;
mod shape;
mod signature;
mod standing;
mod subscribe;
mod template;
mod templates;
mod validate;
mod webhook;

pub use accounts::{Category, MetaApp, MetaTemplate, ParameterFormat, Rating, TemplateStatus};
pub use signature::{escape_non_ascii, meta_signature};
pub(crate) use standing::{NewStanding, rate};
pub(crate) use templates::{Verdict, all as all_templates, judge};
pub(crate) use validate::content;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::{get, post};

use crate::callbacks::Callback;
use crate::message::{Channel, Message, Parties};
use crate::protocol::{Address, Content, Door, Inbound, Known, Owner, Protocol, Provider};
use crate::request::authorization;
use crate::world::World;
use errors::MetaError;
use signature::appsecret_proof;
use subscribe::handshake;

pub(crate) const META: Provider = Provider::of(&Meta);

#[derive(Debug)]
struct Meta;

impl Protocol for Meta {
    fn name(&self) -> &'static str {
        "whatsapp_cloud"
    }

    fn aliases(&self) -> &'static [&'static str] {
        &["meta"]
    }

    fn door(&self) -> Door {
        Door::Http(router())
    }

    fn report(&self, world: &World, message: &Message) -> Vec<Callback> {
        webhook::status(world, message).into_iter().collect()
    }

    fn owner(&self, world: &World, channel: Channel, address: &Address) -> Option<Owner> {
        if channel != Channel::Whatsapp {
            return None;
        }
        let apps = &world.registry.meta;
        let app = apps
            .by_number(&address.sender)
            .or_else(|| apps.by_number(&address.bare))?;
        Some(Owner {
            account: app.phone_number_id.clone(),
            sender: app.e164(),
        })
    }

    fn numbers(&self, world: &World) -> Vec<Known> {
        let apps = world.registry.meta.all();
        let numbers = apps.iter().map(|app| Known {
            channel: Channel::Whatsapp,
            number: app.e164(),
            name: app.verified_name.clone(),
        });
        numbers.collect()
    }

    fn inbound_id(&self, world: &World, _parties: &Parties, _content: Content) -> String {
        world.ids.wamid()
    }

    fn inbound(&self, world: &World, inbound: &Inbound<'_>) -> Vec<Callback> {
        webhook::inbound(world, inbound).into_iter().collect()
    }
}

/// The routes below `/v{N}.0`.
fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/{version}/{node}", get(query::node).post(templates::edit))
        .route("/{version}/{node}/messages", post(send::send))
        .route("/{version}/{node}/phone_numbers", get(query::phone_numbers))
        .route(
            "/{version}/{node}/message_templates",
            get(query::list_templates)
                .post(templates::create)
                .delete(templates::remove),
        )
        .route(
            "/{version}/{node}/whatsapp_business_profile",
            get(standing::profile).post(standing::set_profile),
        )
        .route(
            "/{version}/{node}/subscribed_apps",
            get(subscribe::list).post(subscribe::subscribe),
        )
}

/// `v` and a number with one decimal.
fn check_version(version: &str) -> Result<(), MetaError> {
    let is_version = version
        .strip_prefix('v')
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(major, minor)| {
            let is_number =
                |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number(major) && is_number(minor)
        });
    if is_version {
        Ok(())
    } else {
        Err(MetaError::with(2500, "Unknown path components"))
    }
}

/// The bearer token of a request, if one of the known apps has it.
struct Caller {
    token: String,
}

impl Caller {
    fn read(world: &World, headers: &HeaderMap, query: &str) -> Result<Self, MetaError> {
        let token = authorization(headers, "Bearer ")
            .map(str::to_owned)
            .ok_or_else(|| MetaError::of(190))?;
        let app = world
            .registry
            .meta
            .find(|app| app.access_token == token)
            .ok_or_else(|| MetaError::of(190))?;
        let proof = form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "appsecret_proof")
            .map(|(_, value)| value.into_owned());
        if proof.is_some_and(|proof| proof != appsecret_proof(&app.app_secret, &token)) {
            let details = "Invalid appsecret_proof provided in the API argument";
            return Err(MetaError::with(100, details));
        }
        Ok(Self { token })
    }

    /// The phone number, if it belongs to the caller.
    fn phone_number(&self, world: &World, id: &str) -> Result<Arc<MetaApp>, MetaError> {
        world
            .registry
            .meta
            .get(id)
            .filter(|app| app.access_token == self.token)
            .ok_or_else(|| MetaError::missing_node(id))
    }

    /// The phone numbers of the business account, if it belongs to the caller.
    fn waba(&self, world: &World, id: &str) -> Result<Vec<Arc<MetaApp>>, MetaError> {
        let mut apps = world.registry.meta.waba(id);
        apps.retain(|app| app.access_token == self.token);
        if apps.is_empty() {
            Err(MetaError::missing_node(id))
        } else {
            Ok(apps)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check_version;

    #[test]
    fn every_version_is_spoken_and_nothing_else() {
        assert!(check_version("v25.0").is_ok());
        assert!(check_version("v9.0").is_ok());
        for other in ["25.0", "v25", "v.0", "handsets", "vx.0"] {
            assert!(check_version(other).is_err(), "{other}");
        }
    }
}
