use super::*;
use crate::{
    Counts, ExclusiveMeans, Grade, Keep, SenderKind, SenderRule, SoftOptIn, StopLine, TenantChoice,
    Wording,
};
use std::collections::BTreeSet;
use time::{Duration, macros::datetime};

fn with(choice: &TenantChoice, names: &[&str], channel: Channel) -> Arc<Applicable> {
    let declared: Vec<_> = names.iter().map(|name| place(name)).collect();
    let places = places(&Clues {
        declared: &declared,
        ..Clues::default()
    });
    let plan = packs().plan(&places, choice);
    plan.at(Purpose::Marketing, channel, NOW)
}

fn chosen(names: &[&str]) -> BTreeSet<Place> {
    names.iter().map(|name| place(name)).collect()
}

#[test]
fn florida_caps_at_three_in_a_day() {
    let law = marketing("US-FL");
    let cap = law.cap().unwrap();
    assert_eq!((cap.most, cap.window()), (3, Duration::DAY));
    assert!(ids(&law).contains(&"us.fl.cap@1".to_owned()));
    // The safe setting counts any subject, so it is the one to keep.
    assert_eq!(cap.counts, Counts::AnySubject);
    assert_eq!(law.caps.len(), 1);
}

#[test]
fn marketing_in_the_united_states_needs_written_consent() {
    for name in ["US", "US-CA", "US-FL", "US-PR"] {
        let law = marketing(name);
        assert_eq!(law.consent.grade, Grade::Written, "{name}");
        assert_eq!(law.consent.soft_opt_in, SoftOptIn::Off, "{name}");
    }
    let everything = TenantChoice {
        soft_opt_in: chosen(&["*"]),
        single_opt_in: chosen(&["*"]),
        ..TenantChoice::NONE
    };
    let law = with(&everything, &["US-CA"], Channel::Sms);
    assert_eq!(law.consent.grade, Grade::Written);
    assert_eq!(law.consent.soft_opt_in, SoftOptIn::Off);
}

#[test]
fn germany_is_always_confirmed() {
    let everything = TenantChoice {
        soft_opt_in: chosen(&["*"]),
        single_opt_in: chosen(&["*"]),
        ..TenantChoice::NONE
    };
    for channel in Channel::ALL {
        let law = with(&everything, &["DE"], channel);
        assert_eq!(law.consent.grade, Grade::Confirmed);
        assert_eq!(law.consent.soft_opt_in, SoftOptIn::Off);
        // Somebody who may be in Germany is as protected.
        assert_eq!(
            with(&everything, &["GB", "DE"], channel).consent,
            law.consent
        );
    }
}

#[test]
fn single_opt_in_is_for_places_that_the_tenant_names() {
    let choice = TenantChoice {
        single_opt_in: chosen(&["GB"]),
        ..TenantChoice::NONE
    };
    assert_eq!(marketing("GB").consent.grade, Grade::Confirmed);
    assert_eq!(
        with(&choice, &["GB"], Channel::Sms).consent.grade,
        Grade::Written
    );
    assert_eq!(
        with(&choice, &["FR"], Channel::Sms).consent.grade,
        Grade::Confirmed
    );
}

#[test]
fn soft_opt_in_is_for_places_that_offer_it_and_the_tenant_names() {
    let soft = |names: &[&str], where_: &[&str], channel| {
        let choice = TenantChoice {
            soft_opt_in: chosen(names),
            ..TenantChoice::NONE
        };
        with(&choice, where_, channel).consent.soft_opt_in
    };
    let forever = SoftOptIn::Allowed { max_age: None };
    assert_eq!(soft(&["GB"], &["GB"], Channel::Sms), forever);
    assert_eq!(soft(&[], &["GB"], Channel::Sms), SoftOptIn::Off);
    assert_eq!(soft(&["FR"], &["GB"], Channel::Sms), SoftOptIn::Off);
    assert_eq!(soft(&["GB", "FR"], &["GB", "FR"], Channel::Sms), forever);
    assert_eq!(soft(&["GB"], &["GB", "FR"], Channel::Sms), SoftOptIn::Off);
    assert_eq!(
        soft(&["GB", "BR"], &["GB", "BR"], Channel::Sms),
        SoftOptIn::Off
    );
    assert_eq!(soft(&["IT"], &["IT"], Channel::Sms), SoftOptIn::Off);
    assert_eq!(soft(&["IT"], &["IT"], Channel::Email), forever);
    assert_eq!(soft(&["*"], &["*"], Channel::Sms), SoftOptIn::Off);
    let year = SoftOptIn::Allowed {
        max_age: Some(Duration::days(365)),
    };
    assert_eq!(soft(&["IE"], &["IE"], Channel::Sms), year);
}

