mod table;

pub use table::ERRORS;

use crate::{
    status::MessageStatus,
    wire::{ApiError, Created},
};
use tidings_provider_http::{Dialect, Read, Reason, without_numbers};
use tidings_routing::{Class, ProviderError};

/// How Twilio says yes and no.
pub(crate) const TWILIO: Dialect = Dialect {
    name: "twilio",
    title: "Twilio",
    errors: ERRORS,
    // Creation has no idempotency key, so what may have been taken is never sent again blindly.
    faults: &["20500", "20503"],
    read: |answer| Some(Read::Accepted(answer.read::<Created>()?.sid)),
    reason: |answer| {
        let error: ApiError = answer.read()?;
        Some(Reason {
            code: error.code.to_string(),
            words: error.message,
        })
    },
};

/// A message that Twilio took and could not deliver.
///
/// A code that we do not know is taken as the recipient's: the one reading that neither sends again
/// nor accuses the account.
pub(crate) fn delivery_failure(
    status: MessageStatus,
    code: Option<u32>,
    words: Option<&str>,
) -> ProviderError {
    let words = words.unwrap_or("Twilio gave no reason");
    match code {
        Some(code) if code != 0 => {
            let reason = Reason {
                code: code.to_string(),
                words: words.to_owned(),
            };
            TWILIO.explain(&reason, Class::Recipient)
        }
        Some(_) | None => {
            ProviderError::new(Class::Recipient, status.as_str(), &without_numbers(words))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_routing::Certainty;

    #[test]
    fn a_recipient_may_be_absent_and_a_number_that_does_not_exist_is_not() {
        let said = |code| delivery_failure(MessageStatus::Failed, Some(code), None).absence;
        for code in [63_003, 63_024] {
            assert_eq!(said(code), Some(Certainty::Stated), "{code}");
        }
        assert_eq!((said(30_005), said(63_049)), (None, None));
    }

    #[test]
    fn a_failure_without_a_known_code_is_not_sent_again() {
        let unknown = delivery_failure(MessageStatus::Failed, Some(99_999), None);
        assert_eq!(
            (unknown.class, unknown.provider_code.as_str()),
            (Class::Recipient, "99999")
        );
        let none = delivery_failure(MessageStatus::Undelivered, None, None);
        assert_eq!(
            (none.class, none.provider_code.as_str()),
            (Class::Recipient, "undelivered")
        );
    }

    #[test]
    fn phone_numbers_do_not_survive_in_details() {
        let words = Some("Invalid 'To' Phone Number: +12025550123");
        for code in [Some(21_211), None] {
            let error = delivery_failure(MessageStatus::Failed, code, words);
            assert_eq!(error.detail, "Invalid 'To' Phone Number: +…23");
        }
    }
}
