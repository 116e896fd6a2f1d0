use super::*;
use crate::lexicon::Language;

mod laws;

fn plain(text: &str) -> Reply {
    classify(text, ReplyContext::Plain).reply
}

fn hinted(text: &str, language: Language) -> Reply {
    classify_in(text, ReplyContext::Plain, Languages::one(language)).reply
}

/// Compliance reference, 5.4(2): words that are an opt-out in one language and harmless in another.
#[test]
fn a_word_of_one_language_is_harmless_in_another() {
    for (text, its_own, other) in [
        ("acha", Language::Swahili, Language::Hindi),
        ("dur", Language::Turkish, Language::French),
        ("ferma", Language::Italian, Language::Romanian),
        ("pare", Language::Portuguese, Language::Indonesian),
        ("fin", Language::French, Language::English),
        ("ende", Language::German, Language::Dutch),
        ("slutt", Language::Norwegian, Language::German),
        ("nog", Language::Swedish, Language::Dutch),
        ("dung", Language::Vietnamese, Language::English),
        ("stopp", Language::Swedish, Language::Norwegian),
        ("henti", Language::Indonesian, Language::Japanese),
        ("dost", Language::Czech, Language::Turkish),
        ("nok", Language::Danish, Language::Polish),
    ] {
        assert_eq!(
            hinted(text, its_own),
            Reply::OptOut,
            "{text} in {its_own:?}"
        );
        let elsewhere = if text == "stopp" {
            Reply::OptOut
        } else {
            Reply::None
        };
        assert_eq!(hinted(text, other), elsewhere, "{text} in {other:?}");
    }
    assert_eq!(hinted("alta", Language::Spanish), Reply::OptIn);
    assert_eq!(hinted("alta", Language::Italian), Reply::None);
}

#[test]
fn letters_count_alone_and_where_they_are_hinted() {
    for text in ["T", "N", "TD", "R", "ret"] {
        assert_eq!(plain(text), Reply::None, "{text}");
    }
    for text in ["T", "n", "TD", "r"] {
        assert_eq!(hinted(text, Language::Chinese), Reply::OptOut, "{text}");
        assert_ne!(
            hinted(&format!("Plan {text} it is"), Language::Chinese),
            Reply::OptOut
        );
    }
    assert_eq!(hinted("RET", Language::Turkish), Reply::OptOut);
    assert_eq!(hinted("ret geldi", Language::Turkish), Reply::None);
    // "Canada is bilingual": the number's country is a hint.
    let canada = Languages::of_region(tidings_kernel::Region::parse("CA").unwrap());
    assert_eq!(
        classify_in("ARRÊT", ReplyContext::Plain, canada).reply,
        Reply::OptOut
    );
}

#[test]
fn other_scripts_count_without_a_hint() {
    for text in [
        "बंद करो",
        "إيقاف",
        "الغاء الاشتراك",
        "退订",
        "СТОП",
        "הסר",
        "停止",
        "수신거부",
        "หยุด",
        "ΣΤΟΠ",
        "بند",
    ] {
        assert_eq!(plain(text), Reply::OptOut, "{text}");
    }
}

#[test]
fn help_is_given_in_every_language() {
    for text in ["Aide", "AYUDA", "hilfe", "مساعدة", "ヘルプ"] {
        assert_eq!(plain(text), Reply::Help, "{text}");
    }
}

#[test]
fn a_long_phrase_needs_no_hint_and_a_short_one_does() {
    assert_eq!(plain("No quiero recibir más mensajes"), Reply::OptOut);
    assert_eq!(plain("kein Interesse"), Reply::None);
    assert_eq!(hinted("kein Interesse", Language::German), Reply::OptOut);
}

#[test]
fn yes_and_no_mean_what_they_answer() {
    for (context, yes, no) in [
        (ReplyContext::Plain, Reply::None, Reply::None),
        (
            ReplyContext::AwaitingConfirmation,
            Reply::Confirmation,
            Reply::Refusal,
        ),
        (ReplyContext::OptedOut, Reply::OptIn, Reply::None),
    ] {
        for text in [" Yes! ", "sí", "да"] {
            let answer = classify_in(text, context, Languages::one(Language::Spanish));
            assert_eq!(answer.reply, yes, "{text} {context:?}");
        }
        assert_eq!(classify("No.", context).reply, no, "{context:?}");
    }
    // "You are unsubscribed." – "ok" is no wish to be back.
    assert_eq!(classify("ok", ReplyContext::OptedOut).reply, Reply::None);
    assert_eq!(
        classify("ok", ReplyContext::AwaitingConfirmation).reply,
        Reply::Confirmation
    );
    assert_eq!(
        classify("stop", ReplyContext::AwaitingConfirmation).reply,
        Reply::OptOut
    );
    // Doubt about a yes is no yes.
    assert_eq!(
        classify("ja", ReplyContext::AwaitingConfirmation).reply,
        Reply::None
    );
    assert_eq!(
        classify("yes if it is free", ReplyContext::AwaitingConfirmation).reply,
        Reply::None
    );
}

