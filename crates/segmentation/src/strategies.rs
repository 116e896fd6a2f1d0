//! Texts for property tests.

use crate::alphabet::{DEFAULT, EXTENSION};
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

/// A text in GSM-7 or any other, equally often.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![gsm7_text(), any_text()]
}

/// A text that [`smart_encode`](crate::smart_encode) can mostly bring into GSM-7, up to 400 characters.
pub fn typographic_text() -> impl Strategy<Value = String> {
    let typography = select("’“”–…•©\u{A0}`«\u{200B}\u{391}".chars().collect::<Vec<_>>());
    text_of(prop_oneof![gsm7_char(), typography], 400)
}

fn text_of(character: impl Strategy<Value = char>, most: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(character, 0..=most).prop_map(String::from_iter)
}
