use crate::smart::replay;
use crate::{Encoding, Forced, Measure, Reference, Substitution, forced, measure_with};
use serde::Serialize;

/// What would bring a text into GSM-7.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fix {
    /// It is GSM-7 already.
    Unneeded,
    /// These substitutions do, and need fewer parts.
    Saves(Fixed),
    /// These substitutions do, but need as many parts or more, or leave nothing of the text.
    Pointless(Fixed),
    /// Nothing does: these characters have no substitute.
    Blocked(Vec<Forced>),
}

/// A text in GSM-7 and what it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fixed {
    /// The text in GSM-7.
    pub text: String,
    /// The substitutions, in order. All are needed: one character left out keeps the text UCS-2.
    pub substitutions: Vec<Substitution>,
    /// What the text costs as it is.
    pub before: Measure,
    /// What it costs in GSM-7.
    pub after: Measure,
}

impl Fixed {
    /// Parts saved.
    pub const fn saved(&self) -> u32 {
        self.before.count.saturating_sub(self.after.count)
    }
}

/// The least set of substitutions that brings `text` into GSM-7, with the usual 8-bit reference.
///
/// Advice for an author, unlike [`smart_encode`](crate::smart_encode): an accent may be lost (`á` to
/// `a`, and `Forced::suggestion` says so at each place), and what cannot be helped is named.
///
/// # Examples
/// ```
/// use tidings_segmentation::{Fix, fix};
///
/// let text = format!("Olá! {}", "a".repeat(80));
/// let Fix::Saves(fixed) = fix(&text) else { return Err("no part saved") };
/// assert!(fixed.text.starts_with("Ola! "));
/// assert_eq!((fixed.substitutions[0].index, fixed.saved()), (2, 1));
///
/// let Fix::Blocked(blockers) = fix("“Olá” 🙂") else { return Err("not blocked") };
/// assert_eq!((blockers.len(), blockers[0].char), (1, '🙂'));
/// # Ok::<(), &str>(())
/// ```
pub fn fix(text: &str) -> Fix {
    fix_with(text, Reference::EightBit)
}

/// The least set of substitutions that brings `text` into GSM-7, for parts tied by `reference`.
pub fn fix_with(text: &str, reference: Reference) -> Fix {
    let before = measure_with(text, reference);
    if before.encoding == Encoding::Gsm7 {
        return Fix::Unneeded;
    }
    let (mut substitutions, mut blockers) = (Vec::new(), Vec::new());
    for forced in forced::find(text) {
        match forced.suggestion {
            Some(to) => substitutions.push(Substitution {
                index: forced.index,
                from: forced.char,
                to,
                replaces: forced.replaces,
            }),
            None => blockers.push(forced),
        }
    }
    if !blockers.is_empty() {
        return Fix::Blocked(blockers);
    }
    let text = replay(text, &substitutions);
    let after = measure_with(&text, reference);
    let saves = after.count < before.count && !text.is_empty();
    let fixed = Fixed {
        text,
        substitutions,
        before,
        after,
    };
    if saves {
        Fix::Saves(fixed)
    } else {
        Fix::Pointless(fixed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gsm7_text_needs_no_fix() {
        assert_eq!(fix(""), Fix::Unneeded);
        assert_eq!(fix("[é] 5 €"), Fix::Unneeded);
    }

    #[test]
    fn a_fix_is_gsm7_and_says_what_it_saves() {
        let text = format!("Ça coûte 5\u{A0}€… {}", "a".repeat(140));
        let Fix::Saves(fixed) = fix(&text) else {
            panic!("{:?}", fix(&text))
        };
        assert!(fixed.text.starts_with("Ça coute 5 €... "));
        assert_eq!(Encoding::of(&fixed.text), Encoding::Gsm7);
        assert_eq!(
            (fixed.before.count, fixed.after.count, fixed.saved()),
            (3, 1, 2)
        );
        assert_eq!(fixed.substitutions.len(), 3);
    }

    #[test]
    fn a_fix_that_saves_nothing_is_told_apart() {
        assert!(matches!(fix("Olá"), Fix::Pointless(fixed) if fixed.saved() == 0));
        let Fix::Pointless(fixed) = fix(&"…".repeat(70)) else {
            panic!()
        };
        assert_eq!(
            (fixed.before.count, fixed.after.count, fixed.saved()),
            (1, 2, 0)
        );
        let nothing = "\u{200B}".repeat(71);
        assert!(matches!(fix(&nothing), Fix::Pointless(fixed) if fixed.text.is_empty()));
    }

    #[test]
    fn marks_that_make_no_gsm7_letter_are_dropped() {
        let Fix::Pointless(fixed) = fix("a\u{301}e\u{323}\u{301} e\u{301}") else {
            panic!()
        };
        assert_eq!(fixed.text, "ae é");
    }

    #[test]
    fn every_blocker_is_named() {
        let Fix::Blocked(blockers) = fix("á中文🙂") else {
            panic!()
        };
        assert_eq!(
            blockers.iter().map(|f| f.char).collect::<String>(),
            "中文🙂"
        );
    }
}
