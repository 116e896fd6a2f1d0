//! Of confirmations, people and evidence.

use super::*;

#[test]
fn laws_of_double_opt_in_bite() {
    let any_grade = ignoring(|need| need.grade = Grade::Express);
    bitten(
        confirmation_needs_a_pair(any_grade, &[agreed()], DOUBLE_OPT_IN_EXPIRY, NOW),
        "L19",
    );
    bitten(
        expiry_is_sharp(decide, &agreed(), DOUBLE_OPT_IN_EXPIRY - Duration::HOUR),
        "L20",
    );
    bitten(
        expiry_is_sharp(decide, &agreed(), DOUBLE_OPT_IN_EXPIRY + Duration::HOUR),
        "L20",
    );
    let asking_is_enough = confuse(Action::DoubleOptInRequested, Action::ConsentGiven);
    bitten(
        a_request_permits_nothing(asking_is_enough, &[], &agreed(), NOW),
        "L21",
    );
    bitten(asked_no_more_than(|_, _| true, &[NOW, NOW], 1), "L21");
}

#[test]
fn laws_of_answers_bite() {
    let yes = |_: &OptOutHeard<'_>, _| true;
    let stops = [
        stop(),
        ConsentEvent {
            id: other().id,
            ..stop()
        },
    ];
    bitten(
        one_confirmation(state, yes, &[], (&stops, Channel::Sms), NOW),
        "L32",
    );
    let (before, after) = (state(&[], NOW), state(&[stop()], NOW));
    let heard = OptOutHeard {
        channel: Channel::Sms,
        occurred_at: NOW,
        before: &before,
        after: &after,
        answered: crate::Answered::ByNobody,
    };
    bitten(confirmed_in_five_minutes(yes, &heard), "L33");
    let in_one_minute = |heard: &OptOutHeard<'_>, now| now - heard.occurred_at <= Duration::MINUTE;
    bitten(confirmed_in_five_minutes(in_one_minute, &heard), "L33");
    bitten(
        a_confirmation_only_confirms(|_, _| true, "You are out.", "Acme"),
        "L34: a confirmation",
    );
    let names = |text: &str, brand: &str| text.contains(brand);
    bitten(
        a_confirmation_only_confirms(names, "Acme: out.", "Acme"),
        "L34: no link",
    );
    let started = confuse(Action::Clarified, Action::OptIn);
    let answer = ConsentEvent {
        purposes: Purposes::only([Purpose::Marketing]).unwrap(),
        ..stop()
    };
    bitten(
        silence_means_all(always, &[], (&stop(), &answer), Channel::Sms, NOW),
        "L36: silence",
    );
    bitten(
        silence_means_all(started, &[], (&stop(), &answer), Channel::Sms, NOW),
        "L36: an answer",
    );
    let lifts_all = misread(|event| match event.action {
        Action::Clarified => ConsentEvent {
            action: Action::OptIn,
            purposes: Purposes::All,
            ..event
        },
        Action::OptIn
        | Action::OptOut
        | Action::ConsentGiven
        | Action::ConsentWithdrawn
        | Action::DoubleOptInRequested
        | Action::DoubleOptInConfirmed
        | Action::Complaint
        | Action::DataRequest
        | Action::NumberReassigned
        | Action::Erasure => event,
    });
    bitten(
        silence_means_all(
            lifts_all,
            &[agreed()],
            (&stop(), &answer),
            Channel::Sms,
            NOW,
        ),
        "L36: what",
    );
    let pair = (&stops[0], &stops[1], Channel::Sms);
    bitten(
        own_and_provider_s_stops_commute(state, yes, &[], pair, NOW),
        "L40: one",
    );
}

