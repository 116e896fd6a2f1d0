//! Templates that are submitted, changed and deleted, and what the review says about them.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method};
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::MetaError;
use super::query::{arrive, template_info};
use super::shape::body;
use super::signature::{escape_non_ascii, meta_signature};
use super::validate::{required, required_text, within};
use super::{Caller, Category, META, MetaTemplate, Rating, TemplateStatus};
use crate::callbacks::{Callback, Patience, headers};
use crate::problem::Problem;
use crate::request::parameter;
use crate::world::{World, locked};

type Answer = Result<Json<Value>, MetaError>;

/// `POST /{waba}/message_templates`: the review begins.
pub(super) async fn create(
    State(world): State<Arc<World>>,
    Path((version, waba)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let query = query.unwrap_or_default();
    let caller = arrive(&world, &version, &headers, &query).await?;
    let apps = caller.waba(&world, &waba)?;
    let template = submitted(&read(&body)?)?;
    let known = world.registry.meta.templates(&waba);
    if known.iter().any(|other| other.is_same(&template)) {
        let details = "Content in this language already exists for this template name";
        return Err(MetaError::name_taken(details));
    }
    if locked(&world.store).is_resting(&waba, &template.name, &template.language) {
        let details = "The content in this language is being deleted: try again in 4 weeks";
        return Err(MetaError::name_taken(details));
    }
    let id = template.id(&waba);
    let answer = json!({"id": id, "status": template.status, "category": template.category});
    if let Some(app) = apps.first() {
        let store = &world.registry.meta;
        store.update(&app.phone_number_id, |app| app.templates.push(template));
    }
    locked(&world.store).touch();
    Ok(Json(answer))
}

/// `POST /{template}`: what was changed is reviewed again.
pub(super) async fn edit(
    State(world): State<Arc<World>>,
    Path((version, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let query = query.unwrap_or_default();
    let caller = arrive(&world, &version, &headers, &query).await?;
    let (waba, before) = find(&world, &caller, &id).ok_or_else(|| MetaError::missing_node(&id))?;
    match before.status {
        TemplateStatus::Approved | TemplateStatus::Rejected | TemplateStatus::Paused => {}
        TemplateStatus::Pending | TemplateStatus::Disabled => {
            let details = "Only approved, rejected and paused templates can be edited";
            return Err(MetaError::with(100, details));
        }
    }
    let changes = read(&body)?;
    let mut whole = json!({
        "name": before.name,
        "language": before.language,
        "category": before.category,
        "parameter_format": before.parameter_format,
    });
    for name in ["components", "category"] {
        if let Some(value) = changes.get(name) {
            whole[name] = value.clone();
        }
    }
    let after = submitted(&whole)?;
    replace(&world, &waba, &after);
    Ok(Json(json!({"success": true})))
}

/// `DELETE /{waba}/message_templates?name=&hsm_id=`: one language by its id, or all of a name.
pub(super) async fn remove(
    State(world): State<Arc<World>>,
    Path((version, waba)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let query = query.unwrap_or_default();
    let caller = arrive(&world, &version, &headers, &query).await?;
    let apps = caller.waba(&world, &waba)?;
    let name = parameter(&query, "name")
        .ok_or_else(|| MetaError::with(100, "The parameter name is required"))?;
    let id = parameter(&query, "hsm_id");
    let is_meant = |template: &MetaTemplate| {
        template.name == name && id.as_ref().is_none_or(|id| template.id(&waba) == *id)
    };
    let mut known = world.registry.meta.templates(&waba);
    known.retain(is_meant);
    if known.is_empty() {
        return Err(MetaError::with(100, "Message template not found"));
    }
    if known.iter().any(|it| it.status == TemplateStatus::Disabled) {
        let details = "A template that is disabled cannot be deleted";
        return Err(MetaError::with(100, details));
    }
    for app in apps {
        let store = &world.registry.meta;
        store.update(&app.phone_number_id, |app| {
            app.templates.retain(|template| !is_meant(template));
        });
    }
    let mut store = locked(&world.store);
    for template in &known {
        match template.status {
            TemplateStatus::Approved | TemplateStatus::Paused => {
                store.rest(&waba, &template.name, &template.language);
            }
            TemplateStatus::Pending | TemplateStatus::Rejected | TemplateStatus::Disabled => {}
        }
    }
    store.touch();
    Ok(Json(json!({"success": true})))
}

fn read(body: &[u8]) -> Result<Value, MetaError> {
    serde_json::from_slice(body)
        .map_err(|error| MetaError::with(100, format!("Invalid JSON: {error}")))
}

/// Checks a template that is submitted.
fn submitted(object: &Value) -> Result<MetaTemplate, MetaError> {
    let name = required_text(object, "template", "name")?;
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.len() > 512 || !name.chars().all(is_name) {
        return Err(MetaError::with(
            100,
            "name: lower case letters, digits and _",
        ));
    }
    let language = required_text(object, "template", "language")?;
    let components = required(object, "template", "components")?;
    let list = components.as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(text) = body(list) else {
        return Err(MetaError::with(
            100,
            "components: a BODY with a text is needed",
        ));
    };
    within(&text, 1024, "components['BODY']['text']")?;
    let own = |name: &str, absent: &str| match object.get(name) {
        None => json!(absent),
        Some(value) => value.clone(),
    };
    serde_json::from_value(json!({
        "name": name,
        "language": language,
        "body": text,
        "parameter_format": own("parameter_format", "POSITIONAL"),
        "category": own("category", "UTILITY"),
        "status": TemplateStatus::Pending,
        "components": components,
    }))
    .map_err(|error| MetaError::with(100, error.to_string()))
}

/// A template of one of the caller's business accounts, and the account's id.
pub(super) fn find(world: &World, caller: &Caller, id: &str) -> Option<(String, MetaTemplate)> {
    let found = shelf(world).find(|(waba, template)| template.id(waba) == id)?;
    caller.waba(world, &found.0).ok()?;
    Some(found)
}

/// Every template of every business account.
fn shelf(world: &World) -> impl Iterator<Item = (String, MetaTemplate)> {
    let apps = world.registry.meta.all();
    let mut wabas: Vec<String> = apps.iter().map(|app| app.waba_id.clone()).collect();
    wabas.sort();
    wabas.dedup();
    wabas.into_iter().flat_map(|waba| {
        let templates = world.registry.meta.templates(&waba);
        templates
            .into_iter()
            .map(move |template| (waba.clone(), template))
    })
}

/// Puts a template in the place of the one with its name and language.
fn replace(world: &World, waba: &str, template: &MetaTemplate) {
    for app in world.registry.meta.waba(waba) {
        world.registry.meta.update(&app.phone_number_id, |app| {
            for own in &mut app.templates {
                if own.is_same(template) {
                    template.clone_into(own);
                }
            }
        });
    }
    locked(&world.store).touch();
}

/// What the review decides: the body of `POST /templates/{id}/review`. What is absent stays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verdict {
    pub(crate) status: Option<TemplateStatus>,
    /// Why; in Meta's words or in any.
    pub(crate) reason: Option<String>,
    pub(crate) category: Option<Category>,
    pub(crate) quality: Option<Rating>,
}

/// Every template as the control API shows it.
pub(crate) fn all(world: &World) -> Vec<Value> {
    shelf(world)
        .map(|(waba, template)| view(&waba, &template))
        .collect()
}

fn view(waba: &str, template: &MetaTemplate) -> Value {
    let mut view = template_info(waba, template);
    view["provider"] = json!(META.word());
    view["waba_id"] = json!(waba);
    view
}

/// Decides about a template and tells the business.
pub(crate) fn judge(world: &World, id: &str, verdict: Verdict) -> Result<Value, Problem> {
    let (waba, mut template) = shelf(world)
        .find(|(waba, template)| template.id(waba) == id)
        .ok_or_else(|| Problem::not_found("no template has this id; GET /templates lists all"))?;
    let Verdict {
        status,
        reason,
        category,
        quality,
    } = verdict;
    if status.is_none() && category.is_none() && quality.is_none() {
        let detail = "give a status, a category or a quality";
        return Err(Problem::field(
            "missing_field",
            "/status".to_owned(),
            detail,
        ));
    }
    let before = template.clone();
    if let Some(status) = status {
        template.status = status;
        template.rejected_reason = match status {
            TemplateStatus::Rejected => Some(reason.unwrap_or_else(|| "INVALID_FORMAT".into())),
            TemplateStatus::Pending
            | TemplateStatus::Approved
            | TemplateStatus::Paused
            | TemplateStatus::Disabled => None,
        };
    }
    template.category = category.unwrap_or(template.category);
    template.quality = quality.or(template.quality);
    replace(world, &waba, &template);
    let tell = |field, value| {
        if let Some(callback) = webhook(world, &waba, &template, (field, value)) {
            world.callbacks.offer(callback, Duration::ZERO);
        }
    };
    if status.is_some() {
        tell("message_template_status_update", about_status(&template));
    }
    if template.category != before.category {
        let value =
            json!({"previous_category": before.category, "new_category": template.category});
        tell("template_category_update", value);
    }
    if template.quality != before.quality {
        let previous = before
            .quality
            .map_or_else(|| json!("UNKNOWN"), |it| json!(it));
        let value =
            json!({"previous_quality_score": previous, "new_quality_score": template.quality});
        tell("message_template_quality_update", value);
    }
    Ok(view(&waba, &template))
}

/// What the webhook about a decision says of it.
fn about_status(template: &MetaTemplate) -> Value {
    let mut value = json!({
        "event": template.status,
        "message_template_category": template.category,
        "reason": template.rejected_reason.as_deref().unwrap_or("NONE"),
    });
    if template.status == TemplateStatus::Paused {
        let description = "People have reported it often.";
        value["other_info"] = json!({"title": "FIRST_PAUSE", "description": description});
    }
    value
}

/// A webhook about a template, if the business has a callback URL.
fn webhook(
    world: &World,
    waba: &str,
    template: &MetaTemplate,
    (field, mut value): (&'static str, Value),
) -> Option<Callback> {
    let id = template.id(waba);
    let number: u64 = id.parse().ok()?;
    value["message_template_id"] = json!(number);
    value["message_template_name"] = json!(template.name);
    value["message_template_language"] = json!(template.language);
    // Decisions about one template are told in order.
    let about = About {
        kind: "template",
        id,
        status: word(template.status),
        lane: number,
    };
    business_webhook(world, waba, about, (field, value))
}

/// What a webhook about a business is entered into the ledger as.
pub(super) struct About {
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) status: &'static str,
    pub(super) lane: u64,
}

/// A webhook about a business account, if it has a callback URL.
pub(super) fn business_webhook(
    world: &World,
    waba: &str,
    about: About,
    (field, value): (&str, Value),
) -> Option<Callback> {
    let apps = world.registry.meta.waba(waba);
    let app = apps.iter().find(|app| app.callback_url.is_some())?;
    let envelope = json!({
        "object": "whatsapp_business_account",
        "entry": [{
            "id": waba,
            "time": crate::clock::now().unix_timestamp(),
            "changes": [{"field": field, "value": value}],
        }],
    });
    let body = escape_non_ascii(&envelope.to_string());
    let signature = meta_signature(&app.app_secret, body.as_bytes());
    Some(Callback {
        provider: META,
        kind: about.kind,
        provider_message_id: about.id,
        status: about.status,
        method: Method::POST,
        url: app.callback_url.clone()?,
        headers: headers([
            ("content-type", "application/json"),
            ("x-hub-signature-256", &signature),
        ]),
        body: Bytes::from(body),
        patience: Patience::persistent(world.retry_after),
        lane: about.lane,
        attempt: 1,
    })
}

fn word(status: TemplateStatus) -> &'static str {
    match status {
        TemplateStatus::Pending => "pending",
        TemplateStatus::Approved => "approved",
        TemplateStatus::Rejected => "rejected",
        TemplateStatus::Paused => "paused",
        TemplateStatus::Disabled => "disabled",
    }
}
