//! The laws over generated ledgers, against this crate.

mod bites;

use super::*;
use crate::{
    Channels, ConfirmationRequest, ConsentState, DOUBLE_OPT_IN_EXPIRY, OptOutHeard, Purposes,
    Reminders, RequestPolicy, check_confirmation, may_confirm, may_request, strategies,
    suppression::{is_refused_with, lookalikes},
};
use proptest::{collection, prelude::*, sample};
use tidings_kernel::{ConsentEventId, ContactId, strategies as kernel};
use time::Duration;
use uuid::Uuid;

fn contact() -> ContactId {
    ContactId::from_uuid(Uuid::from_u128(1))
}

fn history() -> impl Strategy<Value = Vec<ConsentEvent>> {
    prop_oneof![
        strategies::history(contact()),
        strategies::entangled(contact()),
    ]
}

fn event() -> impl Strategy<Value = ConsentEvent> {
    strategies::event(contact())
}

fn confirms(heard: &OptOutHeard<'_>, now: OffsetDateTime) -> bool {
    may_confirm(heard, now).is_ok()
}

fn number() -> impl Strategy<Value = String> {
    let shapes = [
        r"\+52[2-9][0-9]{9}",
        r"\+521[2-9][0-9]{9}",
        r"\+54[0-9]{10}",
        r"\+549[0-9]{10}",
        r"\+55[1-9]{2}9?[2-9][0-9]{7}",
        r"\+120255501[0-9]{2}",
        r"\+?[0-9]{0,16}",
    ];
    prop::strategy::Union::new(shapes.map(|shape| shape.prop_map(String::from).boxed()))
}

