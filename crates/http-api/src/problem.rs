use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use std::ops::Range;
use utoipa::ToSchema;

/// What every error answer says (RFC 9457, `application/problem+json`).
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Problem {
    /// An address that explains the code.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The same for every problem of this code.
    pub(crate) title: &'static str,
    /// The HTTP status.
    pub(crate) status: u16,
    /// What is wrong here, and what to do.
    pub(crate) detail: String,
    /// Stable, for programs.
    pub(crate) code: &'static str,
    /// One entry for each bad field; empty where no field is to blame.
    pub(crate) errors: Vec<FieldError>,
    /// Names this request in the log.
    pub(crate) request_id: String,
    /// What some codes add: `decision` and `message_id` with `blocked`, `route` with `no_route`,
    /// `used`, `limit`, `period`, `decision` and `message_id` with `quota_exceeded`, `used` and `limit` in bytes with
    /// `storage_quota_exceeded`.
    #[serde(flatten)]
    pub(crate) extra: Map<String, Value>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// A JSON pointer into the body (RFC 6901); for a query parameter `?` and its name.
    pub(crate) pointer: String,
    /// Stable, for programs.
    #[schema(example = "unknown_field")]
    pub(crate) code: String,
    /// What is wrong, and what to do.
    pub(crate) detail: String,
    /// Where in a text, for templates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) span: Option<Span>,
}

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Span {
    /// The first byte.
    start: usize,
    /// The byte after the last.
    end: usize,
    /// The line, from 1.
    line: usize,
    /// The character in the line, from 1.
    column: usize,
}

impl Span {
    pub(crate) fn new(bytes: &Range<usize>, line: usize, column: usize) -> Self {
        Self {
            start: bytes.start,
            end: bytes.end,
            line,
            column,
        }
    }
}

impl FieldError {
    pub(crate) fn new(
        pointer: impl Into<String>,
        code: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.into(),
            detail: detail.into(),
            span: None,
        }
    }
}

/// A problem that waits for the request's id, which the outermost layer knows.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) title: &'static str,
    pub(crate) detail: String,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) extra: Map<String, Value>,
    pub(crate) retry_after: Option<u64>,
}

impl Draft {
    /// The finished problem.
    pub(crate) fn finish(self, public_url: &str, request_id: &str) -> Problem {
        Problem {
            kind: format!("{public_url}/docs#{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            detail: self.detail,
            code: self.code,
            errors: self.errors,
            request_id: request_id.to_owned(),
            extra: self.extra,
        }
    }
}

/// The media type of a problem.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Escapes one step of a JSON pointer.
pub(crate) fn step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
