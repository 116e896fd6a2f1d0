use super::{Language, Languages, lexicon};
use crate::normalize::{Emoji, Words};
use std::{collections::HashMap, sync::LazyLock};

/// What a pattern is in its language; the lists of `Lexicon`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    OptOut,
    Cancel,
    Whole,
    Alone,
    OptIn,
    Help,
    Yes,
    Confirm,
    No,
    Filler,
    Guard,
    Doubtful,
    Emphatic,
    Phrase,
    WrongNumber,
    Marketing,
    List,
}

/// Where a pattern counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Everywhere,
    /// Only where its language is hinted.
    Hinted,
}

/// What a pattern that ends at a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    kind: Kind,
    language: Language,
    reach: Reach,
}

/// All patterns of all languages as one automaton over words, so that a text is not compared with
/// each of them. Patterns that begin alike share their way; the words of one place lead to one node.
#[derive(Debug, Default)]
pub(crate) struct Index {
    ids: HashMap<String, u32>,
    edges: HashMap<(u32, u32), Vec<u32>>,
    entries: Vec<Vec<Entry>>,
}

/// Where each place of a pattern leads from a node; needed only to build.
type Places<'a> = HashMap<(u32, &'a str), u32>;

const ROOT: u32 = 0;
/// The word of a text that no pattern holds.
const UNKNOWN: u32 = 0;
/// The `_` of a pattern.
const ANY: u32 = 1;
/// No word has more letters than this.
const LONGEST_WORD: usize = 64;
/// A phrase of this many words counts without a hint: no other language says it by accident.
const UNMISTAKABLE: usize = 3;

/// Computed once from constants, and never changed.
static INDEX: LazyLock<Index> = LazyLock::new(Index::build);

impl Index {
    /// The index of every language.
    pub(crate) fn get() -> &'static Self {
        &INDEX
    }

    /// The number of a word; letters drawn out ("stooop") are taken once.
    pub(crate) fn word(&self, spelling: &str) -> u32 {
        if spelling.len() > LONGEST_WORD {
            return UNKNOWN;
        }
        if let Some(id) = self.ids.get(spelling) {
            return *id;
        }
        drawn_in(spelling)
            .and_then(|word| self.ids.get(&word).copied())
            .unwrap_or(UNKNOWN)
    }

    /// Calls `found` with the length and kind of each pattern at the beginning of `words`. `nodes` is
    /// room to work in, kept from word to word.
    pub(crate) fn matches(
        &self,
        words: &[u32],
        hints: Languages,
        nodes: &mut Vec<(u32, usize)>,
        mut found: impl FnMut(usize, Kind),
    ) {
        nodes.push((ROOT, 0));
        while let Some((node, length)) = nodes.pop() {
            for entry in self.entries.get(node as usize).into_iter().flatten() {
                if entry.reach == Reach::Everywhere || hints.contains(entry.language) {
                    found(length, entry.kind);
                }
            }
            if let Some(word) = words.get(length) {
                for key in [*word, ANY] {
                    let next = self.edges.get(&(node, key)).filter(|_| key != UNKNOWN);
                    let length = length.saturating_add(1);
                    nodes.extend(next.into_iter().flatten().map(|next| (*next, length)));
                }
            }
        }
    }

    fn build() -> Self {
        let mut index = Self {
            entries: vec![Vec::new()],
            ..Self::default()
        };
        let mut places = Places::new();
        for language in Language::ALL {
            for (kind, patterns) in lexicon(*language).lists() {
                for pattern in patterns {
                    index.insert(pattern, kind, *language, &mut places);
                }
            }
        }
        index
    }

    fn insert<'a>(
        &mut self,
        pattern: &'a str,
        kind: Kind,
        language: Language,
        places: &mut Places<'a>,
    ) {
        // Each way to say it so far: where it leads, and by how many places.
        let mut ways = vec![(ROOT, 0_usize)];
        for place in pattern.split_ascii_whitespace() {
            let (place, skipped) = match place.strip_suffix('?') {
                Some(place) => (place, ways.clone()),
                None => (place, Vec::new()),
            };
            for (node, length) in &mut ways {
                *node = self.step(*node, place, places);
                *length = length.saturating_add(1);
            }
            ways.extend(skipped);
        }
        for (node, length) in ways.into_iter().filter(|(node, _)| *node != ROOT) {
            let entry = Entry {
                kind,
                language,
                reach: reach(pattern, kind, language, length),
            };
            if let Some(entries) = self.entries.get_mut(node as usize)
                && !entries.contains(&entry)
            {
                entries.push(entry);
            }
        }
    }

    /// The node to which `place` leads, which each of its words does.
    fn step<'a>(&mut self, node: u32, place: &'a str, places: &mut Places<'a>) -> u32 {
        if let Some(next) = places.get(&(node, place)) {
            return *next;
        }
        let next = self.node();
        places.insert((node, place), next);
        for spelling in place.split('|').flat_map(spellings) {
            let mut from = node;
            let mut words = spelling.iter().peekable();
            while let Some(word) = words.next() {
                let to = if words.peek().is_some() {
                    self.node()
                } else {
                    next
                };
                let word = self.id(word);
                self.edges.entry((from, word)).or_default().push(to);
                from = to;
            }
        }
        next
    }

    fn node(&mut self) -> u32 {
        self.entries.push(Vec::new());
        number(self.entries.len().saturating_sub(1))
    }

    fn id(&mut self, word: &str) -> u32 {
        if word == "_" {
            return ANY;
        }
        // 0 and 1 are taken.
        let fresh = number(self.ids.len().saturating_add(2));
        *self.ids.entry(word.to_owned()).or_insert(fresh)
    }
}

