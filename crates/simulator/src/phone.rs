//! Phone numbers as the providers see them: digits, no metadata.

/// True for `+` and 7 to 15 digits that do not begin with zero.
pub(crate) fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|rest| {
        (7..=15).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_digit())
            && !rest.starts_with('0')
    })
}

/// The digits of `text` and nothing else.
pub(crate) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Reads a number that a person typed with spaces, dashes, brackets or without `+`.
pub(crate) fn e164(text: &str) -> Option<String> {
    let tolerated = |c: char| c.is_ascii_digit() || "+ -().".contains(c);
    if !text.chars().all(tolerated) {
        return None;
    }
    let number = format!("+{}", digits(text));
    is_e164(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::{e164, is_e164};

    #[test]
    fn punctuation_is_tolerated_and_letters_are_not() {
        assert_eq!(e164("+1 (202) 555-0123").as_deref(), Some("+12025550123"));
        assert_eq!(e164("12025550123").as_deref(), Some("+12025550123"));
        assert_eq!(e164("+1202555012x"), None);
        assert_eq!(e164(""), None);
    }

    #[test]
    fn a_number_begins_with_a_country_code() {
        assert!(is_e164("+12025550123"));
        assert!(!is_e164("12025550123"));
        assert!(!is_e164("+02025550123"));
        assert!(!is_e164("+1555"));
    }
}
