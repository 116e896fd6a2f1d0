//! Laws of reading a reply. They take any function from a text to an answer, and the words to try it
//! on: those of the compliance reference stand here, so that a lexicon is not its own judge.

use super::{Violation, hold};
use crate::{Languages, Reply, ReplyContext};

/// The words that are an opt-out by rule: 47 CFR 64.1200(a)(10), and what providers handle.
pub const PER_SE: &[&str] = &[
    "stop",
    "stopall",
    "stop all",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "revoke",
    "optout",
    "opt-out",
    "opt out",
    "remove",
    "unsub",
];

/// The words that change nothing beside an opt-out word: compliance reference, 5.4(5).
pub const FILLER: &[&str] = &[
    "please",
    "pls",
    "now",
    "it",
    "texting",
    "messaging",
    "sending",
    "me",
    "us",
    "this",
    "these",
    "the",
    "your",
    "messages",
    "msgs",
    "texts",
    "all",
    "everything",
    "spam",
    "thanks",
    "thank you",
    "hi",
    "hello",
    "ok",
];

/// The phrases in which an opt-out word asks for something else: compliance reference, 5.4(4).
pub const GUARDS: &[&str] = &[
    "dont stop",
    "don't stop",
    "never stop",
    "nonstop",
    "non stop",
    "non-stop",
    "stop by",
    "bus stop",
    "the stop",
    "stop at",
    "stop after",
    "end of",
    "end date",
    "quit smoking",
    "quit my job",
    "cancel my appointment",
    "cancel the booking",
    "cancel our order",
    "cancel my reservation",
    "cancel the meeting",
];

/// How a keyword may be dressed: by a telephone, a keyboard, or a trick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dress {
    /// Which letters are capital; those beyond are small.
    pub capitals: Vec<bool>,
    /// How wide the letters stand.
    pub width: Width,
    /// What cannot be seen, and before which letter it stands; beyond the last, behind it.
    pub invisible: Option<(char, usize)>,
    /// White space and punctuation before it.
    pub before: String,
    /// White space and punctuation behind it.
    pub after: String,
}

/// How wide letters stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// As always.
    Normal,
    /// The full-width forms U+FF01 to U+FF5E.
    Full,
}

impl Dress {
    /// The keyword in this dress.
    ///
    /// ```rust
    /// use tidings_consent::laws::{Dress, Width};
    ///
    /// let dress = Dress {
    ///     capitals: vec![true],
    ///     width: Width::Full,
    ///     invisible: None,
    ///     before: " ".to_owned(),
    ///     after: "!".to_owned(),
    /// };
    /// assert_eq!(dress.wear("stop"), " Ｓｔｏｐ!");
    /// ```
    pub fn wear(&self, keyword: &str) -> String {
        let mut letters: Vec<char> = keyword
            .chars()
            .enumerate()
            .map(|(place, letter)| {
                let is_capital = self.capitals.get(place).copied().unwrap_or_default();
                if is_capital {
                    letter.to_ascii_uppercase()
                } else {
                    letter
                }
            })
            .map(|letter| match self.width {
                Width::Full if letter.is_ascii_graphic() => {
                    char::from_u32(u32::from(letter).saturating_add(0xfee0)).unwrap_or(letter)
                }
                Width::Full | Width::Normal => letter,
            })
            .collect();
        if let Some((invisible, place)) = self.invisible {
            letters.insert(place.min(letters.len()), invisible);
        }
        format!(
            "{}{}{}",
            self.before,
            letters.into_iter().collect::<String>(),
            self.after
        )
    }
}

/// **L27.** Every keyword of [`PER_SE`] is an opt-out in any case, width and surroundings, and with
/// what cannot be seen inside.
///
/// # Errors
/// [`Violation`]: in this dress it is not.
pub fn keyword_in_any_dress(
    classify: impl Fn(&str) -> Reply,
    keyword: &str,
    dress: &Dress,
) -> Result<(), Violation> {
    hold(
        "a keyword in any dress is an opt-out",
        classify(&dress.wear(keyword)) == Reply::OptOut,
    )
}

/// **L28.** The answer depends on the text, the context and the hints alone: asked again, in another
/// order, it is the same.
///
/// # Errors
/// [`Violation`]: some answer depends on what was asked before.
pub fn only_text_context_and_hints_count<C: PartialEq>(
    classify: impl Fn(&str, ReplyContext, Languages) -> C,
    asked: &[(String, ReplyContext, Languages)],
) -> Result<(), Violation> {
    let ask = |(text, context, hints): &(String, ReplyContext, Languages)| {
        classify(text, *context, *hints)
    };
    let answers: Vec<C> = asked.iter().map(ask).collect();
    let mut backwards: Vec<C> = asked.iter().rev().map(ask).collect();
    backwards.reverse();
    hold("only text, context and hints count", answers == backwards)
}

/// **L29.** An opt-out word stays one when words of [`FILLER`] stand before and behind it.
///
/// "The" before "stop" is a guard of L30, and not for this law.
///
/// # Errors
/// [`Violation`]: filler changes the answer.
pub fn filler_changes_nothing(
    classify: impl Fn(&str) -> Reply,
    before: &[&str],
    keyword: &str,
    after: &[&str],
) -> Result<(), Violation> {
    let text = [before, &[keyword], after].concat().join(" ");
    hold("filler changes nothing", classify(&text) == Reply::OptOut)
}

/// **L30.** A phrase of [`GUARDS`] in a neutral sentence is no opt-out, and the sentence `STOP.` before
/// or after makes it one.
///
/// # Errors
/// [`Violation`]: it is one, or `STOP.` is not heard.
pub fn a_guard_asks_for_something_else(
    classify: impl Fn(&str) -> Reply,
    sentence: &str,
) -> Result<(), Violation> {
    hold("a guard is no opt-out", classify(sentence) != Reply::OptOut)?;
    hold(
        "stop beside a guard is an opt-out",
        classify(&format!("STOP. {sentence}")) == Reply::OptOut
            && classify(&format!("{sentence}. STOP.")) == Reply::OptOut,
    )
}

/// **L31.** HELP and INFO are read as such in every context, so that they are answered and change
/// nothing.
///
/// # Errors
/// [`Violation`]: in some context the word is something else.
pub fn help_is_help_in_every_context(
    classify: impl Fn(&str, ReplyContext) -> Reply,
    word: &str,
) -> Result<(), Violation> {
    hold(
        "help is help in every context",
        ReplyContext::ALL
            .iter()
            .all(|context| classify(word, *context) == Reply::Help),
    )
}

/// **L38.** A yes changes nothing where no confirmation is awaited and no opt-out stands.
///
/// # Errors
/// [`Violation`]: it does.
pub fn yes_alone_changes_nothing(
    classify: impl Fn(&str, ReplyContext) -> Reply,
    yes: &str,
) -> Result<(), Violation> {
    hold(
        "yes alone changes nothing",
        classify(yes, ReplyContext::Plain) == Reply::None,
    )
}
