use super::lexicon::{Class, Lexicon, Topic, fold, for_language, is_word};
use super::{Marker, Strength};
use std::ops::Range;

/// Words between "reply" and "STOP", and between "STOP" and "to unsubscribe".
const NEAR: usize = 4;

/// Words between the subtotal of a receipt and its discount.
const RECEIPT: usize = 8;

/// What the words of a text are signs of.
#[derive(Debug, Default)]
pub(crate) struct Signs {
    pub(crate) markers: Vec<Marker>,
    /// Instructions to send a word of stopping, from the instruction to the word.
    pub(crate) stop_lines: Vec<Range<usize>>,
    /// Instructions to stop that need a link or an address to be complete.
    pub(crate) unsubscribes: Vec<Range<usize>>,
    /// Whether a word of stopping stands anywhere.
    pub(crate) says_stop: bool,
    pub(crate) prohibited: Vec<(Topic, Range<usize>)>,
}

/// Where something stood: bytes, and the number of the word.
#[derive(Debug, Clone)]
struct Place {
    span: Range<usize>,
    word: usize,
}

struct Scan {
    signs: Signs,
    word: usize,
    /// The last of each.
    reply: Option<Place>,
    /// With the words that may stand between it and its tail.
    stop: Option<(Place, usize)>,
    discount: Option<Place>,
    /// Word of the last line of a receipt.
    receipt: Option<usize>,
    /// "Save", which waits for a number.
    saving: Option<Place>,
    /// Word of the last number with `%` or a currency.
    number: Option<(usize, usize)>,
}

/// Reads `text` once, with the words of English and of `language`.
pub(crate) fn scan(text: &str, language: &str) -> Signs {
    let (english, own) = for_language(language);
    let mut scan = Scan {
        signs: Signs::default(),
        word: 0,
        reply: None,
        stop: None,
        discount: None,
        receipt: None,
        saving: None,
        number: None,
    };
    let mut inside = false;
    for (at, c) in text.char_indices() {
        if inside && c.is_ascii_alphanumeric() {
            continue;
        }
        if c.is_ascii() && !c.is_ascii_alphanumeric() {
            inside = false;
            match c {
                '%' => scan.percent(text, at),
                '$' => scan.price(text, at),
                '.' | '!' | '?' if ends_sentence(text, at) => scan.forget(),
                _ => {}
            }
            continue;
        }
        if !is_word(c) {
            inside = false;
            if matches!(c, '£' | '€' | '₹') {
                scan.price(text, at);
            }
            continue;
        }
        if std::mem::replace(&mut inside, true) {
            continue;
        }
        scan.word += 1;
        scan.look_up(text, at, c, english);
        if let Some(own) = own {
            scan.look_up(text, at, c, own);
        }
    }
    scan.signs
}

impl Scan {
    fn look_up(&mut self, text: &str, at: usize, c: char, lexicon: &Lexicon) {
        let Some(first) = fold(c) else { return };
        let Some(rest) = text.get(at..) else { return };
        let second = rest.as_bytes().get(1).map(u8::to_ascii_lowercase);
        let is_narrow = c.is_ascii() && second.is_some_and(|it| it.is_ascii_alphanumeric());
        let mut candidates = match second {
            Some(second) if is_narrow && !lexicon.has(first, second) => return,
            Some(_) | None => lexicon.starting_with(first),
        };
        if is_narrow {
            // Most words differ in the second letter, and the entries are sorted by it.
            let letter = |phrase: &str| phrase.as_bytes().get(1).copied();
            let start = candidates.partition_point(|(it, _)| letter(it) < second);
            let from = candidates.get(start..).unwrap_or_default();
            let count = from
                .iter()
                .take_while(|(it, _)| letter(it) == second)
                .count();
            candidates = from.get(..count).unwrap_or_default();
        }
        // The first byte of which it is not yet known whether it fits.
        let next = 1 + usize::from(is_narrow);
        for (phrase, class) in candidates {
            if c.is_ascii() && !may_agree(rest, phrase, next) {
                continue;
            }
            if let Some(length) = matched(rest, phrase) {
                self.hit(text, *class, phrase, at..at + length);
            }
        }
    }