#[test]
fn a_tenant_makes_rules_stricter() {
    let choice = TenantChoice {
        least_consent: Grade::Confirmed,
        consent_max_age: Some(Duration::days(400)),
        caps: [Cap {
            most: 1,
            hours: 168,
            counts: Counts::AnySubject,
        }]
        .into(),
        wording: [Wording::Contact].into(),
        soft_opt_in: chosen(&["GB"]),
        ..TenantChoice::NONE
    };
    let law = with(&choice, &["US-FL"], Channel::Sms);
    assert_eq!(law.consent.grade, Grade::Confirmed);
    assert_eq!(law.consent.max_age, Some(Duration::days(400)));
    assert_eq!(law.cap().map(|cap| cap.most), Some(1));
    assert_eq!(law.caps[0].rule, None);
    assert!(law.wording.contains(&Wording::Contact));
    // Who asks for more than a written consent everywhere does not take a sale instead.
    assert_eq!(
        with(&choice, &["GB"], Channel::Sms).consent.soft_opt_in,
        SoftOptIn::Off
    );
}

#[test]
fn each_message_says_how_to_stop_unless_the_law_leaves_it_open() {
    let each = Wording::StopLine(StopLine::EachMessage);
    let first = Wording::StopLine(StopLine::FirstAndRegularly);
    let choice = TenantChoice {
        first_stop_line: chosen(&["*"]),
        ..TenantChoice::NONE
    };
    assert!(marketing("US").wording.contains(&each));
    assert!(
        with(&choice, &["US"], Channel::Sms)
            .wording
            .contains(&first)
    );
    for name in ["FR", "GB", "DE", "CA", "AU"] {
        let law = with(&choice, &[name], Channel::Sms);
        assert!(
            law.wording.contains(&each) && !law.wording.contains(&first),
            "{name}"
        );
    }
    for name in ["CA", "AU"] {
        assert!(
            marketing(name).wording.contains(&Wording::Contact),
            "{name}"
        );
    }
    let email = with(&TenantChoice::NONE, &["US"], Channel::Email);
    assert!(email.wording.contains(&Wording::PostalAddress));
}

#[test]
fn whatsapp_marketing_to_american_numbers_pauses_since_april_2025() {
    let packs = packs();
    let pause = |text: &str, purpose, channel, at| {
        let law = applicable(&packs, &of(text), purpose, channel, at);
        law.channel_pause.clone()
    };
    let (marketing, whatsapp) = (Purpose::Marketing, Channel::Whatsapp);
    let found = pause("+12125550123", marketing, whatsapp, NOW).unwrap();
    assert_eq!(&*found.rule, "whatsapp.us_marketing_pause");
    assert_eq!(found.instead, BTreeSet::from([Channel::Sms]));
    let start = datetime!(2025-04-01 00:00 UTC);
    assert!(pause("+12125550123", marketing, whatsapp, start).is_some());
    assert!(
        pause(
            "+12125550123",
            marketing,
            whatsapp,
            start - Duration::SECOND
        )
        .is_none()
    );
    assert!(pause("+12125550123", marketing, Channel::Sms, NOW).is_none());
    assert!(pause("+12125550123", Purpose::Transactional, whatsapp, NOW).is_none());
    assert!(pause("+14165550123", marketing, whatsapp, NOW).is_none());
    assert!(pause("+447400123456", marketing, whatsapp, NOW).is_none());
    // It may be American.
    assert!(pause("+18005550123", marketing, whatsapp, NOW).is_some());
}

#[test]
fn louisiana_bans_solicitation_in_a_declared_emergency() {
    let packs = packs();
    let day = |day: i64| NOW + Duration::days(day);
    let declared = packs
        .with_period("us.la.emergency_ban", day(1), Some(day(31)))
        .unwrap();
    let is_banned = |packs: &Packs, purpose, at| {
        let law = applicable(packs, &of("+15045550123"), purpose, Channel::Sms, at);
        law.channel_pause.is_some()
    };
    assert!(!is_banned(&packs, Purpose::Marketing, day(2)));
    for (at, expected) in [(0, false), (1, true), (30, true), (31, false)] {
        assert_eq!(
            is_banned(&declared, Purpose::Marketing, day(at)),
            expected,
            "day {at}"
        );
    }
    assert!(is_banned(&declared, Purpose::DoubleOptIn, day(2)));
    assert!(!is_banned(&declared, Purpose::Transactional, day(2)));
    // A second emergency, later.
    let twice = declared
        .with_period("us.la.emergency_ban", day(60), None)
        .unwrap();
    assert!(!is_banned(&twice, Purpose::Marketing, day(59)));
    assert!(is_banned(&twice, Purpose::Marketing, day(60)));
    assert!(
        declared
            .with_period("us.la.emergency_ban", day(20), None)
            .is_err()
    );
}

