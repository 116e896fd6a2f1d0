mod table;

pub use table::ERRORS;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use tidings_routing::Class;

    /// Every code of the reference that says no: the status strings of section 7, its words at the level of
    /// HTTP, and the codes of the SMS gateway in section 4 with the status codes beside them.
    const REFERENCE: &[(&str, Class)] = &[
        ("INVALID_RECIPIENT", Class::Recipient),
        ("THROTTLED", Class::RateLimited),
        ("INVALID_SENDER_ID", Class::Sender),
        ("REGISTRATION_NEEDED", Class::Sender),
        ("COUNTRY_NOT_ENABLED", Class::Sender),
        ("INSUFFICIENT_CREDIT", Class::Account),
        ("MISSING_CREDENTIALS", Class::Account),
        ("INVALID_CREDENTIALS", Class::Account),
        ("ACCOUNT_NOT_ACTIVATED", Class::Account),
        ("EMPTY_MESSAGE", Class::Content),
        ("MISSING_REQUIRED_FIELDS", Class::Content),
        ("INVALID_SCHEDULE", Class::Content),
        ("INVALID_MEDIA_FILE", Class::Content),
        ("SUBJECT_REQUIRED", Class::Content),
        ("TOO_MANY_RECIPIENTS", Class::Content),
        ("NOT_ENOUGH_PERMISSION_TO_LIST_ID", Class::Account),
        ("ALREADY_EXISTS", Class::Content),
        ("INTERNAL_ERROR", Class::Transient),
        ("SOMETHING_IS_WRONG", Class::Transient),
        ("INVALID_LANG", Class::Content),
        ("INVALID_VOICE", Class::Content),
        ("BAD_REQUEST", Class::Content),
        ("UNAUTHORIZED", Class::Account),
        ("FORBIDDEN", Class::Account),
        ("NOT_FOUND", Class::Account),
        ("TOO_MANY_REQUESTS", Class::RateLimited),
        ("INTERNAL_SERVER_ERROR", Class::Transient),
        ("5", Class::Content),
        ("7", Class::Transient),
        ("8", Class::Recipient),
        ("9", Class::Recipient),
        ("10", Class::Recipient),
        ("11", Class::Recipient),
        ("12", Class::Expired),
        ("13", Class::Expired),
        ("14", Class::Transient),
        ("15", Class::Recipient),
        ("16", Class::Transient),
        ("17", Class::Transient),
        ("18", Class::Sender),
        ("19", Class::Content),
        ("20", Class::Expired),
        ("301", Class::Recipient),
        ("302", Class::Recipient),
    ];

    #[test]
    fn the_table_has_the_reference_s_codes_and_no_others() {
        let table: Vec<_> = ERRORS
            .rows()
            .iter()
            .map(|row| (row.code, row.class))
            .collect();
        assert_eq!(table, REFERENCE);
    }

    #[test]
    fn each_code_has_one_row_and_advice_of_its_own() {
        let rows = ERRORS.rows();
        let codes: BTreeSet<_> = rows.iter().map(|row| row.code).collect();
        assert_eq!(codes.len(), rows.len());
        for row in rows {
            assert!(!row.advice.is_empty(), "{}", row.code);
        }
    }

    #[test]
    fn nothing_promises_another_try_after_a_receipt() {
        // The SMS gateway's codes are numbers, and come when the message is over.
        for row in ERRORS.rows() {
            let is_of_the_gateway = row.code.bytes().all(|byte| byte.is_ascii_digit());
            assert!(
                !(is_of_the_gateway && row.advice.contains("it is tried again")),
                "{}",
                row.code
            );
        }
    }
}
