use super::*;
use proptest::prelude::*;
use time::macros::datetime;

const NOON: OffsetDateTime = datetime!(2026-07-15 12:00:00.123 UTC);

/// Asks for a slot for each weight, one after the other, each so long after the one before.
fn slots(limit: Limit, asked: &[(u32, i64)]) -> Vec<(OffsetDateTime, u32)> {
    let mut pace = Pace::default();
    let mut now = NOON;
    let mut slots = Vec::new();
    for (weight, pause) in asked {
        now += Duration::milliseconds(*pause);
        let at = pace.earliest(limit, *weight, now);
        pace.take(limit, *weight, at);
        slots.push((at, *weight));
    }
    slots
}

/// The most that leaves in any span, however late each may be.
fn most_within(slots: &[(OffsetDateTime, u32)], within: Duration) -> u32 {
    slots
        .iter()
        .map(|(end, _)| {
            let begin = *end - within - LATENESS;
            slots
                .iter()
                .filter(|(at, _)| *at > begin && at <= end)
                .map(|(_, weight)| weight)
                .sum()
        })
        .max()
        .unwrap_or(0)
}

proptest! {
    #[test]
    fn no_span_ever_holds_more_than_the_limit(
        most in 1_u32..50,
        within in prop::sample::select(vec![Duration::SECOND, Duration::seconds(6), Duration::MINUTE, Duration::DAY]),
        pauses in prop::collection::vec(0_i64..3_000, 1..200),
        is_window in any::<bool>(),
    ) {
        let limit = if is_window {
            Limit::Window { most, within }
        } else {
            Limit::Rate { most, within, burst: 1 }
        };
        let asked: Vec<(u32, i64)> = pauses.into_iter().map(|pause| (1, pause)).collect();
        let slots = slots(limit, &asked);
        prop_assert!(most_within(&slots, within) <= most);
    }

    #[test]
    fn a_part_of_a_limit_lets_nothing_leave_earlier_and_no_more_than_its_percent(
        most in 2_u32..50,
        percent in 1_u8..=100,
        pauses in prop::collection::vec(0_i64..3_000, 1..100),
        is_window in any::<bool>(),
    ) {
        let limit = if is_window { Limit::per_minute(most) } else { Limit::per_second(most) };
        let asked: Vec<(u32, i64)> = pauses.into_iter().map(|pause| (1, pause)).collect();
        let (whole, part) = (slots(limit, &asked), slots(limit.slowed(percent), &asked));
        for ((early, _), (late, _)) in whole.iter().zip(&part) {
            prop_assert!(late >= early);
        }
        let span = if is_window { Duration::MINUTE } else { Duration::SECOND * 100_u32 };
        let spans = if is_window { 1 } else { 100 };
        let allowed = (most * spans * u32::from(percent) / 100).max(1);
        prop_assert!(most_within(&part, span) <= allowed + u32::from(!is_window));
        prop_assert_eq!(limit.slowed(100), limit);
    }

    #[test]
    fn weights_count(
        most in 5_u32..50,
        asked in prop::collection::vec((1_u32..=5, 0_i64..3_000), 1..200),
    ) {
        let of_minute = slots(Limit::per_minute(most), &asked);
        prop_assert!(most_within(&of_minute, Duration::MINUTE) <= most);
        let of_second = slots(Limit::per_second(most), &asked);
        prop_assert!(most_within(&of_second, Duration::SECOND) <= most);
    }

    #[test]
    fn what_is_heavier_than_the_limit_leaves_alone(
        most in 1_u32..5,
        asked in prop::collection::vec((1_u32..=9, 0_i64..3_000), 1..100),
    ) {
        let slots = slots(Limit::per_second(most), &asked);
        prop_assert!(most_within(&slots, Duration::SECOND) <= most.max(9));
        let heavy = slots.iter().filter(|(_, weight)| *weight > most);
        for (at, weight) in heavy {
            let others = slots.iter().filter(|(other, _)| (*at - *other).abs() < Duration::SECOND);
            prop_assert_eq!(others.map(|(_, weight)| weight).sum::<u32>(), *weight);
        }
    }

    #[test]
    fn what_is_given_back_lets_no_span_hold_more(
        most in 1_u32..20,
        within in prop::sample::select(vec![Duration::SECOND, Duration::seconds(6), Duration::MINUTE]),
        steps in prop::collection::vec((0_i64..3_000, any::<prop::sample::Index>(), prop::bool::weighted(0.3)), 1..200),
        kind in 0_u32..3,
    ) {
        // A burst is an allowance beside the rate, of which no span holds more than both.
        let (limit, allowed) = match kind {
            0 => (Limit::Window { most, within }, most),
            1 => (Limit::Rate { most, within, burst: 1 }, most),
            _ => (Limit::Rate { most, within, burst: 5 }, most + 4),
        };
        let mut pace = Pace::default();
        let mut now = NOON;
        let mut used: Vec<(OffsetDateTime, u32)> = Vec::new();
        for (pause, which, is_missed) in steps {
            now += Duration::milliseconds(pause);
            let at = pace.earliest(limit, 1, now);
            pace.take(limit, 1, at);
            used.push((at, 1));
            if is_missed {
                let (missed, weight) = used.remove(which.index(used.len()));
                pace.give_back(limit, weight, missed);
            }
        }
        prop_assert!(most_within(&used, within) <= allowed);
    }

    #[test]
    fn a_window_forgets_what_is_given_back(
        weights in prop::collection::vec((1_u32..=5, 0_i64..3_000), 1..50),
    ) {
        let limit = Limit::per_minute(20);
        let mut pace = Pace::default();
        let mut now = NOON;
        for (weight, pause) in weights {
            now += Duration::milliseconds(pause);
            let at = pace.earliest(limit, weight, now);
            pace.take(limit, weight, at);
            pace.give_back(limit, weight, at);
            prop_assert_eq!(pace.earliest(limit, 20, now), now);
        }
    }

    #[test]
    fn a_pace_with_nothing_to_remember_is_a_new_one(
        asked in prop::collection::vec((1_u32..=5, 0_i64..3_000), 1..50),
        is_window in any::<bool>(),
    ) {
        let limit = if is_window { Limit::per_minute(20) } else { Limit::per_second(20) };
        let mut pace = Pace::default();
        for (weight, _) in &asked {
            let at = pace.earliest(limit, *weight, NOON);
            pace.take(limit, *weight, at);
        }
        let later = pace.forget_at(limit).unwrap();
        let weight = 20;
        prop_assert_eq!(pace.earliest(limit, weight, later), later);
        prop_assert_eq!(Pace::default().forget_at(limit), None);
    }
}

