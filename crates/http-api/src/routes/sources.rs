use crate::{
    api::Api,
    auth::{Caller, Send},
    body::RawBody,
    checks::Checks,
    error::ApiError,
};
use axum::{
    Json,
    extract::{Path, State},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tidings_messaging::SourceKey;
use utoipa::ToSchema;

/// The highest version that can be stored.
pub(super) const NEWEST: u64 = i64::MAX.unsigned_abs();

/// A record's version in the tenant's own system.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SourceVersion)]
pub(crate) struct VersionBody {
    /// Grows with every change of the record; a counter or a time in numbers.
    #[schema(maximum = 9_223_372_036_854_775_807_u64)]
    version: u64,
}

/// A record of the tenant's own, and its newest version.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Source)]
pub(crate) struct SourceView {
    #[serde(rename = "type")]
    #[schema(example = "booking")]
    kind: String,
    id: String,
    /// The version that stands: the highest that was announced.
    version: u64,
}

/// Checks the name of a record, wherever it is given.
pub(super) fn check_key(checks: &mut Checks, kind: &str, id: &str, pointer: &str) {
    for (name, text, most) in [("type", kind, 100), ("id", id, 255)] {
        let pointer = format!("{pointer}/{name}");
        checks.text(&pointer, Some(text), most);
        if text.contains('\0') {
            checks.refuse(
                pointer,
                "invalid_value",
                "the character U+0000 cannot be kept",
            );
        }
    }
}

/// Announce the version of a record
///
/// Messages whose `context` names the record with an older `version` are refused from now on, those that
/// wait too: `freshness.stale_source`. Announcements may come in any order and more than once.
#[utoipa::path(put, path = "/v1/sources/{type}/{id}", tag = "Messages", request_body = VersionBody,
    params(("type" = String, Path, description = "Its kind, such as `booking`"),
        ("id" = String, Path, description = "Its id in the tenant's system")),
    responses((status = 200, body = SourceView, description = "The version that stands"),
        (status = 422, description = "`invalid_request`, `unknown_field`")))]
pub(crate) async fn announce(
    State(api): State<Arc<Api>>,
    caller: Caller<Send>,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
    body: RawBody,
) -> Result<Json<SourceView>, ApiError> {
    // What is not UTF-8 names no record.
    let Path((kind, id)) = path.map_err(|_| ApiError::NotFound("path"))?;
    let VersionBody { version } = body.json()?;
    let mut checks = Checks::default();
    check_key(&mut checks, &kind, &id, "");
    if version > NEWEST {
        checks.refuse("/version", "out_of_range", format!("at most {NEWEST}"));
    }
    checks.done()?;
    let source = SourceKey { kind, id };
    let now = api.clock.now();
    let version = api
        .sources
        .announce(caller.tenant, &source, version, now)
        .await?;
    let SourceKey { kind, id } = source;
    Ok(Json(SourceView { kind, id, version }))
}
