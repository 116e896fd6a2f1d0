//! What makes a ledger evidence.

use super::{Violation, hold, questions, same};
use crate::{
    Action, BoundedText, Channels, ConsentEvent, Evidence, Method, Purposes, Question, Verdict,
    chain::{Link, Salt},
};
use tidings_kernel::{Channel, ConsentEventId, ContactId, Purpose};
use time::OffsetDateTime;
use uuid::Uuid;

/// **L77. Export.** `exported` gives the events that can be read back from an export of a ledger;
/// every decision taken on them is the one taken on the ledger, and holds all that it cites.
///
/// # Errors
/// [`Violation`]: the export does not suffice.
pub fn an_export_suffices(
    decide: impl Fn(&[ConsentEvent], &Question, OffsetDateTime) -> Verdict,
    exported: impl Fn(&[ConsentEvent]) -> Vec<ConsentEvent>,
    events: &[ConsentEvent],
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let read = exported(events);
    questions().try_for_each(|question| {
        let verdict = decide(events, &question, now);
        same(
            "L77: an export suffices",
            &verdict,
            &decide(&read, &question, now),
        )?;
        let (Verdict::Allowed { because, .. } | Verdict::Blocked { because, .. }) = verdict;
        let holds = because
            .iter()
            .all(|id| read.iter().any(|event| event.id == *id));
        hold("L77: an export holds what is cited", holds)
    })
}

/// **L78. The ledger is append-only.** `stored` gives what is stored, one entry for each event; more
/// events change no entry before them.
///
/// # Errors
/// [`Violation`]: an old entry changes.
pub fn the_past_stays<T: PartialEq>(
    stored: impl Fn(&[ConsentEvent]) -> Vec<T>,
    events: &[ConsentEvent],
) -> Result<(), Violation> {
    let whole = stored(events);
    for length in 0..=events.len() {
        let prefix = stored(events.get(..length).unwrap_or_default());
        let stays = whole.get(..length) == Some(prefix.as_slice());
        hold("L78: the past stays", stays)?;
    }
    Ok(())
}

/// **L79. Hash chain.** An honest chain of different events holds, also redacted at any place; changed,
/// shortened, lengthened or reordered at any place but by cutting its end it does not, and the place
/// is found. `broken_at` gives the first place that does not fit.
///
/// # Errors
/// [`Violation`]: a change passes, or an honest chain does not.
pub fn tampering_is_found(
    broken_at: impl Fn(&[Link]) -> Option<usize>,
    links: &[Link],
) -> Result<(), Violation> {
    hold("L79: an honest chain holds", broken_at(links).is_none())?;
    for (index, link) in links.iter().enumerate() {
        let with_link = |link: Link| {
            let mut links = links.to_vec();
            if let Some(place) = links.get_mut(index) {
                *place = link;
            }
            broken_at(&links)
        };
        let redacted = with_link(link.clone().redact());
        hold("L79: redaction keeps the chain", redacted.is_none())?;
        for changed in changes(link) {
            let found = with_link(changed);
            hold("L79: a change is found where it is", found == Some(index))?;
        }
        let mut shorter = links.to_vec();
        shorter.remove(index);
        let is_end = index + 1 == links.len();
        let expected = (!is_end).then_some(index);
        hold(
            "L79: what is taken out is missed",
            broken_at(&shorter) == expected,
        )?;
        let mut longer = links.to_vec();
        longer.insert(index, link.clone());
        hold(
            "L79: what is put in is found",
            broken_at(&longer) == Some(index + 1),
        )?;
        if !is_end {
            let mut moved = links.to_vec();
            moved.swap(index, index + 1);
            hold(
                "L79: what is moved is found",
                broken_at(&moved) == Some(index),
            )?;
        }
    }
    Ok(())
}

/// The link with each field of it and of its event changed in turn.
fn changes(link: &Link) -> Vec<Link> {
    let action = match link.event.action {
        Action::OptOut => Action::OptIn,
        Action::OptIn
        | Action::ConsentGiven
        | Action::ConsentWithdrawn
        | Action::DoubleOptInRequested
        | Action::DoubleOptInConfirmed
        | Action::Complaint
        | Action::DataRequest
        | Action::NumberReassigned
        | Action::Erasure
        | Action::Clarified => Action::OptOut,
    };
    let tick = time::Duration::MICROSECOND;
    let id = !link.event.id.uuid().as_u128();
    let contact = !link.event.contact.uuid().as_u128();
    let channels = match link.event.channels.named() {
        None => Channels::one(Channel::Sms),
        Some(_) => Channels::All,
    };
    let purposes = match link.event.purposes.named() {
        None => Purposes::of([Purpose::Marketing]),
        Some(_) => Purposes::All,
    };
    let method = match link.event.method {
        Method::Import => Method::WebForm,
        Method::WebForm
        | Method::ReplyMessage
        | Method::PhoneCall
        | Method::Email
        | Method::Manual
        | Method::Provider => Method::Import,
    };
    let note = match &link.event.evidence.note {
        None => BoundedText::new("put in").ok(),
        Some(_) => None,
    };
    let events = [
        ConsentEvent {
            id: ConsentEventId::from_uuid(Uuid::from_u128(id)),
            ..link.event.clone()
        },
        ConsentEvent {
            contact: ContactId::from_uuid(Uuid::from_u128(contact)),
            ..link.event.clone()
        },
        ConsentEvent {
            channels,
            ..link.event.clone()
        },
        ConsentEvent {
            purposes,
            ..link.event.clone()
        },
        ConsentEvent {
            method,
            ..link.event.clone()
        },
        ConsentEvent {
            evidence: Evidence {
                note,
                ..link.event.evidence.clone()
            },
            ..link.event.clone()
        },
        ConsentEvent {
            action,
            ..link.event.clone()
        },
        ConsentEvent {
            occurred_at: link.event.occurred_at + tick,
            ..link.event.clone()
        },
        ConsentEvent {
            recorded_at: link.event.recorded_at - tick,
            ..link.event.clone()
        },
    ];
    let mut changed: Vec<Link> = events
        .into_iter()
        .map(|event| Link {
            event,
            ..link.clone()
        })
        .collect();
    let bytes = link.evidence_digest.as_bytes().map(|byte| !byte);
    let inverted = crate::chain::Hash::from_bytes(bytes);
    if let Some(salt) = link.salt {
        changed.push(Link {
            salt: Some(Salt::new(salt.as_bytes().map(|byte| !byte))),
            ..link.clone()
        });
    }
    changed.push(Link {
        evidence_digest: inverted,
        ..link.clone()
    });
    changed.push(Link {
        hash: inverted,
        ..link.clone()
    });
    changed
}
