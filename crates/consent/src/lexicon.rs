//! English, which counts in every country (compliance reference, 5.2 and 5.4). Spellings are those
//! of `normalize`; `|` separates words that may stand in one place.

/// Each alone is an opt-out. The seven of 47 CFR 64.1200(a)(10), those that providers handle, and
/// relatives. Two-word forms are joined before the comparison.
pub(crate) const OPT_OUT: &[&str] = &[
    "stop",
    "stopall",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "revoke",
    "optout",
    "remove",
    "unsub",
];

/// Each alone asks to be back in.
pub(crate) const OPT_IN: &[&str] = &["start", "unstop", "subscribe", "optin"];

/// Alone: back in for someone who is out.
pub(crate) const YES: &[&str] = &["yes"];

/// Alone: a confirmation for someone who was asked.
pub(crate) const CONFIRM: &[&str] = &["yes", "ok"];

/// Each alone asks for help.
pub(crate) const HELP: &[&str] = &["help", "info"];

/// Words that change nothing beside an opt-out word.
pub(crate) const FILLER: &[&str] = &[
    "please",
    "pls",
    "plz",
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
    "thank",
    "you",
    "hi",
    "hello",
    "ok",
    "fuck",
    "fucking",
    "fuckin",
    "off",
    "damn",
    "shit",
    "bloody",
    "bitch",
    "asshole",
];

/// An opt-out word that asks for something else.
pub(crate) const GUARDS: &[&str] = &[
    "dont|never|bus|the stop",
    "do not stop",
    "nonstop",
    "non stop",
    "stop by|at|after",
    "end of|date",
    "quit smoking",
    "quit my job",
    "cancel my|the|our appointment|booking|order|reservation|meeting",
];

/// What beats a guard.
pub(crate) const EMPHATIC: &[&str] = &["stop at once"];

/// Opt-outs in a sentence.
pub(crate) const PHRASES: &[&str] = &[
    "stop texting|messaging|sending|contacting",
    "take|remove me off",
    "remove me",
    "opt me out",
    "dont|never text|message|contact me",
    "do not text|message|contact me",
    "leave me alone",
    "no more texts|messages",
    "unsubscribe me",
    "i dont want these|your",
    "i do not want these|your",
    "i dont want any more",
    "i do not want any more",
    "i dont want anymore",
    "i do not want anymore",
    "wrong number",
    "lose my number",
    "not interested",
];
