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

    /// Every code of the reference, section 6, in its order.
    const REFERENCE: &[u32] = &[
        20003, 20005, 30002, 20006, 20403, 20404, 20422, 20001, 20429, 20500, 20503, 14107, 30001,
        21611, 21211, 21614, 30005, 30006, 21612, 21610, 21608, 21219, 21408, 21212, 21606, 21659,
        21660, 21657, 14108, 21601, 21701, 21702, 21703, 21704, 21705, 21602, 21603, 21604, 21617,
        21618, 21620, 21621, 21622, 21623, 21624, 21654, 21655, 21656, 21658, 21609, 30003, 30004,
        30007, 30008, 30010, 30011, 30019, 30017, 30018, 30024, 30022, 30023, 30027, 30025, 30026,
        30032, 30033, 30034, 30035, 30036, 63001, 63002, 63007, 63008, 63020, 63022, 63051, 63062,
        63003, 63024, 63015, 63005, 63006, 63021, 63028, 63030, 63031, 63034, 63037, 63009, 63010,
        63012, 63019, 63023, 63029, 63013, 63026, 63014, 63033, 63016, 63017, 63018, 63038, 63027,
        63032, 63049, 63040, 63041, 63042, 63046, 11200, 11205, 12300,
    ];

    #[test]
    fn the_table_has_the_reference_s_codes_and_no_others() {
        for code in REFERENCE {
            assert!(ERRORS.find(&code.to_string()).is_some(), "{code}");
        }
        assert_eq!(ERRORS.rows().len(), REFERENCE.len());
    }

    #[test]
    fn each_code_has_one_row() {
        let codes: std::collections::BTreeSet<_> =
            ERRORS.rows().iter().map(|row| row.code).collect();
        assert_eq!(codes.len(), ERRORS.rows().len());
    }

    #[test]
    fn classes_follow_the_reference() {
        for (code, class) in [
            (20_003, Class::Account),
            (20_429, Class::RateLimited),
            (21_211, Class::Recipient),
            (21_610, Class::OptedOut),
            (21_606, Class::Sender),
            (21_617, Class::Content),
            (30_003, Class::Transient),
            (30_007, Class::Content),
            (30_034, Class::Sender),
            (30_036, Class::Expired),
            (63_016, Class::WindowClosed),
            (63_049, Class::Recipient),
        ] {
            assert_eq!(
                ERRORS.find(&u32::to_string(&code)).unwrap().class,
                class,
                "{code}"
            );
        }
    }

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
