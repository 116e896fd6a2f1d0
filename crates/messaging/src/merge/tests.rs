use super::*;
use crate::Address;
use proptest::prelude::*;
use serde_json::json;
use tidings_consent::{ConsentState, strategies};
use tidings_kernel::{PhoneNumber, TenantId};
use time::macros::datetime;
use uuid::Uuid;

const NOW: OffsetDateTime = datetime!(2026-07-15 15:00 UTC);

fn person(n: u128) -> ContactId {
    ContactId::from_uuid(Uuid::from_u128(n))
}

fn merge_at(at: OffsetDateTime) -> Merge {
    Merge {
        into: person(1),
        from: person(2),
        at,
        events: [11, 12, 13].map(|n| ConsentEventId::from_uuid(Uuid::from_u128(n))),
    }
}

fn contact(n: u128) -> Contact {
    let tenant = TenantId::from_uuid(Uuid::from_u128(7));
    Contact::blank(person(n), tenant, datetime!(2026-01-01 0:00 UTC))
}

fn phone(line: u8) -> PhoneNumber {
    PhoneNumber::from_e164(&format!("+120255501{line:02}")).unwrap()
}

fn unite(own: &Contact, other: &Contact) -> (Contact, Vec<(String, String, String)>) {
    let mut conflicts = Vec::new();
    let contact = united(own, other, NOW, &mut conflicts);
    let conflicts = conflicts
        .into_iter()
        .map(|it| (it.field, it.kept, it.dropped));
    (contact, conflicts.collect())
}

#[test]
fn what_one_has_stays_and_what_it_lacks_is_taken() {
    let own = Contact {
        first_name: Some("Ana".into()),
        phone: Some(phone(1)),
        attributes: [("size".to_owned(), json!("M"))].into(),
        tags: vec!["vip".into()],
        ..contact(1)
    };
    let other = Contact {
        first_name: Some("Anna".into()),
        last_name: Some("Lee".into()),
        phone: Some(phone(2)),
        email: Some("ana@example.com".into()),
        external_id: Some("A-2".into()),
        attributes: [
            ("size".to_owned(), json!("L")),
            ("shoe".to_owned(), json!(38)),
        ]
        .into(),
        tags: vec!["vip".into(), "wedding".into()],
        ..contact(2)
    };
    let (both, conflicts) = unite(&own, &other);
    let expected = Contact {
        last_name: Some("Lee".into()),
        email: Some("ana@example.com".into()),
        external_id: Some("A-2".into()),
        attributes: [
            ("size".to_owned(), json!("M")),
            ("shoe".to_owned(), json!(38)),
        ]
        .into(),
        tags: vec!["vip".into(), "wedding".into()],
        also: vec![Address::Phone(phone(2))],
        updated_at: NOW,
        ..own.clone()
    };
    assert_eq!(both, expected);
    let expected = [
        ("first_name", "Ana", "Anna"),
        ("phone", "+12025550101", "+12025550102"),
        ("attributes.size", "\"M\"", "\"L\""),
    ];
    let expected =
        expected.map(|(field, kept, dropped)| (field.into(), kept.into(), dropped.into()));
    assert_eq!(conflicts, expected);
}

#[test]
fn whoever_is_reached_by_whatsapp_is_reached_where_they_were() {
    let by_phone = Contact {
        phone: Some(phone(1)),
        ..contact(1)
    };
    let by_email = Contact {
        email: Some("ana@example.com".into()),
        ..contact(1)
    };
    let other = Contact {
        whatsapp_phone: Some(phone(2)),
        whatsapp_user: Some("US.1".into()),
        ..contact(2)
    };
    let (both, _) = unite(&by_phone, &other);
    assert_eq!(
        both.address(Channel::Whatsapp),
        by_phone.address(Channel::Whatsapp)
    );
    assert_eq!(both.also, other.addresses());
    let (both, _) = unite(&by_email, &other);
    assert_eq!(
        both.address(Channel::Whatsapp),
        other.address(Channel::Whatsapp)
    );
    assert_eq!(both.also, []);
}

