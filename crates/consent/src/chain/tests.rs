use super::*;
use crate::strategies;
use proptest::{prelude::*, sample, strategy::ValueTree};
use tidings_kernel::ContactId;
use time::Duration;
use uuid::Uuid;

fn contact() -> ContactId {
    ContactId::from_uuid(Uuid::from_u128(1))
}

fn chained(events: Vec<ConsentEvent>) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for (salt, event) in (0_u8..).zip(events) {
        let link = Link::new(
            links.last().map(|link| &link.hash),
            event,
            Salt::new([salt; 32]),
        );
        links.push(link);
    }
    links
}

fn events() -> impl Strategy<Value = Vec<ConsentEvent>> {
    proptest::collection::vec(strategies::event(contact()), 2..8).prop_filter(
        "different events",
        |events| {
            events
                .iter()
                .enumerate()
                .all(|(at, event)| !events[..at].contains(event))
        },
    )
}

#[test]
fn the_empty_chain_has_no_head() {
    assert_eq!(verify([]), Ok(None));
}

#[test]
fn hashes_round_trip_as_text() {
    let hash = Hash::from_bytes([0xab; 32]);
    assert_eq!(hash.to_string(), "ab".repeat(32));
    assert_eq!(hash.to_string().parse(), Ok(hash));
    let umlauts = "ü".repeat(32);
    for bad in ["", "ab", umlauts.as_str()] {
        assert_eq!(bad.parse::<Hash>(), Err(InvalidHash));
    }
}

proptest! {
    #[test]
    fn an_honest_chain_verifies_whole_and_redacted(events in events(), redacted in any::<sample::Index>()) {
        let mut links = chained(events);
        let head = verify(&links);
        prop_assert_eq!(head, Ok(links.last().map(|link| link.hash)));
        let at = redacted.index(links.len());
        links[at] = links[at].clone().redact();
        prop_assert_eq!(verify(&links), head);
        prop_assert!(links[at].event.evidence.is_empty());
    }

    #[test]
    fn a_change_is_found_where_it_is(
        events in events(),
        at in any::<sample::Index>(),
        other in strategies::event(contact()),
        field in 0..8,
    ) {
        let mut links = chained(events);
        let index = at.index(links.len());
        let before = links[index].clone();
        let event = &mut links[index].event;
        match field {
            0 => event.id = other.id,
            1 => event.action = other.action,
            2 => event.channels = other.channels,
            3 => event.purposes = other.purposes,
            4 => event.method = other.method,
            5 => event.occurred_at += Duration::microseconds(1),
            6 => event.recorded_at -= Duration::microseconds(1),
            _ => event.evidence = other.evidence,
        }
        // The other event may have the same value in this field.
        let expected = if links[index] == before { Ok(Some(links[links.len() - 1].hash)) } else { Err(Broken { index }) };
        prop_assert_eq!(verify(&links), expected);
    }

    #[test]
    fn taking_out_moving_or_putting_in_is_found(
        events in events(),
        at in any::<sample::Index>(),
        stranger in strategies::event(contact()),
    ) {
        let links = chained(events);
        let index = at.index(links.len() - 1);
        let mut shorter = links.clone();
        shorter.remove(index);
        prop_assert_eq!(verify(&shorter), Err(Broken { index }));
        let mut swapped = links.clone();
        swapped.swap(index, index + 1);
        prop_assert_eq!(verify(&swapped), Err(Broken { index }));
        let mut longer = links.clone();
        let previous = index.checked_sub(1).map(|before| links[before].hash);
        longer.insert(index, Link::new(previous.as_ref(), stranger, Salt::new([9; 32])));
        prop_assert_eq!(verify(&longer), Err(Broken { index: index + 1 }));
    }
}

#[test]
fn evidence_put_back_after_redaction_is_found() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let event = strategies::event(contact())
        .new_tree(&mut runner)
        .unwrap()
        .current();
    let mut link = Link::new(None, event, Salt::new([1; 32])).redact();
    link.event.evidence.note = Some(crate::BoundedText::new("forged").unwrap());
    assert_eq!(verify([&link]), Err(Broken { index: 0 }));
}

/// The encoding is a promise to every stored chain: a change needs a new domain. The expected value
/// was computed by another program from the description of the encoding.
#[test]
fn the_encoding_of_version_one_stays() {
    let event = ConsentEvent {
        id: "cev_01h2xcejqtf2nbrexx3vqjhp41".parse().unwrap(),
        contact: "con_01h2xcejqtf2nbrexx3vqjhp41".parse().unwrap(),
        action: crate::Action::OptIn,
        channels: Scope::one(tidings_kernel::Channel::Sms),
        purposes: Scope::All,
        method: crate::Method::WebForm,
        occurred_at: OffsetDateTime::UNIX_EPOCH,
        recorded_at: OffsetDateTime::UNIX_EPOCH,
        evidence: Evidence::default(),
    };
    let link = Link::new(None, event, Salt::new([0; 32]));
    assert_eq!(
        link.hash.to_string(),
        "cf7373ce6d7ac182f396261b0d1a49dcc83624a002947fedda373f0111959732"
    );
}
