use crate::{alphabet, letters, substitutes};
use serde::Serialize;
use std::ops::Range;

/// A character that GSM-7 lacks, so that the whole text is UCS-2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forced {
    /// Position of the character, in characters from 0.
    pub index: usize,
    /// Position of the character, in bytes.
    pub offset: usize,
    /// The character itself.
    pub char: char,
    /// The closest text in GSM-7, empty for what can be left out; `None` when there is none.
    ///
    /// A suggestion to an author: it may drop an accent (`á` to `a`, U+0301 to nothing), which
    /// [`smart_encode`](crate::smart_encode) never does.
    pub suggestion: Option<&'static str>,
    /// Bytes the suggestion stands for: the character, or a letter together with the combining
    /// mark that is `char` (`e` and U+0301 become `é`).
    pub replaces: Range<usize>,
}

/// A character without GSM-7 code and what could stand for it.
pub(crate) struct Obstacle {
    pub(crate) index: usize,
    pub(crate) offset: usize,
    pub(crate) char: char,
    pub(crate) replaces: Range<usize>,
    /// A replacement that reads the same, good enough to be made without asking.
    pub(crate) same: Option<&'static str>,
}

/// Every character of `text` without GSM-7 code, in order.
pub(crate) fn obstacles(text: &str) -> impl Iterator<Item = Obstacle> + '_ {
    let mut previous: Option<(usize, char)> = None;
    text.char_indices()
        .enumerate()
        .filter_map(move |(index, (offset, char))| {
            let before = previous.replace((offset, char));
            if alphabet::septets(char).is_some() {
                return None;
            }
            let end = offset + char.len_utf8();
            let composed = before.and_then(|(at, base)| {
                letters::composed(base, char).map(|letter| (at..end, letter))
            });
            let (replaces, same) = if let Some((range, letter)) = composed {
                (range, Some(letter))
            } else {
                let before = before.map(|(_, before)| before);
                let after = text.get(end..).and_then(|rest| rest.chars().next());
                let same = substitutes::typographic(char)
                    .or_else(|| substitutes::contextual(before, char, after));
                (offset..end, same)
            };
            Some(Obstacle {
                index,
                offset,
                char,
                replaces,
                same,
            })
        })
}

/// The obstacles of `text` with a suggestion for the author.
pub(crate) fn find(text: &str) -> impl Iterator<Item = Forced> + '_ {
    obstacles(text).map(|obstacle| Forced {
        index: obstacle.index,
        offset: obstacle.offset,
        char: obstacle.char,
        suggestion: obstacle
            .same
            .or_else(|| letters::unaccented(obstacle.char))
            .or_else(|| letters::is_accent(obstacle.char).then_some("")),
        replaces: obstacle.replaces,
    })
}

#[cfg(test)]
mod tests {
    use crate::segment;

    #[test]
    fn positions_count_characters_and_bytes() {
        let forced = segment("é “x”").forced_by;
        let places: Vec<_> = forced.iter().map(|f| (f.index, f.offset, f.char)).collect();
        assert_eq!(places, [(2, 3, '“'), (4, 7, '”')]);
    }

    #[test]
    fn a_combining_mark_suggests_the_composed_letter() {
        let text = "cafe\u{301}";
        let forced = &segment(text).forced_by[0];
        assert_eq!((forced.index, forced.char), (4, '\u{301}'));
        assert_eq!(forced.suggestion, Some("é"));
        assert_eq!(text.get(forced.replaces.clone()), Some("e\u{301}"));
    }

    #[test]
    fn an_author_is_told_that_an_accent_is_what_costs() {
        let suggestion = |text| segment(text).forced_by[0].suggestion;
        assert_eq!(suggestion("marça"), Some("c"));
        assert_eq!(suggestion("Ağ"), Some("g"));
        assert_eq!(suggestion("中"), None);
        assert_eq!(suggestion("\u{1F600}"), None);
    }

    #[test]
    fn a_decomposed_accent_may_be_left_out() {
        let forced = &segment("a\u{301}").forced_by[0];
        assert_eq!(
            (forced.suggestion, forced.replaces.clone()),
            (Some(""), 1..3)
        );
    }

    #[test]
    fn a_gsm7_text_is_forced_by_nothing() {
        assert!(segment("[é] 5 €").forced_by.is_empty());
    }
}
