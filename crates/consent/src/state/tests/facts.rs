//! What numbers, erasures and answers change, and what standings keep.

use super::*;
use crate::{Ended, Grade};

fn standing(events: &[ConsentEvent], channel: Channel, purpose: Purpose) -> Standing {
    state(events, START + Duration::hours(99))
        .status(channel, purpose)
        .clone()
}

fn sms_marketing(events: &[ConsentEvent]) -> Standing {
    standing(events, Channel::Sms, Purpose::Marketing)
}

#[test]
fn a_number_that_went_to_somebody_else_ends_consent_and_is_no_stop() {
    let gone = at(3, Action::NumberReassigned, Method::Provider);
    let everywhere = ConsentEvent {
        channels: Channels::All,
        ..form(1)
    };
    let events = [everywhere, gone.clone()];
    for channel in [Channel::Sms, Channel::Whatsapp] {
        let ended = standing(&events, channel, Purpose::Marketing);
        assert_eq!(ended.status, Status::None, "{channel}");
        assert_eq!(ended.ended, Some(Ended::NumberReassigned));
        assert_eq!(ended.because, std::slice::from_ref(&gone.id));
    }
    // The address of an email is another identity.
    let email = standing(&events, Channel::Email, Purpose::Marketing);
    assert_eq!(email.status, Status::Granted);
    let again = sms_marketing(&[form(1), gone.clone(), form(4)]);
    assert_eq!(
        (again.status, again.because),
        (Status::Granted, vec![form(4).id])
    );
    // START of the new holder brings nothing back, and a stop before stays.
    assert_eq!(
        sms_marketing(&[form(1), stop(2), gone.clone(), start(4)]).status,
        Status::None
    );
    assert_eq!(
        sms_marketing(&[form(1), stop(2), gone]).status,
        Status::Denied
    );
}

#[test]
fn what_is_no_later_to_the_stored_microsecond_is_a_tie_and_stop_wins_it() {
    let within = |event: ConsentEvent, nanoseconds| ConsentEvent {
        occurred_at: event.occurred_at + Duration::nanoseconds(nanoseconds),
        ..event
    };
    let tie = [within(stop(2), 100), within(form(2), 900)];
    assert_eq!(marketing(&tie, 9), Status::Denied);
    let later = [within(stop(2), 100), within(form(2), 1_000)];
    assert_eq!(marketing(&later, 9), Status::Granted);
    // The future is the future all the same.
    let soon = [within(stop(9), 1)];
    assert_eq!(marketing(&soon, 9), Status::None);
}

#[test]
fn no_stop_is_lost_to_another_event_that_bears_its_id() {
    let named = only(Purpose::Reminder, stop(2));
    let everything = ConsentEvent {
        id: named.id,
        ..stop(2)
    };
    for events in [
        [form(1), named.clone(), everything.clone()],
        [form(1), everything, named],
    ] {
        assert_eq!(marketing(&events, 9), Status::Denied);
    }
}

#[test]
fn a_number_is_known_to_be_gone_whatever_stands_now() {
    let gone = at(3, Action::NumberReassigned, Method::Provider);
    for (events, status) in [
        (vec![gone.clone()], Status::None),
        (vec![stop(2), gone.clone()], Status::Denied),
        (vec![gone.clone(), form(4)], Status::Granted),
        (vec![form(4)], Status::Granted),
    ] {
        let standing = sms_marketing(&events);
        assert_eq!(standing.status, status);
        let expected = events.contains(&gone).then_some(gone.occurred_at);
        assert_eq!(standing.number_gone, expected);
    }
}

#[test]
fn words_against_marketing_on_whatsapp_close_it_on_sms_and_its_switch_does_not() {
    let said = |action, method| {
        on(
            Channel::Whatsapp,
            only(Purpose::Marketing, at(2, action, method)),
        )
    };
    for (action, method, status) in [
        (Action::OptOut, Method::ReplyMessage, Status::Denied),
        (
            Action::ConsentWithdrawn,
            Method::ReplyMessage,
            Status::Denied,
        ),
        (Action::OptOut, Method::Provider, Status::Granted),
        (Action::OptOut, Method::WebForm, Status::Granted),
    ] {
        let events = [form(1), said(action, method)];
        assert_eq!(marketing(&events, 9), status, "{action} by {method}");
    }
    let reminders = on(Channel::Whatsapp, only(Purpose::Reminder, stop(2)));
    assert_eq!(marketing(&[form(1), reminders], 9), Status::Granted);
    let named = said(Action::OptOut, Method::ReplyMessage);
    let started = on(Channel::Whatsapp, start(3));
    assert_eq!(marketing(&[form(1), named, started], 9), Status::Granted);
}

#[test]
fn an_erasure_closes_every_cell_until_an_act_of_the_person() {
    let erased = at(2, Action::Erasure, Method::Manual);
    let state = state(std::slice::from_ref(&erased), START + Duration::hours(3));
    assert!(state.iter().all(|(_, _, standing)| {
        standing
            .stop
            .is_some_and(|stop| stop.closure == Closure::Erased)
    }));
    let called = only(Purpose::Marketing, at(3, Action::OptIn, Method::PhoneCall));
    assert_eq!(
        sms_marketing(&[erased.clone(), called]).status,
        Status::Denied
    );
    assert_eq!(
        sms_marketing(&[erased.clone(), start(3)]).status,
        Status::Denied
    );
    assert_eq!(sms_marketing(&[erased, form(3)]).status, Status::Granted);
}

