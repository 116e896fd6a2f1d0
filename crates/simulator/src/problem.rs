//! Errors of the control API, after RFC 9457, with the codes of the platform's own API.

use std::fmt;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// An `application/problem+json` answer.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    pointer: Option<String>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            pointer: None,
        }
    }

    /// 422 about one field, named by a JSON pointer.
    pub(crate) fn field(
        code: &'static str,
        pointer: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            pointer: Some(pointer.into()),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
        }
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.pointer {
            Some(pointer) => write!(formatter, "{pointer}: {}", self.detail),
            None => formatter.write_str(&self.detail),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
        });
        if let (Some(pointer), Some(object)) = (self.pointer, body.as_object_mut()) {
            let error = json!({"pointer": pointer, "code": self.code, "detail": self.detail});
            object.insert("errors".into(), json!([error]));
        }
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.status, kind, body.to_string()).into_response()
    }
}

/// Reads a JSON body; an empty one counts as `{}`.
pub(crate) fn json_body(bytes: &[u8]) -> Result<Value, Problem> {
    if bytes.trim_ascii().is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(bytes)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "invalid_json", error.to_string()))
}

/// Reads the fields of an object that stands at `pointer`; what is not known is refused by name.
pub(crate) fn fields<T: DeserializeOwned>(value: Value, pointer: &str) -> Result<T, Problem> {
    serde_json::from_value(value).map_err(|error| {
        let detail = error.to_string();
        match detail.split('`').nth(1) {
            Some(name) if detail.starts_with("unknown field") => {
                Problem::field("unknown_field", format!("{pointer}/{name}"), detail.clone())
            }
            Some(name) if detail.starts_with("missing field") => {
                Problem::field("missing_field", format!("{pointer}/{name}"), detail.clone())
            }
            Some(_) | None => Problem::field("invalid_field", pointer, detail),
        }
    })
}
