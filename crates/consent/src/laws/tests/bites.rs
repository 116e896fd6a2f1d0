//! Each law, handed an implementation that breaks it.

mod people;

use super::*;
use crate::Status;
use std::cell::Cell;
use time::macros::datetime;

pub(super) const NOW: OffsetDateTime = datetime!(2026-03-10 12:00 UTC);

fn event(number: u128, action: Action, method: Method, hours_ago: i64) -> ConsentEvent {
    ConsentEvent {
        id: ConsentEventId::from_uuid(Uuid::from_u128(number)),
        contact: contact(),
        action,
        channels: Channels::All,
        purposes: Purposes::All,
        method,
        occurred_at: NOW - Duration::hours(hours_ago),
        recorded_at: NOW,
        evidence: Evidence::default(),
    }
}

pub(super) fn form(channels: Channels, purposes: Purposes) -> ConsentEvent {
    ConsentEvent {
        channels,
        purposes,
        ..event(1, Action::ConsentGiven, Method::WebForm, 5)
    }
}

fn agreed() -> ConsentEvent {
    form(Channels::All, Purposes::All)
}

fn stop() -> ConsentEvent {
    event(2, Action::OptOut, Method::ReplyMessage, 2)
}

fn other() -> ConsentEvent {
    event(3, Action::OptIn, Method::WebForm, 1)
}

fn allowed() -> Verdict {
    Verdict::Allowed {
        rule: "consent.granted",
        because: Vec::new(),
    }
}

fn blocked() -> Verdict {
    Verdict::Blocked {
        rule: "consent.missing",
        because: Vec::new(),
        detail: String::new(),
    }
}

fn always(_: &[ConsentEvent], _: &Question, _: OffsetDateTime) -> Verdict {
    allowed()
}

/// The crate's decision over events that `mistake` has misread.
fn misread(
    mistake: impl Fn(ConsentEvent) -> ConsentEvent,
) -> impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict {
    move |events, question, now| {
        let events: Vec<ConsentEvent> = events.iter().cloned().map(&mistake).collect();
        decide(&events, question, now)
    }
}

/// Events of one action misread as another, by form.
fn confuse(
    action: Action,
    taken_as: Action,
) -> impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict {
    misread(move |event| {
        if event.action == action {
            ConsentEvent {
                action: taken_as,
                method: Method::WebForm,
                ..event
            }
        } else {
            event
        }
    })
}

#[track_caller]
fn bitten(result: Result<(), Violation>, law: &str) {
    let violation = result.expect_err("the law must bite");
    assert!(violation.law.starts_with(law), "{violation}");
    assert!(violation.to_string().contains(violation.law));
}

#[test]
fn laws_of_the_fold_bite() {
    let events = [agreed(), stop()];
    let count = |events: &[ConsentEvent], _| events.len();
    bitten(
        order_free(
            |events, _| events.first().map(|event| event.id),
            &events,
            NOW,
        ),
        "L1",
    );
    bitten(idempotent(count, &events, NOW), "L2");
    bitten(merge_is_a_join(count, [&events, &events, &[]], NOW), "L3");
    bitten(grants_nothing_from_nothing(count, &1, NOW), "L5");
    let early = NOW - Duration::hours(3);
    bitten(future_is_inert(count, &events, early), "L11");
    let known = |events: &[ConsentEvent], _| events.iter().map(|event| event.recorded_at).max();
    bitten(lateness_is_inert(known, &events, NOW), "L8");
    let whose = |events: &[ConsentEvent], _| events.first().map(|event| event.contact);
    let renamed = ContactId::from_uuid(Uuid::from_u128(9));
    bitten(renaming_is_inert(whose, &events, renamed, NOW), "L26");
    let odd = |events: &[ConsentEvent], _: &Question, _| {
        if events.len().is_multiple_of(2) {
            allowed()
        } else {
            blocked()
        }
    };
    bitten(copies_are_inert(odd, &events, other().id, NOW), "L2");
    bitten(what_is_allowed_cites_a_grant(always, &events, NOW), "L5");
    let asked = Cell::new(0);
    let moody = |_: &[ConsentEvent], _: &Question, _| {
        asked.set(asked.get() + 1);
        if asked.get() % 2 == 0 {
            allowed()
        } else {
            blocked()
        }
    };
    bitten(deterministic(moody, &events, NOW), "L4");
}

