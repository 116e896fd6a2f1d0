use super::*;
use crate::{StoredTemplate, by_locale};
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;
use tidings_kernel::{Channel, Purpose};
use time::{Duration, macros::datetime};
use uuid::Uuid;

const NOON: OffsetDateTime = datetime!(2026-11-30 12:00:00.4 UTC);

fn remote(status: ApprovalStatus) -> RemoteTemplate {
    RemoteTemplate {
        id: "900".into(),
        name: "order_update".into(),
        locale: "en_US".into(),
        category: Some(Category::Utility),
        status,
        word: status.to_string().to_uppercase(),
        rejection_reason: None,
        quality: None,
        components: None,
    }
}

fn shown(status: ApprovalStatus, at: OffsetDateTime) -> Sighting {
    let second = at.replace_nanosecond(0).unwrap();
    Sighting::shown(whose(), &remote(status), second, at)
}

fn whose() -> (TenantId, AccountId, &'static str) {
    let id = Uuid::from_u128(1);
    (
        TenantId::from_uuid(id),
        AccountId::from_uuid(id),
        "whatsapp_cloud",
    )
}

fn told(kind: StandingEventKind, at: OffsetDateTime) -> Sighting {
    heard(kind, at, NOON)
}

fn heard(kind: StandingEventKind, at: OffsetDateTime, received: OffsetDateTime) -> Sighting {
    let event = TemplateEvent {
        id: Some("900".into()),
        name: "order_update".into(),
        locale: "en_US".into(),
        event: StandingEvent { at, kind },
        reason: None,
    };
    Sighting::told(whose(), "900".into(), &event, received)
}

fn template(text: &str) -> StoredTemplate {
    StoredTemplate {
        id: "tpl_00000000000000000000000001".parse().unwrap(),
        tenant: whose().0,
        name: "order_update".into(),
        category: "utility".into(),
        channel: Channel::Whatsapp,
        purpose: Purpose::Transactional,
        variants: vec![variant("en-us", text)],
        fields: Vec::new(),
        status: ApprovalStatus::Draft,
        provider_status: BTreeMap::new(),
        standings: Vec::new(),
        version: 1,
        created_at: NOON,
        updated_at: NOON,
    }
}

fn variant(locale: &str, text: &str) -> Variant {
    let components = json!([{"type": "BODY", "text": text}]);
    serde_json::from_value(json!({"locale": locale, "components": components})).unwrap()
}

/// The listing of a template that was handed in as it is.
fn listed(template: &StoredTemplate, sightings: &[Sighting]) -> TemplateListing {
    let first = Sighting {
        template: Some(template.id),
        sameness: Sameness::HandedIn(template.variants[0].body.clone()),
        ..shown(ApprovalStatus::Pending, NOON - Duration::DAY)
    };
    let fold = |known: TemplateListing, sighting| TemplateListing::after(Some(known), sighting);
    sightings
        .iter()
        .fold(TemplateListing::after(None, &first), fold)
}

#[test]
fn a_template_stands_as_its_provider_has_it() {
    let template = template("Hi");
    let approved = listed(&template, &[shown(ApprovalStatus::Approved, NOON)]);
    let after = template
        .restanding(std::slice::from_ref(&approved), NOON)
        .unwrap();
    assert_eq!(after.status, ApprovalStatus::Approved);
    assert_eq!(after.version, 2);
    assert_eq!(
        after.provider_status["whatsapp_cloud"].id.as_deref(),
        Some("900")
    );
    assert_eq!(after.provider_ids("en-us")["whatsapp_cloud"], "900");
    assert_eq!(after.standings[0].locale, "en-us");
    assert_eq!(
        after.restanding(std::slice::from_ref(&approved), NOON),
        None,
        "no news"
    );
    assert_eq!(template.restanding(&[], NOON), None, "nobody lists it");
    let gone = TemplateListing {
        is_gone: true,
        ..approved
    };
    let after = after.restanding(&[gone], NOON).unwrap();
    assert_eq!(after.status, ApprovalStatus::Disabled);
}

#[test]
fn a_text_that_was_changed_here_has_to_be_handed_in_again() {
    let mut template = template("Hi");
    let approved = listed(&template, &[shown(ApprovalStatus::Approved, NOON)]);
    let mut after = template
        .restanding(std::slice::from_ref(&approved), NOON)
        .unwrap();
    after.reword(vec![variant("en-us", "Hello")]);
    assert_eq!(after.standings, []);
    let after = after.restanding(&[approved], NOON).unwrap();
    assert_eq!(after.status, ApprovalStatus::Draft);
    template.reword(template.variants.clone());
    assert_eq!(template.variants.len(), 1);
}

#[test]
fn what_only_seems_the_same_does_not_follow_what_is_changed_here() {
    let template = template("Hi");
    let seems = Sighting {
        sameness: Sameness::Seems(variant("en-us", "Hello").body),
        ..shown(ApprovalStatus::Approved, NOON)
    };
    let listing = listed(&template, &[seems]);
    assert_eq!(listing.same_as, Some(template.variants[0].body.clone()));
}

#[test]
fn a_text_is_the_same_with_filters_and_without() {
    let listing = TemplateListing {
        components: match variant("en", "Hi {{name}}!").body {
            VariantBody::Components(components) => Some(components),
            VariantBody::Text(_) => None,
        },
        ..listed(&template("x"), &[])
    };
    assert!(listing.fits(&variant("en_us", "Hi {{ name | there }}!")));
    assert!(!listing.fits(&variant("en_us", "Bye {{name}}!")));
    assert!(!listing.fits(&variant("de", "Hi {{name}}!")));
}

