//! Reading phone numbers, the business account, templates and inbound media.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use serde_json::{Map, Value, json};

use super::errors::MetaError;
use super::templates;
use super::{Caller, MetaApp, MetaTemplate, check_version};
use crate::request::parameter;
use crate::world::{World, locked};

type Answer = Result<Json<Value>, MetaError>;

/// `GET /{node}?fields=`: a phone number (the usual connection test), a business account, or the
/// media of an inbound message.
pub(super) async fn node(
    State(world): State<Arc<World>>,
    Path((version, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let query = query.unwrap_or_default();
    let caller = arrive(&world, &version, &headers, &query).await?;
    if let Ok(app) = caller.phone_number(&world, &id) {
        return Ok(Json(chosen(phone_number(&app), &query)));
    }
    if caller.waba(&world, &id).is_ok() {
        let account = json!({
            "id": id,
            "name": "Simulated business account",
            "currency": "USD",
            "timezone_id": "1",
            "account_review_status": "APPROVED",
            "ownership_type": "CLIENT_OWNED",
            "health_status": health(),
        });
        return Ok(Json(chosen(account, &query)));
    }
    if let Some((waba, template)) = templates::find(&world, &caller, &id) {
        return Ok(Json(chosen(template_info(&waba, &template), &query)));
    }
    media(&world, &caller, &id)
        .map(Json)
        .ok_or_else(|| MetaError::missing_node(&id))
}

/// `GET /{waba}/phone_numbers`.
pub(super) async fn phone_numbers(
    State(world): State<Arc<World>>,
    Path((version, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let query = query.unwrap_or_default();
    let caller = arrive(&world, &version, &headers, &query).await?;
    let data: Vec<Value> = caller
        .waba(&world, &id)?
        .iter()
        .map(|app| chosen(phone_number(app), &query))
        .collect();
    Ok(Json(json!({"data": data})))
}

/// `GET /{waba}/message_templates?name=&status=&language=&limit=&after=`.
pub(super) async fn list_templates(
    State(world): State<Arc<World>>,
    Path((version, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let query = query.unwrap_or_default();
    let caller = arrive(&world, &version, &headers, &query).await?;
    caller.waba(&world, &id)?;
    let get = |name: &str| parameter(&query, name);
    let limit = get("limit")
        .and_then(|text| text.parse().ok())
        .unwrap_or(25);
    let start: usize = get("after").and_then(|text| text.parse().ok()).unwrap_or(0);
    let is_wanted = |field: &str, found: &Value| {
        get(field).is_none_or(|wanted| {
            found[field]
                .as_str()
                .is_some_and(|text| text.eq_ignore_ascii_case(&wanted))
        })
    };
    let all: Vec<Value> = world
        .registry
        .meta
        .templates(&id)
        .iter()
        .map(|template| template_info(&id, template))
        .filter(|found| {
            ["name", "status", "language"]
                .iter()
                .all(|field| is_wanted(field, found))
        })
        .collect();
    let end = all.len().min(start.saturating_add(limit));
    let page: Vec<Value> = all
        .get(start.min(end)..end)
        .unwrap_or_default()
        .iter()
        .map(|found| chosen(found.clone(), &query))
        .collect();
    let mut paging = json!({"cursors": {"before": start.to_string(), "after": end.to_string()}});
    if end < all.len() {
        let next = format!("/{version}/{id}/message_templates?limit={limit}&after={end}");
        paging["next"] = json!(next);
    }
    Ok(Json(json!({"data": page, "paging": paging})))
}

/// What every call begins with.
pub(super) async fn arrive(
    world: &World,
    version: &str,
    headers: &HeaderMap,
    query: &str,
) -> Result<Caller, MetaError> {
    check_version(version)?;
    world.survive::<MetaError>().await?;
    Caller::read(world, headers, query)
}

/// Keeps the members that `fields` asks for, and always the id.
fn chosen(object: Value, query: &str) -> Value {
    let (Some(fields), Value::Object(object)) = (parameter(query, "fields"), &object) else {
        return object;
    };
    let wanted: Vec<&str> = fields.split(',').map(str::trim).collect();
    let kept: Map<String, Value> = object
        .iter()
        .filter(|(name, _)| *name == "id" || wanted.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Value::Object(kept)
}

fn health() -> Value {
    json!({"can_send_message": "AVAILABLE", "entities": []})
}

fn phone_number(app: &MetaApp) -> Value {
    json!({
        "id": app.phone_number_id,
        "display_phone_number": app.display_number,
        "verified_name": app.verified_name.as_deref().unwrap_or("Simulated business"),
        "quality_rating": app.quality,
        "status": "CONNECTED",
        "name_status": "APPROVED",
        "code_verification_status": "VERIFIED",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "whatsapp_business_manager_messaging_limit": app.messaging_limit.as_deref().unwrap_or("TIER_100K"),
        "health_status": health(),
    })
}

/// A template as Meta shows it.
pub(super) fn template_info(waba: &str, template: &MetaTemplate) -> Value {
    let mut components = vec![json!({"type": "BODY", "text": template.body})];
    if !template.buttons.is_empty() {
        let buttons: Vec<Value> = template
            .buttons
            .iter()
            .map(|title| json!({"type": "QUICK_REPLY", "text": title}))
            .collect();
        components.push(json!({"type": "BUTTONS", "buttons": buttons}));
    }
    let score = template
        .quality
        .map_or_else(|| json!("UNKNOWN"), |rating| json!(rating));
    json!({
        "id": template.id(waba),
        "quality_score": {"score": score},
        "name": template.name,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "parameter_format": template.parameter_format,
        "rejected_reason": template.rejected_reason.as_deref().unwrap_or("NONE"),
        "components": template.components.clone().unwrap_or(Value::Array(components)),
    })
}

/// `GET /{media-id}`: where to fetch a file that a contact sent to one of the caller's numbers.
fn media(world: &World, caller: &Caller, id: &str) -> Option<Value> {
    let store = locked(&world.store);
    store.since(0).rev().find_map(|message| {
        let media = message
            .facts
            .media
            .iter()
            .find(|media| media.id.as_deref() == Some(id))?;
        caller.phone_number(world, &message.facts.account).ok()?;
        Some(json!({
            "messaging_product": "whatsapp",
            "id": id,
            "url": media.url,
            "mime_type": media.content_type,
        }))
    })
}
