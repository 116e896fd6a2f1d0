//! One spelling for what people write in many.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A text without case, accents and the difference between forms of one letter or digit.
pub(super) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|letter| !is_accent(*letter)) {
        for letter in letter.to_lowercase() {
            match letter {
                'ß' => folded.push_str("ss"),
                'æ' => folded.push_str("ae"),
                'œ' => folded.push_str("oe"),
                'þ' => folded.push_str("th"),
                'ø' => folded.push('o'),
                'ł' => folded.push('l'),
                'đ' | 'ð' => folded.push('d'),
                'ı' => folded.push('i'),
                'ς' => folded.push('σ'),
                other => folded.push(digit(other).unwrap_or(other)),
            }
        }
    }
    folded
}

/// Marks that people leave out: accents of Latin, Greek and Cyrillic letters, Hebrew points, Arabic vowels.
/// Those of Indian and other scripts are part of the word.
const fn is_accent(letter: char) -> bool {
    matches!(
        letter,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{640}'
            | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}'
    )
}

/// The digit of another script as ours.
fn digit(letter: char) -> Option<char> {
    let zero = ['\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{e50}']
        .into_iter()
        .find(|zero| (*zero..).take(10).any(|digit| digit == letter))?;
    char::from_digit(u32::from(letter).checked_sub(u32::from(zero))?, 10)
}

/// Whether it is part of a word.
pub(super) fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || is_combining_mark(letter)
}

pub(super) const fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '\u{2019}' | '\u{2018}' | '\u{2bc}')
}

/// Whether the letter is of a script that puts no spaces between words.
pub(crate) const fn is_without_spaces(letter: char) -> bool {
    matches!(
        letter,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
            | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

/// The same of the first letter, for a run of one kind.
pub(super) fn has_no_spaces(run: &str) -> bool {
    run.chars().next().is_some_and(is_without_spaces)
}
