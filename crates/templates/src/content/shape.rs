//! What can be said of a text without knowing its words.

use super::lexicon::{fold, is_word};
use crate::{Code, Diagnostic, Severity};
use std::ops::Range;

/// Fewest letters in which capitals are counted; shorter texts are codes and abbreviations.
const FEWEST_LETTERS: usize = 20;

/// Capitals and small letters, and what stands in a row.
#[derive(Debug, Default)]
struct Shape {
    capitals: usize,
    letters: usize,
    run: usize,
    run_start: usize,
}

pub(super) fn inspect(text: &str, found: &mut Vec<Diagnostic>) {
    let mut shape = Shape::default();
    for (at, c) in text.char_indices() {
        if c.is_ascii_lowercase() {
            shape.letters += 1;
            shape.end(at, found);
        } else if c == ' ' || c.is_ascii_digit() {
            shape.end(at, found);
        } else if c.is_ascii_uppercase() {
            shape.capitals += 1;
            shape.letters += 1;
            shape.end(at, found);
        } else if matches!(c, '!' | '?' | '\u{A1}' | '\u{BF}') {
            if shape.run == 0 {
                shape.run_start = at;
            }
            shape.run += 1;
        } else {
            shape.end(at, found);
            if !c.is_ascii() && c.is_alphabetic() {
                shape.letters += 1;
                shape.capitals += usize::from(c.is_uppercase());
            } else if let Some(diagnostic) = unseen(c, at..at + c.len_utf8()) {
                found.push(diagnostic);
            }
        }
    }
    shape.end(text.len(), found);
    // More than two of three letters.
    if shape.letters >= FEWEST_LETTERS && shape.capitals * 3 > shape.letters * 2 {
        found.push(Diagnostic::new(
            Code::Shouting,
            Severity::Warning,
            0..text.len(),
            "most letters are capitals, which filters take for spam: write as you would speak",
        ));
    }
}

impl Shape {
    /// Ends a row of exclamation and question marks.
    fn end(&mut self, at: usize, found: &mut Vec<Diagnostic>) {
        if self.run >= 3 {
            found.push(
                Diagnostic::new(
                    Code::ExcessPunctuation,
                    Severity::Warning,
                    self.run_start..at,
                    "filters take many marks in a row for spam: one is enough",
                )
                .suggest(self.run_start..at, "!"),
            );
        }
        self.run = 0;
    }
}

/// What nobody reads but machines act on.
fn unseen(c: char, span: Range<usize>) -> Option<Diagnostic> {
    if c.is_control() && c != '\n' {
        let message = format!("U+{:04X} is a control character: take it out", u32::from(c));
        let diagnostic = Diagnostic::new(
            Code::ControlCharacter,
            Severity::Error,
            span.clone(),
            message,
        );
        return Some(diagnostic.suggest(span, if c == '\t' { " " } else { "" }));
    }
    // Marks of direction belong to Arabic and Hebrew, joiners to emoji and to India; the others
    // hide or turn what a reader sees.
    let is_hidden = matches!(
        c,
        '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{AD}'
    );
    let turns = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    if !is_hidden && !turns {
        return None;
    }
    let severity = if turns {
        Severity::Error
    } else {
        Severity::Warning
    };
    let message = format!("U+{:04X} cannot be seen: take it out", u32::from(c));
    Some(
        Diagnostic::new(Code::InvisibleCharacter, severity, span.clone(), message)
            .suggest(span, ""),
    )
}

/// True when `text` says `name` as a whole word, in capitals or not, with accents or without.
pub(super) fn says(text: &str, name: &str) -> bool {
    let name = name.trim();
    let Some(first) = name.chars().find_map(fold) else {
        return false;
    };
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let starts = !(is_word(before) && is_word(c));
        // What cannot be seen does not part words.
        if fold(c).is_some() {
            before = c;
        }
        if starts && fold(c) == Some(first) && text.get(at..).is_some_and(|rest| begins(rest, name))
        {
            return true;
        }
    }
    false
}

fn begins(text: &str, name: &str) -> bool {
    let mut text = text.chars();
    for wanted in name.chars().filter_map(fold) {
        loop {
            let Some(c) = text.next() else { return false };
            match fold(c) {
                Some(c) if c == wanted => break,
                Some(_) => return false,
                None => {}
            }
        }
    }
    let ends_in_word = name.chars().next_back().is_some_and(is_word);
    let next = text.find(|c| fold(*c).is_some());
    !(ends_in_word && next.is_some_and(is_word))
}