#[test]
fn a_stop_sign_alone_is_shown_to_a_person() {
    for text in ["🛑", "🚫🚫", " 🛑! "] {
        let answer = classify(text, ReplyContext::Plain);
        assert_eq!(
            (answer.reply, answer.rule),
            (Reply::Uncertain, ReplyRule::StopSign),
            "{text}"
        );
    }
    assert_eq!(plain("🛑🚫a"), Reply::None);
}

#[test]
fn the_answer_says_what_it_rests_on() {
    for (text, rule, matched) in [
        (
            "Please TAKE me off, thanks",
            ReplyRule::Phrase,
            "take me off",
        ),
        ("opt-out", ReplyRule::Keyword, "optout"),
        ("OPT OUT!", ReplyRule::Keyword, "opt out"),
        ("make it stop", ReplyRule::Unclear, "stop"),
        ("hi, please cancel. stop", ReplyRule::Keyword, "stop"),
        ("谢谢,请退订", ReplyRule::Keyword, "退订"),
        ("hello", ReplyRule::Nothing, ""),
    ] {
        let answer = classify(text, ReplyContext::Plain);
        assert_eq!(
            (answer.rule, answer.matched.as_str()),
            (rule, matched),
            "{text}"
        );
    }
}

#[test]
fn what_else_an_opt_out_says_is_noted() {
    for (text, note, scope) in [
        ("Stop", None, None),
        ("Cancel", Some(Note::AboutAppointment), None),
        ("please cancel", Some(Note::AboutAppointment), None),
        ("cancel, stop", None, None),
        ("Wrong number, stop", Some(Note::WrongNumber), None),
        ("this isn't her phone", Some(Note::WrongNumber), None),
        (
            "stop marketing texts",
            None,
            Some(RequestedScope::Marketing),
        ),
        (
            "no more offers, unsubscribe",
            None,
            Some(RequestedScope::Marketing),
        ),
        (
            "stop messaging me on whatsapp",
            None,
            Some(RequestedScope::Channel(Channel::Whatsapp)),
        ),
        (
            "STOP SMS",
            None,
            Some(RequestedScope::Channel(Channel::Sms)),
        ),
        ("take me off your list", None, Some(RequestedScope::List)),
    ] {
        let answer = classify(text, ReplyContext::Plain);
        assert_eq!(
            (answer.reply, answer.note, answer.scope),
            (Reply::OptOut, note, scope),
            "{text}"
        );
    }
    for text in ["who is this? what offers?", "make the offers stop?"] {
        assert_eq!(classify(text, ReplyContext::Plain).scope, None, "{text}");
    }
}

#[test]
fn a_phrase_may_run_over_a_line_but_not_over_a_full_stop() {
    assert_eq!(plain("please take me\noff your list"), Reply::OptOut);
    assert_eq!(plain("I was wrong. Number 5 please"), Reply::None);
    assert_eq!(plain("opt. out."), Reply::OptOut);
}

#[test]
fn a_guard_does_not_hide_what_stands_beside_it() {
    assert_eq!(plain("don't stop by, take me off your list"), Reply::OptOut);
    assert_eq!(plain("the bus stop. unsubscribe"), Reply::OptOut);
    assert_eq!(plain("don't stop by. can this end?"), Reply::Uncertain);
}

#[test]
fn letters_drawn_out_or_apart_still_count() {
    for text in [
        "STOOOOP",
        "stopppppp",
        "plssssss stop",
        "S T O P",
        "s.t.o.p.",
        "U-n-s-u-b",
    ] {
        assert_eq!(plain(text), Reply::OptOut, "{text}");
    }
    assert_eq!(plain("A B C D"), Reply::None);
}

/// A part of what `examples/reply_speed.rs` measures at a megabyte each: inputs that a reader which backtracks, or looks at all guards for each word, would not finish.
#[test]
fn a_long_text_is_read_to_its_end() {
    let long = |piece: &str| piece.repeat(20_000 / piece.len());
    for (text, expected) in [
        ("stop ".repeat(60_000), Reply::OptOut),
        (long("don't stop "), Reply::None),
        (long("cancel my the "), Reply::Uncertain),
        (long("停止"), Reply::OptOut),
        (long("x"), Reply::None),
        (long("st🙏"), Reply::None),
        (long("e\u{301}\u{300}"), Reply::None),
        (long("a ") + ". stop", Reply::OptOut),
        (long("stop it you\n") + "unsubscribe me", Reply::OptOut),
    ] {
        let answer = classify(&text, ReplyContext::Plain);
        assert_eq!(answer.reply, expected, "{text:.30}");
        assert!(answer.matched.len() <= 104, "{}", answer.matched.len());
    }
}
