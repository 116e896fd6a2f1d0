use super::*;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-07-15 15:00 UTC);

fn automations() -> Automations {
    let usual = |text: &str| {
        Some(AutoReply {
            text: ReplyText::new(text).unwrap(),
            pause: Pause::USUAL,
        })
    };
    Automations {
        while_open: usual("We are on it."),
        while_closed: usual("We are away."),
        keywords: vec![Keyword {
            phrases: vec![
                Phrase::new("Price list").unwrap(),
                Phrase::new("価格").unwrap(),
            ],
            place: PhrasePlace::Anywhere,
            reply: Some(ReplyText::new("See example.com/prices").unwrap()),
            labels: vec![Label::new("prices").unwrap()],
            assignee: Some(Assignee::new("Sales").unwrap()),
        }],
    }
}

fn occasion(text: &str) -> Occasion<'_> {
    Occasion {
        text,
        intent: Intent::Other,
        written_at: NOW,
        is_open: true,
        answered_at: &[],
    }
}

fn said(occasion: &Occasion<'_>) -> Option<String> {
    let acts = automations().decide(occasion, NOW);
    acts.reply.map(|text| text.as_str().to_owned())
}

#[test]
fn the_hours_choose_the_answer() {
    let open = occasion("Hello");
    let closed = Occasion {
        is_open: false,
        ..open.clone()
    };
    assert_eq!(said(&open).as_deref(), Some("We are on it."));
    assert_eq!(said(&closed).as_deref(), Some("We are away."));
}

#[test]
fn a_keyword_comes_before_the_hours_and_sorts() {
    for text in ["Your PRICE-LIST, please", "価格を教えて"] {
        let acts = automations().decide(&occasion(text), NOW);
        assert_eq!(acts.reply, automations().keywords[0].reply, "{text}");
        assert_eq!(acts.labels, automations().keywords[0].labels);
        assert_eq!(acts.assignee, automations().keywords[0].assignee);
    }
    let acts = automations().decide(&occasion("pricelists"), NOW);
    assert!(acts.labels.is_empty());
}

#[test]
fn a_whole_phrase_stands_alone() {
    let mut automations = automations();
    automations.keywords[0].place = PhrasePlace::Whole;
    let labels = |text| automations.decide(&occasion(text), NOW).labels;
    assert_eq!(labels("price list!").len(), 1);
    assert!(labels("the price list").is_empty());
}

#[test]
fn machines_and_words_about_consent_are_not_answered() {
    for intent in Intent::ALL {
        let asked = Occasion {
            intent,
            ..occasion("price list")
        };
        assert_eq!(said(&asked).is_none(), intent.is_left_alone(), "{intent}");
        // They are sorted all the same.
        assert_eq!(automations().decide(&asked, NOW).labels.len(), 1);
    }
}

#[test]
fn nobody_gets_the_usual_answer_again_within_the_pause() {
    let earlier = [NOW - Duration::hours(3)];
    let again = Occasion {
        answered_at: &earlier,
        ..occasion("Hello?")
    };
    assert_eq!(said(&again), None);
    let keyword = Occasion {
        text: "price list",
        ..again.clone()
    };
    assert!(said(&keyword).is_some());
    let earlier = [NOW - Duration::hours(4)];
    let later = Occasion {
        answered_at: &earlier,
        ..again
    };
    assert!(said(&later).is_some());
}

#[test]
fn two_machines_come_to_an_end() {
    let many: Vec<OffsetDateTime> = (1..=5).map(|hours| NOW - Duration::hours(hours)).collect();
    let looping = Occasion {
        answered_at: &many,
        ..occasion("price list")
    };
    assert_eq!(said(&looping), None);
    let fewer = Occasion {
        answered_at: &many[..4],
        ..looping
    };
    assert!(said(&fewer).is_some());
    let just_now = [NOW - Duration::seconds(1)];
    let at_once = Occasion {
        answered_at: &just_now,
        ..occasion("price list")
    };
    assert_eq!(said(&at_once), None);
}

#[test]
fn what_is_old_is_left_to_people() {
    let old = Occasion {
        written_at: NOW - Duration::HOUR,
        ..occasion("Hello")
    };
    assert_eq!(said(&old), None);
}

#[test]
fn what_makes_no_sense_is_refused() {
    assert_eq!(Phrase::new("?!"), Err(BadText::Blank));
    assert_eq!(ReplyText::new(" "), Err(BadText::Blank));
    assert!(ReplyText::new("One\nTwo").is_ok());
    assert_eq!(Pause::minutes(4), Err(BadAutomation::Pause));
    assert_eq!(Pause::minutes(10_081), Err(BadAutomation::Pause));
    let mut automations = automations();
    assert_eq!(automations.check(), Ok(()));
    automations.keywords[0].phrases.clear();
    assert_eq!(automations.check(), Err((0, BadAutomation::NoPhrase)));
    automations.keywords[0] = Keyword {
        phrases: vec![Phrase::new("a").unwrap()],
        place: PhrasePlace::Whole,
        reply: None,
        labels: Vec::new(),
        assignee: None,
    };
    assert_eq!(automations.check(), Err((0, BadAutomation::NoEffect)));
}
