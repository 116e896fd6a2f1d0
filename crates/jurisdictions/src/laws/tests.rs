//! Each law over generated cases on our engine, and shown to bite a broken one.

use super::*;
use crate::{
    Applicable, Clues, Evidence, Grade, LawRule, Packs, Place, Places, SoftOptIn, Start,
    TenantChoice, applicable, places, strategies,
};
use proptest::prelude::*;
use std::{cell::Cell, collections::BTreeSet, sync::LazyLock};
use tidings_kernel::{Channel, Purpose, strategies as kernel};
use tidings_quiet_hours::{HORIZON, Next, Zone, next_allowed};
use time::{Duration, OffsetDateTime, macros::datetime};

static PACKS: LazyLock<Packs> = LazyLock::new(|| Packs::bundled().unwrap());
const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);

fn law(places: &Places, purpose: Purpose, channel: Channel, at: OffsetDateTime) -> Applicable {
    Applicable::clone(&applicable(&PACKS, places, purpose, channel, at))
}

fn marketing(places: &Places) -> Applicable {
    law(places, Purpose::Marketing, Channel::Sms, NOW)
}

fn set(clues: &Clues<'_>) -> Vec<Place> {
    places(clues).contact().map(|(place, _)| place).collect()
}

fn only(name: &str) -> Places {
    Places::only(Place::parse(name).unwrap())
}

fn next(
    packs: &Packs,
    places: &Places,
    zones: &[Zone],
    at: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let law = applicable(packs, places, Purpose::Marketing, Channel::Sms, at);
    match next_allowed(at, zones, &law.hours, HORIZON) {
        Next::At(at) => Some(at),
        Next::Never(_) => None,
    }
}

fn bounds(rule: &LawRule) -> (Option<OffsetDateTime>, Option<OffsetDateTime>) {
    let dated: Vec<_> = rule
        .versions()
        .iter()
        .filter(|one| one.from != Start::NotSet)
        .collect();
    let from = match dated.first().map(|one| one.from) {
        Some(Start::At(from)) => Some(from),
        Some(Start::Ever | Start::NotSet) | None => None,
    };
    (from, dated.last().and_then(|last| last.until))
}

/// Mostly the purposes that laws speak of: of the others there is little to get wrong.
fn purpose() -> impl Strategy<Value = Purpose> {
    prop_oneof![
        6 => Just(Purpose::Marketing),
        2 => Just(Purpose::DoubleOptIn),
        2 => kernel::purpose(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_contact_is_never_nowhere(
        number in proptest::option::of(strategies::number()),
        region in proptest::option::of(strategies::region()),
        declared in proptest::collection::vec(strategies::place(), 0..4),
    ) {
        let clues = Clues { number, region, declared: &declared, sender: None };
        never_nowhere(set, &clues)?;
        order_of_places(|declared| set(&Clues { declared, ..clues }), &declared)?;
    }

    #[test]
    fn more_rules_are_later(
        base in strategies::pack(), more in strategies::pack(),
        places in strategies::places(), at in strategies::instant(),
    ) {
        let zones = [Zone::parse("America/New_York").unwrap()];
        let base = Packs::parse(&[("base", &base)]).unwrap();
        let more = Packs::parse(&[("more", &more)]).unwrap();
        more_rules_later(|packs| next(packs, &places, &zones, at), &base, &more)?;
    }

    #[test]
    fn more_places_are_stricter(
        one in strategies::places(), other in strategies::places(),
        purpose in purpose(), channel in kernel::channel(), at in strategies::instant(),
    ) {
        let law = |places: &Places| law(places, purpose, channel, at);
        more_places_stricter(law, &one, &other)?;
        let narrow = Places::new(one.contact(), None);
        unknown_is_strictest(law, &Places::only(Place::ANYWHERE), &narrow)?;
    }

    #[test]
    fn a_country_is_as_strict_as_each_of_its_parts(
        place in strategies::place(), purpose in purpose(), channel in kernel::channel(),
    ) {
        if let Some(country) = place.country() {
            let law = |places: &Places| law(places, purpose, channel, NOW);
            unknown_is_strictest(law, &Places::only(country), &Places::only(place))?;
        }
    }

    #[test]
    fn a_choice_tightens(
        places in strategies::places(), choice in strategies::choice(),
        purpose in purpose(), channel in kernel::channel(), at in strategies::instant(),
    ) {
        let law = |choice: &TenantChoice| {
            Applicable::clone(&PACKS.plan(&places, choice).at(purpose, channel, at))
        };
        a_tenant_tightens(law, &choice)?;
    }

    #[test]
    fn one_version_is_in_force_at_a_time(pack in strategies::pack(), at in strategies::instant()) {
        let own = Packs::parse(&[("own", &pack)]).unwrap();
        for rule in own.rules().chain(PACKS.rules()) {
            let (from, until) = bounds(rule);
            let in_force = |at| rule.versions().iter().filter(|one| one.is_in_force(at)).count();
            if rule.versions().iter().any(|one| one.from != Start::NotSet) {
                one_in_force(in_force, from, until, at)?;
            } else {
                prop_assert_eq!(in_force(at), 0);
            }
        }
    }

    #[test]
    fn the_order_of_loading_does_not_matter(
        a in strategies::pack(), b in strategies::pack(), c in strategies::pack(),
    ) {
        let load = |packs: &[(&str, &str)]| Packs::parse(packs).ok();
        loading_order(load, &[("a", &a), ("b", &b), ("c", &c)])?;
    }

    #[test]
    fn a_stricter_version_leaves_the_past_alone(
        from in strategies::instant(), at in strategies::instant(),
        places in strategies::places(), purpose in purpose(),
    ) {
        let stricter = amendment("ending_the_last", from);
        let stricter = Packs::parse(&[("stricter", &stricter)]).unwrap();
        let both = PACKS.with(&stricter);
        // Before the act of Pennsylvania there is another version to end.
        prop_assume!(both.is_ok());
        let both = both.unwrap();
        let answer = |packs: &Packs, at| {
            Applicable::clone(&applicable(packs, &places, purpose, Channel::Sms, at))
        };
        the_past_stays(|at| answer(&PACKS, at), |at| answer(&both, at), from, at)?;
    }

    #[test]
    fn what_is_cited_is_sourced(
        places in strategies::places(), purpose in purpose(), channel in kernel::channel(),
    ) {
        let law = law(&places, purpose, channel, NOW);
        every_rule_is_sourced(&law, |law| law.unconfirmed().cloned().collect())?;
    }
}

/// Another version of the hours of Pennsylvania.
fn amendment(begins: &str, from: OffsetDateTime) -> String {
    let from = from
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap();
    format!(
        r#"{{ "about": "an amendment", "rules": [ {{ "id": "us.pa.hours", "place": "US-PA",
        "concern": "hours", "channels": ["sms", "whatsapp"], "purposes": ["marketing", "double_opt_in"],
        "versions": [ {{ "version": "new", "from": "{from}", "begins": "{begins}",
            "demands": {{ "hours": {{ "open": {{ "mon-fri": "10:00-17:00" }} }} }},
            "source": "generated", "trust": "own", "read_on": "2026-11-20" }} ] }} ] }}"#
    )
}

