use crate::ConnectError;
use tidings_kernel::BoxError;
use tidings_routing::ProviderError;

/// Why a provider did not do what it was asked about an account, named by what the caller does next.
///
/// Calls that only read have no [`ManageError::Unknown`].
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// A credential is missing or has the wrong shape: correct it.
    #[error("credential {field}: {problem}")]
    Credential {
        /// Which one.
        field: &'static str,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The provider does not have it: look it up again.
    #[error("the provider does not have it")]
    NotThere,
    /// Refused: do as the error advises. Asking again the same way changes nothing, but for an error of
    /// [`RateLimited`](tidings_routing::Class::RateLimited) or
    /// [`Transient`](tidings_routing::Class::Transient).
    #[error("the provider refused: {}", .0.detail)]
    Refused(ProviderError),
    /// It was certainly not done: ask again later.
    #[error("the provider could not be asked")]
    NotAsked(#[source] BoxError),
    /// It may have been done: look before asking again.
    #[error("the provider's answer was lost")]
    Unknown(#[source] BoxError),
}

impl From<ManageError> for ConnectError {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::Credential { field, problem } => Self::Credential { field, problem },
            ManageError::Refused(error) => Self::Refused(error),
            ManageError::NotThere => Self::Unreachable("the provider does not have it".into()),
            ManageError::NotAsked(error) | ManageError::Unknown(error) => Self::Unreachable(error),
        }
    }
}
