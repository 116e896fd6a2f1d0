//! Words that matter to carriers and regulators, by language.
//!
//! The words of stopping are those of the regulation study (section 5.2). The others are curated:
//! natural words of advertising and of what carriers refuse, no carrier's list.

mod arabic;
mod dutch;
mod english;
mod french;
mod german;
mod hindi;
mod italian;
mod polish;
mod portuguese;
mod spanish;
mod turkish;

/// The words of one language.
pub(crate) struct Lexicon {
    /// ISO 639 code.
    pub(crate) language: &'static str,
    /// A line that says how to stop, for an author to copy.
    pub(crate) stop_line: &'static str,
    /// Folded, see [`fold`]; sorted.
    pub(crate) entries: &'static [(&'static str, Class)],
    /// Where the entries of each first letter start.
    pub(crate) index: [u16; BUCKETS + 1],
    /// For each first letter, one bit for each second one.
    seconds: [u64; BUCKETS],
}

/// What an entry is a sign of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// What a reader sends to stop.
    Stop,
    /// What stands before such a word when a reader is told to send it.
    Reply,
    /// What stands behind such a word when a reader is told to send it.
    Tail,
    /// An instruction to stop that is complete with a link or an address.
    Unsubscribe,
    /// An advertisement by itself.
    Strong,
    /// An advertisement together with another sign.
    Weak,
    /// A discount: strong behind or before a number with `%` or a currency, else weak.
    Discount,
    /// A line of a receipt: a discount behind it in the same sentence was given already.
    Receipt,
    /// Something carriers refuse.
    Prohibited(Topic),
}

/// What carriers and platforms refuse, or allow only to registered senders.
///
/// "SHAFT" is the carriers' word for the first five; compliance study, section 4.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Sexual content.
    Sex,
    /// Hate.
    Hate,
    /// Alcohol.
    Alcohol,
    /// Firearms.
    Firearms,
    /// Tobacco and vaping.
    Tobacco,
    /// Cannabis, CBD and other drugs.
    Drugs,
    /// Gambling.
    Gambling,
    /// Payday loans, debt relief and the like.
    Lending,
    /// Cryptocurrency.
    Crypto,
    /// Get-rich schemes.
    GetRich,
    /// What phishing asks for.
    Phishing,
}

impl Topic {
    /// A word for readers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sex => "sexual content",
            Self::Hate => "hate",
            Self::Alcohol => "alcohol",
            Self::Firearms => "firearms",
            Self::Tobacco => "tobacco",
            Self::Drugs => "drugs",
            Self::Gambling => "gambling",
            Self::Lending => "lending",
            Self::Crypto => "cryptocurrency",
            Self::GetRich => "get-rich schemes",
            Self::Phishing => "phishing",
        }
    }
}

/// One for whatever sorts before `a`, one for each letter, one for whatever sorts behind `z`.
pub(crate) const BUCKETS: usize = 28;

impl Lexicon {
    const fn new(
        language: &'static str,
        stop_line: &'static str,
        entries: &'static [(&'static str, Class)],
    ) -> Self {
        Self {
            language,
            stop_line,
            entries,
            index: indexed(entries),
            seconds: seconds(entries),
        }
    }

    /// The entries that begin with `first`, which is folded.
    pub(crate) fn starting_with(&self, first: char) -> &'static [(&'static str, Class)] {
        let bucket = bucket_of(first);
        let at = |bucket: usize| self.index.get(bucket).copied().map(usize::from);
        match (at(bucket), at(bucket + 1)) {
            (Some(start), Some(end)) => self.entries.get(start..end).unwrap_or_default(),
            (Some(_) | None, _) => &[],
        }
    }

    /// False when no entry begins with these two, of which the second is a small letter or a digit.
    pub(crate) fn has(&self, first: char, second: u8) -> bool {
        let seconds = self.seconds.get(bucket_of(first));
        seconds.is_some_and(|seconds| seconds & bit_of(second) != 0)
    }
}

const fn bucket_of(first: char) -> usize {
    match first {
        'a'..='z' => 1 + (first as usize - 'a' as usize),
        '\0'..'a' => 0,
        '{'.. => BUCKETS - 1,
    }
}

/// One bit for each letter and digit, and one for the rest.
const fn bit_of(second: u8) -> u64 {
    match second {
        b'a'..=b'z' => 1 << (second - b'a'),
        b'0'..=b'9' => 1 << (26 + second - b'0'),
        _ => 1 << 36,
    }
}

#[expect(
    clippy::indexing_slicing,
    reason = "constants have no iterators; a mistake here does not compile"
)]
const fn seconds(entries: &[(&str, Class)]) -> [u64; BUCKETS] {
    let mut seconds = [0; BUCKETS];
    let mut at = 0;
    while at < entries.len() {
        let entry = entries[at].0.as_bytes();
        if entry.len() > 1 {
            seconds[bucket_of(entry[0] as char)] |= bit_of(entry[1]);
        }
        at += 1;
    }
    seconds
}

