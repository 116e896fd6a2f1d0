use crate::{ChangeError, Decision};
use tidings_kernel::{Channel, PhoneError, StoreError};
use tidings_routing::Choice;

/// Why a request to send cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// A field of the request is wrong.
    #[error("{pointer}: {detail}")]
    Invalid {
        /// The field, as a JSON pointer.
        pointer: &'static str,
        /// A stable code.
        code: &'static str,
        /// What is wrong, and what to do.
        detail: String,
    },
    /// The number of the recipient cannot be messaged.
    #[error(transparent)]
    Phone(PhoneError),
    /// The tenant has no such contact.
    #[error("there is no such contact")]
    NoContact,
    /// The tenant has no such message.
    #[error("there is no such message")]
    NoMessage,
    /// The tenant has no template of this name for the channel.
    #[error("there is no template {name:?} for {channel}")]
    NoTemplate {
        /// The name.
        name: String,
        /// The channel.
        channel: Channel,
    },
    /// The data do not fit the template.
    #[error("the template's data do not fit: {detail}")]
    TemplateData {
        /// A stable code: `unknown_field`, `missing_field`, `wrong_type` or `control_character`.
        code: &'static str,
        /// The fields.
        names: Vec<String>,
        /// What is wrong, and what to do.
        detail: String,
    },
    /// The stored template cannot be used as it is.
    #[error("the template is not usable: {detail}")]
    TemplateBroken {
        /// What is wrong.
        detail: String,
    },
    /// No channel is left to judge.
    #[error("no channel can be used for this contact")]
    NoChannel,
    /// No account and sender can carry it.
    #[error("no enabled account with a fitting sender serves {channel}")]
    NoRoute {
        /// The channel.
        channel: Channel,
        /// What was considered.
        route: Box<Choice>,
    },
    /// The gate refuses the changed message.
    #[error("the gate refuses it")]
    Blocked(Box<Decision>),
    /// The message cannot be changed.
    #[error(transparent)]
    Change(ChangeError),
    /// The backend failed; nothing was stored.
    #[error(transparent)]
    Store(StoreError),
}
