mod from;
mod table;

use crate::{
    problem::{Draft, FieldError},
    wire::Timestamp,
};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use std::error::Error;
use table::Explained;
use tidings_kernel::{BoxError, ContactId, MessageId, PhoneError};
use tidings_messaging::{Decision, Scope, Status, StoredTemplate};
use tidings_routing::Choice;
use time::OffsetDateTime;

/// Everything that a request can be refused with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("give a valid API key in the header Authorization: Bearer tk_…")]
    Unauthenticated,
    #[error("this key may not do that: it needs the scope {0}")]
    Forbidden(Scope),
    #[error("there is no such {0}")]
    NotFound(&'static str),
    #[error("this contact was merged into {0}: go on with that one")]
    Merged(ContactId),
    #[error("this path does not take this method")]
    MethodNotAllowed,
    #[error("send the body as {0}")]
    UnsupportedMediaType(&'static str),
    #[error("the body is larger than {0} bytes")]
    BodyTooLarge(usize),
    #[error("the body broke off before its end: send it again")]
    IncompleteBody,
    #[error("{}", listed(.0))]
    Invalid(Vec<FieldError>),
    #[error("this version of the API does not offer that yet: {}", listed(.0))]
    NotSupported(Vec<FieldError>),
    #[error("{error}")]
    Phone { pointer: String, error: PhoneError },
    #[error("another contact has this external_id")]
    ExternalIdTaken,
    #[error("another template of this channel has this name")]
    NameTaken,
    #[error("another quick reply has this shortcut")]
    ShortcutTaken,
    #[error("somebody else changed it meanwhile: read it again and repeat the change")]
    ChangedMeanwhile,
    #[error("the template cannot be used: {}", listed(.0))]
    InvalidTemplate(Vec<FieldError>),
    #[error("there is no template {name:?} for {channel}")]
    NoTemplate { name: String, channel: String },
    #[error("the data do not fit the template: {}", listed(.0))]
    TemplateData(Vec<FieldError>),
    #[error("there is no provider {0:?}: see GET /v1/providers")]
    UnknownProvider(String),
    #[error("the connection test failed: {detail}")]
    ConnectionFailed {
        detail: String,
        errors: Vec<FieldError>,
    },
    #[error("the provider refused: {detail}")]
    ProviderRefused {
        detail: String,
        errors: Vec<FieldError>,
    },
    #[error("the provider gave no answer: repeat it, what was done already is not done twice")]
    ProviderUnavailable(#[source] BoxError),
    #[error("the message may not be sent: {}", reasons(decision))]
    Blocked {
        decision: Box<Decision>,
        message: Option<MessageId>,
    },
    #[error("the messages of this month are used up: {used} of {limit}")]
    QuotaExceeded {
        decision: Box<Decision>,
        message: MessageId,
        used: u64,
        limit: u64,
    },
    #[error(
        "the files of this tenant take {used} of {limit} bytes: delete some, or ask for more room"
    )]
    StorageUsedUp { used: u64, limit: u64 },
    #[error("the file has {0} bytes: ask for a part that begins before its end")]
    NoSuchRange(usize),
    #[error("{detail}")]
    NoRoute { detail: String, route: Box<Choice> },
    #[error("no channel can be used for this contact")]
    NoChannel,
    #[error("the contact last wrote more than 24 hours ago: send one of these templates")]
    SessionClosed {
        closed_at: Option<OffsetDateTime>,
        templates: Vec<StoredTemplate>,
    },
    #[error("the conversation is blocked: open it first, by PATCH with the status open")]
    ConversationBlocked,
    #[error("a message that is {0} cannot be changed in this way")]
    WrongStatus(Status),
    #[error("the key was used with another request: use a new one")]
    IdempotencyKeyReused,
    #[error("the first request with this key is still being worked on: ask again in a moment")]
    RequestInProgress,
    #[error("too many requests: slow down")]
    RateLimited { retry_after: u64 },
    #[error("there are too many streams: close some, or try again later")]
    TooManyStreams,
    #[error("the endpoint is disabled: enable it first")]
    EndpointDisabled,
    #[error("the signature of this callback is missing or wrong")]
    NotAuthentic,
    #[error("the request took too long: repeat it, with the same Idempotency-Key if it had one")]
    TimedOut,
    #[error("the service cannot do this at the moment: try again soon")]
    Unavailable(#[source] BoxError),
    #[error("the service has no room to keep a body of this size at the moment: try again later")]
    NoRoom(#[source] BoxError),
    #[error("internal error")]
    Internal(#[source] BoxError),
}

impl ApiError {
    /// One field that is wrong.
    pub(crate) fn field(
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, code, detail)])
    }

    /// One field that is not offered yet.
    pub(crate) fn not_supported(pointer: &str, detail: &str) -> Self {
        Self::NotSupported(vec![FieldError::new(pointer, "not_supported", detail)])
    }

    pub(crate) fn internal(error: impl Into<BoxError>) -> Self {
        Self::Internal(error.into())
    }

    /// Whether the same request may fare better later, so that its answer is not remembered.
    pub(crate) fn is_ours(&self) -> bool {
        self.explained().status.is_server_error()
    }

    /// What a client sees, without the request's id. Logs what only we may see, once.
    pub(crate) fn draft(self) -> Draft {
        let Explained {
            status,
            code,
            title,
        } = self.explained();
        let detail = if status == StatusCode::INTERNAL_SERVER_ERROR {
            "internal error".to_owned()
        } else {
            self.to_string()
        };
        self.log();
        let retry_after = if let Self::RateLimited { retry_after } = &self {
            Some(*retry_after)
        } else {
            let is_passing = matches!(
                self,
                Self::Unavailable(_)
                    | Self::ProviderUnavailable(_)
                    | Self::NoRoom(_)
                    | Self::TimedOut
                    | Self::RequestInProgress
                    | Self::TooManyStreams
            );
            is_passing.then_some(1)
        };
        let mut extra = Map::new();
        let errors = match self {
            Self::Invalid(errors)
            | Self::NotSupported(errors)
            | Self::InvalidTemplate(errors)
            | Self::TemplateData(errors)
            | Self::ProviderRefused { errors, .. }
            | Self::ConnectionFailed { errors, .. } => errors,
            Self::Phone { pointer, error } => {
                vec![FieldError::new(
                    pointer,
                    "invalid_phone_number",
                    error.to_string(),
                )]
            }
            Self::UnknownProvider(_) => {
                vec![FieldError::new(
                    "/provider",
                    "unknown_provider",
                    "see GET /v1/providers",
                )]
            }
            Self::NoTemplate { .. } => {
                vec![FieldError::new("/template/name", "no_template", &*detail)]
            }
            Self::Blocked { decision, message } => {
                extra.insert("decision".into(), json!(*decision));
                if let Some(message) = message {
                    extra.insert("message_id".into(), json!(message));
                }
                Vec::new()
            }
            Self::QuotaExceeded {
                decision,
                message,
                used,
                limit,
            } => {
                extra.insert("decision".into(), json!(*decision));
                extra.insert("message_id".into(), json!(message));
                extra.insert("used".into(), used.into());
                extra.insert("limit".into(), limit.into());
                extra.insert("period".into(), "month".into());
                Vec::new()
            }
            Self::StorageUsedUp { used, limit } => {
                extra.insert("used".into(), used.into());
                extra.insert("limit".into(), limit.into());
                Vec::new()
            }
            Self::NoRoute { route, .. } => {
                extra.insert("route".into(), json!(route));
                Vec::new()
            }
            Self::SessionClosed {
                closed_at,
                templates,
            } => {
                extra.insert("closed_at".into(), json!(closed_at.map(Timestamp::from)));
                let templates: Vec<Value> = templates.iter().map(usable).collect();
                extra.insert("templates".into(), templates.into());
                Vec::new()
            }
            Self::Merged(into) => {
                extra.insert("merged_into".into(), into.to_string().into());
                Vec::new()
            }
            Self::WrongStatus(status) => {
                extra.insert("message_status".into(), Value::from(status.as_str()));
                Vec::new()
            }
            Self::Unauthenticated
            | Self::Forbidden(_)
            | Self::NotFound(_)
            | Self::MethodNotAllowed
            | Self::UnsupportedMediaType(_)
            | Self::BodyTooLarge(_)
            | Self::IncompleteBody
            | Self::ExternalIdTaken
            | Self::NameTaken
            | Self::ShortcutTaken
            | Self::ChangedMeanwhile
            | Self::NoChannel
            | Self::NoSuchRange(_)
            | Self::ConversationBlocked
            | Self::IdempotencyKeyReused
            | Self::RequestInProgress
            | Self::RateLimited { .. }
            | Self::TooManyStreams
            | Self::EndpointDisabled
            | Self::NotAuthentic
            | Self::TimedOut
            | Self::Unavailable(_)
            | Self::ProviderUnavailable(_)
            | Self::NoRoom(_)
            | Self::Internal(_) => Vec::new(),
        };
        Draft {
            status,
            code,
            title,
            detail,
            errors,
            extra,
            retry_after,
        }
    }

    fn log(&self) {
        if !self.is_ours() {
            return;
        }
        let mut chain = self.to_string();
        let mut source = self.source();
        while let Some(error) = source {
            chain = format!("{chain}: {error}");
            source = error.source();
        }
        tracing::error!(code = self.explained().code, error = %chain, "request failed");
    }
}

