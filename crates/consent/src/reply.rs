use crate::{
    lexicon,
    normalize::{Emoji, is_emoji, sentences, words},
};

/// What we wait for from the person who writes; it decides what YES means.
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
    /// Conversation.
    None,
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

/// The answer, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Classification {
    /// What the text asks for.
    pub reply: Reply,
    /// Which step answered.
    pub rule: ReplyRule,
    /// The words that decided, in their normalized spelling; empty when none did.
    pub matched: String,
}

/// Reads an inbound text. Pure: the same text in the same context always gives the same answer.
///
/// Compliance reference, sections 5.3 to 5.5, for English, which counts in every country. Doubt is
/// resolved as opt-out or [`Reply::Uncertain`], never as opt-in. Keep the raw text as evidence.
///
/// ```rust
/// use tidings_consent::{Reply, ReplyContext, classify};
///
/// let read = |text| classify(text, ReplyContext::Plain).reply;
/// assert_eq!(read("Please stop texting me"), Reply::OptOut);
/// assert_eq!(read("Can you stop by at 5?"), Reply::None);
/// assert_eq!(read("make it stop"), Reply::Uncertain);
/// assert_eq!(read("YES"), Reply::None);
/// assert_eq!(classify("YES", ReplyContext::AwaitingConfirmation).reply, Reply::Confirmation);
/// ```
pub fn classify(text: &str, context: ReplyContext) -> Classification {
    let separated = classify_reading(text, context, Emoji::Separates);
    if separated.reply == Reply::OptOut || !text.chars().any(is_emoji) {
        return separated;
    }
    let vanished = classify_reading(text, context, Emoji::Vanishes);
    if vanished.reply == Reply::OptOut {
        vanished
    } else {
        separated
    }
}

fn classify_reading(text: &str, context: ReplyContext, emoji: Emoji) -> Classification {
    let whole = joined(words(text, emoji));
    if whole.is_empty() {
        return if text.contains(['🛑', '🚫']) {
            found(Reply::Uncertain, ReplyRule::StopSign, &[])
        } else {
            found(Reply::None, ReplyRule::Nothing, &[])
        };
    }
    let by_sentence = sentences(text).map(|sentence| joined(words(sentence, emoji)));
    if let Some(opt_out) = std::iter::once(whole.clone())
        .chain(by_sentence)
        .find_map(|sentence| opt_out(&sentence))
    {
        return opt_out;
    }
    if let Some(keyword) = keyword(&whole, context) {
        return keyword;
    }
    match masked(&whole)
        .into_iter()
        .flatten()
        .find(|word| is_in(word, lexicon::OPT_OUT))
    {
        Some(word) => found(Reply::Uncertain, ReplyRule::Unclear, &[word]),
        None => found(Reply::None, ReplyRule::Nothing, &[]),
    }
}

/// Help, back in, and yes: only as the whole text.
fn keyword(whole: &[String], context: ReplyContext) -> Option<Classification> {
    let [word] = whole else { return None };
    let reply = if is_in(word, lexicon::HELP) {
        Reply::Help
    } else if is_in(word, lexicon::OPT_IN) {
        Reply::OptIn
    } else {
        match context {
            ReplyContext::AwaitingConfirmation if is_in(word, lexicon::CONFIRM) => {
                Reply::Confirmation
            }
            ReplyContext::OptedOut if is_in(word, lexicon::YES) => Reply::OptIn,
            ReplyContext::Plain | ReplyContext::AwaitingConfirmation | ReplyContext::OptedOut => {
                return None;
            }
        }
    };
    Some(found(reply, ReplyRule::Keyword, &[word]))
}

/// Steps 2, 4, 5 and 6 for one sentence.
fn opt_out(sentence: &[String]) -> Option<Classification> {
    if let Some(phrase) = first_match(sentence, lexicon::EMPHATIC) {
        return Some(found(Reply::OptOut, ReplyRule::Phrase, &phrase));
    }
    let pieces = masked(sentence);
    let mut rest = pieces.iter().copied().flatten();
    let word = rest.clone().find(|word| is_in(word, lexicon::OPT_OUT));
    let is_bare = rest.all(|word| is_in(word, lexicon::OPT_OUT) || is_in(word, lexicon::FILLER));
    if let Some(word) = word.filter(|_| is_bare) {
        return Some(found(Reply::OptOut, ReplyRule::Keyword, &[word]));
    }
    pieces
        .iter()
        .find_map(|piece| first_match(piece, lexicon::PHRASES))
        .map(|phrase| found(Reply::OptOut, ReplyRule::Phrase, &phrase))
}

/// What is left of a sentence between the guards, longest guard first.
fn masked(sentence: &[String]) -> Vec<&[String]> {
    let mut pieces = Vec::new();
    let mut piece_start = 0;
    let mut place = 0;
    while let Some(rest) = sentence.get(place..).filter(|rest| !rest.is_empty()) {
        let guard = lexicon::GUARDS
            .iter()
            .filter_map(|guard| prefix(rest, guard))
            .max();
        if let Some(length) = guard {
            pieces.extend(sentence.get(piece_start..place));
            place += length;
            piece_start = place;
        } else {
            place += 1;
        }
    }
    pieces.extend(sentence.get(piece_start..));
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

fn first_match<'a>(words: &'a [String], patterns: &[&str]) -> Option<Vec<&'a String>> {
    (0..words.len()).find_map(|place| {
        let rest = words.get(place..)?;
        let length = patterns.iter().find_map(|pattern| prefix(rest, pattern))?;
        rest.get(..length).map(|phrase| phrase.iter().collect())
    })
}

/// How many words of `rest` the pattern takes, if `rest` begins with it.
fn prefix(rest: &[String], pattern: &str) -> Option<usize> {
    let mut length = 0;
    for alternatives in pattern.split(' ') {
        let word = rest.get(length)?;
        if !alternatives
            .split('|')
            .any(|alternative| alternative == word)
        {
            return None;
        }
        length += 1;
    }
    Some(length)
}

/// Joins "opt out" and "opt in", which count as one word.
fn joined(words: Vec<String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        match joined.last_mut() {
            Some(last) if last == "opt" && (word == "out" || word == "in") => last.push_str(&word),
            Some(_) | None => joined.push(word),
        }
    }
    joined
}

fn is_in(word: &str, list: &[&str]) -> bool {
    list.contains(&word)
}

fn found(reply: Reply, rule: ReplyRule, matched: &[&String]) -> Classification {
    let matched = matched
        .iter()
        .map(|word| word.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    Classification {
        reply,
        rule,
        matched,
    }
}

#[cfg(test)]
mod tests;
