mod table;

pub use table::{PLATFORM_ERRORS, REST_ERRORS, SMS_DELIVERY_ERRORS};

use tidings_provider_http::{Dialect, Reason, without_numbers};
use tidings_routing::{Class, ProviderError};

/// A refusal of our own, before any call.
pub(crate) fn refused_here(class: Class, code: &str, detail: &str, advice: &str) -> ProviderError {
    ProviderError {
        advice: advice.to_owned(),
        ..ProviderError::new(class, code, detail)
    }
}

/// A refusal of our own of what another account may carry.
pub(crate) fn not_carried_here(code: &str, detail: &str, advice: &str) -> ProviderError {
    refused_here(Class::Sender, code, detail, advice)
}

/// Why a message that was taken did not arrive, in our words: by the provider's code where it has one, else
/// by its word for the status.
///
/// A code that we do not know is taken as the recipient's: the one reading that neither sends again nor
/// accuses the account.
pub(crate) fn not_delivered(
    dialect: &Dialect,
    status: &str,
    code: Option<String>,
    words: Option<&str>,
) -> ProviderError {
    let has_expired = status == "expired";
    let mut error = if let Some(code) = code {
        let words = words.unwrap_or_default().to_owned();
        dialect.explain(&Reason { code, words }, Class::Recipient)
    } else {
        let nothing = || format!("{} gave no reason", dialect.title);
        let words = words.map_or_else(nothing, without_numbers);
        ProviderError::new(Class::Recipient, status, &words)
    };
    // The time was over, whatever kept it from arriving until then.
    if has_expired && error.class != Class::OptedOut {
        error.class = Class::Expired;
        Class::Expired.advice().clone_into(&mut error.advice);
    }
    error
}

#[cfg(test)]
mod tests;
