use super::*;
use crate::Trust;
use time::{Duration, macros::datetime};

const CHANGE: OffsetDateTime = datetime!(2027-01-01 00:00 UTC);

/// A pack with one rule of hours, and what of its versions is given.
fn pack(versions: &str) -> String {
    rule(r#""place": "DE", "concern": "hours""#, versions)
}

fn rule(head: &str, versions: &str) -> String {
    format!(
        r#"{{ "about": "test", "rules": [ {{ "id": "test.hours", {head}, "channels": ["sms"],
        "purposes": ["marketing"], "versions": [ {versions} ] }} ] }}"#
    )
}

fn version(name: &str, validity: &str) -> String {
    format!(
        r#"{{ "version": "{name}", {validity}, "demands": {{ "hours": {{ "open": {{ "daily": "09:00-18:00" }} }} }},
        "source": "test", "trust": "own", "read_on": "2026-11-20" }}"#
    )
}

fn refused(text: &str) -> PackError {
    Packs::parse(&[("test.json", text)]).unwrap_err()
}

#[test]
fn every_shipped_rule_has_a_source_and_a_trust_mark() {
    let packs = Packs::bundled().unwrap();
    assert!(packs.rules().count() > 200);
    for rule in packs.rules() {
        for version in rule.versions() {
            assert!(version.source.len() > 4, "{}", rule.id());
            assert_eq!(
                rule.cite(version).is_unconfirmed(),
                version.trust == Trust::Unconfirmed || version.conflict.is_some()
            );
        }
    }
    let unconfirmed: Vec<_> = packs.unconfirmed().map(|one| one.to_string()).collect();
    for id in [
        "us-fcc-revocation@2026",
        "us.wi.hours@1",
        "in.hours@1",
        "us.pr.hours@1",
    ] {
        assert!(unconfirmed.iter().any(|one| one == id), "{id}");
    }
}

#[test]
fn every_state_district_and_territory_has_hours() {
    let packs = Packs::bundled().unwrap();
    let states = crate::numbering::known_places()
        .filter(|place| *place != crate::Place::UNITED_STATES)
        .filter(|place| crate::Place::UNITED_STATES.covers(*place));
    let mut count = 0;
    for place in states {
        let of_place =
            |rule: &&LawRule| rule.place() == place && rule.concern() == crate::Concern::Hours;
        assert_eq!(packs.rules().filter(of_place).count(), 1, "{place}");
        count += 1;
    }
    assert_eq!(count, 56);
}

#[test]
fn the_readme_lists_what_is_shipped() {
    let readme = include_str!("../../README.md");
    let table = Packs::bundled().unwrap().table();
    assert!(
        readme.contains(&table),
        "the table of the README is stale: cargo run -p tidings-jurisdictions --example shipped"
    );
}

#[test]
fn the_pack_of_the_readme_is_read() {
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once("```json\n").unwrap();
    let (text, _) = rest.split_once("```").unwrap();
    let own = Packs::parse(&[("ours.json", text)]).unwrap();
    assert!(Packs::bundled().unwrap().with(&own).is_ok());
}

