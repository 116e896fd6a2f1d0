use super::violation::{Law, Violation};
use crate::{Coding, FillBits, MessageReference, PackError, Received, UnpackError, UserData};

/// **S7. Packed septets are read back.** Unpacking what was packed behind a header of
/// `header_octets` is the identity, in as few octets as hold the bits.
///
/// # Errors
/// [`Violation`]: it is not.
pub fn septets_are_read_back(
    pack: impl Fn(&[u8], FillBits) -> Vec<u8>,
    unpack: impl Fn(&[u8], usize, FillBits) -> Option<Vec<u8>>,
    septets: &[u8],
    header_octets: usize,
) -> Result<(), Violation> {
    let law = Law("S7");
    let fill = FillBits::after(header_octets);
    let packed = pack(septets, fill);
    let bits = septets.len() * 7 + usize::from(fill.get());
    law.require(packed.len() == bits.div_ceil(8), || {
        format!("{} octets for {bits} bits", packed.len())
    })?;
    let expected: Vec<u8> = septets.iter().map(|septet| septet & 0x7F).collect();
    let read = unpack(&packed, septets.len(), fill);
    law.require(read.as_ref() == Some(&expected), || {
        let read = read.unwrap_or_default();
        let at = read.iter().zip(&expected).position(|(a, b)| a != b);
        format!(
            "{} of {} septets, first wrong at {at:?}",
            read.len(),
            expected.len()
        )
    })
}

/// **S7. Packed texts are read back.** The parts of a text say, put together, the text, each in
/// 140 octets at most and each with its place in the order.
///
/// # Errors
/// [`Violation`]: they do not. A text that `pack` refuses breaks nothing.
pub fn parts_are_read_back(
    pack: impl Fn(&str, Coding, MessageReference) -> Result<Vec<UserData>, PackError>,
    unpack: impl Fn(&UserData) -> Result<Received, UnpackError>,
    text: &str,
    coding: Coding,
    reference: MessageReference,
) -> Result<(), Violation> {
    let law = Law("S7");
    let Ok(parts) = pack(text, coding, reference) else {
        return Ok(());
    };
    let mut said = String::with_capacity(text.len());
    for (index, part) in parts.iter().enumerate() {
        law.require(part.octets.len() <= 140, || {
            format!("part {index} has {} octets", part.octets.len())
        })?;
        let received = match unpack(part) {
            Ok(received) => received,
            Err(error) => return law.require(false, || format!("part {index}: {error}")),
        };
        let place = received
            .concatenation
            .map(|place| (place.reference, place.total, usize::from(place.sequence)));
        let total = u8::try_from(parts.len()).unwrap_or(u8::MAX);
        let expected = (parts.len() > 1).then_some((reference, total, index + 1));
        law.require(place == expected, || {
            format!("part {index} has the place {place:?}, not {expected:?}")
        })?;
        said.push_str(&received.text);
    }
    law.require(said == text, || {
        let at = said.chars().zip(text.chars()).position(|(a, b)| a != b);
        format!("the parts say another text, from character {at:?}")
    })
}
