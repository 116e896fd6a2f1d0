mod table;

pub use table::ERRORS;

use crate::{status::MessageStatus, wire::ApiError};
use tidings_routing::{Class, ProviderError};

/// Twilio's words for faults of its own, after which a message may exist all the same.
const SERVER_FAULTS: [u32; 2] = [20_500, 20_503];

/// Whether this answer to a creation leaves open if the message exists.
///
/// A fault of the server does, unless its body has a code that means a refusal: creation has no
/// idempotency key, so what may have been taken is never sent again blindly. 408 is a gateway that
/// lost patience.
pub(crate) fn is_ambiguous(status: u16, code: Option<u32>) -> bool {
    match code {
        Some(code) if SERVER_FAULTS.contains(&code) => true,
        Some(code) if status >= 500 => ERRORS
            .find(&code.to_string())
            .is_none_or(|row| row.class == Class::Transient),
        Some(_) => false,
        None => status >= 500 || status == 408,
    }
}

/// A refused call in our words.
pub(crate) fn refusal(
    status: u16,
    error: Option<&ApiError>,
    retry_after: Option<u32>,
) -> ProviderError {
    let otherwise = class_of_http(status);
    let mut refusal = match error {
        Some(error) => ERRORS.explain(
            &error.code.to_string(),
            &without_numbers(&error.message),
            otherwise,
        ),
        None => ours(
            otherwise,
            &format!("http_{status}"),
            "twilio gave no reason",
        ),
    };
    // These two are about the call and not about the message, whatever the body says.
    if matches!(status, 401 | 429) && refusal.class != otherwise {
        refusal.class = otherwise;
        otherwise.advice().clone_into(&mut refusal.advice);
    }
    refusal.retry_after_seconds = retry_after;
    refusal
}

/// A message that Twilio took and could not deliver.
///
/// A code that we do not know is taken as the recipient's: the one reading that neither sends again
/// nor accuses the account.
pub(crate) fn delivery_failure(
    status: MessageStatus,
    code: Option<u32>,
    words: Option<&str>,
) -> ProviderError {
    let words = without_numbers(words.unwrap_or("twilio gave no reason"));
    match code {
        Some(code) if code != 0 => ERRORS.explain(&code.to_string(), &words, Class::Recipient),
        Some(_) | None => ours(Class::Recipient, status.as_str(), &words),
    }
}

/// A refusal that is not in Twilio's table: our own, or one without a code.
pub(crate) fn ours(class: Class, code: &str, detail: &str) -> ProviderError {
    ProviderError::new(class, code, detail)
}

/// The class of a refusal that has no code, or one that we do not know.
const fn class_of_http(status: u16) -> Class {
    match status {
        // Credentials, payment, permission, or a SID of another account.
        401..=404 => Class::Account,
        429 => Class::RateLimited,
        408 | 500.. => Class::Transient,
        _ => Class::Content,
    }
}

/// Twilio repeats phone numbers in its messages; five digits and more become their last two.
fn without_numbers(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut digits = String::new();
    // A blank at the end closes the last number.
    for character in text.chars().chain([' ']) {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        match digits.len().checked_sub(2) {
            Some(hidden) if hidden >= 3 => {
                result.push('…');
                result.extend(digits.chars().skip(hidden));
            }
            Some(_) | None => result.push_str(&digits),
        }
        digits.clear();
        result.push(character);
    }
    result.truncate(result.trim_end().len());
    result
}

#[cfg(test)]
mod tests {
    use super::*;

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

    fn api_error(code: u32) -> ApiError {
        ApiError {
            code,
            message: "Invalid 'To' Phone Number: +12025550123".into(),
        }
    }

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
    fn a_server_fault_is_ambiguous_unless_its_code_refuses() {
        assert!(is_ambiguous(500, None));
        assert!(is_ambiguous(503, Some(20_503)));
        assert!(is_ambiguous(500, Some(99_999)));
        assert!(is_ambiguous(400, Some(20_500)));
        assert!(is_ambiguous(408, None));
        assert!(!is_ambiguous(503, Some(20_429)));
        assert!(!is_ambiguous(500, Some(21_610)));
        assert!(!is_ambiguous(400, Some(99_999)));
        assert!(!is_ambiguous(404, None));
    }

    #[test]
    fn an_unknown_code_has_the_class_of_its_http_status() {
        for (status, class) in [
            (400, Class::Content),
            (401, Class::Account),
            (403, Class::Account),
            (404, Class::Account),
            (429, Class::RateLimited),
            (503, Class::Transient),
        ] {
            assert_eq!(refusal(status, Some(&api_error(99_999)), None).class, class);
            let bare = refusal(status, None, None);
            assert_eq!(
                (bare.class, bare.provider_code),
                (class, format!("http_{status}"))
            );
        }
    }

    #[test]
    fn an_authentication_failure_is_the_account_s_whatever_the_body_says() {
        let error = refusal(401, Some(&api_error(21_211)), None);
        assert_eq!(
            (error.class, error.advice.as_str()),
            (Class::Account, Class::Account.advice())
        );
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
        assert_eq!(
            refusal(400, Some(&api_error(21_211)), None).detail,
            "Invalid 'To' Phone Number: +…23"
        );
        assert_eq!(
            without_numbers("at most 1600 of 12345"),
            "at most 1600 of …45"
        );
        assert_eq!(without_numbers(""), "");
    }
}