#[test]
fn an_error_names_pack_rule_version_and_field() {
    let text = pack(&version("1", r#""from": "ever", "untill": null"#));
    let error = refused(&text).to_string();
    assert!(
        error.starts_with("pack test.json, rule test.hours, version 1: unknown field `untill`"),
        "{error}"
    );
    assert!(error.contains("line 2"), "{error}");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let ever = version("1", r#""from": "ever""#);
    let head = |place: &str, concern: &str| {
        rule(
            &format!(r#""place": "{place}", "concern": "{concern}""#),
            &ever,
        )
    };
    for (text, reason) in [
        (head("ZZ", "hours"), "unknown place"),
        (head("US-QQ", "hours"), "unknown place"),
        (head("DE", "cap"), "about cap"),
        (head("DE", "weather"), "unknown variant"),
        (pack(""), "versions is empty"),
        (pack(&ever.replace("\"test\"", "\" \"")), "source is empty"),
        (pack(&ever.replace("own", "sure")), "unknown variant"),
        (
            rule(
                r#""place": "DE", "concern": "closed_days""#,
                &ever.replace(
                    r#""hours": { "open": { "daily": "09:00-18:00" } }"#,
                    r#""closed_days": { "calendars": ["Mars"] }"#,
                ),
            ),
            "unknown calendar",
        ),
        (
            r#"{ "about": "test", "calendars": ["calendar A", "32-13: Never"], "rules": [] }"#
                .to_owned(),
            "calendars: ",
        ),
        (
            pack(&ever.replace("2026-11-20", "2026-13-20")),
            "invalid date",
        ),
        (
            pack(&ever.replace("09:00-18:00", "09:00-")),
            "open on one side",
        ),
        (
            pack(&ever.replace("09:00-18:00", "21:00-08:00")),
            "over midnight",
        ),
        (
            pack(&version("1", r#""from": "yesterday""#)),
            "invalid from",
        ),
        (
            pack(&version("1", r#""from": "2027-01-01""#)),
            "invalid from",
        ),
        (
            pack(&version(
                "1",
                r#""from": "2027-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z""#,
            )),
            "ends before it begins",
        ),
        (
            pack(&version(
                "1",
                r#""from": null, "until": "2027-01-01T00:00:00Z""#,
            )),
            "ends before it begins",
        ),
        (pack(&format!("{ever}, {ever}")), "have this name"),
        (
            pack(&format!(
                "{ever}, {}",
                version("2", r#""from": "2027-01-01T00:00:00Z""#)
            )),
            "overlaps that of version 1",
        ),
        (
            pack(&format!(
                "{}, {}",
                version("1", r#""from": "ever", "until": "2026-12-31T23:59:59Z""#),
                version("2", r#""from": "2027-01-01T00:00:00Z""#)
            )),
            "between the end of version 1",
        ),
        (
            pack(&ever.replace(
                "\"source\"",
                r#""tenant_may_choose": ["soft_opt_in"], "source""#,
            )),
            "cannot choose soft_opt_in",
        ),
        (
            pack(&ever.replace("\"source\"", "\"source\": \"twice\", \"source\"")),
            "duplicate field",
        ),
        (
            pack(&ever).replace("test.hours", "Test Hours"),
            "the id is empty or holds",
        ),
        ("{".to_owned(), "EOF"),
    ] {
        let error = refused(&text).to_string();
        assert!(error.contains(reason), "{reason}: {error}");
    }
    let mut twice = pack(&ever);
    let start = twice.find("[ {").unwrap() + 2;
    let end = twice.rfind(" ] }").unwrap();
    let copy = twice[start..end].to_owned();
    twice.insert_str(end, &format!(", {copy}"));
    assert!(refused(&twice).to_string().contains("stands twice"));
}

#[test]
fn two_packs_share_a_rule_only_with_the_same_head() {
    let parse = |text: &str| Packs::parse(&[("one.json", text)]).unwrap();
    let base = parse(&pack(&version(
        "1",
        r#""from": "ever", "until": "2027-01-01T00:00:00Z""#,
    )));
    let next = version("2", r#""from": "2027-01-01T00:00:00Z""#);
    let both = base.with(&parse(&pack(&next))).unwrap();
    let name = |at| {
        both.rule("test.hours")?
            .in_force(at)
            .map(|one| one.version.to_string())
    };
    assert_eq!(name(CHANGE - Duration::NANOSECOND).as_deref(), Some("1"));
    assert_eq!(name(CHANGE).as_deref(), Some("2"));
    let french = rule(r#""place": "FR", "concern": "hours""#, &next);
    let error = base.with(&parse(&french)).unwrap_err();
    assert_eq!(error.problem, PackProblem::OtherHead);
}

#[test]
fn a_version_can_end_the_one_before_it() {
    let parse = |text: &str| Packs::parse(&[("one.json", text)]).unwrap();
    let base = parse(&pack(&version("1", r#""from": "ever""#)));
    let ending = r#""from": "2027-01-01T00:00:00Z", "begins": "ending_the_last""#;
    let more = parse(&pack(&version("2", ending)));
    let both = base.with(&more).unwrap();
    assert_eq!(both, more.with(&base).unwrap());
    assert_eq!(
        both.rule("test.hours").unwrap().versions()[0].until,
        Some(CHANGE)
    );
    assert_eq!(both.rule("test.hours").unwrap().versions()[1].until, None);
}

#[test]
fn a_pack_brings_calendars_of_its_own() {
    let text = |day: &str| {
        let closed = version("1", r#""from": "ever""#).replace(
            r#""hours": { "open": { "daily": "09:00-18:00" } }"#,
            r#""closed_days": { "calendars": ["SHOP"], "dates": ["2027-03-01"] }"#,
        );
        let text = rule(r#""place": "DE", "concern": "closed_days""#, &closed);
        let calendars = format!(r#"{{ "calendars": ["calendar SHOP", "{day}: Anniversary"],"#);
        text.replacen('{', &calendars, 1)
    };
    let read = |day: &str| Packs::parse(&[("shop.json", &text(day))]);
    let packs = read("06-01").unwrap();
    let plan = packs.plan(&Places::only("DE".parse().unwrap()), &TenantChoice::NONE);
    let law = plan.at(
        tidings_kernel::Purpose::Marketing,
        tidings_kernel::Channel::Sms,
        CHANGE,
    );
    let closed = &law.hours[0].closed;
    assert_eq!(
        closed.holiday(time::macros::date!(2027 - 06 - 01)),
        Some("Anniversary")
    );
    assert!(closed.is_closed(time::macros::date!(2027 - 03 - 01)));
    assert!(!closed.is_closed(time::macros::date!(2027 - 06 - 02)));
    assert_eq!(closed.calendars[0].id(), "shop.json/SHOP");
    let error = packs.with(&read("07-01").unwrap()).unwrap_err();
    assert_eq!(error.problem, PackProblem::SameName);
}

#[test]
fn only_a_switched_rule_takes_periods() {
    let packs = Packs::bundled().unwrap();
    let enter = |id: &str, until| packs.with_period(id, CHANGE, until).map(|_| ());
    assert!(enter("us.la.emergency_ban", Some(CHANGE + Duration::DAY)).is_ok());
    for (id, until, problem) in [
        ("us.pa.hours", None, PackProblem::NotSwitched),
        ("nothing", None, PackProblem::NotSwitched),
        (
            "us.la.emergency_ban",
            Some(CHANGE),
            PackProblem::EmptyValidity,
        ),
    ] {
        assert_eq!(enter(id, until).unwrap_err().problem, problem, "{id}");
    }
}

#[test]
fn the_memory_of_plans_has_an_end() {
    let packs = Packs::parse(&[]).unwrap();
    for days in 0..5_000 {
        let choice = TenantChoice {
            consent_max_age: Some(Duration::days(days)),
            ..TenantChoice::NONE
        };
        packs.plan(&Places::only(crate::Place::CANADA), &choice);
    }
    let kept: usize = packs.plans.read().unwrap().values().map(HashMap::len).sum();
    assert!(kept <= KEPT_PLANS);
}

#[test]
fn a_large_pack_is_read_or_refused_in_time() {
    // Thousands of versions under one name, and as many without a date under names of their own.
    let same = vec![version("1", r#""from": null"#); 3_000].join(",");
    assert_eq!(refused(&pack(&same)).problem, PackProblem::VersionTwice);
    let named: Vec<_> = (0..3_000)
        .map(|name| version(&name.to_string(), r#""from": null"#))
        .collect();
    assert!(Packs::parse(&[("large.json", &pack(&named.join(",")))]).is_ok());
    let deep = "[".repeat(1_000_000);
    assert!(Packs::parse(&[("deep.json", &deep)]).is_err());
}