#[test]
fn an_answer_narrows_a_stop_to_what_it_names_from_then_on() {
    let agreed = ConsentEvent {
        purposes: Purposes::All,
        ..form(1)
    };
    let answer = only(
        Purpose::Marketing,
        at(3, Action::Clarified, Method::ReplyMessage),
    );
    let events = [agreed.clone(), stop(2), answer.clone()];
    let marketing = sms_marketing(&events);
    assert_eq!(marketing.status, Status::Denied);
    assert_eq!(
        marketing.stop.map(|stop| stop.closure),
        Some(Closure::Named)
    );
    let transactional = standing(&events, Channel::Sms, Purpose::Transactional);
    assert_eq!(transactional.status, Status::Granted);
    assert_eq!(transactional.because, [agreed.id, stop(2).id, answer.id]);
    let between = state(&events, START + Duration::hours(2));
    assert_eq!(
        between.status(Channel::Sms, Purpose::Transactional).status,
        Status::Denied
    );
    // Without the contact's words it is hearsay; an answer of everything narrows nothing.
    for inert in [
        ConsentEvent {
            method: Method::Manual,
            ..answer.clone()
        },
        ConsentEvent {
            purposes: Purposes::All,
            ..answer
        },
    ] {
        let events = [agreed.clone(), stop(2), inert];
        let transactional = standing(&events, Channel::Sms, Purpose::Transactional);
        assert_eq!(transactional.status, Status::Denied);
    }
}

#[test]
fn after_a_complaint_only_a_written_agreement_counts() {
    let complaint = at(2, Action::Complaint, Method::Provider);
    let called = only(Purpose::Marketing, at(3, Action::OptIn, Method::PhoneCall));
    assert_eq!(
        sms_marketing(&[complaint.clone(), called.clone()]).status,
        Status::Denied
    );
    assert_eq!(sms_marketing(&[complaint, form(3)]).status, Status::Granted);
    assert_eq!(sms_marketing(&[stop(2), called]).status, Status::Granted);
}

#[test]
fn a_standing_knows_its_grade_and_when_each_was_given() {
    let called = only(Purpose::Marketing, at(2, Action::OptIn, Method::PhoneCall));
    let express = sms_marketing(std::slice::from_ref(&called));
    assert_eq!(express.grade(), Some(Grade::Express));
    let both = sms_marketing(&[form(1), called.clone()]);
    assert_eq!(both.grade(), Some(Grade::Written));
    assert_eq!(
        both.given.at_least(Grade::Written),
        Some(form(1).occurred_at)
    );
    assert_eq!(
        both.given.at_least(Grade::Express),
        Some(called.occurred_at)
    );
    let request = only(
        Purpose::Marketing,
        at(3, Action::DoubleOptInRequested, Method::WebForm),
    );
    let confirm = |method| {
        only(
            Purpose::Marketing,
            at(4, Action::DoubleOptInConfirmed, method),
        )
    };
    let events = |method| [form(1), request.clone(), confirm(method)];
    let confirmed = sms_marketing(&events(Method::ReplyMessage));
    assert_eq!(confirmed.grade(), Some(Grade::Confirmed));
    // Staff that enters a confirmation proves none.
    let entered = sms_marketing(&events(Method::Manual));
    assert_eq!(
        (entered.status, entered.grade()),
        (Status::Confirmed, Some(Grade::Written))
    );
    assert_eq!(sms_marketing(&[form(1), stop(2)]).grade(), None);
}

#[test]
fn agreeing_again_costs_nothing_that_start_would_bring_back() {
    let called = only(Purpose::Marketing, at(3, Action::OptIn, Method::PhoneCall));
    let between = sms_marketing(&[form(1), stop(2), called.clone()]);
    assert_eq!(between.grade(), Some(Grade::Express));
    let after = sms_marketing(&[form(1), stop(2), called.clone(), start(4)]);
    assert_eq!(after.grade(), Some(Grade::Written));
    assert_eq!(after.since, Some(called.occurred_at));
    assert_eq!(
        after.because,
        [form(1).id, stop(2).id, called.id, start(4).id]
    );
}

#[test]
fn a_standing_cites_a_handful_of_ten_thousand() {
    let grants: Vec<ConsentEvent> = (1..10_000).map(form).collect();
    let last = START + Duration::hours(10_000);
    let granted = state(&grants, last);
    let standing = granted.status(Channel::Sms, Purpose::Marketing);
    assert_eq!(standing.because, [form(1).id, form(9_999).id]);
    let stops: Vec<ConsentEvent> = (1..10_000).map(stop).collect();
    let denied = state(&stops, last);
    let standing = denied.status(Channel::Sms, Purpose::Marketing);
    assert_eq!(standing.because, [stop(1).id, stop(9_999).id]);
}

#[test]
fn hostile_instants_are_answered() {
    let ends = [
        time::macros::datetime!(-9999-01-01 00:00 UTC),
        time::macros::datetime!(9999-12-31 23:59:59 UTC),
    ];
    for now in ends {
        for occurred_at in ends {
            let request = ConsentEvent {
                occurred_at,
                ..at(1, Action::DoubleOptInRequested, Method::WebForm)
            };
            for expiry in [Duration::MAX, Duration::MIN, Duration::ZERO] {
                let state = state_with_expiry(&[request.clone(), form(2)], now, expiry);
                assert_eq!(state.iter().count(), 18);
            }
        }
    }
}
