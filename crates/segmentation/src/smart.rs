use crate::{Encoding, Reference, forced, measure_with};
use serde::Serialize;
use std::ops::Range;

/// A text brought into GSM-7, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SmartEncoding {
    /// The text to send.
    pub text: String,
    /// What was replaced, in order; empty exactly when `text` is the original.
    pub substitutions: Vec<Substitution>,
}

/// One replacement made by [`smart_encode`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Substitution {
    /// Position of `from` in the original text, in characters from 0.
    pub index: usize,
    /// The character that GSM-7 lacks.
    pub from: char,
    /// What was written; empty for an invisible character.
    pub to: &'static str,
    /// Bytes of the original that `to` stands for: `from`, or a letter together with the combining
    /// mark that is `from`.
    pub replaces: Range<usize>,
}

/// Replaces typographic characters so that `text` becomes GSM-7.
///
/// All or nothing, since one remaining character would cost the same as all: the original comes
/// back when a character has no replacement that reads the same (accented letters are never
/// stripped), when the result would need more parts, or when nothing would remain. A letter and its
/// combining mark are composed first, so that a decomposed `ñ` does not become `n~`.
///
/// Not for texts whose language is written with the replaced marks and cares about them.
///
/// # Examples
/// ```
/// use tidings_segmentation::smart_encode;
///
/// let smart = smart_encode("“Sure” – 10\u{A0}€…");
/// assert_eq!(smart.text, "\"Sure\" - 10 €...");
/// assert_eq!(smart.substitutions.len(), 5);
///
/// // One emoji remains, so the typography may stay too.
/// assert_eq!(smart_encode("“Sure” 🙂").text, "“Sure” 🙂");
/// ```
pub fn smart_encode(text: &str) -> SmartEncoding {
    let unchanged = || SmartEncoding {
        text: text.to_owned(),
        substitutions: Vec::new(),
    };
    if Encoding::of(text) == Encoding::Gsm7 {
        return unchanged();
    }
    let Some(substitutions) = substitutions(text) else {
        return unchanged();
    };
    let encoded = replay(text, &substitutions);
    let costs_more = [Reference::EightBit, Reference::SixteenBit]
        .into_iter()
        .any(|r| measure_with(&encoded, r).count > measure_with(text, r).count);
    if encoded.is_empty() || costs_more {
        return unchanged();
    }
    SmartEncoding {
        text: encoded,
        substitutions,
    }
}

/// `None` as soon as one character has no replacement that reads the same.
fn substitutions(text: &str) -> Option<Vec<Substitution>> {
    forced::obstacles(text)
        .map(|obstacle| {
            Some(Substitution {
                index: obstacle.index,
                from: obstacle.char,
                to: obstacle.same?,
                replaces: obstacle.replaces,
            })
        })
        .collect()
}

pub(crate) fn replay(text: &str, substitutions: &[Substitution]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for substitution in substitutions {
        out.push_str(
            text.get(from..substitution.replaces.start)
                .unwrap_or_default(),
        );
        out.push_str(substitution.to);
        from = substitution.replaces.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_space_stands_for_one_space() {
        for space in "\u{A0}\u{2003}\u{2009}\u{202F}\u{3000}\t".chars() {
            assert_eq!(smart_encode(&format!("a{space}b")).text, "a b");
        }
    }

    #[test]
    fn a_decomposed_letter_is_composed() {
        let smart = smart_encode("man\u{303}ana a\u{300} cafe\u{301}");
        assert_eq!(smart.text, "mañana à café");
        assert_eq!(smart_encode("a\u{340} e\u{341}").text, "à é");
        assert_eq!(smart.substitutions[0].from, '\u{303}');
        assert_eq!(smart.substitutions[0].to, "ñ");
        assert_eq!(smart.substitutions[0].replaces, 2..5);
    }

    #[test]
    fn a_mark_that_makes_no_gsm7_letter_keeps_the_original() {
        for text in [
            "a\u{302}",
            "e\u{301}\u{301}",
            "\u{301}e",
            "’ e\u{323}\u{301}",
        ] {
            let smart = smart_encode(text);
            assert_eq!(smart.text, text);
            assert!(smart.substitutions.is_empty());
        }
    }

    #[test]
    fn letters_are_never_stripped_of_their_accent() {
        assert_eq!(smart_encode("“papá”").text, "“papá”");
    }

    #[test]
    fn joiners_stay_in_scripts_that_need_them() {
        let persian = "می\u{200C}خواهم";
        assert_eq!(smart_encode(persian).text, persian);
        assert_eq!(smart_encode("shelf\u{200C}ful").text, "shelfful");
    }

    #[test]
    fn a_result_of_more_parts_is_refused() {
        let ellipses = "…".repeat(70);
        assert_eq!(smart_encode(&ellipses).text, ellipses);
        assert_eq!(smart_encode(&"…".repeat(53)).text, ".".repeat(159));
    }

    #[test]
    fn a_text_of_invisible_characters_is_not_emptied() {
        assert_eq!(smart_encode("\u{200B}").text, "\u{200B}");
    }

    #[test]
    fn a_fraction_never_joins_a_number() {
        assert_eq!(smart_encode("2½").text, "2 1/2");
        assert_eq!(smart_encode("½ ¾").text, "1/2 3/4");
        assert_eq!(smart_encode("½2").text, "½2");
        let full = format!("½{}", "a".repeat(69));
        assert_eq!(smart_encode(&full).text.len(), 72);
    }

    #[test]
    fn a_mark_on_a_letter_is_never_spelled_out() {
        assert_eq!(smart_encode("\u{302} a").text, "^ a");
        for text in ["x\u{302}", "a\u{338}b", "h\u{332}i"] {
            assert_eq!(smart_encode(text).text, text);
        }
    }
}