#[test]
fn laws_of_stops_bite() {
    let grants_win_ties = misread(|event| {
        let head_start = if event.action.withdraws() {
            Duration::SECOND
        } else {
            Duration::ZERO
        };
        ConsentEvent {
            occurred_at: event.occurred_at - head_start,
            ..event
        }
    });
    bitten(
        stop_wins_ties(grants_win_ties, &[], (&stop(), &agreed()), NOW),
        "L6",
    );
    let ten_days_later = misread(|event| {
        let delay = if event.action.withdraws() {
            Duration::days(10)
        } else {
            Duration::ZERO
        };
        ConsentEvent {
            occurred_at: event.occurred_at + delay,
            ..event
        }
    });
    bitten(
        stop_is_effective_at_once(ten_days_later, &[agreed()], &stop(), (NOW, NOW)),
        "L7",
    );
    let complaint = event(4, Action::Complaint, Method::Provider, 1);
    let praise = confuse(Action::Complaint, Action::OptIn);
    bitten(monotone_blocking(praise, &[], &complaint, NOW), "L12");
    let marketing_only = misread(|event| match (event.action, event.purposes.named()) {
        (Action::OptOut, None) => ConsentEvent {
            purposes: Purposes::only([Purpose::Marketing]).unwrap(),
            ..event
        },
        (_, _) => event,
    });
    let narrow = ConsentEvent {
        purposes: Purposes::only([Purpose::Reminder]).unwrap(),
        ..stop()
    };
    bitten(
        wider_stops_close_more(marketing_only, &[agreed()], &narrow, NOW),
        "L17",
    );
    let unheard = confuse(Action::NumberReassigned, Action::DataRequest);
    bitten(
        reassignment_ends_consent(unheard, &[agreed()], (&stop(), &other()), NOW),
        "L24",
    );
    let answers_anybody = |events: &[ConsentEvent], question: &Question, now| {
        if question.last_inbound.is_some() {
            return allowed();
        }
        decide(events, question, now)
    };
    bitten(
        reassignment_ends_consent(answers_anybody, &[agreed()], (&stop(), &other()), NOW),
        "L24: what the former",
    );
    bitten(
        stop_is_effective_at_once(answers_anybody, &[agreed()], &stop(), (NOW, NOW)),
        "L7",
    );
    let spiteful = |events: &[ConsentEvent], question: &Question, now| {
        let is_code = question.purpose == Purpose::Authentication;
        match (is_code, events.is_empty()) {
            (true, true) => blocked(),
            (true, false) => allowed(),
            (false, _) => decide(events, question, now),
        }
    };
    bitten(monotone_blocking(spiteful, &[], &complaint, NOW), "L12");
    let for_ever = confuse(Action::NumberReassigned, Action::Erasure);
    let refuses_all = |events: &[ConsentEvent], question: &Question, now| {
        if events.len() > 1 && events[0].action == Action::NumberReassigned {
            return blocked();
        }
        for_ever(events, question, now)
    };
    bitten(
        reassignment_ends_consent(refuses_all, &[], (&stop(), &other()), NOW),
        "L24: a later",
    );
    let start_agrees = misread(|event| match (event.action, event.method) {
        (Action::OptIn, Method::ReplyMessage) => ConsentEvent {
            method: Method::WebForm,
            ..event
        },
        (_, _) => event,
    });
    let only_after_stop = |events: &[ConsentEvent], question: &Question, now| {
        if events.len() == 2 {
            start_agrees(events, question, now)
        } else {
            decide(events, question, now)
        }
    };
    bitten(
        start_restores_at_most(only_after_stop, &[], (&stop(), &other()), Channel::Sms, NOW),
        "L37",
    );
    let count = |events: &[ConsentEvent], _| events.len();
    bitten(
        a_provider_s_opt_out_counts_once(count, decide, &[], (&stop(), Channel::Sms), NOW),
        "L39",
    );
    bitten(
        a_provider_s_opt_out_counts_once(state, always, &[], (&stop(), Channel::Sms), NOW),
        "L39",
    );
}

