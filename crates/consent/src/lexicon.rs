//! The words and phrases by which people ask to be left alone, let back in or helped, one file a
//! language, all of one shape (compliance reference, 5.2 to 5.5).
//!
//! They are written as people write them; [`index`] brings them into the compared spelling. In a
//! pattern `a|b` stands for either word, a `?` behind a word means that it may be missing, and `_` is
//! any one word. A word with an apostrophe or hyphen also counts in two words.

mod index;
mod language;
mod regions;

pub(crate) use index::{Index, Kind};
pub use language::{Language, Languages};

/// What one language contributes.
struct Lexicon {
    /// Alone, or with nothing but filler, an opt-out; anywhere else in a sentence a doubt.
    opt_out: &'static [&'static str],
    /// The same, of words that may be about an appointment or an order.
    cancel: &'static [&'static str],
    /// An opt-out as the whole text only: letters and everyday words.
    whole: &'static [&'static str],
    /// An opt-out in a sentence of nothing but filler; anywhere else conversation.
    alone: &'static [&'static str],
    /// Back in, as the whole text.
    opt_in: &'static [&'static str],
    /// Help, as the whole text, in every country: it changes nothing.
    help: &'static [&'static str],
    /// As the whole text: back in for someone who is out, confirmation for someone who was asked.
    yes: &'static [&'static str],
    /// As the whole text: confirmation for someone who was asked.
    confirm: &'static [&'static str],
    /// As the whole text: refusal by someone who was asked.
    no: &'static [&'static str],
    /// Words that change nothing beside an opt-out word.
    filler: &'static [&'static str],
    /// An opt-out word or phrase that asks for something else.
    guards: &'static [&'static str],
    /// The same where one cannot be sure: never an opt-out by itself, always a doubt.
    doubtful: &'static [&'static str],
    /// An opt-out that beats a guard.
    emphatic: &'static [&'static str],
    /// Opt-outs inside a sentence.
    phrases: &'static [&'static str],
    /// The same, by a person whom we never meant to write to.
    wrong_number: &'static [&'static str],
    /// What narrows a request to marketing. Counts as filler.
    marketing: &'static [&'static str],
    /// What narrows a request to a list. Counts as filler.
    list: &'static [&'static str],
}

const NOTHING: Lexicon = Lexicon {
    opt_out: &[],
    cancel: &[],
    whole: &[],
    alone: &[],
    opt_in: &[],
    help: &[],
    yes: &[],
    confirm: &[],
    no: &[],
    filler: &[],
    guards: &[],
    doubtful: &[],
    emphatic: &[],
    phrases: &[],
    wrong_number: &[],
    marketing: &[],
    list: &[],
};

/// Declares the files and gives each language its own.
macro_rules! lexicons {
    ($($language:ident = $module:ident),+ $(,)?) => {
        $(mod $module;)+

        fn lexicon(language: Language) -> &'static Lexicon {
            match language {
                $(Language::$language => &$module::LEXICON),+
            }
        }
    };
}

lexicons! {
    English = english, Spanish = spanish, French = french, Portuguese = portuguese,
    German = german, Italian = italian, Dutch = dutch, Polish = polish, Turkish = turkish,
    Hindi = hindi, Arabic = arabic, Swedish = swedish, Norwegian = norwegian, Danish = danish,
    Finnish = finnish, Czech = czech, Russian = russian, Ukrainian = ukrainian, Greek = greek,
    Romanian = romanian, Hungarian = hungarian, Urdu = urdu, Hebrew = hebrew, Chinese = chinese,
    Japanese = japanese, Korean = korean, Indonesian = indonesian, Vietnamese = vietnamese,
    Thai = thai, Swahili = swahili,
}

impl Lexicon {
    /// Each list with what it means.
    fn lists(&self) -> [(Kind, &'static [&'static str]); 17] {
        [
            (Kind::OptOut, self.opt_out),
            (Kind::Cancel, self.cancel),
            (Kind::Whole, self.whole),
            (Kind::Alone, self.alone),
            (Kind::OptIn, self.opt_in),
            (Kind::Help, self.help),
            (Kind::Yes, self.yes),
            (Kind::Confirm, self.confirm),
            (Kind::No, self.no),
            (Kind::Filler, self.filler),
            (Kind::Guard, self.guards),
            (Kind::Doubtful, self.doubtful),
            (Kind::Emphatic, self.emphatic),
            (Kind::Phrase, self.phrases),
            (Kind::WrongNumber, self.wrong_number),
            (Kind::Marketing, self.marketing),
            (Kind::List, self.list),
        ]
    }
}

impl Language {
    /// The words that are an opt-out when the whole text is one of them and this language is hinted,
    /// as people write them: for a sign-up page, or a tenant who asks.
    ///
    /// ```rust
    /// assert!(tidings_consent::Language::Spanish.opt_out_words().any(|word| word == "baja"));
    /// ```
    pub fn opt_out_words(self) -> impl Iterator<Item = &'static str> {
        let words = lexicon(self);
        [words.opt_out, words.cancel, words.whole]
            .into_iter()
            .flatten()
            .copied()
    }

    /// The words that ask to be let back in.
    pub fn opt_in_words(self) -> impl Iterator<Item = &'static str> {
        lexicon(self).opt_in.iter().copied()
    }

    /// The words that ask for help.
    pub fn help_words(self) -> impl Iterator<Item = &'static str> {
        lexicon(self).help.iter().copied()
    }
}

#[cfg(test)]
mod tests;