#[test]
fn a_second_is_used_evenly_and_a_burst_lends() {
    let even = slots(Limit::per_second(10), &[(1, 0); 3]);
    let wait = |slots: &[(OffsetDateTime, u32)], n: usize| (slots[n].0 - NOON).whole_milliseconds();
    assert_eq!(wait(&even, 2), 220);
    let pair = Limit::Rate {
        most: 1,
        within: Duration::seconds(6),
        burst: 3,
    };
    let lent = slots(pair, &[(1, 0); 5]);
    let waits: Vec<i128> = (0..5).map(|n| wait(&lent, n)).collect();
    assert_eq!(waits, [0, 0, 0, 6_100, 12_200]);
}

#[test]
fn a_day_that_is_used_up_says_when_it_goes_on() {
    let mut pace = Pace::default();
    let day = Limit::per_day(2);
    for _ in 0..2 {
        pace.take(day, 1, NOON);
    }
    let next = pace.earliest(day, 1, NOON);
    assert!(next > NOON + Duration::DAY, "{next}");
    assert!(next < NOON + Duration::DAY + Duration::HOUR, "{next}");
}

#[test]
fn a_day_is_used_up_by_what_leaves_and_not_by_what_is_missed() {
    let mut pace = Pace::default();
    let day = Limit::per_day(3);
    let mut left = 0;
    for number in 0..100 {
        let now = NOON + Duration::seconds(number);
        if pace.earliest(day, 1, now) > now {
            break;
        }
        pace.take(day, 1, now);
        if number % 7 == 0 {
            left += 1;
        } else {
            pace.give_back(day, 1, now);
        }
    }
    assert_eq!(left, 3);
}

#[test]
fn the_last_slot_of_a_rate_is_free_again_and_no_other() {
    let limit = Limit::per_second(10);
    let mut pace = Pace::default();
    let mut slots = Vec::new();
    for _ in 0..3 {
        let at = pace.earliest(limit, 1, NOON);
        pace.take(limit, 1, at);
        slots.push(at);
    }
    pace.give_back(limit, 1, slots[0]);
    assert!(pace.earliest(limit, 1, NOON) > slots[2]);
    for last in [slots[2], slots[1]] {
        pace.give_back(limit, 1, last);
        assert_eq!(pace.earliest(limit, 1, NOON), last);
    }
}

#[test]
fn what_is_heavier_than_the_limit_goes_alone() {
    let mut pace = Pace::default();
    let limit = Limit::per_minute(3);
    assert_eq!(pace.earliest(limit, 10, NOON), NOON);
    pace.take(limit, 10, NOON);
    assert!(pace.earliest(limit, 1, NOON) > NOON + Duration::MINUTE);
}

#[test]
fn all_limits_have_to_suit_or_nothing_is_taken() {
    let (mut second, mut day) = (Pace::default(), Pace::default());
    let mut ask = |latest| {
        let mut both = [
            (Limit::per_second(1), &mut second),
            (Limit::per_day(2), &mut day),
        ];
        reserve(&mut both, 1, NOON, latest)
    };
    assert_eq!(ask(NOON), Ok(NOON));
    // A second later it would suit, and nobody waits so long.
    let next = NOON + Duration::milliseconds(1_100) + Duration::microseconds(2);
    assert_eq!(ask(NOON), Err(next));
    assert_eq!(ask(NOON + Duration::seconds(2)), Ok(next));
    assert!(ask(NOON + Duration::HOUR).is_err());
    assert_eq!(second.next_at, Some(next + (next - NOON)));
}

#[test]
fn a_clock_that_goes_back_gives_nothing_back() {
    let mut pace = Pace::default();
    let limit = Limit::per_minute(2);
    for _ in 0..2 {
        pace.take(limit, 1, NOON);
    }
    let before = NOON - Duration::HOUR;
    pace.take(limit, 1, before);
    assert!(pace.earliest(limit, 1, NOON) > NOON);
}