#[test]
fn senders_follow_the_contacts_country() {
    let packs = packs();
    let rule = |text: &str, kind, at| {
        let law = applicable(&packs, &of(text), Purpose::Transactional, Channel::Sms, at);
        law.senders.rule(kind).clone()
    };
    assert_eq!(
        rule("+12125550123", SenderKind::Alphanumeric, NOW),
        SenderRule::Forbidden
    );
    assert!(matches!(
        rule("+12125550123", SenderKind::LongCode, NOW),
        SenderRule::NeedsRegistration(what) if what.iter().any(|what| what.contains("10DLC"))
    ));
    assert_eq!(
        rule(
            "+12125550123",
            SenderKind::LongCode,
            datetime!(2025-01-31 12:00 UTC)
        ),
        SenderRule::Allowed
    );
    assert_eq!(
        rule("+447400123456", SenderKind::ForeignNumber, NOW),
        SenderRule::Forbidden
    );
    assert_eq!(
        rule("+541123456789", SenderKind::Alphanumeric, NOW),
        SenderRule::Replaced
    );
    assert_eq!(
        rule("+491701234567", SenderKind::Alphanumeric, NOW),
        SenderRule::Allowed
    );
}

#[test]
fn evidence_is_kept_and_an_opt_out_stands_for_ever() {
    for purpose in Purpose::ALL {
        let law = applicable(&packs(), &of("+17035550123"), purpose, Channel::Sms, NOW);
        assert_eq!(law.records.opt_out, Keep::ForEver);
        assert_eq!(law.records.consent_years_after_use, 5);
        assert!(ids(&law).contains(&"us.va.records@2026".to_owned()));
    }
}

#[test]
fn the_new_rule_on_revocation_has_no_effect_without_a_date() {
    let law = marketing("US");
    assert_eq!(
        law.revocation.map(|rule| rule.exclusive_means),
        Some(ExclusiveMeans::Forbidden)
    );
    assert!(ids(&law).contains(&"us-fcc-revocation@2024".to_owned()));
    let date = r#"{ "about": "FCC 26-67 in force", "rules": [
        { "id": "us-fcc-revocation", "place": "US", "concern": "revocation",
          "channels": ["sms"], "purposes": "all", "versions": [
            { "version": "2026-in-force", "from": "2027-02-01T00:00:00-05:00",
              "begins": "ending_the_last",
              "demands": { "revocation": { "business_days": 10, "confirmation_minutes": 5,
                "exclusive_means": "if_disclosed" } },
              "source": "Federal Register", "trust": "P", "read_on": "2027-01-02" } ] } ] }"#;
    let packs = packs()
        .with(&Packs::parse(&[("fcc.json", date)]).unwrap())
        .unwrap();
    let at = |at| {
        let places = of("+12125550123");
        let law = applicable(&packs, &places, Purpose::Transactional, Channel::Sms, at);
        law.revocation.map(|rule| rule.exclusive_means)
    };
    let start = datetime!(2027-02-01 05:00 UTC);
    assert_eq!(
        at(start - Duration::SECOND),
        Some(ExclusiveMeans::Forbidden)
    );
    assert_eq!(at(start), Some(ExclusiveMeans::IfDisclosed));
}

#[test]
fn the_law_of_the_sender_follows_where_it_says_so() {
    let packs = packs();
    let grade = |sender: &str| {
        let places = places(&Clues {
            number: Some(number("+12125550123")),
            sender: Some(place(sender)),
            ..Clues::default()
        });
        let law = applicable(&packs, &places, Purpose::Marketing, Channel::Sms, NOW);
        (
            law.consent.grade,
            law.wording.contains(&Wording::Contact),
            law.hours.len(),
        )
    };
    let at_home = grade("US");
    assert_eq!(at_home.0, Grade::Written);
    // Consent as in the European Union, hours as in New York.
    assert_eq!(grade("DE"), (Grade::Confirmed, false, at_home.2));
    assert_eq!(grade("CA"), (Grade::Written, true, at_home.2));
}

#[test]
fn a_citation_says_what_nobody_confirmed() {
    let law = marketing("IN");
    let unconfirmed: Vec<_> = law.unconfirmed().map(ToString::to_string).collect();
    assert_eq!(unconfirmed, ["in.hours@1"]);
    assert_eq!(law.cited_for(Concern::Hours).count(), 1);
    // Sources disagree.
    assert!(
        marketing("US-NV")
            .unconfirmed()
            .any(|one| &*one.rule == "us.nv.hours")
    );
}
