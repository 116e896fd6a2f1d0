mod reading;

use crate::{
    lexicon::Languages,
    normalize::{Emoji, Words},
};
use reading::Reading;
use tidings_kernel::Channel;

/// What we wait for from the person who writes; it decides what YES and NO mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ReplyContext {
    /// Nothing.
    #[default]
    Plain,
    /// A double opt-in was asked for and has not expired. An expired one is [`ReplyContext::Plain`].
    AwaitingConfirmation,
    /// The person is opted out.
    OptedOut,
}

impl ReplyContext {
    /// Every context.
    pub const ALL: [Self; 3] = [Self::Plain, Self::AwaitingConfirmation, Self::OptedOut];
}

/// What an inbound text asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reply {
    /// To be left alone. Acts at once, on the whole channel.
    OptOut,
    /// To be let back in.
    OptIn,
    /// For help. Changes nothing, and is answered in every state.
    Help,
    /// Perhaps to be left alone: hold marketing and show it to a person; never confirm by machine.
    Uncertain,
    /// Yes to a double opt-in.
    Confirmation,
    /// No to a double opt-in: what was asked for is not wanted. What stood before still stands.
    Refusal,
    /// Conversation.
    None,
}

impl Reply {
    /// Every answer.
    pub const ALL: [Self; 7] = [
        Self::OptOut,
        Self::OptIn,
        Self::Help,
        Self::Uncertain,
        Self::Confirmation,
        Self::Refusal,
        Self::None,
    ];

    /// The name used in tables and logs: `opt_out`, `uncertain`, `none` and so on.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OptOut => "opt_out",
            Self::OptIn => "opt_in",
            Self::Help => "help",
            Self::Uncertain => "uncertain",
            Self::Confirmation => "confirmation",
            Self::Refusal => "refusal",
            Self::None => "none",
        }
    }
}

/// Which step of the procedure answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReplyRule {
    /// The whole text or sentence is a keyword, perhaps with filler around it.
    Keyword,
    /// A phrase inside the text.
    Phrase,
    /// An opt-out word in a sentence that we cannot read.
    Unclear,
    /// A stop sign alone.
    StopSign,
    /// Nothing was found.
    Nothing,
}

/// What whoever handles an opt-out should know besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Note {
    /// The person is not the one whom we meant: the consent of this identity is not theirs.
    WrongNumber,
    /// The word may be about an appointment or order: let the confirmation tell how to cancel that.
    AboutAppointment,
}

/// What an opt-out names. It still closes the whole channel; the one confirmation may ask whether
/// only this was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestedScope {
    /// Offers, promotions, advertising.
    Marketing,
    /// One list.
    List,
    /// One channel.
    Channel(Channel),
}

/// The answer, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Classification {
    /// What the text asks for.
    pub reply: Reply,
    /// Which step answered.
    pub rule: ReplyRule,
    /// The words that decided, in their normalized spelling; empty when none did. At most about a
    /// hundred bytes, and part of what a person wrote: evidence, not for logs.
    pub matched: String,
    /// Only of an opt-out.
    pub note: Option<Note>,
    /// Only of an opt-out.
    pub scope: Option<RequestedScope>,
}

/// Reads an inbound text without hints: English, and what is written in other scripts.
///
/// [`classify_in`] with [`Languages::NONE`], which see.
///
/// ```rust
/// use tidings_consent::{Note, Reply, ReplyContext, classify};
///
/// let read = |text| classify(text, ReplyContext::Plain).reply;
/// assert_eq!(read("Please stop texting me"), Reply::OptOut);
/// assert_eq!(read("Can you stop by at 5?"), Reply::None);
/// assert_eq!(read("make it stop"), Reply::Uncertain);
/// assert_eq!(read("YES"), Reply::None);
/// assert_eq!(classify("YES", ReplyContext::AwaitingConfirmation).reply, Reply::Confirmation);
/// assert_eq!(classify("Cancel", ReplyContext::Plain).note, Some(Note::AboutAppointment));
/// ```
pub fn classify(text: &str, context: ReplyContext) -> Classification {
    classify_in(text, context, Languages::NONE)
}

/// Reads an inbound text. Pure: the same text, context and hints always give the same answer.
///
/// Compliance reference, sections 5.3 to 5.5. English counts everywhere, and so do words in other
/// scripts; a word in Latin letters counts where its language is among `hints`, because DUR asks a
/// Turk to be left alone and is "hard" in French. Phrases of three words and more count everywhere.
/// Doubt is resolved as opt-out or [`Reply::Uncertain`], never as opt-in. Keep the raw text as
/// evidence.
///
/// Any text is read to its end, in time linear in its length; none makes it panic.
///
/// ```rust
/// use tidings_consent::{Language, Languages, Reply, ReplyContext, classify_in};
///
/// let read = |text, hints| classify_in(text, ReplyContext::Plain, hints).reply;
/// assert_eq!(read("BAJA", Languages::one(Language::Spanish)), Reply::OptOut);
/// assert_eq!(read("baja", Languages::NONE), Reply::None);
/// assert_eq!(read("¿Dónde está la parada?", Languages::one(Language::Spanish)), Reply::None);
/// assert_eq!(read("لا ترسلوا لي رسائل", Languages::NONE), Reply::OptOut);
/// ```
pub fn classify_in(text: &str, context: ReplyContext, hints: Languages) -> Classification {
    let words = Words::of(text, Emoji::Separates);
    let separated = Reading::of(&words, hints).classify(text, context);
    if separated.reply == Reply::OptOut || !words.has_emoji {
        return separated;
    }
    let words = Words::of(text, Emoji::Vanishes);
    let vanished = Reading::of(&words, hints).classify(text, context);
    if vanished.reply == Reply::OptOut {
        vanished
    } else {
        separated
    }
}

#[cfg(test)]
mod tests;
