//! Subscribing to webhooks, with the handshake that proves the URL.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use serde_json::{Value, json};
use url::Url;

use super::errors::MetaError;
use super::{Caller, MetaApp, check_version};
use crate::callbacks::is_loopback;
use crate::world::World;

/// Asks `callback_url` for the challenge, as Meta does when somebody enters it.
///
/// # Errors
/// Why the URL cannot be used, in a sentence for people.
pub(super) async fn handshake(
    world: &World,
    callback_url: &str,
    verify_token: &str,
) -> Result<(), String> {
    if !is_loopback(callback_url) {
        return Err("the callback URL is not on a loopback address".to_owned());
    }
    let mut url = Url::parse(callback_url).map_err(|error| error.to_string())?;
    let challenge = world.ids.number();
    url.query_pairs_mut()
        .append_pair("hub.mode", "subscribe")
        .append_pair("hub.challenge", &challenge)
        .append_pair("hub.verify_token", verify_token);
    let answer = world
        .client
        .get(url)
        .timeout(Duration::from_secs(10))
        .send()
        .await
        .map_err(|_| "the callback URL could not be reached".to_owned())?;
    let status = answer.status();
    if status != reqwest::StatusCode::OK {
        return Err(format!("the callback URL answered {}", status.as_u16()));
    }
    let body = answer
        .text()
        .await
        .map_err(|_| "the answer of the callback URL broke off".to_owned())?;
    if body == challenge {
        Ok(())
    } else {
        Err("the callback URL did not answer with the challenge".to_owned())
    }
}

/// `GET /{waba}/subscribed_apps`.
pub(super) async fn list(
    State(world): State<Arc<World>>,
    Path((version, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Value>, MetaError> {
    check_version(&version)?;
    world.survive::<MetaError>().await?;
    let caller = Caller::read(&world, &headers, query.as_deref().unwrap_or_default())?;
    let data: Vec<Value> = caller
        .waba(&world, &id)?
        .iter()
        .filter(|app| app.callback_url.is_some())
        .take(1)
        .map(|app| {
            json!({
                "whatsapp_business_api_data": {"name": "Simulated app", "id": id},
                "override_callback_uri": app.callback_url,
            })
        })
        .collect();
    Ok(Json(json!({ "data": data })))
}

/// `POST /{waba}/subscribed_apps`, with an own callback URL if the body names one.
pub(super) async fn subscribe(
    State(world): State<Arc<World>>,
    Path((version, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, MetaError> {
    check_version(&version)?;
    world.survive::<MetaError>().await?;
    let caller = Caller::read(&world, &headers, query.as_deref().unwrap_or_default())?;
    let apps = caller.waba(&world, &id)?;
    let body: Value = if body.is_empty() {
        json!({})
    } else {
        serde_json::from_slice(&body).map_err(|error| MetaError::with(100, error.to_string()))?
    };
    if let Some(uri) = body["override_callback_uri"].as_str() {
        let token = body["verify_token"].as_str().unwrap_or_default();
        handshake(&world, uri, token)
            .await
            .map_err(|reason| MetaError::with(100, reason))?;
        for app in apps {
            world.registry.meta.put(MetaApp {
                callback_url: Some(uri.to_owned()),
                verify_token: Some(token.to_owned()),
                ..(*app).clone()
            });
        }
    }
    Ok(Json(json!({"success": true})))
}