/// The lexicon is far below four thousand million words.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A row in another script counts everywhere, one in Latin letters where it is hinted; help changes
/// nothing, and a long phrase is no accident, so these count everywhere too.
fn reach(pattern: &str, kind: Kind, language: Language, words: usize) -> Reach {
    let is_latin = pattern.chars().any(|c| {
        c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
    });
    let counts = match kind {
        Kind::Help => true,
        Kind::Guard | Kind::Doubtful | Kind::Emphatic | Kind::Phrase | Kind::WrongNumber => {
            words >= UNMISTAKABLE
        }
        Kind::OptOut
        | Kind::Cancel
        | Kind::Whole
        | Kind::Alone
        | Kind::OptIn
        | Kind::Yes
        | Kind::Confirm
        | Kind::No
        | Kind::Filler
        | Kind::Marketing
        | Kind::List => false,
    };
    if counts || !is_latin || language == Language::English {
        Reach::Everywhere
    } else {
        Reach::Hinted
    }
}

/// The words of one place of a pattern: joined, and apart where an apostrophe or hyphen stands.
fn spellings(place: &str) -> Vec<Vec<String>> {
    if place == "_" {
        return vec![vec![place.to_owned()]];
    }
    let mut ways = vec![words(place)];
    if place.contains(['\'', '-']) {
        ways.push(words(&place.replace(['\'', '-'], " ")));
    }
    ways
}

fn words(text: &str) -> Vec<String> {
    let words = Words::of(text, Emoji::Separates);
    words
        .words()
        .iter()
        .map(|word| words.spelling(*word).to_owned())
        .collect()
}

/// The word with every letter that stands three times or more taken once; none if there is none.
fn drawn_in(word: &str) -> Option<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut drawn = String::with_capacity(word.len());
    let mut is_changed = false;
    for run in letters.chunk_by(|a, b| a == b) {
        let taken = if run.len() > 2 { 1 } else { run.len() };
        is_changed |= taken < run.len();
        drawn.extend(run.iter().take(taken));
    }
    is_changed.then_some(drawn)
}
