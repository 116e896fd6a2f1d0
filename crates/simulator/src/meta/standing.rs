//! How a number stands, and how its business shows itself.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::errors::MetaError;
use super::query::arrive;
use super::templates::{About, business_webhook};
use super::{MetaApp, Rating};
use crate::problem::Problem;
use crate::world::{World, locked};

type Answer = Result<Json<Value>, MetaError>;

/// The members of a profile that a business may change, and how many characters each may have.
const PROFILE: [(&str, usize); 5] = [
    ("about", 139),
    ("address", 256),
    ("description", 512),
    ("email", 128),
    ("vertical", 64),
];

/// `GET /{phone_number_id}/whatsapp_business_profile`.
pub(super) async fn profile(
    State(world): State<Arc<World>>,
    Path((version, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let query = query.unwrap_or_default();
    let caller = arrive(&world, &version, &headers, &query).await?;
    let app = caller.phone_number(&world, &id)?;
    let mut shown = app.profile.clone();
    shown.insert("messaging_product".to_owned(), json!("whatsapp"));
    Ok(Json(json!({"data": [shown]})))
}

/// `POST /{phone_number_id}/whatsapp_business_profile`: what is absent stays.
pub(super) async fn set_profile(
    State(world): State<Arc<World>>,
    Path((version, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let query = query.unwrap_or_default();
    let caller = arrive(&world, &version, &headers, &query).await?;
    caller.phone_number(&world, &id)?;
    let change: Map<String, Value> = serde_json::from_slice(&body)
        .map_err(|error| MetaError::with(100, format!("Invalid JSON: {error}")))?;
    if change.get("messaging_product") != Some(&json!("whatsapp")) {
        return Err(MetaError::with(100, "messaging_product is required"));
    }
    for (name, most) in PROFILE {
        let text = change.get(name).and_then(Value::as_str).unwrap_or_default();
        if text.chars().count() > most {
            let details = format!("Param {name} must be at most {most} characters long");
            return Err(MetaError::with(100, details));
        }
    }
    let websites = change.get("websites").and_then(Value::as_array);
    if websites.is_some_and(|websites| websites.len() > 2) {
        return Err(MetaError::with(
            100,
            "Param websites has at most 2 elements",
        ));
    }
    world.registry.meta.update(&id, |app| {
        let known = |name: &str| name == "websites" || PROFILE.iter().any(|(own, _)| *own == name);
        let changed = change.into_iter().filter(|(name, _)| known(name));
        app.profile.extend(changed);
    });
    Ok(Json(json!({"success": true})))
}

/// How a number is to stand: the body of `POST /numbers/{e164}/standing`. What is absent stays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStanding {
    quality: Option<Rating>,
    /// Meta's word, such as `TIER_2K`.
    messaging_limit: Option<String>,
}

/// Rates a number and tells the business, as far as Meta tells: of low quality and of the limit.
pub(crate) fn rate(world: &World, number: &str, new: &NewStanding) -> Result<Value, Problem> {
    let before = world.registry.meta.by_number(number).ok_or_else(|| {
        Problem::not_found("no business at Meta has this number; GET /numbers lists all")
    })?;
    world.registry.meta.update(&before.phone_number_id, |app| {
        app.quality = new.quality.unwrap_or(app.quality);
        if new.messaging_limit.is_some() {
            app.messaging_limit.clone_from(&new.messaging_limit);
        }
    });
    locked(&world.store).touch();
    let after = world
        .registry
        .meta
        .by_number(number)
        .unwrap_or(before.clone());
    if let Some(event) = event(&before, &after) {
        let about = About {
            kind: "number",
            id: after.phone_number_id.clone(),
            status: "changed",
            lane: after.phone_number_id.parse().unwrap_or_default(),
        };
        let value = json!({
            "display_phone_number": after.display_number,
            "event": event,
            "max_daily_conversations_per_business": limit(&after),
        });
        let said = ("phone_number_quality_update", value);
        if let Some(callback) = business_webhook(world, &after.waba_id, about, said) {
            world.callbacks.offer(callback, Duration::ZERO);
        }
    }
    Ok(json!({"number": after.e164(), "quality": after.quality, "messaging_limit": limit(&after)}))
}

/// Meta's word for the change; none where it says nothing, as for a medium quality.
fn event(before: &MetaApp, after: &MetaApp) -> Option<&'static str> {
    let is_low = |app: &MetaApp| app.quality == Rating::Red;
    match (is_low(before), is_low(after)) {
        (false, true) => return Some("FLAGGED"),
        (true, false) => return Some("UNFLAGGED"),
        (true, true) | (false, false) => {}
    }
    (limit(before) != limit(after)).then_some("ONBOARDING")
}

fn limit(app: &MetaApp) -> &str {
    app.messaging_limit.as_deref().unwrap_or("TIER_100K")
}
