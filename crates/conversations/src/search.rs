//! Words to find texts by: the same for what is kept and for what is asked.

mod folding;
mod numbers;

pub(crate) use folding::is_without_spaces;
use folding::{folded, has_no_spaces, is_apostrophe, is_word};
use std::collections::BTreeSet;

/// How many characters of a word count.
const LONGEST: usize = 40;
/// How many words of one text are kept: enough for a long letter.
const MOST: usize = 2_000;
/// How many words a search looks at.
const MOST_ASKED: usize = 12;

/// The words that a text is found by: without case and accents, numbers also by their ends, so that part of a
/// phone number finds it, and where a script has no spaces each pair of letters.
///
/// # Examples
/// ```
/// let words = tidings_conversations::words("Café, (202) 555-0123");
/// assert!(words.contains("cafe") && words.contains("2025550123") && words.contains("0123"));
/// ```
pub fn words(text: &str) -> BTreeSet<String> {
    let folded = folded(text);
    let mut found = BTreeSet::new();
    for token in tokens(&folded) {
        for part in token.split(is_apostrophe) {
            put_word(&mut found, part);
        }
        if token.contains(is_apostrophe) {
            put_word(&mut found, &joined(token));
        }
    }
    for number in numbers::runs(&folded) {
        for end in numbers::ends(&number) {
            put(&mut found, end);
        }
    }
    found
}

/// The words of a text as they are said, one space between: for looking for phrases.
pub(crate) fn spoken(text: &str) -> String {
    let words: Vec<String> = tokens(&folded(text)).map(joined).collect();
    words.join(" ")
}

fn put(found: &mut BTreeSet<String>, word: &str) {
    if !word.is_empty() && found.len() < MOST {
        found.insert(word.chars().take(LONGEST).collect());
    }
}

fn put_word(found: &mut BTreeSet<String>, word: &str) {
    for run in by_script(word) {
        if has_no_spaces(run) {
            for pair in pairs(run) {
                put(found, &pair);
            }
        } else {
            put(found, run);
        }
    }
}

/// What stands between all that is neither a letter nor a digit nor an apostrophe.
fn tokens(folded: &str) -> impl Iterator<Item = &str> {
    folded
        .split(|letter| !is_word(letter) && !is_apostrophe(letter))
        .map(|token| token.trim_matches(is_apostrophe))
        .filter(|token| !token.is_empty())
}

fn joined(token: &str) -> String {
    token.chars().filter(|it| !is_apostrophe(*it)).collect()
}

/// Cuts a word where a script without spaces begins or ends.
fn by_script(word: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut start = 0;
    let mut kind = None;
    for (at, letter) in word.char_indices() {
        let is_without = is_without_spaces(letter);
        if kind.is_some_and(|kind| kind != is_without) {
            runs.extend(word.get(start..at));
            start = at;
        }
        kind = Some(is_without);
    }
    runs.extend(word.get(start..).filter(|rest| !rest.is_empty()));
    runs
}

/// Each letter with the one after it, and the last alone.
fn pairs(run: &str) -> Vec<String> {
    let letters: Vec<char> = run.chars().collect();
    let mut pairs: Vec<String> = letters.windows(2).map(|two| two.iter().collect()).collect();
    pairs.extend(letters.last().map(ToString::to_string));
    pairs
}

/// A search: every word must be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchQuery {
    words: Vec<SearchWord>,
}

/// One word of a search.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SearchWord {
    /// The word, as [`words`] writes it: letters and digits alone.
    pub text: String,
    /// Whether longer words that begin with it fit, too. A single letter stands for itself.
    pub is_beginning: bool,
}

impl SearchQuery {
    /// Reads what a person types; `None` if there is nothing to look for in it.
    ///
    /// # Examples
    /// ```
    /// use tidings_conversations::{SearchQuery, words};
    ///
    /// let query = SearchQuery::parse("INVOI 0123").unwrap();
    /// assert!(query.fits(&words("Your invoice for +1 202 555 0123")));
    /// assert!(!query.fits(&words("Your invoice")));
    /// assert_eq!(SearchQuery::parse("?!"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let folded = folded(text);
        let (numbers, rest) = numbers::taken_out(&folded);
        let mut asked = BTreeSet::new();
        for number in numbers {
            asked.insert(SearchWord::of(numbers::asked(&number)));
        }
        for token in tokens(&rest) {
            let word = joined(token);
            for run in by_script(&word) {
                if has_no_spaces(run) {
                    let mut pairs = pairs(run);
                    // The last letter alone is in the pair before it.
                    if pairs.len() > 1 {
                        pairs.pop();
                    }
                    // A single letter may begin any pair.
                    let beginnings = pairs.into_iter().map(|text| SearchWord {
                        text,
                        is_beginning: true,
                    });
                    asked.extend(beginnings);
                } else {
                    asked.insert(SearchWord::of(run));
                }
            }
        }
        let words: Vec<SearchWord> = asked.into_iter().take(MOST_ASKED).collect();
        (!words.is_empty()).then_some(Self { words })
    }

    /// The words; not empty.
    pub fn words(&self) -> &[SearchWord] {
        &self.words
    }

    /// Whether a text with these [`words`] has all that is looked for.
    pub fn fits(&self, words: &BTreeSet<String>) -> bool {
        self.words.iter().all(|asked| {
            if !asked.is_beginning {
                return words.contains(&asked.text);
            }
            words
                .range::<String, _>(&asked.text..)
                .next()
                .is_some_and(|next| next.starts_with(&asked.text))
        })
    }
}

