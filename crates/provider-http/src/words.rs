/// A provider's words without the phone numbers that it repeats in them: five digits and more become their
/// last two.
///
/// ```rust
/// let words = tidings_provider_http::without_numbers("+12025550123 is not reachable");
/// assert_eq!(words, "+…23 is not reachable");
/// ```
pub fn without_numbers(text: &str) -> String {
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

    #[test]
    fn long_numbers_become_their_last_two_digits() {
        assert_eq!(
            without_numbers("Invalid 'To' Phone Number: +12025550123"),
            "Invalid 'To' Phone Number: +…23"
        );
        assert_eq!(
            without_numbers("at most 1600 of 12345"),
            "at most 1600 of …45"
        );
        assert_eq!(without_numbers(""), "");
    }
}
