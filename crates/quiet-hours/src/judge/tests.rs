use super::*;
use time::macros::datetime;

/// 22:30 on a Saturday in London.
const NIGHT: OffsetDateTime = datetime!(2026-07-18 21:30 UTC);

fn london() -> [Zone; 1] {
    [Zone::parse("Europe/London").unwrap()]
}

fn ask(purpose: Purpose, channel: Channel, zones: &[Zone]) -> Ask<'_> {
    Ask {
        quiet_hours: Some(QuietHours {
            start: "22:00".parse().unwrap(),
            end: "10:00".parse().unwrap(),
        }),
        margin: Duration::ZERO,
        ..Ask::new(purpose, channel, NIGHT, zones)
    }
}

fn rule(ask: &Ask<'_>) -> String {
    match judge(ask) {
        Verdict::Open => "open".to_owned(),
        Verdict::Later { rule, .. }
        | Verdict::Never { rule, .. }
        | Verdict::Overridden { rule, .. } => rule.into_owned(),
    }
}

#[test]
fn each_purpose_waits_for_its_own_hours() {
    let zones = london();
    for (purpose, sms, whatsapp, email) in [
        (
            Purpose::Marketing,
            "quiet_hours.window",
            "quiet_hours.window",
            "quiet_hours.preference",
        ),
        (
            Purpose::Reminder,
            "quiet_hours.window",
            "quiet_hours.window",
            "quiet_hours.preference",
        ),
        (
            Purpose::Transactional,
            "quiet_hours.preference",
            "quiet_hours.preference",
            "open",
        ),
        (
            Purpose::Conversational,
            "quiet_hours.preference",
            "open",
            "open",
        ),
        (
            Purpose::DoubleOptIn,
            "quiet_hours.window",
            "quiet_hours.window",
            "open",
        ),
        (Purpose::Authentication, "open", "open", "open"),
        (Purpose::Emergency, "open", "open", "open"),
        (Purpose::OptOutConfirmation, "open", "open", "open"),
    ] {
        assert_eq!(rule(&ask(purpose, Channel::Sms, &zones)), sms, "{purpose}");
        assert_eq!(
            rule(&ask(purpose, Channel::Whatsapp, &zones)),
            whatsapp,
            "{purpose}"
        );
        assert_eq!(
            rule(&ask(purpose, Channel::Email, &zones)),
            email,
            "{purpose}"
        );
    }
}

#[test]
fn what_answers_the_contact_at_once_is_not_held_back() {
    let zones = london();
    for (purpose, limit) in [
        (Purpose::Conversational, PROMPT_REPLY),
        (Purpose::DoubleOptIn, PROMPT_CONFIRMATION),
    ] {
        let after = |gap| Ask {
            prompted_at: Some(NIGHT - gap),
            ..ask(purpose, Channel::Sms, &zones)
        };
        assert_eq!(judge(&after(limit)), Verdict::Open, "{purpose}");
        let late = judge(&after(limit + Duration::seconds(1)));
        assert!(matches!(late, Verdict::Later { .. }), "{purpose}");
        let future = judge(&after(-Duration::seconds(1)));
        assert!(matches!(future, Verdict::Later { .. }), "{purpose}");
    }
}

#[test]
fn window_preference_and_weekend_are_intersected() {
    let zones = london();
    let base = ask(Purpose::Marketing, Channel::Sms, &zones);
    let until = |ask: &Ask<'_>| match judge(ask) {
        Verdict::Later { until, .. } => until,
        Verdict::Open | Verdict::Never { .. } | Verdict::Overridden { .. } => panic!("it waits"),
    };
    assert_eq!(
        until(&Ask {
            quiet_hours: None,
            ..base
        }),
        datetime!(2026-07-19 07:00 UTC)
    );
    assert_eq!(until(&base), datetime!(2026-07-19 09:00 UTC));
    assert_eq!(
        until(&Ask {
            weekend: Weekend::Refused,
            ..base
        }),
        datetime!(2026-07-20 09:00 UTC)
    );
    let noon = Ask {
        at: datetime!(2026-07-18 12:00 UTC),
        weekend: Weekend::Refused,
        ..base
    };
    assert_eq!(rule(&noon), "quiet_hours.weekend");
    let shop = [Rule::new("tenant.hours", crate::Weekly::closed())];
    let shut = Ask {
        at: datetime!(2026-07-18 12:00 UTC),
        rules: &shop,
        ..base
    };
    assert_eq!(rule(&shut), "tenant.hours");
}