#[test]
fn shipped_packs_load_in_any_order() {
    let load = |packs: &[(&str, &str)]| Packs::parse(packs).unwrap();
    loading_order(load, &crate::packs::BUNDLED).unwrap();
}

#[test]
fn an_overlap_is_refused() {
    let overlapping = amendment("after_the_last", datetime!(2027-01-01 00:00 UTC));
    let load = |text: &str| {
        let more = Packs::parse(&[("more", text)])?;
        PACKS.with(&more)
    };
    overlap_is_refused(load, &overlapping).unwrap();
    let ending = amendment("ending_the_last", datetime!(2027-01-01 00:00 UTC));
    assert_eq!(overlap_is_refused(load, &ending).unwrap_err().law, "L103");
}

#[test]
fn p5_bites_whoever_knows_no_place() {
    let declared = [Place::parse("DE").unwrap()];
    let clues = Clues {
        declared: &declared,
        ..Clues::default()
    };
    assert_eq!(never_nowhere(|_| Vec::new(), &clues).unwrap_err().law, "P5");
    let elsewhere = |_: &Clues<'_>| vec![Place::CANADA];
    assert!(never_nowhere(elsewhere, &clues).is_err());
    let region = tidings_kernel::Region::parse("FR").ok();
    assert!(
        never_nowhere(
            elsewhere,
            &Clues {
                region,
                ..Clues::default()
            }
        )
        .is_err()
    );
    let both = [Place::CANADA, Place::UNITED_STATES];
    assert!(order_of_places(|declared| declared.first().copied(), &both).is_err());
}

#[test]
fn l48_bites_whoever_lets_a_rule_open_hours() {
    let base = Packs::parse(&[]).unwrap();
    let more = amendment("after_the_last", NOW);
    let more = Packs::parse(&[("more", &more)]).unwrap();
    let earlier = |packs: &Packs| {
        Some(if packs.rules().next().is_none() {
            NOW
        } else {
            NOW - Duration::HOUR
        })
    };
    assert_eq!(
        more_rules_later(earlier, &base, &more).unwrap_err().law,
        "L48"
    );
    let opens = |packs: &Packs| packs.rules().next().is_some().then_some(NOW);
    assert!(more_rules_later(opens, &base, &more).is_err());
}