impl SearchWord {
    fn of(word: &str) -> Self {
        let text: String = word.chars().take(LONGEST).collect();
        Self {
            is_beginning: text.chars().nth(1).is_some(),
            text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn finds(query: &str, text: &str) -> bool {
        SearchQuery::parse(query).is_some_and(|query| query.fits(&words(text)))
    }

    #[test]
    fn case_and_accents_do_not_matter() {
        for (query, text) in [
            ("cafe", "Café"),
            ("CAFÉ", "cafe"),
            ("strasse", "Hauptstraße, STRASSE"),
            ("soren", "Søren"),
            ("lodz", "Łódź"),
            ("елка", "Ёлка"),
            ("istanbul", "İstanbul"),
            ("مدرسه", "مدرسه"),
        ] {
            assert!(finds(query, text), "{query} in {text}");
        }
    }

    #[test]
    fn short_words_are_found_and_stand_for_themselves_when_they_are_one_letter() {
        assert!(finds("ok", "Ok!"));
        assert!(finds("no", "No."));
        assert!(finds("y", "Y"));
        assert!(!finds("y", "yesterday"));
        assert!(finds("ye", "yesterday"));
    }

    #[test]
    fn every_word_must_be_there_in_any_order() {
        assert!(finds("dress white", "The white dress"));
        assert!(!finds("dress black", "The white dress"));
        assert!(!finds("ress", "The white dress"));
    }

    #[test]
    fn part_of_a_number_finds_it_however_it_is_written() {
        let number = "+12025550123";
        for query in [
            "+12025550123",
            "(202) 555-0123",
            "555 0123",
            "0123",
            "202.555",
            "0012025550123",
            "555-01",
        ] {
            assert!(finds(query, number), "{query}");
        }
        assert!(!finds("5550124", number));
        assert!(finds("020 7946 0123", "+442079460123"));
        assert!(finds("2025550123", "call me at (202) 555-0123 please"));
        assert!(finds("0045", "order 0045"));
    }

    #[test]
    fn apostrophes_neither_hide_nor_split() {
        assert!(finds("o'brien", "Mrs O’Brien"));
        assert!(finds("obrien", "Mrs O'Brien"));
        assert!(finds("eau", "l'eau"));
        assert!(finds("dont", "I don't"));
    }

    #[test]
    fn scripts_without_spaces_are_found_inside() {
        assert!(finds("会議", "明日の会議は三時です"));
        assert!(finds("議", "明日の会議は三時です"));
        assert!(!finds("会社", "明日の会議は三時です"));
        assert!(finds("iphone会", "iPhone会議"));
    }

    #[test]
    fn addresses_of_mail_are_found_by_their_parts() {
        assert!(finds("ana@example.com", "ana@example.com"));
        assert!(finds("ana@ex", "ana@example.com"));
    }

    #[test]
    fn nothing_to_look_for_is_no_search() {
        assert_eq!(SearchQuery::parse(" ?!,'"), None);
        assert!(words("…").is_empty());
    }

    proptest! {
        #[test]
        fn a_text_is_found_by_itself(text in "\\PC{0,60}") {
            if let Some(query) = SearchQuery::parse(&text) {
                prop_assert!(query.fits(&words(&text)), "{:?} {:?}", query, words(&text));
            }
        }

        #[test]
        fn words_are_letters_and_digits_alone(text in "\\PC{0,60}") {
            let asked = SearchQuery::parse(&text);
            let asked = asked.iter().flat_map(SearchQuery::words).map(|word| word.text.clone());
            for word in words(&text).into_iter().chain(asked) {
                prop_assert!(word.chars().all(is_word), "{word:?}");
                prop_assert!(!word.is_empty() && word.chars().count() <= LONGEST);
            }
        }
    }
}
