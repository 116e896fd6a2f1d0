//! What each error is to a client: one row, one place.

use super::ApiError;
use crate::problem::FieldError;
use axum::http::StatusCode;
use tidings_kernel::{ContactId, MessageId, PhoneError};
use tidings_messaging::{Decision, GateOutcome, Scope, Status};
use tidings_routing::{Choice, Strategy};
use time::OffsetDateTime;
use uuid::Uuid;

/// One row of the table.
pub(crate) struct Explained {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) title: &'static str,
}

const fn row(status: StatusCode, code: &'static str, title: &'static str) -> Explained {
    Explained {
        status,
        code,
        title,
    }
}

impl ApiError {
    /// The table: what each error is to a client.
    #[expect(clippy::too_many_lines, reason = "a table")]
    pub(crate) fn explained(&self) -> Explained {
        use StatusCode as S;
        match self {
            Self::Unauthenticated => row(S::UNAUTHORIZED, "unauthenticated", "No valid API key"),
            Self::Forbidden(_) => row(S::FORBIDDEN, "forbidden", "The key's scope is too weak"),
            Self::NotFound(_) => row(S::NOT_FOUND, "not_found", "Not found"),
            Self::Merged(_) => row(S::GONE, "contact_merged", "The contact was merged"),
            Self::MethodNotAllowed => row(
                S::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "Method not allowed",
            ),
            Self::UnsupportedMediaType(_) => row(
                S::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "The body is not JSON",
            ),
            Self::BodyTooLarge(_) => row(
                S::PAYLOAD_TOO_LARGE,
                "body_too_large",
                "The body is too large",
            ),
            Self::IncompleteBody => row(
                S::BAD_REQUEST,
                "incomplete_body",
                "The body broke off before its end",
            ),
            // The contract names this code for a typo in a field's name.
            Self::Invalid(errors) if all(errors, "unknown_field") => row(
                S::UNPROCESSABLE_ENTITY,
                "unknown_field",
                "The request has an unknown field",
            ),
            Self::Invalid(_) => row(
                S::UNPROCESSABLE_ENTITY,
                "invalid_request",
                "The request is not valid",
            ),
            Self::NotSupported(_) => {
                row(S::UNPROCESSABLE_ENTITY, "not_supported", "Not offered yet")
            }
            Self::Phone { .. } => row(
                S::UNPROCESSABLE_ENTITY,
                "invalid_phone_number",
                "Not a phone number that can be messaged",
            ),
            Self::ExternalIdTaken => {
                row(S::CONFLICT, "external_id_taken", "The external id is taken")
            }
            Self::NameTaken => row(S::CONFLICT, "name_taken", "The name is taken"),
            Self::ShortcutTaken => row(S::CONFLICT, "shortcut_taken", "The shortcut is taken"),
            Self::ChangedMeanwhile => row(S::CONFLICT, "conflict", "Changed meanwhile"),
            Self::InvalidTemplate(_) => row(
                S::UNPROCESSABLE_ENTITY,
                "invalid_template",
                "The template is not valid",
            ),
            Self::NoTemplate { .. } => row(
                S::UNPROCESSABLE_ENTITY,
                "no_template",
                "There is no such template",
            ),
            Self::TemplateData(_) => row(
                S::UNPROCESSABLE_ENTITY,
                "template_data",
                "The data do not fit the template",
            ),
            Self::UnknownProvider(_) => row(
                S::UNPROCESSABLE_ENTITY,
                "unknown_provider",
                "There is no such provider",
            ),
            Self::ConnectionFailed { .. } => row(
                S::UNPROCESSABLE_ENTITY,
                "connection_failed",
                "The provider does not accept the credentials",
            ),
            Self::ProviderRefused { .. } => row(
                S::UNPROCESSABLE_ENTITY,
                "provider_refused",
                "The provider refuses it",
            ),
            Self::ProviderUnavailable(_) => row(
                S::SERVICE_UNAVAILABLE,
                "provider_unavailable",
                "The provider does not answer",
            ),
            Self::Blocked { .. } => row(
                S::UNPROCESSABLE_ENTITY,
                "blocked",
                "The message may not be sent",
            ),
            Self::QuotaExceeded { .. } => row(
                S::PAYMENT_REQUIRED,
                "quota_exceeded",
                "The messages of this month are used up",
            ),
            Self::StorageUsedUp { .. } => row(
                S::PAYMENT_REQUIRED,
                "storage_quota_exceeded",
                "The room for files is used up",
            ),
            Self::NoSuchRange(_) => row(
                S::RANGE_NOT_SATISFIABLE,
                "range_not_satisfiable",
                "The file has no such part",
            ),
            Self::NoRoute { .. } => row(
                S::UNPROCESSABLE_ENTITY,
                "no_route",
                "No account and sender can carry the message",
            ),
            Self::NoChannel => row(
                S::UNPROCESSABLE_ENTITY,
                "no_channel",
                "No channel can be used",
            ),
            Self::SessionClosed { .. } => row(
                S::UNPROCESSABLE_ENTITY,
                "session_closed",
                "WhatsApp takes templates only at the moment",
            ),
            Self::ConversationBlocked => row(
                S::CONFLICT,
                "conversation_blocked",
                "The conversation is blocked",
            ),
            Self::WrongStatus(_) => row(S::CONFLICT, "wrong_status", "Too late, or never possible"),
            Self::IdempotencyKeyReused => row(
                S::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "The idempotency key was used before",
            ),
            Self::RequestInProgress => row(
                S::CONFLICT,
                "request_in_progress",
                "The first request is still running",
            ),
            Self::RateLimited { .. } => {
                row(S::TOO_MANY_REQUESTS, "rate_limited", "Too many requests")
            }
            Self::TooManyStreams => row(
                S::TOO_MANY_REQUESTS,
                "too_many_streams",
                "Too many streams are open",
            ),
            Self::EndpointDisabled => {
                row(S::CONFLICT, "endpoint_disabled", "The endpoint is disabled")
            }
            Self::NotAuthentic => row(S::FORBIDDEN, "not_authentic", "Not the provider's request"),
            Self::TimedOut => row(
                S::SERVICE_UNAVAILABLE,
                "timeout",
                "The request took too long",
            ),
            Self::Unavailable(_) => row(
                S::SERVICE_UNAVAILABLE,
                "unavailable",
                "Temporarily unavailable",
            ),
            Self::NoRoom(_) => row(S::SERVICE_UNAVAILABLE, "no_room", "No room for the body"),
            Self::Internal(_) => row(S::INTERNAL_SERVER_ERROR, "internal_error", "Internal error"),
        }
    }
}

