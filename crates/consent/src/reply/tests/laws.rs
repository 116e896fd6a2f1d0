//! Each law over generated replies, and each biting a reader that breaks it.

use super::{hinted, plain};
use crate::{
    Language, Languages, Reply, ReplyContext, classify, classify_in,
    laws::{self, Dress, FILLER, GUARDS, PER_SE, Width},
    strategies,
};
use proptest::{collection, prelude::*, sample};
use std::cell::Cell;

fn bare(before: &str) -> Dress {
    Dress {
        capitals: Vec::new(),
        width: Width::Normal,
        invisible: None,
        before: before.to_owned(),
        after: String::new(),
    }
}

proptest! {
    #[test]
    fn a_keyword_in_any_dress(keyword in sample::select(PER_SE), dress in strategies::dress()) {
        laws::keyword_in_any_dress(plain, keyword, &dress)?;
    }

    #[test]
    fn a_keyword_of_any_language_in_any_dress(
        (language, keyword) in sample::select(Language::ALL).prop_flat_map(|language| {
            (Just(language), sample::select(language.opt_out_words().collect::<Vec<_>>()))
        }),
        dress in strategies::dress(),
    ) {
        laws::keyword_in_any_dress(|text| hinted(text, language), keyword, &dress)?;
    }

    #[test]
    fn only_text_context_and_hints(
        asked in collection::vec(
            (strategies::reply_text(), strategies::reply_context(), strategies::languages()),
            0..6,
        ),
    ) {
        laws::only_text_context_and_hints_count(classify_in, &asked)?;
    }

    #[test]
    fn an_opt_out_is_one_in_every_context(text in strategies::reply_text(), hints in strategies::languages()) {
        let stops = |context| classify_in(&text, context, hints).reply == Reply::OptOut;
        prop_assert!(ReplyContext::ALL.iter().all(|context| stops(*context) == stops(ReplyContext::Plain)));
    }

    #[test]
    fn filler(
        before in collection::vec(sample::select(FILLER), 0..4),
        keyword in sample::select(PER_SE),
        after in collection::vec(sample::select(FILLER), 0..4),
    ) {
        prop_assume!(!(before.last() == Some(&"the") && keyword.starts_with("stop")));
        laws::filler_changes_nothing(plain, &before, keyword, &after)?;
    }

    #[test]
    fn a_guard(sentence in strategies::guarded()) {
        laws::a_guard_asks_for_something_else(plain, &sentence)?;
    }

    #[test]
    fn yes_alone(around in "[ !.]{0,3}", yes in sample::select(&["yes", "YES", "ok", "si", "oui", "ja", "да"][..])) {
        laws::yes_alone_changes_nothing(|text, context| classify(text, context).reply, &format!("{around}{yes}{around}"))?;
    }

    #[test]
    fn no_text_panics(text in ".{0,60}", context in strategies::reply_context(), hints in strategies::languages()) {
        let answer = classify_in(&text, context, hints);
        prop_assert!(answer.note.is_none() || answer.reply == Reply::OptOut);
    }
}

#[test]
fn help_and_info_are_help() -> Result<(), laws::Violation> {
    for word in ["HELP", "INFO", "help", "Info", " help! ", "\"INFO\""] {
        laws::help_is_help_in_every_context(|text, context| classify(text, context).reply, word)?;
    }
    Ok(())
}

#[test]
fn every_law_bites() {
    let exact = |text: &str| {
        if text == "stop" {
            Reply::OptOut
        } else {
            Reply::None
        }
    };
    assert!(laws::keyword_in_any_dress(exact, "stop", &bare(" ")).is_err());
    assert!(laws::keyword_in_any_dress(exact, "stop", &bare("")).is_ok());
    assert!(laws::filler_changes_nothing(exact, &["please"], "stop", &[]).is_err());

    let greedy = |text: &str| {
        if text.to_lowercase().contains("stop") {
            Reply::OptOut
        } else {
            Reply::None
        }
    };
    assert!(laws::a_guard_asks_for_something_else(greedy, "the bus stop").is_err());
    // One that hears nothing where a guard stands.
    let deaf = |text: &str| {
        if GUARDS.iter().any(|guard| text.contains(guard)) {
            Reply::None
        } else {
            greedy(text)
        }
    };
    assert!(laws::a_guard_asks_for_something_else(deaf, "the bus stop").is_err());

    let asked = Cell::new(0_u32);
    let moody = |_: &str, _, _| {
        asked.set(asked.get() + 1);
        asked.get()
    };
    let question = ("stop".to_owned(), ReplyContext::Plain, Languages::NONE);
    assert!(laws::only_text_context_and_hints_count(moody, &[question]).is_err());

    let sulky = |_: &str, context| match context {
        ReplyContext::Plain | ReplyContext::AwaitingConfirmation => Reply::Help,
        ReplyContext::OptedOut => Reply::None,
    };
    assert!(laws::help_is_help_in_every_context(sulky, "HELP").is_err());
    assert!(laws::yes_alone_changes_nothing(|_, _| Reply::OptIn, "YES").is_err());
}
