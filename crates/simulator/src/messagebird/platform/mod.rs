//! Bird's platform: SMS and WhatsApp at `{region}.platform.bird.com`.

mod content;
mod errors;
mod events;
mod query;
mod send;

pub(super) use events::{inbound, report};

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::{get, post};

use super::accounts::{Interface, MessageBirdAccount};
use crate::message::{Channel, Message};
use crate::request::authorization;
use crate::world::World;
use errors::PlatformError;

pub(super) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/v1/sms/messages", post(send::sms).get(query::list_sms))
        .route("/v1/sms/messages/{id}", get(query::message))
        .route("/v1/sms/messages/{id}/events", get(query::events))
        .route(
            "/v1/whatsapp/messages",
            post(send::whatsapp).get(query::list_whatsapp),
        )
        .route("/v1/whatsapp/messages/{id}", get(query::message))
        .route("/v1/whatsapp/messages/{id}/read", post(query::read))
}

/// Checks the API key.
fn authenticate(
    world: &World,
    headers: &HeaderMap,
) -> Result<Arc<MessageBirdAccount>, PlatformError> {
    authorization(headers, "Bearer ")
        .and_then(|key| world.registry.messagebird.open(key, Interface::Platform))
        .ok_or_else(|| PlatformError::of("auth_error"))
}

/// `sms` or `whatsapp`.
fn medium(message: &Message) -> &'static str {
    match message.facts.channel {
        Channel::Sms | Channel::Email => "sms",
        Channel::Whatsapp => "whatsapp",
    }
}