#[test]
fn laws_of_people_bite() {
    let numbers = ["+525512345678".to_owned(), "+5215512345678".to_owned()];
    let alone = |number: &str| vec![number.to_owned()];
    bitten(
        refusal_is_an_equivalence(|_, _| false, alone, &numbers),
        "P8: a refused",
    );
    bitten(
        refusal_is_an_equivalence(|a, b| a <= b, alone, &numbers),
        "P8: refusal is symmetric",
    );
    bitten(
        refusal_is_an_equivalence(is_refused_with, alone, &numbers),
        "P8: a class",
    );
    bitten(
        refusal_is_an_equivalence(|a, b| a == b, lookalikes, &numbers),
        "L23",
    );
    let of_all = |_: &str| numbers.to_vec();
    let never_shared = Cell::new(0);
    let growing = |number: &str| {
        never_shared.set(never_shared.get() + 1);
        let mut class = of_all(number);
        class.extend(vec!["+1".to_owned(); never_shared.get()]);
        class
    };
    bitten(
        refusal_is_an_equivalence(|_, _| true, growing, &numbers),
        "P8: refusal is transitive",
    );
    let status = |events: &[ConsentEvent], channel, purpose, now| {
        state(events, now).status(channel, purpose).status
    };
    let union = |parts: [&[ConsentEvent]; 2], channel, purpose, now| {
        status(&parts.concat(), channel, purpose, now)
    };
    bitten(
        merging_keeps_stops(status, union, [&[stop()], &[other()]], NOW),
        "L25",
    );
    let own_alone =
        |[own, _]: [&[ConsentEvent]; 2], channel, purpose, now| status(own, channel, purpose, now);
    bitten(
        merging_keeps_stops(status, own_alone, [&[agreed()], &[stop()]], NOW),
        "L25",
    );
    assert_eq!(
        status(&[stop()], Channel::Sms, Purpose::Marketing, NOW),
        Status::Denied
    );
    let unheard = || confuse(Action::Erasure, Action::DataRequest);
    bitten(
        erasure_closes_everything(unheard(), &[agreed()], (&stop(), &other()), NOW),
        "L73",
    );
    let odd = |events: &[ConsentEvent], _: &Question, _| {
        if events.len().is_multiple_of(2) {
            allowed()
        } else {
            blocked()
        }
    };
    bitten(
        erasing_twice_is_erasing_once(odd, &[], (&stop(), &other()), NOW),
        "L75",
    );
    let a_mere_stop = confuse(Action::Erasure, Action::OptOut);
    bitten(
        only_an_own_act_follows_erasure(a_mere_stop, &[], (&stop(), &other()), NOW),
        "L76: hearsay",
    );
    let never = |_: &[ConsentEvent], _: &Question, _| blocked();
    bitten(
        only_an_own_act_follows_erasure(never, &[], (&stop(), &other()), NOW),
        "L76: an own",
    );
}

#[cfg(feature = "evidence")]
#[test]
fn laws_of_evidence_bite() {
    use crate::{
        chain::{Link, verify},
        laws::tests::evidence::chained,
    };
    let events = [agreed(), stop()];
    let cut = |events: &[ConsentEvent]| events.get(1..).unwrap_or_default().to_vec();
    bitten(an_export_suffices(decide, cut, &[agreed()], NOW), "L77");
    let reversed = |events: &[ConsentEvent]| events.iter().rev().map(|event| event.id).collect();
    bitten(the_past_stays::<ConsentEventId>(reversed, &events), "L78");
    bitten(
        tampering_is_found(|_| None, &chained(&events)),
        "L79: a change",
    );
    bitten(
        tampering_is_found(|_| Some(0), &chained(&events)),
        "L79: an honest",
    );
    // Each field that a chain may leave out of its hashes.
    let forgets: [fn(&mut ConsentEvent, &ConsentEvent); 8] = [
        |event, own| event.id = own.id,
        |event, own| event.contact = own.contact,
        |event, own| event.action = own.action,
        |event, own| event.channels = own.channels.clone(),
        |event, own| event.purposes = own.purposes.clone(),
        |event, own| event.method = own.method,
        |event, own| event.occurred_at = own.occurred_at,
        |event, own| event.evidence = own.evidence.clone(),
    ];
    let honest = chained(&[agreed()]);
    for forget in forgets {
        let broken_at = |links: &[Link]| {
            let mut links = links.to_vec();
            for link in &mut links {
                if link.salt.is_some() {
                    forget(&mut link.event, &honest[0].event);
                }
            }
            verify(&links).err().map(|broken| broken.index)
        };
        bitten(tampering_is_found(broken_at, &honest), "L79: a change");
    }
}