#[test]
fn of_two_spans_of_quiet_hours_one_s_own_stays_and_who_merges_is_told() {
    let quiet = |enabled, start: &str| Preferences {
        quiet_hours: QuietHoursPreference {
            enabled,
            start: start.parse().unwrap(),
            end: "07:00".parse().unwrap(),
        },
        ..Preferences::default()
    };
    let (own, other) = (quiet(true, "21:00"), quiet(true, "22:30"));
    let mut conflicts = Vec::new();
    let both = narrower(Some(&own), Some(&other), &mut conflicts).unwrap();
    assert_eq!(both.quiet_hours, own.quiet_hours);
    let told: Vec<_> = conflicts
        .iter()
        .map(|it| (&*it.field, &*it.dropped))
        .collect();
    assert_eq!(told, [("quiet_hours", "22:30 to 07:00")]);
    let without = quiet(false, "21:00");
    let both = narrower(Some(&without), Some(&other), &mut conflicts).unwrap();
    assert_eq!(both.quiet_hours, other.quiet_hours);
    assert_eq!(conflicts.len(), 1);
}

#[test]
fn wishes_of_both_are_kept() {
    let own = Preferences {
        sms_enabled: false,
        ..Preferences::default()
    };
    let other = Preferences {
        email_enabled: false,
        weekend_messages: false,
        preferred_channel: Some(Channel::Whatsapp),
        ..Preferences::default()
    };
    let mut conflicts = Vec::new();
    let both = narrower(Some(&own), Some(&other), &mut conflicts).unwrap();
    let expected = Preferences {
        sms_enabled: false,
        ..other.clone()
    };
    assert_eq!(both, expected);
    let alone = narrower(None, Some(&other), &mut conflicts);
    assert_eq!(alone, Some(other));
    assert_eq!(narrower(None, None, &mut conflicts), None);
    assert_eq!(conflicts, []);
}

/// What the contact that stays has agreed to and refused after a merge.
fn merged(own: &[ConsentEvent], other: &[ConsentEvent], merge: &Merge) -> ConsentState {
    let events = [own, &refusals(other, merge)].concat();
    state(&events, merge.at)
}

proptest! {
    /// L25 of the compliance reference: merging keeps every stop, and nothing is agreed that the contact that stays has
    /// not agreed to.
    #[test]
    fn merging_keeps_every_stop_and_grants_nothing(
        own in strategies::history(person(1)),
        other in strategies::history(person(2)),
        at in strategies::hour(),
    ) {
        let both = merged(&own, &other, &merge_at(at));
        let (own, other) = (state(&own, at), state(&other, at));
        for (channel, purpose, standing) in both.iter() {
            let [before, theirs] = [&own, &other].map(|state| state.status(channel, purpose).status);
            if before == Status::Denied || theirs == Status::Denied {
                prop_assert_eq!(standing.status, Status::Denied, "{} {}", channel, purpose);
            } else if standing.status != Status::Denied {
                prop_assert_eq!(standing.status, before, "{} {}", channel, purpose);
            }
        }
    }

    /// The order in which events became known does not matter, and neither does merging again.
    #[test]
    fn a_merge_does_not_depend_on_what_was_learned_first(
        own in strategies::entangled(person(1)),
        other in strategies::entangled(person(2)),
        at in strategies::hour(),
    ) {
        let merge = merge_at(at);
        let once = merged(&own, &other, &merge);
        let turned: Vec<_> = own.iter().rev().cloned().collect();
        let other_turned: Vec<_> = other.iter().rev().cloned().collect();
        let shows = |state: &ConsentState| {
            let cells = state.iter().map(|(channel, purpose, it)| (channel, purpose, it.status));
            cells.collect::<Vec<_>>()
        };
        prop_assert_eq!(shows(&merged(&turned, &other_turned, &merge)), shows(&once));
        let again = [own, refusals(&other, &merge), refusals(&other, &merge)].concat();
        prop_assert_eq!(shows(&state(&again, at)), shows(&once));
    }

    /// An agreement of the contact that stays which is learned of after the merge, and was given before it, does not
    /// outdo what the other has refused.
    #[test]
    fn late_news_do_not_outdo_a_stop(
        own in strategies::history(person(1)),
        late in strategies::event(person(1)),
        other in strategies::history(person(2)),
        at in strategies::hour(),
    ) {
        let merge = merge_at(at);
        let late = ConsentEvent { occurred_at: late.occurred_at.min(at), ..late };
        let both = merged(&[own, vec![late]].concat(), &other, &merge);
        for (channel, purpose, theirs) in state(&other, at).iter() {
            if theirs.status == Status::Denied {
                prop_assert_eq!(both.status(channel, purpose).status, Status::Denied);
            }
        }
    }
}