fn all(errors: &[FieldError], code: &str) -> bool {
    !errors.is_empty() && errors.iter().all(|error| error.code == code)
}

impl ApiError {
    /// One of each code, in the order of the table, for the page that explains them.
    pub(crate) fn samples() -> Vec<Self> {
        let nothing = || -> tidings_kernel::BoxError { "".into() };
        let unknown = FieldError::new("", "unknown_field", "");
        let decision = Decision {
            outcome: GateOutcome::Block,
            until: None,
            channel: None,
            reasons: Vec::new(),
            evaluated_at: OffsetDateTime::UNIX_EPOCH,
        };
        let route = Choice {
            chosen: None,
            considered: Vec::new(),
            strategy: Strategy::Priority,
            rule: None,
        };
        vec![
            Self::Unauthenticated,
            Self::Forbidden(Scope::Read),
            Self::NotFound(""),
            Self::Merged(ContactId::from_uuid(Uuid::nil())),
            Self::MethodNotAllowed,
            Self::UnsupportedMediaType(""),
            Self::BodyTooLarge(0),
            Self::IncompleteBody,
            Self::Invalid(vec![unknown]),
            Self::Invalid(Vec::new()),
            Self::NotSupported(Vec::new()),
            Self::Phone {
                pointer: String::new(),
                error: PhoneError::NotANumber,
            },
            Self::ExternalIdTaken,
            Self::NameTaken,
            Self::ShortcutTaken,
            Self::ChangedMeanwhile,
            Self::InvalidTemplate(Vec::new()),
            Self::NoTemplate {
                name: String::new(),
                channel: String::new(),
            },
            Self::TemplateData(Vec::new()),
            Self::UnknownProvider(String::new()),
            Self::ConnectionFailed {
                detail: String::new(),
                errors: Vec::new(),
            },
            Self::ProviderRefused {
                detail: String::new(),
                errors: Vec::new(),
            },
            Self::ProviderUnavailable(nothing()),
            Self::Blocked {
                decision: Box::new(decision.clone()),
                message: None,
            },
            Self::QuotaExceeded {
                decision: Box::new(decision),
                message: MessageId::from_uuid(Uuid::nil()),
                used: 0,
                limit: 0,
            },
            Self::StorageUsedUp { used: 0, limit: 0 },
            Self::NoSuchRange(0),
            Self::NoRoute {
                detail: String::new(),
                route: Box::new(route),
            },
            Self::NoChannel,
            Self::SessionClosed {
                closed_at: None,
                templates: Vec::new(),
            },
            Self::ConversationBlocked,
            Self::WrongStatus(Status::Sent),
            Self::IdempotencyKeyReused,
            Self::RequestInProgress,
            Self::RateLimited { retry_after: 0 },
            Self::TooManyStreams,
            Self::EndpointDisabled,
            Self::NotAuthentic,
            Self::TimedOut,
            Self::Unavailable(nothing()),
            Self::NoRoom(nothing()),
            Self::Internal(nothing()),
        ]
    }
}
