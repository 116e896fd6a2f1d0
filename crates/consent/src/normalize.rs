use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// What becomes of an emoji: handsets put them between words and, rarely, into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Emoji {
    /// It separates words.
    Separates,
    /// It was never there.
    Vanishes,
}

/// The words of `text`, in the one spelling that is compared (compliance reference, 5.3): compatible
/// forms unified, lower case, without accents, invisible characters and punctuation; an apostrophe
/// or hyphen between letters is dropped.
pub(crate) fn words(text: &str, emoji: Emoji) -> Vec<String> {
    let letters: Vec<char> = text
        .chars()
        .map(straight)
        .filter(|c| !is_invisible(*c) && (emoji == Emoji::Separates || !is_emoji(*c)))
        .nfkd()
        .filter(|c| !is_invisible(*c) && !('\u{300}'..='\u{36f}').contains(c))
        .flat_map(char::to_lowercase)
        // The second pass decomposes what lower case composed, such as the dot of a Turkish İ.
        .nfkd()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .map(|c| if c == 'ı' { 'i' } else { c })
        .nfc()
        .collect();
    let mut words = vec![String::new()];
    for (place, letter) in letters.iter().enumerate() {
        let neighbor = |at: Option<usize>| {
            at.and_then(|at| letters.get(at))
                .is_some_and(|c| is_word(*c))
        };
        if is_word(*letter) {
            if let Some(word) = words.last_mut() {
                word.push(*letter);
            }
        } else if !(matches!(letter, '\'' | '-')
            && neighbor(place.checked_sub(1))
            && neighbor(place.checked_add(1)))
        {
            words.push(String::new());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The sentences of a raw text: cut at full stops and their full-width forms, and at line breaks.
pub(crate) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split([
        '.', '!', '?', '…', '\n', '\r', '\u{85}', '\u{2028}', '\u{2029}', '。', '．', '！', '？',
        '｡',
    ])
}

/// Apostrophes and hyphens in all their shapes. Some would decompose into a space and an accent.
fn straight(c: char) -> char {
    match c {
        '’' | '‘' | 'ʼ' | '´' | '`' | '＇' | '′' => '\'',
        '\u{2010}' | '\u{2011}' | '－' | '﹣' => '-',
        other => other,
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Format characters (general category Cf, Unicode 16), variation selectors, and blank fillers.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{890}' | '\u{891}' | '\u{8e2}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}'
        | '\u{e0100}'..='\u{e01ef}')
}

/// Blocks that hold pictures.
pub(crate) fn is_emoji(c: char) -> bool {
    matches!(c, '\u{20e3}' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}'
        | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(text: &str) -> String {
        words(text, Emoji::Separates).join(" ")
    }

    #[test]
    fn one_spelling_for_many() {
        for (text, expected) in [
            ("ＳＴＯＰ", "stop"),
            ("s\u{200b}to\u{ad}p", "stop"),
            ("S\u{34f}TOP", "stop"),
            ("Stóp", "stop"),
            ("don’t", "dont"),
            ("Opt-Out", "optout"),
            ("'stop' - now", "stop now"),
            ("QUİT quıt", "quit quit"),
            ("𝐒𝐓𝐎𝐏", "stop"),
            ("stop🙏now", "stop now"),
            ("रोकें!", "रोकें"),
            ("👍🏽", ""),
        ] {
            assert_eq!(spelled(text), expected, "{text}");
        }
        assert_eq!(words("st🙏op", Emoji::Vanishes), ["stop"]);
    }
}