impl IntoResponse for ApiError {
    /// The body is written by the outermost layer, which knows the request's id.
    fn into_response(self) -> Response {
        let length = if let Self::NoSuchRange(length) = &self {
            HeaderValue::from_str(&format!("bytes */{length}")).ok()
        } else {
            None
        };
        let draft = self.draft();
        let mut response = draft.status.into_response();
        if let Some(length) = length {
            response.headers_mut().insert(header::CONTENT_RANGE, length);
        }
        if let Some(seconds) = draft.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        // The rest of the body is not read, so the connection cannot serve another request. A client
        // that is not told loses its next one.
        if draft.status == StatusCode::PAYLOAD_TOO_LARGE {
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if draft.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(draft);
        response
    }
}

fn listed(errors: &[FieldError]) -> String {
    let lines: Vec<String> = errors
        .iter()
        .map(|error| match error.pointer.as_str() {
            "" => error.detail.clone(),
            pointer => format!("{pointer}: {}", error.detail),
        })
        .collect();
    lines.join("; ")
}

/// A template that may be sent, for choosing one.
fn usable(template: &StoredTemplate) -> Value {
    let locales: Vec<&str> = template
        .variants
        .iter()
        .map(|variant| variant.locale.as_str())
        .collect();
    json!({
        "id": template.id,
        "name": template.name,
        "purpose": template.purpose.as_str(),
        "locales": locales,
    })
}

/// What stands against the message, in one line.
fn reasons(decision: &Decision) -> String {
    let details: Vec<&str> = decision
        .decisive()
        .into_iter()
        .map(|reason| reason.detail.trim_end_matches('.'))
        .collect();
    details.join("; ")
}
