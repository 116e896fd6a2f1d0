use crate::api::{Api, Part};
use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// That the process lives.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alive)]
pub(crate) struct AliveView {
    /// Always `ok`.
    status: &'static str,
}

/// Whether the program can do its work.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ready)]
pub(crate) struct ReadyView {
    /// `ready` or `not_ready`.
    status: &'static str,
    parts: Vec<PartView>,
}

/// A part of the program and how it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReadyPart)]
pub(crate) struct PartView {
    name: String,
    ok: bool,
    detail: String,
}

impl From<Part> for PartView {
    fn from(part: Part) -> Self {
        Self {
            name: part.name,
            ok: part.is_ok,
            detail: part.detail,
        }
    }
}

/// Whether the process lives
#[utoipa::path(get, path = "/healthz", tag = "Health", security(()),
    responses((status = 200, body = AliveView)))]
pub(crate) async fn healthz() -> Json<AliveView> {
    Json(AliveView { status: "ok" })
}

/// Whether the program can do its work
#[utoipa::path(get, path = "/readyz", tag = "Health", security(()),
    responses((status = 200, body = ReadyView), (status = 503, body = ReadyView)))]
pub(crate) async fn readyz(State(api): State<Arc<Api>>) -> (StatusCode, Json<ReadyView>) {
    let parts = api.ready.check().await;
    let (code, status) = if parts.iter().all(|part| part.is_ok) {
        (StatusCode::OK, "ready")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not_ready")
    };
    let parts = parts.into_iter().map(Into::into).collect();
    (code, Json(ReadyView { status, parts }))
}
