use super::violation::{Law, Violation};
use crate::{Encoding, Measure, Reference};

/// **S4. One character decides the encoding.** A text is GSM-7 exactly when each of its characters
/// is; so appending a GSM-7 `extra` changes nothing, and leaving out a character of a GSM-7 text
/// neither. `left_out` is the position of that character, taken modulo their number.
///
/// # Errors
/// [`Violation`]: it does.
pub fn one_character_decides_the_encoding(
    encoding_of: impl Fn(&str) -> Encoding,
    text: &str,
    extra: char,
    left_out: usize,
) -> Result<(), Violation> {
    let law = Law("S4");
    let found = encoding_of(text);
    let foreign = text
        .chars()
        .position(|c| Encoding::Gsm7.units_of(c).is_none());
    law.require((found == Encoding::Gsm7) == foreign.is_none(), || {
        format!("{}, first foreign character at {foreign:?}", found.as_str())
    })?;
    if Encoding::Gsm7.units_of(extra).is_some() {
        let longer = encoding_of(&format!("{text}{extra}"));
        law.require(longer == found, || {
            format!("appending a GSM-7 character makes it {}", longer.as_str())
        })?;
    }
    let length = text.chars().count();
    if found == Encoding::Gsm7 && length > 0 {
        let left_out = left_out % length;
        let shorter: String = text
            .chars()
            .enumerate()
            .filter_map(|(index, c)| (index != left_out).then_some(c))
            .collect();
        law.require(encoding_of(&shorter) == Encoding::Gsm7, || {
            format!("leaving out character {left_out} makes it UCS-2")
        })?;
    }
    Ok(())
}

/// **S5. A longer text never needs fewer parts.** With `suffix` appended in the same encoding the
/// count is as high or higher, and units add up.
///
/// # Errors
/// [`Violation`]: it is lower, or they do not.
pub fn a_longer_text_never_needs_fewer_parts(
    measure: impl Fn(&str, Reference) -> Measure,
    text: &str,
    suffix: &str,
    reference: Reference,
) -> Result<(), Violation> {
    let law = Law("S5");
    let whole = measure(&format!("{text}{suffix}"), reference);
    let (text, suffix) = (measure(text, reference), measure(suffix, reference));
    if text.encoding != whole.encoding {
        return Ok(());
    }
    law.require(whole.count >= text.count, || {
        format!("{} parts, {} without the suffix", whole.count, text.count)
    })?;
    let adds_up = whole.units == text.units + suffix.units;
    law.require(suffix.encoding != text.encoding || adds_up, || {
        format!(
            "{} units of {} and {}",
            whole.units, text.units, suffix.units
        )
    })
}
