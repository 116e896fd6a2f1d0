//! Every domain error, put exhaustively into ours.

use super::ApiError;
use crate::problem::FieldError;
use tidings_conversations::{ConversingError, QuickReplyError, ReplyError};
use tidings_kernel::StoreError;
use tidings_messaging::{
    AcceptError, AccountError, ChangeError, ConnectError, ContactError, EndpointError, FinishError,
    KeyLost, MOST_ENDPOINTS, MOST_REPLAYED, ManageError, MediaStoreError, RecordError, ReplayError,
    TemplateError, VaultError,
    media::{OpenError, UploadError},
    send::SendError,
    sync::{SubmitError, SyncError},
};

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(source) => Self::Unavailable(source),
            StoreError::Inconsistent { .. } => Self::Internal(Box::new(error)),
        }
    }
}

impl From<MediaStoreError> for ApiError {
    fn from(error: MediaStoreError) -> Self {
        match error {
            MediaStoreError::Full(_) => Self::NoRoom(error.into()),
            MediaStoreError::Unavailable(_) => Self::Unavailable(error.into()),
            MediaStoreError::TooLarge => Self::internal(error),
        }
    }
}

impl From<OpenError> for ApiError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Record(error) => error.into(),
            OpenError::Bytes(error) => error.into(),
        }
    }
}

impl From<UploadError> for ApiError {
    fn from(error: UploadError) -> Self {
        let code = match error {
            UploadError::TooLarge { most } => return Self::BodyTooLarge(most),
            UploadError::NoRoom { used, quota } => {
                return Self::StorageUsedUp { used, limit: quota };
            }
            UploadError::Bytes(error) => return error.into(),
            UploadError::Store(error) => return error.into(),
            UploadError::Empty => "empty",
            UploadError::NotCarried { .. } => "not_carried",
            UploadError::NotShrunk(ref why) => {
                let detail = format!("{error}: {why}");
                return Self::field("", "not_shrunk", detail);
            }
        };
        Self::field("", code, error.to_string())
    }
}

impl From<KeyLost> for ApiError {
    /// The request that took the key over is at work.
    fn from(KeyLost: KeyLost) -> Self {
        Self::RequestInProgress
    }
}

impl From<ContactError> for ApiError {
    fn from(error: ContactError) -> Self {
        match error {
            ContactError::ExternalIdTaken => Self::ExternalIdTaken,
            ContactError::KeyLost(lost) => lost.into(),
            ContactError::Store(error) => error.into(),
        }
    }
}

impl From<RecordError> for ApiError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::NoContact => Self::NotFound("contact"),
            RecordError::KeyLost(lost) => lost.into(),
            RecordError::Store(error) => error.into(),
        }
    }
}

impl From<AccountError> for ApiError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::KeyLost(lost) => lost.into(),
            AccountError::Store(error) => error.into(),
        }
    }
}

impl From<TemplateError> for ApiError {
    fn from(error: TemplateError) -> Self {
        match error {
            TemplateError::NameTaken => Self::NameTaken,
            TemplateError::KeyLost(lost) => lost.into(),
            TemplateError::Store(error) => error.into(),
        }
    }
}

impl From<AcceptError> for ApiError {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::KeyLost(lost) => lost.into(),
            AcceptError::NoContact => Self::NotFound("contact"),
            // Others use up the month as fast as it is judged: a later request finds how it ended.
            used_up @ AcceptError::UsedUp => Self::Unavailable(used_up.into()),
            AcceptError::Store(error) => error.into(),
        }
    }
}

impl From<FinishError> for ApiError {
    fn from(error: FinishError) -> Self {
        match error {
            FinishError::KeyLost(lost) => lost.into(),
            FinishError::Store(error) => error.into(),
        }
    }
}

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::NotFound => Self::NotFound("message"),
            ChangeError::WrongStatus(status) => Self::WrongStatus(status),
            ChangeError::Store(error) => error.into(),
        }
    }
}

impl From<EndpointError> for ApiError {
    fn from(error: EndpointError) -> Self {
        match error {
            EndpointError::TooMany => Self::field(
                "",
                "too_many",
                format!("at most {MOST_ENDPOINTS} endpoints"),
            ),
            EndpointError::KeyLost(lost) => lost.into(),
            EndpointError::Store(error) => error.into(),
        }
    }
}

impl From<ReplayError> for ApiError {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::NotFound => Self::NotFound("webhook endpoint"),
            ReplayError::TooMany => {
                let detail = format!("more than {MOST_REPLAYED} events fit: give a shorter time");
                Self::field("/until", "too_many", detail)
            }
            ReplayError::Store(error) => error.into(),
        }
    }
}

impl From<VaultError> for ApiError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::NoKey(_) | VaultError::Corrupt | VaultError::NoRandomness => {
                Self::internal(error)
            }
        }
    }
}

