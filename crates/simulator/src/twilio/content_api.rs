//! `/v1/Content` and its approvals for WhatsApp.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::accounts::TwilioAccount;
use super::contents::{Approval, Content, Said};
use super::errors::TwilioError;
use super::{TWILIO, opened};
use crate::clock;
use crate::meta::{Category, TemplateStatus, Verdict};
use crate::problem::Problem;
use crate::request::parameter;
use crate::world::{World, locked};

type Answer = Result<(StatusCode, Json<Value>), TwilioError>;

/// The types that are known, and whether they have a body.
const TYPES: &[(&str, bool)] = &[
    ("twilio/text", true),
    ("twilio/media", false),
    ("twilio/location", false),
    ("twilio/list-picker", true),
    ("twilio/call-to-action", true),
    ("twilio/quick-reply", true),
    ("twilio/card", false),
    ("twilio/catalog", false),
    ("twilio/carousel", true),
    ("twilio/flows", true),
    ("twilio/schedule", false),
    ("whatsapp/card", true),
    ("whatsapp/authentication", false),
    ("whatsapp/flows", true),
];

/// The body of a `POST` or `PUT`. Members that are not here are left alone.
#[derive(Debug, Deserialize)]
struct Body {
    friendly_name: Option<String>,
    language: Option<String>,
    #[serde(default)]
    variables: Map<String, Value>,
    #[serde(default)]
    types: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
struct Submission {
    #[serde(default)]
    name: String,
    category: Option<Category>,
}

/// `POST /v1/Content`: nobody looks at it before it is submitted.
pub(super) async fn create(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let account = arrive(&world, &headers).await?;
    let body = Body::read(&body)?;
    let Some(language) = body.language.clone().filter(|it| !it.is_empty()) else {
        return Err(TwilioError::with(20001, "Missing parameter: language"));
    };
    let what = body.said(language)?;
    let sid = world.ids.sid("HX");
    let made = Content::new(sid, account.sid.clone(), what, clock::now());
    let answer = resource(&world, &made);
    world.contents.add(made);
    locked(&world.store).touch();
    Ok((StatusCode::CREATED, Json(answer)))
}

/// `GET /v1/Content/{Sid}`
pub(super) async fn read(
    State(world): State<Arc<World>>,
    Path(sid): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let account = arrive(&world, &headers).await?;
    let content = find(&world, &account, &sid)?;
    Ok((StatusCode::OK, Json(resource(&world, &content))))
}

/// `PUT /v1/Content/{Sid}`: what says something else has to be submitted again.
pub(super) async fn replace(
    State(world): State<Arc<World>>,
    Path(sid): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let account = arrive(&world, &headers).await?;
    let body = Body::read(&body)?;
    let before = find(&world, &account, &sid)?;
    let language = body.language.clone().unwrap_or(before.said.language);
    let name = body.friendly_name.clone().or(before.said.friendly_name);
    let what = Said {
        friendly_name: name,
        ..body.said(language)?
    };
    let content = changed(&world, &account, &sid, |content| {
        content.said = what;
        content.approval = None;
        content.changed_at = clock::now();
    })?;
    Ok((StatusCode::OK, Json(resource(&world, &content))))
}

/// `DELETE /v1/Content/{Sid}`
pub(super) async fn remove(
    State(world): State<Arc<World>>,
    Path(sid): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, TwilioError> {
    let account = arrive(&world, &headers).await?;
    if !world.contents.remove(&account.sid, &sid) {
        return Err(TwilioError::of(20404));
    }
    locked(&world.store).touch();
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/Content/{Sid}/ApprovalRequests/whatsapp`: the review begins.
pub(super) async fn submit(
    State(world): State<Arc<World>>,
    Path(sid): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let account = arrive(&world, &headers).await?;
    let submission: Submission = parse(&body)?;
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if submission.name.is_empty() || !submission.name.chars().all(is_name) {
        let detail = "Invalid parameter: name has lower case letters, digits and _";
        return Err(TwilioError::with(20001, detail));
    }
    let Some(category) = submission.category else {
        return Err(TwilioError::with(20001, "Missing parameter: category"));
    };
    if find(&world, &account, &sid)?.approval.is_some() {
        let detail = "The content was submitted for approval before";
        return Err(TwilioError::with(20001, detail));
    }
    let content = changed(&world, &account, &sid, |content| {
        content.approval = Some(Approval {
            name: submission.name,
            category,
            status: TemplateStatus::Pending,
            rejection_reason: String::new(),
        });
    })?;
    let mut answer = approval(&content);
    answer["status"] = json!("received");
    Ok((StatusCode::CREATED, Json(answer)))
}

/// `GET /v1/Content/{Sid}/ApprovalRequests`
pub(super) async fn approvals(
    State(world): State<Arc<World>>,
    Path(sid): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let account = arrive(&world, &headers).await?;
    let content = find(&world, &account, &sid)?;
    let answer = json!({
        "sid": content.sid,
        "account_sid": content.account,
        "whatsapp": approval(&content),
        "url": format!("{}/v1/Content/{sid}/ApprovalRequests", world.origin),
    });
    Ok((StatusCode::OK, Json(answer)))
}

/// `GET /v1/Content` and `GET /v1/ContentAndApprovals`, oldest first.
pub(super) async fn list(
    State(world): State<Arc<World>>,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let account = arrive(&world, &headers).await?;
    let query = query.unwrap_or_default();
    let number = |name: &str, absent: usize| match parameter(&query, name) {
        None => Ok(absent),
        Some(text) => text
            .parse()
            .map_err(|_| TwilioError::with(20001, format!("Invalid number: {text}"))),
    };
    let size = number("PageSize", 50)?.clamp(1, 1000);
    let page = number("Page", 0)?;
    let all = world.contents.of(&account.sid);
    let with_approvals = uri.path().ends_with("AndApprovals");
    let shown = all.iter().skip(page.saturating_mul(size)).take(size);
    let contents: Vec<Value> = shown
        .map(|content| {
            let mut entry = resource(&world, content);
            if with_approvals {
                entry["approval_requests"] = approval(content);
            }
            entry
        })
        .collect();
    let url = |page: usize| {
        let path = uri.path();
        format!("{}{path}?PageSize={size}&Page={page}", world.origin)
    };
    let next = page.saturating_add(1);
    let has_more = next.saturating_mul(size) < all.len();
    let answer = json!({
        "contents": contents,
        "meta": {
            "page": page,
            "page_size": size,
            "first_page_url": url(0),
            "previous_page_url": page.checked_sub(1).map(url),
            "url": url(page),
            "next_page_url": has_more.then(|| url(next)),
            "key": "contents",
        },
    });
    Ok((StatusCode::OK, Json(answer)))
}

async fn arrive(world: &World, headers: &HeaderMap) -> Result<Arc<TwilioAccount>, TwilioError> {
    world.survive::<TwilioError>().await?;
    opened(world, headers)
}

fn find(world: &World, account: &TwilioAccount, sid: &str) -> Result<Content, TwilioError> {
    match world.contents.made(&account.sid, sid) {
        Ok(Some(content)) => Ok(content),
        Ok(None) | Err(_) => Err(TwilioError::of(20404)),
    }
}

fn changed(
    world: &World,
    account: &TwilioAccount,
    sid: &str,
    change: impl FnOnce(&mut Content),
) -> Result<Content, TwilioError> {
    let is_own = |content: &Content| content.account == account.sid;
    let changed = world.contents.change(sid, is_own, |content| {
        change(content);
        content.clone()
    });
    locked(&world.store).touch();
    changed.ok_or_else(|| TwilioError::of(20404))
}

fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, TwilioError> {
    serde_json::from_slice(body)
        .map_err(|error| TwilioError::with(20001, format!("Invalid JSON: {error}")))
}

impl Body {
    fn read(body: &[u8]) -> Result<Self, TwilioError> {
        parse(body)
    }

    fn said(self, language: String) -> Result<Said, TwilioError> {
        let invalid = |detail: String| Err(TwilioError::with(20001, detail));
        if self.types.is_empty() {
            return invalid("Missing parameter: types".into());
        }
        for (name, content) in &self.types {
            let Some((_, has_body)) = TYPES.iter().find(|(known, _)| known == name) else {
                return invalid(format!("Invalid parameter: types has {name}"));
            };
            let body = content.get("body").and_then(Value::as_str);
            if *has_body && body.is_none_or(str::is_empty) {
                return invalid(format!("Invalid parameter: {name} needs a body"));
            }
        }
        if self.variables.values().any(|value| !value.is_string()) {
            return invalid("Invalid parameter: variables are texts".into());
        }
        Ok(Said {
            friendly_name: self.friendly_name,
            language,
            variables: self.variables,
            types: self.types,
        })
    }
}

/// The Content resource.
fn resource(world: &World, content: &Content) -> Value {
    let url = format!("{}/v1/Content/{}", world.origin, content.sid);
    let approvals = format!("{url}/ApprovalRequests");
    json!({
        "sid": content.sid,
        "account_sid": content.account,
        "friendly_name": content.said.friendly_name.as_deref().unwrap_or_default(),
        "language": content.said.language,
        "variables": content.said.variables,
        "types": content.said.types,
        "url": url,
        "date_created": clock::rfc3339_seconds(content.made_at),
        "date_updated": clock::rfc3339_seconds(content.changed_at),
        "links": {"approval_create": format!("{approvals}/whatsapp"), "approval_fetch": approvals},
    })
}

/// Where the approval stands.
fn approval(content: &Content) -> Value {
    let approval = content.approval.as_ref();
    json!({
        "type": "whatsapp",
        "name": approval.map_or("", |it| it.name.as_str()),
        "category": approval.map_or(json!(""), |it| json!(it.category)),
        "content_type": content.type_name(),
        "status": approval.map_or("unsubmitted", |it| word(it.status)),
        "rejection_reason": approval.map_or("", |it| it.rejection_reason.as_str()),
        "allow_category_change": true,
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

/// Every content that was submitted, as the control API shows templates.
pub(crate) fn all_submitted(world: &World) -> Vec<Value> {
    let contents = world.contents.all();
    contents.iter().filter_map(view).collect()
}

/// Decides about a content that was submitted. Twilio tells nobody.
pub(crate) fn judge(world: &World, sid: &str, verdict: Verdict) -> Result<Value, Problem> {
    if verdict.quality.is_some() {
        let detail = "Twilio tells no quality";
        return Err(Problem::field("invalid_field", "/quality", detail));
    }
    if verdict.status.is_none() && verdict.category.is_none() {
        let detail = "give a status or a category";
        return Err(Problem::field("missing_field", "/status", detail));
    }
    let is_submitted = |content: &Content| content.approval.is_some();
    let judged = world.contents.change(sid, is_submitted, |content| {
        if let Some(approval) = &mut content.approval {
            approval.decide(verdict);
        }
        view(content)
    });
    locked(&world.store).touch();
    judged.flatten().ok_or_else(|| {
        Problem::not_found("no content with this SID was submitted; GET /templates lists all")
    })
}

impl Approval {
    fn decide(&mut self, verdict: Verdict) {
        if let Some(status) = verdict.status {
            self.status = status;
            let is_rejected = status == TemplateStatus::Rejected;
            let reason = verdict.reason.unwrap_or_else(|| "INVALID_FORMAT".into());
            self.rejection_reason = if is_rejected { reason } else { String::new() };
        }
        self.category = verdict.category.unwrap_or(self.category);
    }
}

/// A content in the form of Meta's templates.
fn view(content: &Content) -> Option<Value> {
    let approval = content.approval.as_ref()?;
    let reason = Some(approval.rejection_reason.as_str()).filter(|reason| !reason.is_empty());
    Some(json!({
        "id": content.sid,
        "provider": TWILIO.word(),
        "account_sid": content.account,
        "name": approval.name,
        "language": content.said.language,
        "status": approval.status,
        "category": approval.category,
        "components": content.components(),
        "rejected_reason": reason.unwrap_or("NONE"),
        "quality_score": {"score": "UNKNOWN"},
    }))
}
