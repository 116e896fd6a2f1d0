use super::violation::{Law, Violation};
use crate::{Encoding, Measure, Reference, Segmentation};

/// **S1. Parts cover the text.** There is at least one part; parts lie end to end from the first
/// byte to the last; their number is the count and their units add up to the units.
///
/// # Errors
/// [`Violation`]: they do not.
pub fn parts_cover_the_text(
    segment: impl Fn(&str, Reference) -> Segmentation,
    text: &str,
    reference: Reference,
) -> Result<(), Violation> {
    let law = Law("S1");
    let found = segment(text, reference);
    law.require(found.count >= 1, || "no part".to_owned())?;
    law.require(found.parts.len() == found.count as usize, || {
        format!(
            "{} parts, but the count is {}",
            found.parts.len(),
            found.count
        )
    })?;
    let units: u32 = found.parts.iter().map(|part| part.units).sum();
    law.require(units == found.units, || {
        format!("parts of {units} units, but {} in all", found.units)
    })?;
    let mut at = 0;
    for part in &found.parts {
        law.require(part.range.start == at, || {
            format!("a part begins at byte {}, not at {at}", part.range.start)
        })?;
        law.require(text.get(part.range.clone()).is_some(), || {
            format!("no text at bytes {:?}", part.range)
        })?;
        at = part.range.end;
    }
    law.require(at == text.len(), || {
        format!("parts end at byte {at} of {}", text.len())
    })
}

/// **S2. Parts are full but never overfull.** One part exactly when the units fit in 160 or 70; of
/// several each holds 1 to 153 or 67 units (152 or 66 with a 16-bit reference), and all but the last
/// lack one at most.
///
/// # Errors
/// [`Violation`]: they do not.
pub fn parts_are_full_but_never_overfull(
    segment: impl Fn(&str, Reference) -> Segmentation,
    text: &str,
    reference: Reference,
) -> Result<(), Violation> {
    let law = Law("S2");
    let found = segment(text, reference);
    let fits = found.units <= found.encoding.single_capacity();
    law.require((found.parts.len() == 1) == fits, || {
        format!("{} units in {} parts", found.units, found.parts.len())
    })?;
    let capacity = found.encoding.part_capacity(reference);
    if let [full @ .., last] = found.parts.as_slice()
        && !full.is_empty()
    {
        for (index, part) in full.iter().enumerate() {
            law.require((capacity - 1..=capacity).contains(&part.units), || {
                format!("part {index} holds {} units of {capacity}", part.units)
            })?;
        }
        law.require((1..=capacity).contains(&last.units), || {
            format!("the last part holds {} units of {capacity}", last.units)
        })?;
    }
    Ok(())
}

/// **S2. The count is that of full parts.** Filling parts from the left, characters whole, is what
/// the count says; dividing is not.
///
/// For an implementation that counts without cutting. The model here reads the text a character at a
/// time.
///
/// # Errors
/// [`Violation`]: it counts otherwise.
pub fn count_is_exact(
    measure: impl Fn(&str, Reference) -> Measure,
    text: &str,
    reference: Reference,
) -> Result<(), Violation> {
    let found = measure(text, reference);
    let all_gsm7 = text.chars().all(|c| Encoding::Gsm7.units_of(c).is_some());
    let encoding = if all_gsm7 {
        Encoding::Gsm7
    } else {
        Encoding::Ucs2
    };
    let capacity = encoding.part_capacity(reference);
    let (mut units, mut count, mut room) = (0, 1, capacity);
    for cost in text.chars().filter_map(|c| encoding.units_of(c)) {
        units += cost;
        if cost > room {
            count += 1;
            room = capacity;
        }
        room -= cost;
    }
    if units <= encoding.single_capacity() {
        count = 1;
    }
    let expected = Measure {
        encoding,
        units,
        count,
    };
    Law("S2").require(found == expected, || format!("{found:?}, not {expected:?}"))
}

/// **S3. Each part stands alone.** No part cuts a character: its units are those of its characters,
/// and in UCS-2 it decodes on its own.
///
/// # Errors
/// [`Violation`]: one does not.
pub fn each_part_stands_alone(
    segment: impl Fn(&str, Reference) -> Segmentation,
    text: &str,
    reference: Reference,
) -> Result<(), Violation> {
    let law = Law("S3");
    let found = segment(text, reference);
    for (index, part) in found.parts.iter().enumerate() {
        let own = text.get(part.range.clone()).unwrap_or_default();
        law.require(own.len() == part.range.len(), || {
            format!("part {index} begins or ends inside a character")
        })?;
        let units: u32 = own.chars().filter_map(|c| found.encoding.units_of(c)).sum();
        law.require(units == part.units, || {
            format!("part {index} is {units} units, not {}", part.units)
        })?;
        if found.encoding == Encoding::Ucs2 {
            let wire: Vec<u16> = own.encode_utf16().collect();
            law.require(wire.len() == part.units as usize, || {
                format!("part {index} is {} code units", wire.len())
            })?;
        }
    }
    Ok(())
}

/// **S6. The count is bounded by division.** Several parts are at least the units divided by the
/// capacity, and at most the units divided by one less.
///
/// # Errors
/// [`Violation`]: they are not.
pub fn count_is_bounded_by_division(
    measure: impl Fn(&str, Reference) -> Measure,
    text: &str,
    reference: Reference,
) -> Result<(), Violation> {
    let found = measure(text, reference);
    let capacity = found.encoding.part_capacity(reference);
    let allowed = found.units.div_ceil(capacity)..=found.units.div_ceil(capacity - 1);
    let single = found.units <= found.encoding.single_capacity();
    Law("S6").require(single || allowed.contains(&found.count), || {
        format!("{} parts of {} units", found.count, found.units)
    })
}

/// **S10. A wider reference never saves a part.** With a 16-bit reference there are as many parts as
/// with an 8-bit one, or more.
///
/// # Errors
/// [`Violation`]: there are fewer.
pub fn a_wider_reference_never_saves_a_part(
    measure: impl Fn(&str, Reference) -> Measure,
    text: &str,
) -> Result<(), Violation> {
    let narrow = measure(text, Reference::EightBit).count;
    let wide = measure(text, Reference::SixteenBit).count;
    Law("S10").require(wide >= narrow, || {
        format!("{wide} parts with 16 bits, {narrow} with 8")
    })
}