    /// What stands in different sentences does not belong together.
    fn forget(&mut self) {
        self.reply = None;
        self.stop = None;
        self.discount = None;
        self.receipt = None;
        self.saving = None;
        self.number = None;
    }

    fn hit(&mut self, text: &str, class: Class, phrase: &'static str, span: Range<usize>) {
        let place = Place {
            span: span.clone(),
            word: self.word,
        };
        match class {
            Class::Reply => self.reply = Some(place),
            Class::Stop => {
                let is_told = is_written_out(text, &span);
                let reach = if is_told { NEAR } else { 1 };
                if let Some(reply) = within(self.reply.as_ref(), self.word, reach) {
                    let start = reply.span.start;
                    match self.signs.stop_lines.last_mut() {
                        // "Reply STOP to end" is one line, though `end` is a word of stopping, too.
                        Some(line) if line.start == start => line.end = span.end,
                        Some(_) | None => self.signs.stop_lines.push(start..span.end),
                    }
                }
                self.signs.says_stop = true;
                self.stop = Some((place, reach));
            }
            Class::Tail => {
                let stop = self.stop.as_ref();
                let stop = stop.and_then(|(stop, reach)| within(Some(stop), self.word, *reach));
                if let Some(stop) = stop {
                    match self.signs.stop_lines.last_mut() {
                        Some(line) if line.end == stop.span.end => line.end = span.end,
                        Some(_) | None => {
                            self.signs.stop_lines.push(stop.span.start..span.end);
                        }
                    }
                }
            }
            Class::Unsubscribe => self.signs.unsubscribes.push(span),
            Class::Strong if phrase.starts_with("us") && is_digits(text, span.end) => {
                // "Use code 482913" signs somebody in.
            }
            Class::Strong => self.mark(Strength::Strong, phrase, span),
            Class::Weak => {
                if phrase == "save" {
                    self.saving = Some(place);
                }
                self.mark(Strength::Weak, phrase, span);
            }
            Class::Receipt => self.receipt = Some(self.word),
            Class::Discount => {
                let number = self.number.filter(|(word, _)| self.word - word <= 3);
                match number {
                    // "Subtotal $40.00, 10% discount $4.00" says what was paid.
                    Some(_) if self.receipt.is_some_and(|word| self.word - word <= RECEIPT) => {
                        self.mark(Strength::Weak, phrase, span);
                    }
                    Some((_, start)) => self.mark(Strength::Strong, phrase, start..span.end),
                    // "A day off" is no discount.
                    None if phrase == "off" => {}
                    None => {
                        self.mark(Strength::Weak, phrase, span);
                        self.discount = Some(place);
                    }
                }
            }
            Class::Prohibited(topic) => self.signs.prohibited.push((topic, span)),
        }
    }

    /// `20%`, and `%20` as in Turkish.
    fn percent(&mut self, text: &str, at: usize) {
        let (before, after) = text.split_at_checked(at).unwrap_or_default();
        let digits = before
            .bytes()
            .rev()
            .skip_while(|b| *b == b' ')
            .take_while(u8::is_ascii_digit)
            .count();
        if digits > 0 {
            let number = before.trim_end_matches(' ').len() - digits;
            self.number(self.word, number, at + 1);
        } else if after.as_bytes().get(1).is_some_and(u8::is_ascii_digit) {
            self.number(self.word + 1, at, at + 1);
        }
    }

    /// `$20`.
    fn price(&mut self, text: &str, at: usize) {
        let digit = text.get(at..).and_then(|rest| rest.chars().nth(1));
        if digit.is_some_and(|c| c.is_ascii_digit()) {
            self.number = Some((self.word + 1, at));
            self.save(self.word + 1, at);
        }
    }

    fn number(&mut self, word: usize, start: usize, end: usize) {
        self.number = Some((word, start));
        self.save(word, end);
        // "Discount: 20%" as well as "20% discount".
        if let Some(discount) = near(self.discount.take().as_ref(), word) {
            self.mark(
                Strength::Strong,
                "%",
                discount.span.start..end.max(discount.span.end),
            );
        }
    }

    /// "Save 15%" and "save up to $20".
    fn save(&mut self, word: usize, end: usize) {
        if let Some(saving) = within(self.saving.take().as_ref(), word, 3) {
            let start = saving.span.start;
            self.mark(Strength::Strong, "save", start..end.max(saving.span.end));
        }
    }

