//! Answers of every kind.

use crate::failure::Failure;
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use maud::Markup;

/// What a handler gives.
pub(crate) type Answer = Result<Response, Failure>;

/// A page, or a part of one.
pub(crate) fn html(status: StatusCode, markup: Markup) -> Response {
    answer(status, "text/html; charset=utf-8", markup.into_string())
}

/// Goes on to another page, which the browser gets.
pub(crate) fn go(path: &str) -> Response {
    let mut response = answer(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", "");
    if let Ok(path) = HeaderValue::from_str(path) {
        response.headers_mut().insert(header::LOCATION, path);
    }
    response
}

/// A file to keep. Its name must be plain ASCII.
pub(crate) fn download(kind: &'static str, name: &str, body: impl Into<Body>) -> Response {
    let mut response = answer(StatusCode::OK, kind, body);
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response
            .headers_mut()
            .insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

pub(crate) fn answer(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
