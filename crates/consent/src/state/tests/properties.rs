//! The laws of the compliance reference, 11.1.

use super::{contact, start, stop};
use crate::{Action, ConsentEvent, Standing, Status, laws, state, strategies};
use proptest::prelude::*;
use tidings_kernel::{Channel, ConsentEventId, Purpose};
use time::Duration;
use uuid::Uuid;

fn one_of(actions: &'static [Action]) -> impl Strategy<Value = ConsentEvent> {
    let action = proptest::sample::select(actions);
    (strategies::event(contact()), action)
        .prop_map(|(event, action)| ConsentEvent { action, ..event })
}

fn withdrawal() -> impl Strategy<Value = ConsentEvent> {
    one_of(&[Action::OptOut, Action::ConsentWithdrawn, Action::Complaint])
}

fn grant() -> impl Strategy<Value = ConsentEvent> {
    one_of(&[Action::OptIn, Action::ConsentGiven])
}

fn is_open(standing: &Standing) -> bool {
    matches!(standing.status, Status::Granted | Status::Confirmed)
}

proptest! {
    #[test]
    fn l1_to_l3_l8_and_l11_hold(events in strategies::history(contact()), now in strategies::hour()) {
        laws::order_free(state, &events, now)?;
        laws::idempotent(state, &events, now)?;
        laws::future_is_inert(state, &events, now)?;
        laws::lateness_is_inert(state, &events, now)?;
    }

    #[test]
    fn l2_equal_content_under_another_id_changes_history_only(
        events in strategies::history(contact()),
        again in strategies::event(contact()),
        id in any::<u128>(),
        now in strategies::hour(),
    ) {
        let mut once = events;
        once.push(again.clone());
        let mut twice = once.clone();
        twice.push(ConsentEvent { id: ConsentEventId::from_uuid(Uuid::from_u128(id)), ..again });
        for ((_, _, a), (_, _, b)) in state(&once, now).iter().zip(state(&twice, now).iter()) {
            prop_assert_eq!(a.status, b.status);
        }
    }

    #[test]
    fn l5_what_is_open_cites_an_event_that_grants(
        events in strategies::history(contact()),
        now in strategies::hour(),
    ) {
        for (channel, purpose, standing) in state(&events, now).iter() {
            let granted = events.iter().any(|event| {
                standing.because.contains(&event.id)
                    && event.covers(channel, purpose)
                    && event.occurred_at <= now
                    && matches!(event.action, Action::OptIn | Action::ConsentGiven | Action::DoubleOptInConfirmed)
            });
            prop_assert!(granted || !is_open(standing), "{} {}", channel, purpose);
        }
    }

    #[test]
    fn l6_and_l7_stop_is_effective_at_once(
        events in strategies::history(contact()),
        mut last in withdrawal(),
        now in strategies::hour(),
    ) {
        last.occurred_at = now;
        let mut all = events;
        all.push(last.clone());
        for (channel, purpose, standing) in state(&all, now).iter() {
            if last.covers(channel, purpose) && purpose == Purpose::Marketing {
                prop_assert_eq!(standing.status, Status::Denied);
            }
        }
    }

    #[test]
    fn l9_a_grant_before_the_last_stop_never_resurrects(
        events in strategies::history(contact()),
        now in strategies::hour(),
        earlier in strategies::event(contact()),
    ) {
        let mut all = events;
        all.push(ConsentEvent { occurred_at: now, ..stop(500) });
        all.push(earlier);
        prop_assert_eq!(state(&all, now).status(Channel::Sms, Purpose::Marketing).status, Status::Denied);
    }

    #[test]
    fn l12_more_withdrawals_never_open(
        events in strategies::history(contact()),
        withdrawal in withdrawal(),
        now in strategies::hour(),
    ) {
        let before = state(&events, now);
        let mut more = events;
        more.push(withdrawal);
        let after = state(&more, now);
        for (channel, purpose, standing) in after.iter() {
            prop_assert!(!is_open(standing) || is_open(before.status(channel, purpose)), "{} {}", channel, purpose);
        }
    }

    #[test]
    fn l13_more_grants_never_close(
        events in strategies::history(contact()),
        grant in grant(),
        now in strategies::hour(),
    ) {
        // A double opt-in asked for later makes any agreement pending, a new one too.
        let plain: Vec<ConsentEvent> =
            events.into_iter().filter(|event| event.action != Action::DoubleOptInRequested).collect();
        let before = state(&plain, now);
        let mut more = plain;
        more.push(grant);
        let after = state(&more, now);
        for (channel, purpose, standing) in before.iter() {
            prop_assert!(!is_open(standing) || is_open(after.status(channel, purpose)), "{} {}", channel, purpose);
        }
    }

    #[test]
    fn l37_start_brings_back_at_most_what_stop_closed(
        events in strategies::history(contact()),
        now in strategies::hour(),
    ) {
        let before = state(&events, now);
        let mut all = events;
        all.push(ConsentEvent { occurred_at: now + Duration::minutes(1), ..stop(500) });
        all.push(ConsentEvent { occurred_at: now + Duration::minutes(2), ..start(501) });
        all.retain(|event| event.occurred_at <= now || event.id == stop(500).id || event.id == start(501).id);
        let after = state(&all, now + Duration::minutes(3));
        // STOP said twice is undone by one START, so what START alone brings back may come back.
        all.retain(|event| event.id != stop(500).id);
        let start_alone = state(&all, now + Duration::minutes(3));
        for (channel, purpose, standing) in after.iter() {
            let was_open = is_open(before.status(channel, purpose));
            prop_assert!(!is_open(standing) || was_open || is_open(start_alone.status(channel, purpose)));
        }
    }
}
