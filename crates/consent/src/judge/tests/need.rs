//! What laws and tenants ask of an agreement.

use super::*;
use crate::{Grade, Need, SoftOptIn};

fn by(method: Method, hours_ago: i64) -> ConsentEvent {
    ConsentEvent {
        method,
        ..event(
            hours_ago,
            Action::OptIn,
            Channel::Sms,
            named(Purpose::Marketing),
        )
    }
}

fn asked(
    events: &[ConsentEvent],
    need: Need,
    customer_since: Option<OffsetDateTime>,
) -> &'static str {
    let question = Question {
        need,
        customer_since,
        ..Question::new(Channel::Sms, Purpose::Marketing)
    };
    match judge_with(&question, &state(events, NOW)) {
        Verdict::Allowed { rule, .. } | Verdict::Blocked { rule, .. } => rule,
    }
}

fn graded(grade: Grade) -> Need {
    Need {
        grade,
        ..Need::default()
    }
}

const SOFT: Need = Need {
    grade: Grade::Written,
    max_age: None,
    soft_opt_in: SoftOptIn::Accepted {
        max_age: Some(Duration::days(365)),
    },
};

#[test]
fn forms_messages_and_emails_are_written_and_hearsay_is_not() {
    for (method, rule) in [
        (Method::WebForm, "consent.granted"),
        (Method::Email, "consent.granted"),
        (Method::ReplyMessage, "consent.granted"),
        (Method::PhoneCall, "consent.not_written"),
        (Method::Manual, "consent.not_written"),
        (Method::Import, "consent.not_written"),
    ] {
        assert_eq!(
            asked(&[by(method, 9)], graded(Grade::Written), None),
            rule,
            "{method}"
        );
        assert_eq!(
            asked(&[by(method, 9)], Need::default(), None),
            "consent.granted"
        );
        assert_eq!(
            asked(&[by(method, 9)], graded(Grade::Confirmed), None),
            "consent.not_confirmed"
        );
        let evidence = Evidence {
            document_url: Some("https://example.com/form".to_owned().try_into().unwrap()),
            ..Evidence::default()
        };
        let shown = ConsentEvent {
            evidence,
            ..by(method, 9)
        };
        assert_eq!(
            asked(&[shown], graded(Grade::Written), None),
            "consent.granted",
            "{method}"
        );
    }
}

#[test]
fn the_age_is_that_of_the_latest_act_of_the_grade() {
    let need = |hours| Need {
        grade: Grade::Written,
        max_age: Some(Duration::hours(hours)),
        ..Need::default()
    };
    let events = [by(Method::WebForm, 9), by(Method::PhoneCall, 1)];
    assert_eq!(asked(&events, need(9), None), "consent.granted");
    assert_eq!(asked(&events, need(8), None), "consent.too_old");
    let renewed = [by(Method::WebForm, 9), by(Method::WebForm, 1)];
    assert_eq!(asked(&renewed, need(1), None), "consent.granted");
}

#[test]
fn a_customer_counts_where_it_is_accepted_and_until_a_stop() {
    let bought = Some(NOW - Duration::days(365));
    assert_eq!(asked(&[], SOFT, bought), "consent.soft_opt_in");
    assert_eq!(asked(&[], SOFT, None), "consent.missing");
    assert_eq!(asked(&[], Need::default(), bought), "consent.missing");
    let earlier = bought.map(|at| at - Duration::MICROSECOND);
    assert_eq!(asked(&[], SOFT, earlier), "consent.missing");
    assert_eq!(
        asked(&[], SOFT, Some(NOW + Duration::HOUR)),
        "consent.missing"
    );
    assert_eq!(
        asked(&[by(Method::PhoneCall, 2)], SOFT, bought),
        "consent.soft_opt_in"
    );
    let stopped = event(1, Action::OptOut, Channel::Sms, Purposes::All);
    assert_eq!(asked(&[stopped], SOFT, bought), "consent.opted_out");
    let requested = event(1, Action::DoubleOptInRequested, Channel::Sms, Purposes::All);
    assert_eq!(asked(&[requested], SOFT, bought), "consent.pending");
    let gone = event(1, Action::NumberReassigned, Channel::Sms, Purposes::All);
    assert_eq!(
        asked(std::slice::from_ref(&gone), SOFT, bought),
        "consent.missing"
    );
    assert_eq!(asked(&[gone], SOFT, Some(NOW)), "consent.soft_opt_in");
}

#[test]
fn the_stricter_of_two_needs_asks_for_both() {
    let day = Need {
        max_age: Some(Duration::DAY),
        ..graded(Grade::Confirmed)
    };
    let both = SOFT.stricter(day);
    assert_eq!(both, day.stricter(SOFT));
    assert_eq!(both, day);
    assert_eq!(SOFT.stricter(SOFT), SOFT);
}

#[test]
fn what_the_former_holder_of_a_number_did_opens_nothing_to_the_next() {
    let gone = event(3, Action::NumberReassigned, Channel::Sms, Purposes::All);
    let stop = event(5, Action::OptOut, Channel::Sms, Purposes::All);
    let listed = by(Method::Import, 2);
    let bought = Some(NOW - Duration::hours(4));
    for (events, because) in [
        (vec![gone.clone()], "consent.missing"),
        (vec![gone.clone(), listed], "consent.not_written"),
    ] {
        assert_eq!(asked(&events, SOFT, bought), because);
        let since = Some(NOW - Duration::hours(1));
        assert_eq!(asked(&events, SOFT, since), "consent.soft_opt_in");
    }
    for (events, because) in [
        (vec![gone.clone()], "consent.missing"),
        (vec![stop, gone], "consent.opted_out"),
    ] {
        let reply = |hours| {
            let inbound = Some(NOW - Duration::hours(hours));
            rule(&events, Channel::Sms, Purpose::Conversational, inbound)
        };
        assert_eq!((reply(4), reply(3)), (because, because));
        assert_eq!(reply(1), "consent.inbound");
    }
}

#[test]
fn what_ended_is_explained() {
    let gone = event(1, Action::NumberReassigned, Channel::Sms, Purposes::All);
    let Verdict::Blocked {
        because, detail, ..
    } = judge(
        Channel::Sms,
        Purpose::Marketing,
        &state(std::slice::from_ref(&gone), NOW),
        None,
    )
    else {
        panic!("nobody agreed");
    };
    assert_eq!(because, [gone.id]);
    assert_eq!(
        detail,
        "The number went to somebody else on 2026-03-10, who has not agreed to marketing messages by SMS."
    );
}