    fn mark(&mut self, strength: Strength, phrase: &'static str, span: Range<usize>) {
        self.signs.markers.push(Marker {
            strength,
            phrase,
            span,
        });
    }
}

fn ends_sentence(text: &str, at: usize) -> bool {
    let next = text.as_bytes().get(at + 1);
    next.is_none_or(u8::is_ascii_whitespace)
}

/// The place if it is so few words before `word`; each place counts for one word behind it.
fn near(place: Option<&Place>, word: usize) -> Option<&Place> {
    within(place, word, NEAR)
}

fn within(place: Option<&Place>, word: usize, reach: usize) -> Option<&Place> {
    place.filter(|place| word.saturating_sub(place.word) <= reach)
}

/// Whether a word is written as something to send: in capitals, in quotation marks, or in a script
/// that has no capitals. "Text us before the end" says nothing about stopping.
fn is_written_out(text: &str, span: &Range<usize>) -> bool {
    let word = text.get(span.clone()).unwrap_or_default();
    let before = text.get(..span.start).and_then(|it| it.chars().next_back());
    let is_quoted = before.is_some_and(|c| "\"'*\u{2018}\u{201C}\u{201E}\u{AB}".contains(c));
    is_quoted || !word.chars().any(char::is_lowercase)
}

/// Whether a number follows.
fn is_digits(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    let rest = rest.trim_start_matches([' ', ':', '"']);
    rest.starts_with(|c: char| c.is_ascii_digit())
}

/// False when `text` cannot spell `phrase` for its byte at `at`, the bytes before being letters and
/// digits that fit. Sooner said than [`matched`], and true of few.
fn may_agree(text: &str, phrase: &str, at: usize) -> bool {
    match (text.as_bytes().get(at), phrase.as_bytes().get(at)) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(byte), Some(wanted)) => {
            !byte.is_ascii()
                || byte.to_ascii_lowercase() == *wanted
                || (*wanted == b' ' && !byte.is_ascii_alphanumeric())
        }
    }
}

/// How many bytes of `text` spell `phrase`, as whole words.
fn matched(text: &str, phrase: &str) -> Option<usize> {
    let mut chars = text.char_indices().peekable();
    let mut last = 'a';
    for wanted in phrase.chars() {
        last = wanted;
        if wanted == ' ' {
            let mut gaps = 0;
            while chars.next_if(|(_, c)| is_gap(*c)).is_some() {
                gaps += 1;
            }
            if gaps == 0 {
                return None;
            }
            continue;
        }
        loop {
            let (_, c) = chars.next()?;
            match fold(c) {
                Some(c) if c == wanted => break,
                Some(_) => return None,
                None => {}
            }
        }
    }
    while chars.next_if(|(_, c)| fold(*c).is_none()).is_some() {}
    match chars.peek() {
        Some((_, c)) if is_word(last) && is_word(*c) => None,
        Some((at, _)) => Some(*at),
        None => Some(text.len()),
    }
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2014}' | '"' | '\'' | '*' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sooner_said_is_never_wrong() {
        let mut spelled = 0;
        for language in [
            "en", "ar", "de", "es", "fr", "hi", "it", "nl", "pl", "pt", "tr",
        ] {
            let (english, own) = for_language(language);
            let entries = own.unwrap_or(english).entries;
            for (text, _) in entries {
                let gaps = [text.replace(' ', "-"), text.replace(' ', "  ")];
                for text in [text.to_uppercase(), format!("{text}.")]
                    .iter()
                    .chain(&gaps)
                {
                    let bytes = text.as_bytes();
                    let is_narrow = bytes.get(1).is_some_and(u8::is_ascii_alphanumeric);
                    let is_ascii = bytes.first().is_some_and(u8::is_ascii);
                    for (phrase, _) in entries {
                        if is_ascii && matched(text, phrase).is_some() {
                            spelled += 1;
                            assert!(may_agree(text, phrase, 1), "{text} {phrase}");
                            assert!(!is_narrow || may_agree(text, phrase, 2), "{text} {phrase}");
                        }
                    }
                }
            }
        }
        assert!(spelled > 1_000);
    }
}