#[test]
fn the_stricter_category_of_a_provider_counts() {
    let template = template("Hi");
    let marketing = StandingEventKind::Recategorized {
        category: Category::Marketing,
    };
    let approved = shown(ApprovalStatus::Approved, NOON - Duration::HOUR);
    let listing = listed(&template, &[approved, told(marketing, NOON)]);
    let after = template.restanding(&[listing], NOON).unwrap();
    let locales = by_locale(&after.standings);
    assert_eq!(locales["en-us"].category, Category::Marketing);
    let facts = crate::TemplateFacts::of(&after);
    assert_eq!(facts.purpose_in(Some("en-us")), Purpose::Marketing);
    assert_eq!(facts.status_in(Some("de")), ApprovalStatus::Draft);
}

#[test]
fn a_callback_in_the_second_of_a_look_is_not_overruled_by_it() {
    let rung = PauseRung::First;
    let second = datetime!(2026-11-30 12:00 UTC);
    let pause = told(StandingEventKind::Paused { rung }, second);
    assert_eq!(pause.events[0].at, NOON, "heard within its second");
    let look = shown(ApprovalStatus::Approved, NOON);
    let listing = listed(&template("Hi"), &[pause, look]);
    assert_eq!(listing.status(), ApprovalStatus::Paused);
    // Its clock is ahead of ours, so that it counts from when it was heard.
    let approved = StandingEventKind::Approved { category: None };
    let received = NOON + Duration::SECOND;
    let resumed = heard(approved, second + Duration::HOUR, received);
    assert_eq!(resumed.events[0].at, received);
    let listing = TemplateListing::after(Some(listing), &resumed);
    assert_eq!(listing.status(), ApprovalStatus::Approved);
    assert_eq!(listing.said.unwrap().word, "APPROVED");
}

#[test]
fn what_is_handed_in_anew_is_not_approved_by_the_look_before() {
    let template = template("Hi");
    let look = shown(ApprovalStatus::Approved, NOON);
    let anew = Sighting::shown(whose(), &remote(ApprovalStatus::Pending), NOON, NOON);
    let listing = listed(&template, &[look, anew]);
    assert_eq!(listing.status(), ApprovalStatus::Pending);
    let approved = StandingEventKind::Approved { category: None };
    let second = datetime!(2026-11-30 12:00 UTC);
    let decided = heard(approved, second, NOON + Duration::milliseconds(50));
    let listing = TemplateListing::after(Some(listing), &decided);
    assert_eq!(listing.status(), ApprovalStatus::Approved);
}

#[test]
fn what_was_removed_is_not_brought_back_by_a_look_that_asked_before() {
    let template = template("Hi");
    let approved = shown(ApprovalStatus::Approved, NOON - Duration::HOUR);
    let there = listed(&template, &[approved]);
    let removed = Sighting::removed(&there, NOON);
    let gone = TemplateListing::after(Some(there), &removed);
    assert!(gone.is_gone);
    assert_eq!(gone.status(), ApprovalStatus::Disabled);
    assert_eq!(gone.said.as_ref().unwrap().word, "DELETED");
    let before = shown(ApprovalStatus::Approved, NOON - Duration::SECOND);
    let gone = TemplateListing::after(Some(gone), &before);
    assert!(gone.is_gone);
    let word = heard(StandingEventKind::Disabled, NOON, NOON + Duration::SECOND);
    let gone = TemplateListing::after(Some(gone), &word);
    assert!(gone.is_gone, "the provider tells that it goes");
    let later = shown(ApprovalStatus::Approved, NOON + Duration::MINUTE);
    assert!(!TemplateListing::after(Some(gone), &later).is_gone);
}

#[test]
fn a_template_that_was_removed_and_handed_in_again_stands_as_the_new_one() {
    let template = template("Hi");
    let there = listed(&template, &[shown(ApprovalStatus::Approved, NOON)]);
    let gone = TemplateListing::after(Some(there.clone()), &Sighting::removed(&there, NOON));
    let anew = TemplateListing {
        id: "901".into(),
        ..listed(&template, &[])
    };
    let after = template.restanding(&[gone, anew], NOON).unwrap();
    assert_eq!(after.status, ApprovalStatus::Pending);
    let known = after.provider_status["whatsapp_cloud"].id.as_deref();
    assert_eq!(known, Some("901"));
}

fn sighting() -> impl Strategy<Value = Sighting> {
    let statuses = [
        ApprovalStatus::Pending,
        ApprovalStatus::Approved,
        ApprovalStatus::Rejected,
        ApprovalStatus::Paused,
        ApprovalStatus::Disabled,
    ];
    let kinds = [
        StandingEventKind::Approved { category: None },
        StandingEventKind::Rejected,
        StandingEventKind::Disabled,
        StandingEventKind::Reinstated,
        StandingEventKind::Paused {
            rung: PauseRung::First,
        },
    ];
    let at = (-9_i64..0).prop_map(|seconds| NOON + Duration::seconds(seconds));
    let look = (proptest::sample::select(statuses.to_vec()), at.clone());
    let word = (proptest::sample::select(kinds.to_vec()), at);
    prop_oneof![
        look.prop_map(|(status, at)| shown(status, at)),
        word.prop_map(|(kind, at)| told(kind, at)),
    ]
}

proptest! {
    /// Order and repetition change nothing of where a template stands.
    #[test]
    fn sightings_come_in_any_order(
        sightings in proptest::collection::vec(sighting(), 1..8),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 8),
    ) {
        let template = template("Hi");
        let expected = listed(&template, &sightings).standing;
        let mut shuffled = sightings.clone();
        for (place, index) in order.iter().enumerate().take(shuffled.len()) {
            let other = index.index(shuffled.len());
            shuffled.swap(place, other);
        }
        shuffled.extend(sightings);
        prop_assert_eq!(listed(&template, &shuffled).standing, expected);
    }
}
