//! Compliance reference, section 5.3: the one spelling in which texts and lexicon are compared.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// What becomes of an emoji: handsets put them between words and, rarely, into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Emoji {
    /// It separates words.
    Separates,
    /// It was never there.
    Vanishes,
}

/// What stands between a word and the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Break {
    /// Blanks, commas and the like.
    Blank,
    /// A line break, which ends a sentence but may as well be one inside it.
    Line,
    /// A full stop or its relatives.
    Sentence,
}

/// Where a word stands in [`Words::spelled`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word {
    start: usize,
    end: usize,
    /// What stands before it.
    pub(crate) after: Break,
    is_character: bool,
}

/// The words of a text: compatible forms unified, case folded, without accents, invisible characters
/// and punctuation; an apostrophe or hyphen between letters is dropped.
///
/// Chinese, Japanese and Thai are written without blanks; there each character counts as a word, so
/// that a phrase is found inside a sentence.
#[derive(Debug)]
pub(crate) struct Words {
    spelled: String,
    list: Vec<Word>,
    next: Break,
    in_word: In,
    /// Whether an emoji stands between or after letters, so that the two readings may differ.
    pub(crate) has_emoji: bool,
}

/// Where the scan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum In {
    Between,
    Word,
    /// A character that is a word, and takes only marks.
    Character,
    /// After an apostrophe or hyphen that follows a letter.
    Joiner,
}

impl Words {
    /// Reads `text`, in time linear in its length.
    pub(crate) fn of(text: &str, emoji: Emoji) -> Self {
        let mut words = Self {
            spelled: String::with_capacity(text.len().saturating_add(8)),
            list: Vec::with_capacity(text.len() / 5 + 2),
            next: Break::Blank,
            in_word: In::Between,
            has_emoji: false,
        };
        if text.is_ascii() {
            for c in text.chars() {
                words.push(straight(c).to_ascii_lowercase(), emoji);
            }
        } else {
            for c in folded(text) {
                words.push(c, emoji);
            }
        }
        words
    }

    /// The words, in order.
    pub(crate) fn words(&self) -> &[Word] {
        &self.list
    }

    /// How `word` is spelled.
    pub(crate) fn spelling(&self, word: Word) -> &str {
        self.spelled.get(word.start..word.end).unwrap_or_default()
    }

    /// Some of the words as one text, cut after about a hundred bytes.
    pub(crate) fn joined(&self, words: &[Word]) -> String {
        const LIMIT: usize = 100;
        let mut text = String::new();
        let mut separate = false;
        for word in words {
            if separate && !word.is_character {
                text.push(' ');
            }
            separate = true;
            for c in self.spelling(*word).chars() {
                if text.len() >= LIMIT {
                    return text;
                }
                text.push(c);
            }
        }
        text
    }

    fn push(&mut self, c: char, emoji: Emoji) {
        if is_word(c) {
            self.push_letter(c);
        } else if is_emoji(c) {
            self.has_emoji |= self.in_word != In::Between;
            if emoji == Emoji::Separates {
                self.in_word = In::Between;
            }
        } else if matches!(c, '\'' | '-') && self.in_word == In::Word {
            self.in_word = In::Joiner;
        } else {
            self.in_word = In::Between;
            self.next = self.next.max(end_of(c));
        }
    }

    fn push_letter(&mut self, c: char) {
        let is_mark = is_combining_mark(c);
        let is_character = !is_mark && is_unspaced(c);
        let continues = match self.in_word {
            In::Between => false,
            In::Word | In::Joiner => !is_character,
            In::Character => is_mark,
        };
        let start = self.spelled.len();
        self.spelled.push(c);
        let end = self.spelled.len();
        match self.list.last_mut() {
            Some(word) if continues => word.end = end,
            Some(_) | None => {
                self.list.push(Word {
                    start,
                    end,
                    after: self.next,
                    is_character,
                });
                self.next = Break::Blank;
            }
        }
        if is_character {
            self.in_word = In::Character;
        } else if !continues || self.in_word == In::Joiner {
            self.in_word = In::Word;
        }
    }
}