#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "constants have no iterators; a mistake here does not compile"
)]
const fn indexed(entries: &[(&str, Class)]) -> [u16; BUCKETS + 1] {
    let mut index = [entries.len() as u16; BUCKETS + 1];
    let mut at = entries.len();
    while at > 0 {
        at -= 1;
        let first = entries[at].0.as_bytes()[0];
        let bucket = match first {
            b'a'..=b'z' => 1 + (first - b'a') as usize,
            0..b'a' => 0,
            b'{'.. => BUCKETS - 1,
        };
        // Buckets between this one and the next filled one start where the next one does.
        let mut lower = bucket + 1;
        while lower > 0 && index[lower - 1] as usize > at {
            lower -= 1;
            index[lower] = at as u16;
        }
        let mut upper = 0;
        while upper < bucket {
            index[upper] = at as u16;
            upper += 1;
        }
    }
    index
}

static ALL: [&Lexicon; 11] = [
    &english::LEXICON,
    &arabic::LEXICON,
    &german::LEXICON,
    &spanish::LEXICON,
    &french::LEXICON,
    &hindi::LEXICON,
    &italian::LEXICON,
    &dutch::LEXICON,
    &polish::LEXICON,
    &portuguese::LEXICON,
    &turkish::LEXICON,
];

/// English, which is understood everywhere, and the language itself if it is known and another.
pub(crate) fn for_language(locale: &str) -> (&'static Lexicon, Option<&'static Lexicon>) {
    let language = locale.trim().split(['-', '_']).next().unwrap_or_default();
    let own = ALL
        .iter()
        .skip(1)
        .find(|lexicon| lexicon.language.eq_ignore_ascii_case(language));
    (&english::LEXICON, own.copied())
}

/// True for a language whose words are known.
pub(crate) fn knows(locale: &str) -> bool {
    let (english, own) = for_language(locale);
    let language = locale.trim().split(['-', '_']).next().unwrap_or_default();
    own.is_some() || english.language.eq_ignore_ascii_case(language)
}

/// Makes spellings of a letter alike: small, without accents; `None` for what readers do not see.
pub(crate) fn fold(c: char) -> Option<char> {
    if c.is_ascii() {
        return Some(c.to_ascii_lowercase());
    }
    Some(match c {
        '\u{2018}' | '\u{2019}' => '\'',
        'à'..='å' | 'À'..='Å' | 'ą' | 'Ą' => 'a',
        'ç' | 'Ç' | 'ć' | 'Ć' => 'c',
        'è'..='ë' | 'È'..='Ë' | 'ę' | 'Ę' => 'e',
        'ì'..='ï' | 'Ì'..='Ï' | 'ı' | 'İ' => 'i',
        'ñ' | 'Ñ' | 'ń' | 'Ń' => 'n',
        'ò'..='ö' | 'Ò'..='Ö' => 'o',
        'ù'..='ü' | 'Ù'..='Ü' => 'u',
        'ğ' | 'Ğ' => 'g',
        'ł' | 'Ł' => 'l',
        'ş' | 'Ş' | 'ś' | 'Ś' | 'ß' => 's',
        'ź' | 'Ź' | 'ż' | 'Ż' => 'z',
        'ý' | 'ÿ' | 'Ý' => 'y',
        'أ' | 'إ' | 'آ' => 'ا',
        '\u{300}'..='\u{36F}'
        | '\u{640}'
        | '\u{64B}'..='\u{65F}'
        | '\u{AD}'
        | '\u{200B}'..='\u{200F}'
        | '\u{2060}'
        | '\u{FEFF}'
        | '\u{93C}' => return None,
        // Letters of other shapes that phones offer: FULL WIDTH.
        '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' => {
            let letter = u32::from(c) - 0xFF21;
            char::from_u32(u32::from('a') + letter % 32).unwrap_or(c)
        }
        c => c.to_lowercase().next().unwrap_or(c),
    })
}

/// True for what words are made of, marks included.
pub(crate) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || (!c.is_ascii()
            && (c.is_alphanumeric()
                || fold(c).is_none()
                || matches!(c, '\u{900}'..='\u{963}' | '\u{610}'..='\u{65F}')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_folded_sorted_and_found() {
        for lexicon in ALL {
            assert!(
                lexicon.entries.is_sorted_by(|a, b| a.0 <= b.0),
                "{}",
                lexicon.language
            );
            for entry in lexicon.entries {
                let folded: String = entry.0.chars().filter_map(fold).collect();
                assert_eq!(folded, entry.0);
                let first = entry.0.chars().next().unwrap();
                assert!(lexicon.starting_with(first).contains(entry), "{entry:?}");
                if let [_, second, ..] = entry.0.as_bytes()
                    && first.is_ascii()
                {
                    assert!(lexicon.has(first, *second), "{entry:?}");
                }
            }
        }
    }

    #[test]
    fn eleven_languages_are_known() {
        for language in [
            "en", "es", "fr", "pt", "de", "it", "nl", "pl", "tr", "hi", "ar",
        ] {
            assert!(knows(language));
        }
        assert!(knows("PT-br") && !knows("sv") && !knows(""));
    }
}
