use super::*;
use crate::Language;

fn parts(text: &str, coding: Coding) -> Vec<UserData> {
    pack(text, coding, MessageReference::SixteenBit(0xBEEF)).unwrap()
}

const GSM7: Coding = Coding::Gsm7(Tables::DEFAULT);

#[test]
fn one_part_needs_no_header() {
    let [part] = parts("hello", GSM7).try_into().unwrap();
    assert!(!part.has_header);
    assert_eq!((part.length, part.data_coding()), (5, 0));
    assert_eq!(part.octets, [0xE8, 0x32, 0x9B, 0xFD, 0x06]);
    let [part] = parts("中🙂", Coding::Ucs2).try_into().unwrap();
    assert_eq!((part.length, part.data_coding()), (6, 8));
    assert_eq!(part.octets, [0x4E, 0x2D, 0xD8, 0x3D, 0xDE, 0x42]);
    let [empty] = parts("", GSM7).try_into().unwrap();
    assert_eq!((empty.length, empty.octets.len()), (0, 0));
    assert_eq!(empty.unpack().unwrap().text, "");
}

#[test]
fn every_coding_fills_140_octets_and_reads_back() {
    let both = Tables::new(Some(Language::Turkish), Some(Language::Turkish)).unwrap();
    let codings = [
        GSM7,
        Coding::Gsm7(Tables::single(Language::Turkish)),
        Coding::Gsm7(both),
        Coding::Ucs2,
    ];
    for coding in codings {
        for reference in [
            MessageReference::EightBit(9),
            MessageReference::SixteenBit(900),
        ] {
            let text = "a[b".repeat(200);
            let parts = pack(&text, coding, reference).unwrap();
            let mut read = String::new();
            for (sequence, part) in (1..).zip(&parts) {
                assert!(part.octets.len() <= 140, "{coding:?}");
                let received = part.unpack().unwrap();
                let concatenation = received.concatenation.unwrap();
                assert_eq!(
                    (concatenation.reference, concatenation.sequence),
                    (reference, sequence)
                );
                assert_eq!(usize::from(concatenation.total), parts.len());
                assert_eq!(
                    Coding::Gsm7(received.tables),
                    if coding == Coding::Ucs2 { GSM7 } else { coding }
                );
                read.push_str(&received.text);
            }
            assert_eq!(read, text);
            assert!(
                parts
                    .iter()
                    .rev()
                    .skip(1)
                    .all(|part| part.octets.len() >= 138)
            );
        }
    }
}

#[test]
fn an_escape_is_never_cut_from_its_code() {
    for part in parts(&"]".repeat(153), GSM7) {
        let text = part.unpack().unwrap().text;
        assert!(text.chars().all(|c| c == ']'), "{text}");
    }
}

#[test]
fn unpacked_septets_take_an_octet_each() {
    let text = format!("{}€", "a".repeat(200));
    let [first, last] = parts(&text, GSM7).try_into().unwrap();
    let first = first.unpacked().unwrap();
    assert_eq!(
        (first.len(), first.get(..7)),
        (7 + 152, Some(&[6, 8, 4, 0xBE, 0xEF, 2, 1][..]))
    );
    assert!(last.unpacked().unwrap().ends_with(&[0x61, 0x1B, 0x65]));
}

#[test]
fn a_national_table_is_announced_in_a_single_part_too() {
    let [part] = parts("ş", Coding::Gsm7(Tables::single(Language::Turkish)))
        .try_into()
        .unwrap();
    assert_eq!(part.octets.get(..4), Some(&[3, 0x24, 1, 1][..]));
    assert_eq!(part.unpack().unwrap().text, "ş");
}

#[test]
fn a_header_may_stand_before_no_text() {
    let [part] = parts("", Coding::Gsm7(Tables::single(Language::Turkish)))
        .try_into()
        .unwrap();
    assert_eq!(
        (part.length, part.octets.as_slice()),
        (5, &[3, 0x24, 1, 1, 0][..])
    );
    assert_eq!(part.unpack().unwrap().text, "");
    let mut unfilled = part;
    unfilled.octets.pop();
    assert_eq!(unfilled.unpack().unwrap().text, "");
}

proptest::proptest! {
    #[test]
    fn hostile_user_data_is_read_or_refused(
        octets in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
        length in proptest::num::u8::ANY,
        has_header in proptest::bool::ANY,
        is_gsm7 in proptest::bool::ANY,
        fits in proptest::bool::ANY,
    ) {
        let encoding = if is_gsm7 { Encoding::Gsm7 } else { Encoding::Ucs2 };
        // Half of them with the length that belongs to the octets, so that reading gets further.
        let length = match encoding {
            Encoding::Gsm7 if fits => u8::try_from(octets.len() * 8 / 7).unwrap_or(length),
            Encoding::Ucs2 if fits => u8::try_from(octets.len()).unwrap_or(length),
            Encoding::Gsm7 | Encoding::Ucs2 => length,
        };
        let most = octets.len() * 8 / 7;
        let data = UserData { encoding, has_header, length, octets };
        if let Ok(received) = data.unpack() {
            proptest::prop_assert!(received.text.chars().count() <= most);
        }
    }
}

#[test]
fn texts_that_cannot_be_packed_are_refused() {
    let reference = MessageReference::EightBit(0);
    let refused = pack("añ中", GSM7, reference).unwrap_err();
    assert_eq!(
        refused,
        PackError::Unencodable(Unencodable {
            index: 2,
            char: '中'
        })
    );
    assert!(!refused.to_string().contains('中'));
    assert_eq!(
        pack(&"a".repeat(255 * 153), GSM7, reference).unwrap().len(),
        255
    );
    let long = pack(&"a".repeat(255 * 153 + 1), GSM7, reference);
    assert_eq!(long, Err(PackError::TooManyParts(256)));
}

#[test]
fn user_data_that_contradicts_itself_is_refused() {
    let data = |encoding, has_header, length, octets: &[u8]| UserData {
        encoding,
        has_header,
        length,
        octets: octets.to_vec(),
    };
    let refused = |data: UserData| data.unpack().unwrap_err();
    assert_eq!(
        refused(data(Encoding::Gsm7, true, 9, &[])),
        UnpackError::Header
    );
    assert_eq!(
        refused(data(Encoding::Gsm7, true, 9, &[5, 0, 3])),
        UnpackError::Header
    );
    assert_eq!(
        refused(data(Encoding::Gsm7, true, 3, &[2, 0, 3])),
        UnpackError::Header
    );
    assert_eq!(
        refused(data(Encoding::Gsm7, false, 9, &[0; 7])),
        UnpackError::Length
    );
    assert_eq!(
        refused(data(Encoding::Gsm7, false, 1, &[0; 7])),
        UnpackError::Length
    );
    assert_eq!(
        refused(data(Encoding::Gsm7, true, 1, &[0])),
        UnpackError::Length
    );
    assert_eq!(
        refused(data(Encoding::Ucs2, false, 3, &[0, 1, 2])),
        UnpackError::OddOctets
    );
    assert_eq!(
        refused(data(Encoding::Ucs2, false, 2, &[0, 1, 2])),
        UnpackError::Length
    );
    let half = data(Encoding::Ucs2, false, 2, &[0xD8, 0x3D]);
    assert_eq!(half.unpack().unwrap().text, "\u{FFFD}");
}
