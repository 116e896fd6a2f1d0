use tidings_kernel::PhoneNumber;

/// The digits of a number that has a country in it.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// A phone number as ClickSend writes it: E.164, whose plus a form may have made a blank, or dropped.
///
/// `None` for short codes, names and national numbers.
pub(crate) fn number(text: &str) -> Option<PhoneNumber> {
    let text = text.trim();
    let digits = text.strip_prefix('+').unwrap_or(text);
    if !DIGITS.contains(&digits.len()) {
        return None;
    }
    PhoneNumber::from_e164(&format!("+{digits}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_plus_is_found_again() {
        for text in [
            "+12025550123",
            " 12025550123",
            "12025550123",
            "+12025550123 ",
        ] {
            assert_eq!(number(text).unwrap().to_string(), "+12025550123", "{text}");
        }
    }

    #[test]
    fn what_is_no_international_number_is_none() {
        for text in [
            "",
            "+",
            "40404",
            "ACME",
            "02025550123",
            "++12025550123",
            "1202555012a",
            "1234567890123456",
        ] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