#[test]
fn reasons_are_sentences_for_people() {
    let zones = london();
    let Verdict::Later { detail, .. } = judge(&ask(Purpose::Marketing, Channel::Sms, &zones))
    else {
        panic!("it is night");
    };
    assert_eq!(
        detail,
        "It is 22:30 in Europe/London, and such messages are sent from 08:00 to 21:00 only; it can be sent \
         from 2026-07-19 09:00 UTC."
    );
    let Verdict::Never { rule, detail } = judge(&ask(Purpose::Marketing, Channel::Sms, &[])) else {
        panic!("no zone is known");
    };
    assert_eq!(rule, "quiet_hours.window");
    assert!(detail.contains("time zone is not known"));
    let never = QuietHours {
        start: "00:00".parse().unwrap(),
        end: "24:00".parse().unwrap(),
    };
    let undisturbed = Ask {
        quiet_hours: Some(never),
        ..ask(Purpose::Transactional, Channel::Sms, &zones)
    };
    let Verdict::Never { rule, detail } = judge(&undisturbed) else {
        panic!("never disturbed")
    };
    assert_eq!(rule, "quiet_hours.preference");
    assert_eq!(
        detail,
        "With quiet_hours.preference there is no time in Europe/London within the next 15 days."
    );
}

#[test]
fn time_critical_skips_hours_for_transactions_and_reminders_only() {
    let zones = london();
    for purpose in Purpose::ALL {
        let ordinary = ask(purpose, Channel::Sms, &zones);
        let critical = Ask {
            urgency: Urgency::TimeCritical,
            ..ordinary
        };
        match purpose {
            Purpose::Transactional | Purpose::Reminder => {
                assert_eq!(judge(&critical), Verdict::Open, "{purpose}");
            }
            Purpose::Conversational
            | Purpose::DoubleOptIn
            | Purpose::Marketing
            | Purpose::Authentication
            | Purpose::Emergency
            | Purpose::OptOutConfirmation => {
                assert_eq!(judge(&critical), judge(&ordinary), "{purpose}");
            }
        }
    }
}

#[test]
fn an_override_is_named_and_no_solicitation_passes_by_it() {
    let zones = london();
    let by = Override::new("usr_dana", "the river rises.").unwrap();
    let overridden = |purpose| Ask {
        overridden_by: Some(&by),
        ..ask(purpose, Channel::Sms, &zones)
    };
    let Verdict::Overridden { closed, detail, .. } = judge(&overridden(Purpose::Emergency)) else {
        panic!("it is night")
    };
    assert_eq!(closed, "quiet_hours.window");
    assert_eq!(
        detail,
        "usr_dana let it go past quiet_hours.window: the river rises."
    );
    assert_eq!(rule(&overridden(Purpose::Reminder)), Override::RULE);
    assert_eq!(rule(&overridden(Purpose::Marketing)), Rule::DAYTIME);
    let noon = Ask {
        at: datetime!(2026-07-18 12:00 UTC),
        ..overridden(Purpose::Emergency)
    };
    assert_eq!(judge(&noon), Verdict::Open);
}

#[test]
fn too_close_to_the_end_waits_for_the_next_window() {
    let zones = london();
    let at = |at| Ask {
        at,
        margin: MARGIN,
        quiet_hours: None,
        ..ask(Purpose::Marketing, Channel::Sms, &zones)
    };
    assert_eq!(
        judge(&at(datetime!(2026-07-18 19:57:59 UTC))),
        Verdict::Open
    );
    let Verdict::Later { until, detail, .. } = judge(&at(datetime!(2026-07-18 19:58 UTC))) else {
        panic!("it would arrive at 21:00")
    };
    assert_eq!(until, datetime!(2026-07-19 07:00 UTC));
    assert!(detail.contains("20:58 in Europe/London, too close to the end of quiet_hours.window"));
}

#[test]
fn business_hours_go_by_the_tenants_clock_and_closed_days() {
    let zones = [Zone::parse("America/New_York").unwrap()];
    let shop = [Rule::business_hours(
        crate::Weekly::daily("09:00-17:00".parse().unwrap()),
        crate::Closed::default().by(crate::Calendar::bundled("FR").unwrap()),
        Zone::parse("Europe/Paris").unwrap(),
    )];
    let wait = Ask {
        rules: &shop,
        quiet_hours: None,
        // 15:00 in New York on Bastille Day, 21:00 in Paris.
        at: datetime!(2026-07-14 19:00 UTC),
        ..ask(Purpose::Transactional, Channel::Sms, &zones)
    };
    let Verdict::Later {
        until,
        rule,
        detail,
    } = judge(&wait)
    else {
        panic!("the shop is closed")
    };
    assert_eq!(until, datetime!(2026-07-15 07:00 UTC));
    assert_eq!(rule, Rule::BUSINESS_HOURS);
    assert!(detail.contains("21:00 in Europe/Paris on Fête nationale, when the rule"));
    let Verdict::Later { detail, .. } = judge(&Ask {
        at: datetime!(2026-07-15 19:00 UTC),
        ..wait
    }) else {
        panic!("it is evening")
    };
    assert!(detail.contains("21:00 in Europe/Paris, outside business hours"));
    // Where the contact is does not matter to that rule.
    assert!(matches!(
        judge(&Ask { zones: &[], ..wait }),
        Verdict::Later { .. }
    ));
}