#[test]
fn l99_bites_whoever_takes_the_loosest() {
    let (strict, loose) = (only("US-KY"), only("US-NY"));
    let loosest = |places: &Places| {
        let mut all = places
            .contact()
            .map(|(place, _)| marketing(&Places::only(place)));
        let first = all.next().unwrap();
        all.fold(
            first,
            |one, other| if one.implies(&other) { other } else { one },
        )
    };
    assert_eq!(
        more_places_stricter(loosest, &strict, &loose)
            .unwrap_err()
            .law,
        "L99"
    );
    // The federal rules alone, where the state is not known.
    let federal = |places: &Places| {
        let unknown = Places::only(Place::UNITED_STATES);
        marketing(if *places == unknown { &loose } else { places })
    };
    let unknown = Places::new([(Place::UNITED_STATES, Evidence::Declared)], None);
    assert_eq!(
        unknown_is_strictest(federal, &unknown, &strict)
            .unwrap_err()
            .law,
        "L99"
    );
}

#[test]
fn l100_bites_whoever_lets_a_tenant_loosen() {
    let german = only("DE");
    let safe = marketing(&german);
    let with = |change: fn(&mut Applicable)| {
        let safe = safe.clone();
        move |choice: &TenantChoice| {
            let mut law = safe.clone();
            if *choice != TenantChoice::NONE {
                change(&mut law);
            }
            law
        }
    };
    let choice = TenantChoice {
        least_consent: Grade::Express,
        ..TenantChoice::NONE
    };
    for change in [
        (|law| law.consent.grade = Grade::Express) as fn(&mut Applicable),
        |law| law.consent.soft_opt_in = SoftOptIn::Allowed { max_age: None },
        |law| law.hours.clear(),
        |law| law.caps.clear(),
        |law| law.records.consent_years_after_use = 0,
    ] {
        assert_eq!(
            a_tenant_tightens(with(change), &choice).unwrap_err().law,
            "L100"
        );
    }
    // France offers all three; nobody who chose none of them, or only one, gets another.
    let french = marketing(&only("FR"));
    let chosen = |looser: TenantChoice, change: fn(&mut Applicable)| {
        let law = |choice: &TenantChoice| {
            let mut law = french.clone();
            if *choice != TenantChoice::NONE {
                change(&mut law);
            }
            law
        };
        a_tenant_tightens(law, &looser)
    };
    let in_france = || BTreeSet::from([Place::parse("FR").unwrap()]);
    let single = || TenantChoice {
        single_opt_in: in_france(),
        ..TenantChoice::NONE
    };
    chosen(single(), |law| law.consent.grade = Grade::Written).unwrap();
    assert!(chosen(single(), |law| law.consent.grade = Grade::Express).is_err());
    assert!(chosen(choice.clone(), |law| law.consent.grade = Grade::Written).is_err());
    let soft: fn(&mut Applicable) =
        |law| law.consent.soft_opt_in = SoftOptIn::Allowed { max_age: None };
    assert!(chosen(single(), soft).is_err());
    let for_customers = TenantChoice {
        soft_opt_in: in_france(),
        ..TenantChoice::NONE
    };
    chosen(for_customers, soft).unwrap();
    assert!(chosen(single(), |law| law.wording.clear()).is_err());
    let french = marketing(&only("US-FL"));
    let silent = |choice: &TenantChoice| {
        let mut law = french.clone();
        law.offers.clear();
        if *choice != TenantChoice::NONE {
            law.wording.clear();
        }
        law
    };
    assert!(a_tenant_tightens(silent, &choice).is_err());
}

#[test]
fn l103_bites_whoever_has_two_versions_or_an_order() {
    let two = |_| 2;
    assert_eq!(one_in_force(two, None, None, NOW).unwrap_err().law, "L103");
    assert!(one_in_force(|_| 1, Some(NOW), None, NOW - Duration::SECOND).is_err());
    assert!(one_in_force(|_| 1, None, Some(NOW), NOW).is_err());
    let last = |packs: &[(&str, &str)]| packs.last().map(|(name, _)| (*name).to_owned());
    assert!(loading_order(last, &[("a", ""), ("b", "")]).is_err());
}

#[test]
fn l104_bites_whoever_rewrites_the_past() {
    let from = NOW;
    let before = |_| "as it was";
    let after = |at| {
        if at < NOW - Duration::DAY {
            "as it was"
        } else {
            "changed"
        }
    };
    let at = from - Duration::HOUR;
    assert_eq!(
        the_past_stays(before, after, from, at).unwrap_err().law,
        "L104"
    );
    the_past_stays(before, after, from, from).unwrap();
}

#[test]
fn l105_bites_whoever_hides_what_is_unconfirmed() {
    let india = marketing(&only("IN"));
    assert_eq!(
        every_rule_is_sourced(&india, |_| Vec::new())
            .unwrap_err()
            .law,
        "L105"
    );
    let mut anonymous = india;
    for citation in &mut anonymous.cited {
        citation.source = " ".into();
    }
    let listed = Cell::new(0);
    let result = every_rule_is_sourced(&anonymous, |law| {
        listed.set(listed.get() + 1);
        law.unconfirmed().cloned().collect()
    });
    assert!(result.is_err() && listed.get() == 1);
}