impl From<ConnectError> for ApiError {
    fn from(error: ConnectError) -> Self {
        let detail = error.to_string();
        let errors = match error {
            ConnectError::Credential { field, problem } => vec![FieldError::new(
                format!("/credentials/{field}"),
                "invalid_credential",
                problem,
            )],
            ConnectError::Refused(refusal) => {
                vec![FieldError::new(
                    "/credentials",
                    refusal.class.as_str(),
                    format!("{} ({})", refusal.advice, refusal.provider_code),
                )]
            }
            ConnectError::Unreachable(source) => {
                tracing::warn!(error = %source, "a provider could not be reached for a connection test");
                Vec::new()
            }
        };
        Self::ConnectionFailed { detail, errors }
    }
}

impl From<ManageError> for ApiError {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::Credential { .. } => ConnectError::from(error).into(),
            ManageError::Refused(refusal) => Self::ProviderRefused {
                detail: refusal.detail.clone(),
                errors: vec![FieldError::new(
                    "",
                    refusal.class.as_str(),
                    format!("{} ({})", refusal.advice, refusal.provider_code),
                )],
            },
            ManageError::NotThere => Self::ProviderRefused {
                detail: "it does not have it: look again".to_owned(),
                errors: Vec::new(),
            },
            ManageError::NotAsked(source) | ManageError::Unknown(source) => {
                Self::ProviderUnavailable(source)
            }
        }
    }
}

impl From<SubmitError> for ApiError {
    fn from(error: SubmitError) -> Self {
        let detail = error.to_string();
        match error {
            SubmitError::NoTemplate => Self::NotFound("template"),
            SubmitError::NotWhatsapp(_) => Self::field("/channel", "not_reviewed", detail),
            SubmitError::NoAccount => Self::field("/account_id", "no_account", detail),
            SubmitError::NotListed => Self::field("", "not_listed", detail),
            SubmitError::NoVariant(_) => Self::field("/locale", "unknown_locale", detail),
            SubmitError::Draft { locale, error } => Self::InvalidTemplate(vec![FieldError::new(
                format!("/variants/{}", crate::problem::step(&locale)),
                "not_reviewable",
                error.to_string(),
            )]),
            SubmitError::Sync(SyncError::NotOffered(_)) => {
                Self::field("/account_id", "not_offered", detail)
            }
            SubmitError::Sync(SyncError::Vault(error)) => error.into(),
            SubmitError::Sync(SyncError::Provider(error)) => error.into(),
            SubmitError::Sync(SyncError::Store(error)) => error.into(),
        }
    }
}

impl From<ConversingError> for ApiError {
    fn from(error: ConversingError) -> Self {
        match error {
            ConversingError::NotFound => Self::NotFound("conversation"),
            ConversingError::Store(error) => error.into(),
        }
    }
}

impl From<QuickReplyError> for ApiError {
    fn from(error: QuickReplyError) -> Self {
        match error {
            QuickReplyError::ShortcutTaken => Self::ShortcutTaken,
            QuickReplyError::TooMany => Self::field("", "too_many", error.to_string()),
            QuickReplyError::KeyLost(lost) => lost.into(),
            QuickReplyError::Store(error) => error.into(),
        }
    }
}

impl From<ReplyError> for ApiError {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::NotFound => Self::NotFound("conversation"),
            ReplyError::Blocked => Self::ConversationBlocked,
            ReplyError::SessionClosed {
                closed_at,
                templates,
            } => Self::SessionClosed {
                closed_at,
                templates,
            },
            ReplyError::Send(error) => error.into(),
            ReplyError::Accept(error) => error.into(),
        }
    }
}

impl From<SendError> for ApiError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Invalid {
                pointer,
                code,
                detail,
            } => Self::field(pointer, code, detail),
            SendError::Phone(error) => Self::Phone {
                pointer: "/to/phone".into(),
                error,
            },
            SendError::NoContact => Self::NotFound("contact"),
            SendError::NoMessage => Self::NotFound("message"),
            SendError::NoTemplate { name, channel } => Self::NoTemplate {
                name,
                channel: channel.to_string(),
            },
            SendError::TemplateData {
                code,
                names,
                detail,
            } => Self::TemplateData(
                names
                    .iter()
                    .map(|name| {
                        let pointer = format!("/template/data/{}", crate::problem::step(name));
                        FieldError::new(pointer, code, &*detail)
                    })
                    .collect(),
            ),
            SendError::TemplateBroken { detail } => Self::InvalidTemplate(vec![FieldError::new(
                "/template",
                "invalid_template",
                detail,
            )]),
            SendError::NoChannel => Self::NoChannel,
            SendError::NoRoute { channel, route } => Self::NoRoute {
                detail: format!("no enabled account with a fitting sender serves {channel}"),
                route,
            },
            SendError::Blocked(decision) => Self::Blocked {
                decision,
                message: None,
            },
            SendError::Change(error) => error.into(),
            SendError::Store(error) => error.into(),
        }
    }
}
