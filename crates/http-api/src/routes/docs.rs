use axum::{
    Json,
    extract::Extension,
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use std::sync::Arc;
use utoipa::openapi::OpenApi;

/// The whole page: no file, font or script comes from elsewhere.
const PAGE: &str = include_str!("docs.html");

/// The page runs its own script and style, asks this server alone, and sits in nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// This document
#[utoipa::path(get, path = "/openapi.json", tag = "Health", security(()),
    responses((status = 200, description = "OpenAPI 3.1")))]
pub(crate) async fn openapi_json(Extension(document): Extension<Arc<OpenApi>>) -> Response {
    Json(&*document).into_response()
}

/// The API for people
#[utoipa::path(get, path = "/docs", tag = "Health", security(()),
    responses((status = 200, description = "A page", content_type = "text/html")))]
pub(crate) async fn page() -> Response {
    let policy = HeaderValue::from_static(POLICY);
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(PAGE)).into_response()
}
