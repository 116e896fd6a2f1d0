//! Filters that change letters, from `start` to the end of a text.

use crate::formats::Language;

pub(super) const ELLIPSIS: &str = "...";

pub(super) fn upper(text: &mut String, start: usize, language: Language) {
    let Some(tail) = text.get_mut(start..) else {
        return;
    };
    if tail.is_ascii() && language == Language::Other {
        tail.make_ascii_uppercase();
        return;
    }
    let tail = text.split_off(start);
    for c in tail.chars() {
        push_upper(text, c, language);
    }
}

pub(super) fn lower(text: &mut String, start: usize, language: Language) {
    let Some(tail) = text.get_mut(start..) else {
        return;
    };
    match language {
        Language::Other if tail.is_ascii() => tail.make_ascii_lowercase(),
        Language::Other => {
            // The whole text at once: a final sigma is written otherwise.
            let tail = text.split_off(start).to_lowercase();
            text.push_str(&tail);
        }
        Language::DottedI => {
            let tail = text.split_off(start);
            for c in tail.chars() {
                match c {
                    'I' => text.push('ı'),
                    'İ' => text.push('i'),
                    c => text.extend(c.to_lowercase()),
                }
            }
        }
    }
}

pub(super) fn capitalize(text: &mut String, start: usize, language: Language) {
    let tail = text.split_off(start);
    let first = tail.find(|c: char| !c.is_whitespace()).unwrap_or_default();
    let (blanks, rest) = tail.split_at(first);
    text.push_str(blanks);
    let mut chars = rest.chars();
    if let Some(first) = chars.next() {
        push_upper(text, first, language);
    }
    text.push_str(chars.as_str());
}

/// Cuts what is longer than `most` characters and ends it with `...`, never inside of what a reader
/// takes for one character: a letter with its accents, an emoji of several parts, a flag.
pub(super) fn truncate(text: &mut String, start: usize, most: usize) {
    let Some(tail) = text.get(start..) else {
        return;
    };
    if tail.len() <= most || tail.char_indices().nth(most).is_none() {
        return;
    }
    let room = most.saturating_sub(ELLIPSIS.len());
    let mut kept = 0;
    let mut cluster = Cluster::default();
    for (index, (at, c)) in tail.char_indices().enumerate() {
        if cluster.starts_with(c) {
            kept = at;
        }
        if index == room {
            break;
        }
    }
    let kept = tail.get(..kept).unwrap_or_default().trim_end().len();
    text.truncate(start + kept);
    text.push_str(ELLIPSIS);
}

fn push_upper(text: &mut String, c: char, language: Language) {
    match (language, c) {
        (Language::DottedI, 'i') => text.push('İ'),
        (Language::DottedI | Language::Other, c) => text.extend(c.to_uppercase()),
    }
}

/// Finds where characters, as readers see them, begin; the part of Unicode's UAX 29 that occurs in
/// names and in emoji.
#[derive(Debug, Default)]
struct Cluster {
    before: Option<char>,
    flags: usize,
}

impl Cluster {
    /// True when a new character begins at `c`, which comes after all that were given before.
    fn starts_with(&mut self, c: char) -> bool {
        let before = self.before.replace(c);
        let is_flag = ('\u{1F1E6}'..='\u{1F1FF}').contains(&c);
        self.flags = if is_flag { self.flags + 1 } else { 0 };
        match before {
            None => true,
            // What is joined, by a zero-width joiner or by a virama of India.
            Some('\u{200D}' | '\u{94D}' | '\u{9CD}' | '\u{A4D}' | '\u{ACD}' | '\u{D4D}') => false,
            Some('\r') if c == '\n' => false,
            Some(_) if is_flag => self.flags % 2 == 1,
            Some(_) => !extends(c),
        }
    }
}

/// True for what belongs to the character before it.
fn extends(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5BD}' | '\u{5BF}'
        | '\u{5C1}' | '\u{5C2}' | '\u{5C4}' | '\u{5C5}' | '\u{5C7}' | '\u{610}'..='\u{61A}'
        | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6DC}' | '\u{6DF}'..='\u{6E4}'
        | '\u{6E7}' | '\u{6E8}' | '\u{6EA}'..='\u{6ED}' | '\u{900}'..='\u{903}'
        | '\u{93A}'..='\u{93C}' | '\u{93E}'..='\u{94F}' | '\u{951}'..='\u{957}'
        | '\u{962}' | '\u{963}' | '\u{981}'..='\u{983}' | '\u{9BC}' | '\u{9BE}'..='\u{9CD}'
        | '\u{A01}'..='\u{A03}' | '\u{A3C}'..='\u{A51}' | '\u{A81}'..='\u{A83}'
        | '\u{ABC}' | '\u{ABE}'..='\u{ACD}' | '\u{B82}' | '\u{BBE}'..='\u{BCD}'
        | '\u{C00}'..='\u{C04}' | '\u{C3E}'..='\u{C4D}' | '\u{D00}'..='\u{D03}'
        | '\u{D3E}'..='\u{D4D}' | '\u{E31}' | '\u{E33}'..='\u{E3A}' | '\u{E47}'..='\u{E4E}'
        | '\u{1160}'..='\u{11FF}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{200C}' | '\u{200D}' | '\u{20D0}'..='\u{20FF}' | '\u{3099}' | '\u{309A}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FE20}'..='\u{FE2F}' | '\u{1F3FB}'..='\u{1F3FF}'
        | '\u{E0020}'..='\u{E007F}' | '\u{E0100}'..='\u{E01EF}')
}