proptest! {
    // Each case asks dozens of questions of every ledger; tens of thousands of cases were run once.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_fold_knows_only_when_what_happened(
        events in history(),
        now in strategies::hour(),
        id in any::<u128>(),
        other in any::<u128>(),
    ) {
        order_free(state, &events, now)?;
        idempotent(state, &events, now)?;
        future_is_inert(state, &events, now)?;
        lateness_is_inert(state, &events, now)?;
        renaming_is_inert(state, &events, ContactId::from_uuid(Uuid::from_u128(other)), now)?;
        copies_are_inert(decide, &events, ConsentEventId::from_uuid(Uuid::from_u128(id)), now)?;
        deterministic(decide, &events, now)?;
        what_is_allowed_cites_a_grant(decide, &events, now)?;
        grants_nothing_from_nothing(|events, _| state(events, now), &state(&[], now), now)?;
    }

    #[test]
    fn parts_of_a_ledger_merge(a in history(), b in history(), c in history(), now in strategies::hour()) {
        merge_is_a_join(state, [&a, &b, &c], now)?;
    }

    #[test]
    fn stops_close(
        events in history(),
        stop in event(),
        grant in event(),
        now in strategies::hour(),
        later in strategies::hour(),
    ) {
        stop_wins_ties(decide, &events, (&stop, &grant), now)?;
        stop_is_effective_at_once(decide, &events, &stop, (now, later))?;
        wider_stops_close_more(decide, &events, &stop, now)?;
        old_grants_never_resurrect(decide, &events, (&stop, &grant), later - now, now)?;
        lists_and_staff_lift_nothing(decide, &events, &grant, now)?;
        whatsapp_stops_reach_as_far_as_they_should(decide, &events, &stop, now)?;
    }

    #[test]
    fn more_withdrawals_never_open(
        events in history(),
        withdrawal in event(),
        action in sample::select(Action::ALL),
        now in strategies::hour(),
    ) {
        monotone_blocking(decide, &events, &ConsentEvent { action, ..withdrawal }, now)?;
    }

    #[test]
    fn more_grants_never_close_and_stay_on_their_island(
        events in history(),
        grant in event(),
        now in strategies::hour(),
        days in 0_i64..800,
    ) {
        monotone_granting(decide, &events, &grant, now)?;
        grants_are_islands(decide, &events, &grant, now)?;
        monotone_need(decide, &events, now)?;
        age_is_sharp(decide, &grant, Duration::days(days))?;
        a_list_permits_no_marketing(decide, &events, &grant, now)?;
    }

    #[test]
    fn double_opt_ins_are_pairs_in_time(
        events in history(),
        request in event(),
        now in strategies::hour(),
        tries in collection::vec(strategies::hour(), 0..20),
        hours in 1_i64..200,
    ) {
        confirmation_needs_a_pair(decide, &events, DOUBLE_OPT_IN_EXPIRY, now)?;
        a_request_permits_nothing(decide, &events, &request, now)?;
        let expiry = Duration::hours(hours);
        let with_expiry = |events: &[ConsentEvent], question: &Question, now| {
            judge_with(question, &crate::state_with_expiry(events, now, expiry))
        };
        expiry_is_sharp(with_expiry, &request, expiry)?;
        for (reminders, most) in [(Reminders::None, 1), (Reminders::One, 2)] {
            let may_ask = |asked_at: &[OffsetDateTime], at| {
                let request = ConfirmationRequest {
                    channel: Channel::Sms,
                    purpose: Purpose::Marketing,
                    acted_at: Some(at),
                    asked_at,
                };
                let policy = RequestPolicy { reminders, ..RequestPolicy::default() };
                may_request(&request, &state(&events, at), policy, at).is_ok()
            };
            asked_no_more_than(may_ask, &tries, most)?;
        }
    }

    #[test]
    fn start_and_answers_lift_what_they_may(
        events in history(),
        stop in event(),
        start in event(),
        channel in kernel::channel(),
        now in strategies::hour(),
    ) {
        start_restores_at_most(decide, &events, (&stop, &start), channel, now)?;
        silence_means_all(decide, &events, (&stop, &start), channel, now)?;
        a_provider_s_opt_out_counts_once(state, decide, &events, (&stop, channel), now)?;
    }

    #[test]
    fn a_stop_is_confirmed_once_and_in_time(
        events in history(),
        stops in collection::vec(event(), 1..5),
        report in event(),
        channel in kernel::channel(),
        now in strategies::hour(),
    ) {
        one_confirmation(state, confirms, &events, (&stops, channel), now)?;
        own_and_provider_s_stops_commute(state, confirms, &events, (&stops[0], &report, channel), now)?;
        let (before, after) = (state(&until(&events, now), now), state(&with(&until(&events, now), &[&stops[0]]), now));
        let heard = OptOutHeard { channel, occurred_at: now, before: &before, after: &after, answered: crate::Answered::ByNobody };
        confirmed_in_five_minutes(confirms, &heard)?;
    }

    #[test]
    fn a_confirmation_says_nothing_else(
        text in "(Acme|acme|ACME)?[ a-z.!?%$]{0,40}",
        free in ".{0,60}",
    ) {
        let passes = |text: &str, brand: &str| check_confirmation(text, brand).is_ok();
        a_confirmation_only_confirms(passes, &text, "Acme")?;
        a_confirmation_only_confirms(passes, &free, "Acme")?;
        a_confirmation_only_confirms(passes, "Acme: you are out. START brings you back.", "Acme")?;
    }

    #[test]
    fn look_alike_numbers_are_refused_together(numbers in collection::vec(number(), 0..6)) {
        let twins: Vec<String> = numbers.iter().flat_map(|number| lookalikes(number)).collect();
        refusal_is_an_equivalence(is_refused_with, lookalikes, &[numbers, twins].concat())?;
    }

    #[test]
    fn people_keep_their_stops(
        a in history(),
        b in history(),
        event in event(),
        other in event(),
        now in strategies::hour(),
    ) {
        let status = |events: &[ConsentEvent], channel, purpose, now| state(events, now).status(channel, purpose).status;
        let merged = |[a, b]: [&[ConsentEvent]; 2], channel, purpose, now| {
            let merged: ConsentState = state(a, now).with_stops_of(&state(b, now));
            merged.status(channel, purpose).status
        };
        merging_keeps_stops(status, merged, [&a, &b], now)?;
        reassignment_ends_consent(decide, &a, (&event, &other), now)?;
        erasure_closes_everything(decide, &a, (&event, &other), now)?;
        erasing_twice_is_erasing_once(decide, &a, (&event, &other), now)?;
        only_an_own_act_follows_erasure(decide, &a, (&event, &other), now)?;
    }
}

#[cfg(feature = "evidence")]
mod evidence {
    use super::*;
    use crate::{
        chain::{Link, Salt, verify},
        export::{export, open_export},
    };

    pub(super) fn chained(events: &[ConsentEvent]) -> Vec<Link> {
        let mut links: Vec<Link> = Vec::new();
        for (salt, event) in (0_u8..).zip(events) {
            let previous = links.last().map(|link| link.hash);
            links.push(Link::new(
                previous.as_ref(),
                event.clone(),
                Salt::new([salt; 32]),
            ));
        }
        links
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_ledger_is_evidence(events in history(), now in strategies::hour()) {
            let exported = |events: &[ConsentEvent]| {
                let text = export(contact(), &chained(events));
                let (_, links) = open_export(&text).unwrap();
                links.into_iter().map(|link| link.event).collect::<Vec<_>>()
            };
            an_export_suffices(decide, exported, &events, now)?;
            the_past_stays(chained, &events)?;
            let broken_at = |links: &[Link]| verify(links).err().map(|broken| broken.index);
            tampering_is_found(broken_at, &chained(&events))?;
        }
    }
}

#[test]
fn the_channels_of_a_clarification_matter() {
    let law = grants_are_islands(
        decide,
        &[],
        &bites::form(Channels::All, Purposes::All),
        bites::NOW,
    );
    assert_eq!(law, Ok(()));
}