#[test]
fn the_law_of_whatsapp_and_sms_bites() {
    let by_channel = misread(|event| ConsentEvent {
        method: if event.action == Action::OptOut {
            Method::Email
        } else {
            event.method
        },
        ..event
    });
    bitten(
        whatsapp_stops_reach_as_far_as_they_should(by_channel, &[agreed()], &stop(), NOW),
        "L93",
    );
    let only_of_everything = misread(|event| ConsentEvent {
        method: if event.purposes.named().is_some() && event.method == Method::ReplyMessage {
            Method::WebForm
        } else {
            event.method
        },
        ..event
    });
    bitten(
        whatsapp_stops_reach_as_far_as_they_should(only_of_everything, &[agreed()], &stop(), NOW),
        "L93",
    );
    let too_wide = misread(|event| match event.method {
        Method::Provider => ConsentEvent {
            purposes: Purposes::All,
            ..event
        },
        Method::WebForm
        | Method::ReplyMessage
        | Method::PhoneCall
        | Method::Email
        | Method::Manual
        | Method::Import => event,
    });
    bitten(
        whatsapp_stops_reach_as_far_as_they_should(too_wide, &[agreed()], &stop(), NOW),
        "L93",
    );
}

#[test]
fn laws_of_grants_bite() {
    let by_arrival = |events: &[ConsentEvent], question: &Question, now| {
        let start = now - Duration::hours(1);
        let events: Vec<ConsentEvent> = (0_i64..)
            .zip(events)
            .map(|(number, event)| ConsentEvent {
                occurred_at: start + Duration::seconds(number),
                ..event.clone()
            })
            .collect();
        decide(&events, question, now)
    };
    let week = Duration::WEEK;
    bitten(
        old_grants_never_resurrect(by_arrival, &[], (&stop(), &agreed()), week, NOW),
        "L9",
    );
    let credulous = || {
        misread(|event| match event.method {
            Method::Import | Method::Manual => ConsentEvent {
                method: Method::WebForm,
                ..event
            },
            Method::WebForm
            | Method::ReplyMessage
            | Method::PhoneCall
            | Method::Email
            | Method::Provider => event,
        })
    };
    bitten(
        lists_and_staff_lift_nothing(credulous(), &[stop()], &agreed(), NOW),
        "L10",
    );
    bitten(
        a_list_permits_no_marketing(credulous(), &[], &agreed(), NOW),
        "L82",
    );
    let contrary = confuse(Action::ConsentGiven, Action::OptOut);
    bitten(
        monotone_granting(
            contrary,
            &[event(4, Action::OptIn, Method::WebForm, 9)],
            &agreed(),
            NOW,
        ),
        "L13",
    );
    let everywhere = misread(|event| ConsentEvent {
        channels: Channels::All,
        ..event
    });
    let on_sms = form(Channels::one(Channel::Sms), Purposes::All);
    bitten(grants_are_islands(everywhere, &[], &on_sms, NOW), "L14");
    let for_all = misread(|event| ConsentEvent {
        purposes: Purposes::All,
        ..event
    });
    let reminders = form(Channels::All, Purposes::only([Purpose::Reminder]).unwrap());
    bitten(grants_are_islands(for_all, &[], &reminders, NOW), "L14");
    let only_more = |_: &[ConsentEvent], question: &Question, _| match question.need.grade {
        Grade::Express => blocked(),
        Grade::Written | Grade::Confirmed => allowed(),
    };
    bitten(monotone_need(only_more, &[], NOW), "L18");
    bitten(
        age_is_sharp(ignoring(|need| need.max_age = None), &agreed(), week),
        "L22",
    );
    bitten(
        age_is_sharp(
            ignoring(|need| need.max_age = Some(Duration::DAY)),
            &agreed(),
            week,
        ),
        "L22",
    );
}

/// The crate's decision for another need than the one asked for.
fn ignoring(
    change: impl Fn(&mut Need),
) -> impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict {
    move |events, question, now| {
        let mut question = *question;
        change(&mut question.need);
        decide(events, &question, now)
    }
}
