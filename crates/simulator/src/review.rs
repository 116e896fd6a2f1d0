//! The review of templates and numbers, in the control API.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use crate::meta;
use crate::problem::{Problem, fields, json_body};
use crate::twilio;
use crate::world::World;

/// `GET /templates`: every template, reviewed or not.
pub(crate) async fn list(State(world): State<Arc<World>>) -> Json<Value> {
    let mut all = meta::all_templates(&world);
    all.extend(twilio::all_submitted(&world));
    Json(json!({"data": all}))
}

/// `POST /numbers/{e164}/standing`: `{quality?, messaging_limit?}`.
pub(crate) async fn rate(
    State(world): State<Arc<World>>,
    Path(number): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let standing: meta::NewStanding = fields(json_body(&body)?, "")?;
    meta::rate(&world, &number, &standing).map(Json)
}

/// `POST /templates/{id}/review`: `{status?, reason?, category?, quality?}`.
pub(crate) async fn decide(
    State(world): State<Arc<World>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let verdict = fields(json_body(&body)?, "")?;
    // Meta's ids are digits.
    let judge = if id.starts_with("HX") {
        twilio::judge
    } else {
        meta::judge
    };
    judge(&world, &id, verdict).map(Json)
}
