//! Worked examples: texts whose encoding, units and part boundaries were computed by independent
//! implementations. Columns: number, pieces of the text with repeats, encoding, units of each part
//! with an 8-bit reference, units of each part with a 16-bit reference.

use tidings_segmentation::Encoding::{self, Gsm7, Ucs2};
use tidings_segmentation::{Reference, segment_with};

const FAMILY: &str = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}";

type Example = (
    u32,
    &'static [(&'static str, usize)],
    Encoding,
    &'static [u32],
    &'static [u32],
);

#[rustfmt::skip] // one example per line
const EXAMPLES: [Example; 74] = [
    (1, &[], Gsm7, &[0], &[0]),
    (2, &[("Hello", 1)], Gsm7, &[5], &[5]),
    (3, &[("a", 160)], Gsm7, &[160], &[160]),
    (4, &[("a", 161)], Gsm7, &[153, 8], &[152, 9]),
    (5, &[("a", 306)], Gsm7, &[153, 153], &[152, 152, 2]),
    (6, &[("a", 307)], Gsm7, &[153, 153, 1], &[152, 152, 3]),
    (7, &[("a", 459)], Gsm7, &[153, 153, 153], &[152, 152, 152, 3]),
    (8, &[("a", 460)], Gsm7, &[153, 153, 153, 1], &[152, 152, 152, 4]),
    (9, &[("\u{20AC}", 1)], Gsm7, &[2], &[2]),
    (10, &[("\u{20AC}", 80)], Gsm7, &[160], &[160]),
    (11, &[("\u{20AC}", 81)], Gsm7, &[152, 10], &[152, 10]),
    (12, &[("a", 158), ("\u{20AC}", 1)], Gsm7, &[160], &[160]),
    (13, &[("a", 159), ("\u{20AC}", 1)], Gsm7, &[153, 8], &[152, 9]),
    (14, &[("a", 152), ("\u{20AC}", 1), ("a", 6)], Gsm7, &[160], &[160]),
    (15, &[("a", 152), ("\u{20AC}", 1), ("a", 7)], Gsm7, &[152, 9], &[152, 9]),
    (16, &[("a", 151), ("\u{20AC}", 1), ("a", 153)], Gsm7, &[153, 153], &[151, 152, 3]),
    (17, &[("a", 152), ("\u{20AC}", 1), ("a", 151)], Gsm7, &[152, 153], &[152, 152, 1]),
    (18, &[("a", 152), ("\u{20AC}", 1), ("a", 152)], Gsm7, &[152, 153, 1], &[152, 152, 2]),
    (19, &[("]", 153)], Gsm7, &[152, 152, 2], &[152, 152, 2]),
    (20, &[("]", 152)], Gsm7, &[152, 152], &[152, 152]),
    (21, &[("[", 76), ("a", 1), ("[", 76)], Gsm7, &[153, 152], &[152, 151, 2]),
    (22, &[("a", 76), ("\r\n", 1), ("a", 82)], Gsm7, &[160], &[160]),
    (23, &[("a", 80), ("\r\n", 1), ("a", 79)], Gsm7, &[153, 8], &[152, 9]),
    (24, &[("a", 80), ("\n", 1), ("a", 79)], Gsm7, &[160], &[160]),
    (25, &[("\u{0C}", 1)], Gsm7, &[2], &[2]),
    (26, &[("\u{1B}", 1)], Ucs2, &[1], &[1]),
    (27, &[("\0", 1)], Ucs2, &[1], &[1]),
    (28, &[("a\tb", 1)], Ucs2, &[3], &[3]),
    (29, &[("10\u{A0}EUR", 1)], Ucs2, &[6], &[6]),
    (30, &[("`", 1)], Ucs2, &[1], &[1]),
    (31, &[("\u{C7}", 1)], Gsm7, &[1], &[1]),
    (32, &[("\u{E7}", 1)], Ucs2, &[1], &[1]),
    (33, &[("\u{E9}", 70)], Gsm7, &[70], &[70]),
    (34, &[("e\u{301}", 70)], Ucs2, &[67, 67, 6], &[66, 66, 8]),
    (35, &[("\u{E1}", 1)], Ucs2, &[1], &[1]),
    (36, &[("\u{ED}\u{F3}\u{FA}", 1)], Ucs2, &[3], &[3]),
    (37, &[("\u{E0}\u{E8}\u{EC}\u{F2}\u{F9}", 1)], Gsm7, &[5], &[5]),
    (38, &[("\u{D1}\u{F1}\u{BF}\u{A1}", 1)], Gsm7, &[4], &[4]),
    (39, &[("\u{C4}\u{D6}\u{DC}\u{E4}\u{F6}\u{FC}\u{DF}", 1)], Gsm7, &[7], &[7]),
    (40, &[("\u{1E9E}", 1)], Ucs2, &[1], &[1]),
    (41, &[("\u{391}", 1)], Ucs2, &[1], &[1]),
    (42, &[("\u{394}\u{3A6}\u{393}\u{39B}\u{3A9}\u{3A0}\u{3A8}\u{3A3}\u{398}\u{39E}", 1)], Gsm7, &[10], &[10]),
    (43, &[("\u{2126}", 1)], Ucs2, &[1], &[1]),
    (44, &[("\u{11F}\u{15F}\u{131}", 1)], Ucs2, &[3], &[3]),
    (45, &[("It\u{2019}s", 1)], Ucs2, &[4], &[4]),
    (46, &[("\u{201C}Hi\u{201D}", 1), ("a", 66)], Ucs2, &[70], &[70]),
    (47, &[("\u{201C}Hi\u{201D}", 1), ("a", 67)], Ucs2, &[67, 4], &[66, 5]),
    (48, &[("\u{4E2D}", 70)], Ucs2, &[70], &[70]),
    (49, &[("\u{4E2D}", 71)], Ucs2, &[67, 4], &[66, 5]),
    (50, &[("\u{4E2D}", 134)], Ucs2, &[67, 67], &[66, 66, 2]),
    (51, &[("\u{4E2D}", 135)], Ucs2, &[67, 67, 1], &[66, 66, 3]),
    (52, &[("|", 24), ("{", 1), ("|", 28), ("\u{221E}", 1), ("|", 10), ("^", 1), ("|", 5)], Ucs2, &[70], &[70]),
    (53, &[("\u{1F600}", 1)], Ucs2, &[2], &[2]),
    (54, &[("\u{1F600}", 35)], Ucs2, &[70], &[70]),
    (55, &[("\u{1F600}", 36)], Ucs2, &[66, 6], &[66, 6]),
    (56, &[("a", 69), ("\u{1F600}", 1)], Ucs2, &[67, 4], &[66, 5]),
    (57, &[("a", 66), ("\u{1F600}", 1), ("a", 3)], Ucs2, &[66, 5], &[66, 5]),
    (58, &[("a", 66), ("\u{1F600}", 1), ("a", 65)], Ucs2, &[66, 67], &[66, 66, 1]),
    (59, &[("a", 66), ("\u{1F600}", 1), ("a", 66)], Ucs2, &[66, 67, 1], &[66, 66, 2]),
    (60, &[(FAMILY, 1)], Ucs2, &[8], &[8]),
    (61, &[(FAMILY, 8)], Ucs2, &[64], &[64]),
    (62, &[(FAMILY, 9)], Ucs2, &[67, 5], &[66, 6]),
    (63, &[("a", 60), (FAMILY, 1), ("a", 60)], Ucs2, &[66, 62], &[66, 62]),
    (64, &[("a", 62), (FAMILY, 1), ("a", 64)], Ucs2, &[67, 67], &[65, 66, 3]),
    (65, &[("\u{1F44D}\u{1F3FD}", 1)], Ucs2, &[4], &[4]),
    (66, &[("\u{1F1E9}\u{1F1EA}", 1)], Ucs2, &[4], &[4]),
    (67, &[("1\u{FE0F}\u{20E3}", 1)], Ucs2, &[3], &[3]),
    (68, &[("\u{2764}\u{FE0F}", 1)], Ucs2, &[2], &[2]),
    (69, &[("\u{FEFF}Hi", 1)], Ucs2, &[3], &[3]),
    (70, &[("a\u{200B}b", 1)], Ucs2, &[3], &[3]),
    (71, &[("\u{928}\u{92E}\u{938}\u{94D}\u{924}\u{947}", 1)], Ucs2, &[6], &[6]),
    (72, &[("\u{645}\u{631}\u{62D}\u{628}\u{627}", 1)], Ucs2, &[5], &[5]),
    (73, &[("Your code is 123456. Do not share it.", 1)], Gsm7, &[37], &[37]),
    (74, &[("Price: 5\u{20AC} [promo]", 1)], Gsm7, &[20], &[20]),
];

#[test]
fn every_worked_example_has_its_encoding_units_and_boundaries() {
    for (number, pieces, encoding, eight_bit, sixteen_bit) in EXAMPLES {
        let text: String = pieces
            .iter()
            .map(|(piece, times)| piece.repeat(*times))
            .collect();
        for (reference, expected) in [
            (Reference::EightBit, eight_bit),
            (Reference::SixteenBit, sixteen_bit),
        ] {
            let segmentation = segment_with(&text, reference);
            let parts: Vec<u32> = segmentation.parts.iter().map(|part| part.units).collect();
            assert_eq!(segmentation.encoding, encoding, "example {number}");
            assert_eq!(parts, expected, "example {number}, {reference:?}");
            assert_eq!(
                segmentation.units,
                expected.iter().sum::<u32>(),
                "example {number}"
            );
            assert_eq!(
                segmentation.count as usize,
                expected.len(),
                "example {number}"
            );
        }
    }
}
