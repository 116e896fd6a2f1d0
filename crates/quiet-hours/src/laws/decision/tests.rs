use super::*;
use crate::{Rule, Schedule, Urgency, Zone, judge, strategies};
use proptest::{option, prelude::*};
use tidings_kernel::strategies as kernel;
use time::{Duration, macros::datetime};

proptest! {
    #[test]
    fn l60_what_would_be_too_late_is_never(
        at in strategies::instant(), zones in strategies::zones(), rule in strategies::rule(),
        minutes in 0_i64..10_000,
    ) {
        let rules = [rule];
        let schedule = Schedule::new(&zones, &rules);
        let before = |valid_until| schedule.next_open_before(at, valid_until);
        let next = schedule.next_open(at);
        prop_assert_eq!(never_after_valid_until(before, &next, at + Duration::minutes(minutes)), Ok(()));
    }

    #[test]
    fn l62_l96_and_l101_the_verdict_keeps_its_word(
        purpose in kernel::purpose(),
        channel in kernel::channel(),
        at in strategies::instant(),
        zones in strategies::zones(),
        quiet in option::of(strategies::quiet_hours()),
        weekend in strategies::weekend(),
        rule in strategies::rule(),
        margin in strategies::margin(),
        prompted in option::of(-10_i64..120),
        is_critical in any::<bool>(),
        by in strategies::overriding(),
        is_overridden in any::<bool>(),
    ) {
        let rules = [rule];
        let ask = Ask {
            quiet_hours: quiet,
            weekend,
            rules: &rules,
            margin,
            prompted_at: prompted.map(|minutes| at - Duration::minutes(minutes)),
            urgency: if is_critical { Urgency::TimeCritical } else { Urgency::Ordinary },
            overridden_by: is_overridden.then_some(&by),
            ..Ask::new(purpose, channel, at, &zones)
        };
        prop_assert_eq!(exempt_is_never_deferred(judge, &ask), Ok(()));
        prop_assert_eq!(later_is_open_then(judge, &ask), Ok(()));
        prop_assert_eq!(override_needs_actor_and_reason(Override::new, judge, &ask, &by), Ok(()));
    }
}

fn bites(law: &'static str, result: Result<(), Violation>) {
    assert_eq!(result.map_err(|violation| violation.law), Err(law));
}

#[test]
fn each_law_bites() {
    let zones = [Zone::parse("Europe/London").unwrap()];
    let at = datetime!(2026-07-15 21:30 UTC);
    let ask = |purpose| Ask::new(purpose, Channel::Sms, at, &zones);
    let later = |ask: &Ask<'_>| Verdict::Later {
        until: ask.at + Duration::HOUR,
        rule: Rule::DAYTIME.into(),
        detail: String::new(),
    };
    let next = Next::At(at);
    bites("L60", never_after_valid_until(|_| Next::At(at), &next, at));
    bites(
        "L62",
        exempt_is_never_deferred(later, &ask(Purpose::Authentication)),
    );
    bites("L96", later_is_open_then(later, &ask(Purpose::Marketing)));
    let by = Override::new("usr_dana", "flood").unwrap();
    // Takes anybody for any reason.
    let lax = |_: &str, _: &str| Override::new("x", "x");
    let reminder = ask(Purpose::Reminder);
    bites(
        "L101",
        override_needs_actor_and_reason(lax, judge, &reminder, &by),
    );
    // Lets everything past without a word.
    let silent = |ask: &Ask<'_>| match ask.overridden_by {
        Some(_) => Verdict::Open,
        None => judge(ask),
    };
    bites(
        "L101",
        override_needs_actor_and_reason(Override::new, silent, &reminder, &by),
    );
}
