//! Texts for property tests, and what is asked about them.

use crate::alphabet::{DEFAULT, EXTENSION};
use crate::{Class, Coding, Language, MessageReference, Piece, Reference, Slot, Tables};
use proptest::prelude::*;
use proptest::sample::select;

/// A character of GSM-7; one in four from the extension table, so that pairs meet boundaries.
pub fn gsm7_char() -> impl Strategy<Value = char> {
    prop_oneof![
        3 => select(DEFAULT.chars().collect::<Vec<_>>()),
        1 => select(EXTENSION.chars().collect::<Vec<_>>()),
    ]
}

/// A character of every kind that matters here: GSM-7, typography, combining marks, emoji, any.
pub fn any_char() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => gsm7_char(),
        2 => select("’“”–…\u{A0}`«\u{200B}\u{200D}çáğ中".chars().collect::<Vec<_>>()),
        1 => select("\u{300}\u{301}\u{303}\u{308}\u{30A}\u{327}".chars().collect::<Vec<_>>()),
        1 => select("\u{1F600}\u{1F468}\u{1F3FD}".chars().collect::<Vec<_>>()),
        1 => any::<char>(),
    ]
}

/// A text in GSM-7 of up to 700 characters, that is up to ten parts.
pub fn gsm7_text() -> impl Strategy<Value = String> {
    text_of(gsm7_char(), 700)
}

/// Any text of up to 400 characters, that is up to thirteen parts.
pub fn any_text() -> impl Strategy<Value = String> {
    text_of(any_char(), 400)
}

/// An ASCII text in GSM-7 of up to 1000 characters, with a few of two units.
pub fn ascii_text() -> impl Strategy<Value = String> {
    let letters = proptest::char::range(' ', 'Z');
    let pairs = select("[]{}\\^~|\u{C}".chars().collect::<Vec<_>>());
    text_of(prop_oneof![9 => letters, 1 => pairs], 1000)
}

/// A text in ASCII, in GSM-7 or any other, equally often.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![ascii_text(), gsm7_text(), any_text()]
}

/// A text that [`smart_encode`](crate::smart_encode) can mostly bring into GSM-7, up to 400 characters.
pub fn typographic_text() -> impl Strategy<Value = String> {
    let typography = select("’“”–…•©\u{A0}`«\u{200B}\u{391}".chars().collect::<Vec<_>>());
    text_of(prop_oneof![gsm7_char(), typography], 400)
}

fn text_of(character: impl Strategy<Value = char>, most: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(character, 0..=most).prop_map(String::from_iter)
}

/// A text of emoji sequences, letters with marks, flags and line ends, up to 300 characters.
pub fn cluster_text() -> impl Strategy<Value = String> {
    let clusters = [
        "a",
        "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
        "\u{1F44D}\u{1F3FD}",
        "\u{1F1E9}\u{1F1EA}",
        "1\u{FE0F}\u{20E3}",
        "e\u{301}",
        "\r\n",
        "\u{928}\u{94D}\u{924}\u{947}",
        "\u{301}",
    ];
    proptest::collection::vec(select(clusters.to_vec()), 0..=100).prop_map(|parts| parts.concat())
}

/// Up to 400 septets, one to a byte, of any of the 128 codes.
pub fn septets() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(0..=0x7F_u8, 0..=400)
}

/// Either width of reference.
pub fn reference() -> impl Strategy<Value = Reference> {
    select(vec![Reference::EightBit, Reference::SixteenBit])
}

/// Any number of either width.
pub fn message_reference() -> impl Strategy<Value = MessageReference> {
    prop_oneof![
        any::<u8>().prop_map(MessageReference::EightBit),
        any::<u16>().prop_map(MessageReference::SixteenBit),
    ]
}

/// Any of the thirteen languages.
pub fn language() -> impl Strategy<Value = Language> {
    select(Language::ALL.to_vec())
}

/// The default tables, or those of one or two languages.
pub fn tables() -> impl Strategy<Value = Tables> {
    let pair = (
        proptest::option::of(language()),
        proptest::option::of(language()),
    );
    pair.prop_map(|(locking, single)| {
        Tables::new(locking, single).unwrap_or(Tables::single(Language::Spanish))
    })
}

/// UCS-2, or GSM-7 with any tables.
pub fn coding() -> impl Strategy<Value = Coding> {
    prop_oneof![
        1 => Just(Coding::Ucs2),
        3 => tables().prop_map(Coding::Gsm7),
    ]
}

/// A text of up to 400 characters that `tables` hold.
pub fn text_in(tables: Tables) -> impl Strategy<Value = String> {
    let held: Vec<char> = (0..128)
        .flat_map(|code| [tables.main().decode(code), tables.extension().decode(code)])
        .flatten()
        .collect();
    text_of(select(held), 400)
}

/// A template with a value for each of its slots.
#[derive(Debug, Clone)]
pub struct Merge {
    /// Fixed texts; a slot follows each but the last.
    pub texts: Vec<String>,
    /// Slots and what is merged into them.
    pub slots: Vec<(Slot, String)>,
}

impl Merge {
    /// The template: texts and slots in turn.
    pub fn pieces(&self) -> Vec<Piece<'_>> {
        let slots = self
            .slots
            .iter()
            .map(|(slot, _)| Piece::Slot(*slot))
            .map(Some);
        self.texts
            .iter()
            .map(|text| Piece::Text(text))
            .zip(slots.chain(std::iter::repeat(None)))
            .flat_map(|(text, slot)| [Some(text), slot])
            .flatten()
            .collect()
    }

    /// The values, in the order of the slots.
    pub fn values(&self) -> Vec<&str> {
        self.slots.iter().map(|(_, value)| value.as_str()).collect()
    }
}

/// A template of up to three slots, each with a value that it admits.
pub fn merge() -> impl Strategy<Value = Merge> {
    let text = prop_oneof![3 => text_of(gsm7_char(), 120), 1 => text_of(any_char(), 60)];
    let parts = proptest::collection::vec((text, slot_and_value()), 1..=4);
    parts.prop_map(|parts| {
        let (texts, mut slots): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        slots.pop();
        Merge { texts, slots }
    })
}

/// A slot of up to 160 characters and a value that it admits, often of just the most characters.
fn slot_and_value() -> impl Strategy<Value = (Slot, String)> {
    select(Class::ALL.to_vec()).prop_flat_map(|class| {
        let value = prop_oneof![
            text_of(char_in(class), 80),
            (char_in(class), 0..=80_usize).prop_map(|(c, times)| c.to_string().repeat(times)),
        ];
        (value, 0..=3_u32, 0..=3_u32).prop_map(move |(value, under, over)| {
            let length = u32::try_from(value.chars().count()).unwrap_or(u32::MAX);
            let (least, most) = (length.saturating_sub(under), length.saturating_add(over));
            let slot = Slot::between(least, most, class).unwrap_or(Slot::up_to(most, class));
            (slot, value)
        })
    })
}

/// A character that slots of `class` admit.
pub fn char_in(class: Class) -> impl Strategy<Value = char> {
    // Digits are in every class.
    any_char().prop_map(move |c| if class.contains(c) { c } else { '0' })
}
