//! The channels of a workspace at `api.bird.com`: each is one number for SMS or WhatsApp.

mod errors;
mod events;
mod send;

pub(super) use events::{inbound, report};

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::MESSAGEBIRD;
use super::accounts::{BirdChannel, BirdChannelKind, Interface, MessageBirdAccount};
use crate::message::Channel;
use crate::request::authorization;
use crate::world::{World, locked};
use errors::ChannelsError;

const CHANNEL: &str = "/workspaces/{workspace}/channels/{channel}";

pub(super) fn router() -> Router<Arc<World>> {
    Router::new()
        .route(CHANNEL, get(channel))
        .route(&format!("{CHANNEL}/messages"), post(send::send))
        .route(&format!("{CHANNEL}/messages/{{id}}"), get(message))
}

/// True if such a channel carries such messages.
pub(super) fn carries(kind: BirdChannelKind, channel: Channel) -> bool {
    match kind {
        BirdChannelKind::Sms => channel == Channel::Sms,
        BirdChannelKind::Whatsapp => channel == Channel::Whatsapp,
    }
}

/// Checks the access key, and that it is the workspace's.
fn authenticate(
    world: &World,
    headers: &HeaderMap,
    workspace: &str,
) -> Result<Arc<MessageBirdAccount>, ChannelsError> {
    let account = authorization(headers, "AccessKey ")
        .and_then(|key| world.registry.messagebird.open(key, Interface::Channels))
        .ok_or_else(|| ChannelsError::of("auth_error"))?;
    if account.workspace_id.as_deref() == Some(workspace) {
        Ok(account)
    } else {
        Err(ChannelsError::of("permission_error"))
    }
}

fn own_channel<'a>(
    account: &'a MessageBirdAccount,
    id: &str,
) -> Result<&'a BirdChannel, ChannelsError> {
    account
        .channel(id)
        .ok_or_else(|| ChannelsError::of("not_found_error"))
}

/// `GET …/channels/{channel}`, the usual connection test.
async fn channel(
    State(world): State<Arc<World>>,
    Path((workspace, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, ChannelsError> {
    world.survive::<ChannelsError>().await?;
    let account = authenticate(&world, &headers, &workspace)?;
    let channel = own_channel(&account, &id)?;
    let platform = match channel.kind {
        BirdChannelKind::Sms => "sms-messagebird",
        BirdChannelKind::Whatsapp => "whatsapp",
    };
    Ok(Json(json!({
        "id": channel.id,
        "name": "Simulated channel",
        "platformId": platform,
        "channelType": "bird",
        "identifier": channel.number,
        "status": "active",
        "enabled": true,
    })))
}

/// `GET …/messages/{id}`.
async fn message(
    State(world): State<Arc<World>>,
    Path((workspace, channel, id)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, ChannelsError> {
    world.survive::<ChannelsError>().await?;
    let account = authenticate(&world, &headers, &workspace)?;
    let channel = own_channel(&account, &channel)?;
    let store = locked(&world.store);
    let message = store
        .find(&id)
        .filter(|message| message.facts.provider == MESSAGEBIRD)
        .filter(|message| message.facts.account == account.access_key)
        .filter(|message| carries(channel.kind, message.facts.channel))
        .ok_or_else(|| ChannelsError::of("not_found_error"))?;
    Ok(Json(events::resource(&account, message)))
}
