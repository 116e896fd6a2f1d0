//! Numbers that must not be messaged: which others are refused with them, and what is kept of them.

#[cfg(feature = "evidence")]
mod key;

#[cfg(feature = "evidence")]
pub use key::{SuppressionHash, SuppressionKey};

/// The numbers that reach the same handset as `number` may, itself included, sorted; for refusing
/// only, never for consent (phone-numbers reference, 4, P7 and P8).
///
/// - **Mexico**: `+52 1` and ten digits, as WhatsApp still writes mobiles, and `+52` and the ten.
/// - **Argentina**: `+54 9` and ten digits (mobile), and `+54` and the ten.
/// - **Brazil**: a mobile with and without its ninth digit. Subscriber numbers from 2 to 5 are land
///   lines, which have none.
///
/// Takes E.164 with or without `+`, and answers in the same form. Anything else is alone.
///
/// ```rust
/// use tidings_consent::suppression::lookalikes;
///
/// assert_eq!(lookalikes("+5215512345678"), ["+5215512345678", "+525512345678"]);
/// assert_eq!(lookalikes("551188887777"), ["551188887777", "5511988887777"]);
/// assert_eq!(lookalikes("+12025550123"), ["+12025550123"]);
/// ```
pub fn lookalikes(number: &str) -> Vec<String> {
    let mut class = vec![number.to_owned()];
    class.extend(twin(number));
    class.sort_unstable();
    class
}

/// Whether refusing one of the numbers refuses the other: they are equal or
/// [lookalikes](lookalikes()). Reflexive, symmetric and transitive (P8).
///
/// ```rust
/// use tidings_consent::suppression::is_refused_with;
///
/// assert!(is_refused_with("+5491123456789", "+541123456789"));
/// assert!(!is_refused_with("+12025550123", "+12025550124"));
/// ```
pub fn is_refused_with(number: &str, other: &str) -> bool {
    number == other || twin(number).is_some_and(|twin| twin == other)
}

/// The one other spelling. Every class has one or two members, so that the relation is its own
/// inverse and transitive by nature: adding the mark makes 13 digits of 12, and only 12 lose it.
fn twin(number: &str) -> Option<String> {
    let (plus, digits) = match number.strip_prefix('+') {
        Some(digits) => ("+", digits),
        None => ("", number),
    };
    if digits.len() > 15 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let twin = match digits.get(..2)? {
        "52" => marked(digits, 2, "1", any),
        "54" => marked(digits, 2, "9", any),
        "55" => marked(digits, 4, "9", is_brazilian_mobile),
        _other_country => None,
    }?;
    Some(format!("{plus}{twin}"))
}

/// Adds or removes `mark` at `place`; `fits` looks at what stands behind it.
fn marked(digits: &str, place: usize, mark: &str, fits: fn(&str) -> bool) -> Option<String> {
    let (before, rest) = digits.split_at_checked(place)?;
    match digits.len() {
        12 => fits(rest).then(|| format!("{before}{mark}{rest}")),
        13 => {
            let rest = rest.strip_prefix(mark)?;
            fits(rest).then(|| format!("{before}{rest}"))
        }
        _other_length => None,
    }
}

fn any(_: &str) -> bool {
    true
}

fn is_brazilian_mobile(subscriber: &str) -> bool {
    subscriber.starts_with(['6', '7', '8', '9'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_country_s_spellings_are_one_class() {
        for (a, b) in [
            ("+5215512345678", "+525512345678"),
            ("+5491123456789", "+541123456789"),
            ("+551188887777", "+5511988887777"),
        ] {
            assert!(is_refused_with(a, b) && is_refused_with(b, a), "{a} {b}");
            assert_eq!(lookalikes(a), lookalikes(b));
        }
    }

    #[test]
    fn land_lines_and_other_lengths_are_alone() {
        for number in [
            "+551133334444",
            "+5511933334444",
            "+52551234567",
            "+54112345678901",
            "+12025550123",
            "+525512345678x",
            "52",
            "",
            "+",
            "ü52551234567",
        ] {
            assert_eq!(lookalikes(number), [number], "{number}");
        }
    }
}
