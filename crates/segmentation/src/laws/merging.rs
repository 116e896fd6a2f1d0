use super::violation::{Law, Violation};
use crate::{Bounds, Encoding, Measure, Piece, Reference};

/// **S11. A longer value never saves a part.** Text added to a merged value, in the same encoding,
/// leaves the count as high or makes it higher.
///
/// Longer means that the shorter value is part of it. Another value of more units may well need
/// fewer parts: 153 × `]` is 306 units and three parts, 306 × `a` is two.
///
/// # Errors
/// [`Violation`]: it lowers the count.
pub fn a_longer_value_never_saves_a_part(
    measure: impl Fn(&str, Reference) -> Measure,
    (before, after): (&str, &str),
    (value, more): (&str, &str),
    reference: Reference,
) -> Result<(), Violation> {
    let short = measure(&[before, value, after].concat(), reference);
    let long = measure(&[before, value, more, after].concat(), reference);
    let same = short.encoding == long.encoding;
    Law("S11").require(!same || long.count >= short.count, || {
        format!(
            "{} parts, {} with the longer value",
            short.count, long.count
        )
    })
}

/// **S11. Predicted bounds hold.** Whatever values the slots admit, the message has at least the
/// fewest predicted parts and at most the most, and is UCS-2 only if that was predicted.
///
/// `values` fill the slots in order. Values that a slot does not admit, or too few of them, break
/// nothing.
///
/// # Errors
/// [`Violation`]: the message is outside.
pub fn bounds_hold(
    bounds: impl Fn(&[Piece<'_>], Reference) -> Bounds,
    measure: impl Fn(&str, Reference) -> Measure,
    pieces: &[Piece<'_>],
    values: &[&str],
    reference: Reference,
) -> Result<(), Violation> {
    let law = Law("S11");
    let mut values = values.iter();
    let mut message = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => message.push_str(text),
            Piece::Slot(slot) => match values.next() {
                Some(value) if slot.admits(value) => message.push_str(value),
                _ => return Ok(()),
            },
        }
    }
    let (bounds, found) = (bounds(pieces, reference), measure(&message, reference));
    law.require((bounds.least..=bounds.most).contains(&found.count), || {
        format!(
            "{} parts, predicted {} to {}",
            found.count, bounds.least, bounds.most
        )
    })?;
    law.require(
        (bounds.least..=bounds.most).contains(&bounds.likely),
        || {
            format!(
                "{} likely of {} to {}",
                bounds.likely, bounds.least, bounds.most
            )
        },
    )?;
    law.require(
        bounds.may_force_ucs2 || found.encoding == Encoding::Gsm7,
        || "UCS-2, which was not predicted".to_owned(),
    )
}