/// `text` in compared characters. Lower, upper and lower case again is the full case folding of every
/// letter that our lexicon holds: ß and ẞ are ss, ς is σ, and both Turkish i are i.
fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars()
        .map(straight)
        .filter(|c| !is_dropped(*c))
        .nfkd()
        .filter(|c| !is_dropped(*c))
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        // The second pass decomposes what folding composed, such as the dot of a Turkish İ.
        .nfkd()
        .filter(|c| !is_dropped(*c))
        .nfc()
        .map(|c| match c {
            'أ' | 'إ' | 'آ' => 'ا',
            'ى' => 'ي',
            'ς' => 'σ',
            other => other,
        })
}

/// Apostrophes and hyphens in all their shapes. Some would decompose into a space and an accent.
fn straight(c: char) -> char {
    match c {
        '’' | '‘' | 'ʼ' | '´' | '`' | '＇' | '′' => '\'',
        '\u{2010}' | '\u{2011}' | '－' | '﹣' => '-',
        other => other,
    }
}

/// How a character that belongs to no word separates.
fn end_of(c: char) -> Break {
    match c {
        '.' | '!' | '?' | '…' | '。' | '।' | '॥' | '؟' | '۔' => Break::Sentence,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Break::Line,
        _ => Break::Blank,
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || (!c.is_ascii() && is_combining_mark(c))
}

/// Scripts without blanks between words: Thai, Lao, Kana, Han.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// What never counts: accents, Arabic vowel signs and tatweel, and what cannot be seen.
fn is_dropped(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{640}' | '\u{64b}'..='\u{652}') || is_invisible(c)
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
fn is_emoji(c: char) -> bool {
    matches!(c, '\u{20e3}' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}'
        | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, emoji: Emoji) -> String {
        let words = Words::of(text, emoji);
        words
            .words()
            .iter()
            .map(|word| words.spelling(*word))
            .collect::<Vec<_>>()
            .join(" ")
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
            ("rock-'n'-roll -a b- c", "rock n roll a b c"),
            ("𝐒𝐓𝐎𝐏", "stop"),
            ("🄰🄱🄲 Ⓢⓣⓞⓟ", "abc stop"),
            ("stop🙏now", "stop now"),
            ("👍🏽", ""),
            ("KÜNDIGEN ß ẞ", "kundigen ss ss"),
        ] {
            assert_eq!(read(text, Emoji::Separates), expected, "{text}");
        }
        assert_eq!(read("st🙏op", Emoji::Vanishes), "stop");
    }

    #[test]
    fn every_turkish_i_is_one_letter() {
        for text in ["İPTAL", "IPTAL", "iptal", "ıptal", "i\u{307}ptal"] {
            assert_eq!(read(text, Emoji::Separates), "iptal", "{text}");
        }
        assert_eq!(
            read("QUİT quıt ÇIK çik", Emoji::Separates),
            "quit quit cik cik"
        );
    }

    #[test]
    fn arabic_letters_and_signs_are_folded() {
        for text in [
            "إيقاف",
            "ايقاف",
            "أيقاف",
            "آيقاف",
            "إِيقَاف",
            "إيقـــاف",
            "ا\u{655}يقاف",
        ] {
            assert_eq!(read(text, Emoji::Separates), "ايقاف", "{text}");
        }
        assert_eq!(read("ألغى", Emoji::Separates), "الغي");
        // The hamza of other letters is part of the word.
        assert_eq!(read("مسؤول", Emoji::Separates), "مسؤول");
    }

    #[test]
    fn devanagari_signs_stay() {
        assert_eq!(read("रोकें!", Emoji::Separates), "रोकें");
        assert_eq!(read("बंद करो।", Emoji::Separates), "बंद करो");
    }

    #[test]
    fn characters_are_words_where_there_are_no_blanks() {
        assert_eq!(read("请退订TD", Emoji::Separates), "请 退 订 td");
        assert_eq!(read("หยุด", Emoji::Separates), "ห ยุ ด");
        assert_eq!(read("수신거부 해줘", Emoji::Separates), "수신거부 해줘");
    }

    #[test]
    fn what_stands_before_a_word_is_known() {
        let words = Words::of("a b\nc. d… e！f\u{2028}g", Emoji::Separates);
        let breaks: Vec<_> = words.words().iter().map(|word| word.after).collect();
        assert_eq!(
            breaks,
            [
                Break::Blank,
                Break::Blank,
                Break::Line,
                Break::Sentence,
                Break::Sentence,
                Break::Sentence,
                Break::Line,
            ]
        );
    }
}
