use super::*;
use crate::strategies;
use proptest::{prelude::*, sample};
use tidings_kernel::ContactId;
use time::Duration;
use uuid::Uuid;

fn contact() -> ContactId {
    ContactId::from_uuid(Uuid::from_u128(1))
}

fn chained(events: Vec<ConsentEvent>) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for (salt, event) in (0_u8..).zip(events) {
        let previous = links.last().map(|link| link.hash);
        links.push(Link::new(previous.as_ref(), event, Salt::new([salt; 32])));
    }
    links
}

fn lines(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(ToOwned::to_owned).collect()
}

#[test]
fn nothing_is_exported_as_a_header() {
    let text = export(contact(), []);
    assert_eq!(
        text,
        format!(
            "{{\"format\":\"tidings.consent.ledger\",\"version\":1,\"contact\":\"{}\",\"events\":0,\"head\":null}}\n",
            contact()
        )
    );
    assert_eq!(verify_export(&text).unwrap().head, None);
}

#[test]
fn what_is_no_export_is_refused_with_its_line() {
    let header = export(contact(), []);
    for (text, line, fault) in [
        (String::new(), 1, Fault::NoHeader),
        ("{}\n".to_owned(), 1, Fault::NoHeader),
        (header.replace("tidings", "x"), 1, Fault::NoHeader),
        (
            header.replace("\"version\":1", "\"version\":2"),
            1,
            Fault::Version(2),
        ),
        (
            header.replace("\"version\":1", "\"version\": 1"),
            1,
            Fault::Spelling,
        ),
        (header.trim_end().to_owned(), 1, Fault::Spelling),
        (header.clone() + "\n", 2, Fault::NoEvent),
        (header.clone() + "x", 2, Fault::NoEvent),
        (
            header.replace("\"events\":0", "\"events\":1"),
            2,
            Fault::Count,
        ),
        (
            header.replace("null", &format!("\"{}\"", "ab".repeat(32))),
            1,
            Fault::Head,
        ),
        (header.replace('\n', "\r\n"), 1, Fault::Spelling),
    ] {
        assert_eq!(
            verify_export(&text),
            Err(BrokenExport { line, fault }),
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn an_honest_export_holds_whole_and_redacted(
        events in strategies::history(contact()),
        at in any::<sample::Index>(),
        tick in 0_i64..2_000,
    ) {
        let mut events = events;
        for event in &mut events {
            event.occurred_at += Duration::nanoseconds(tick);
        }
        let mut links = chained(events);
        let report = verify_export(&export(contact(), &links)).unwrap();
        prop_assert_eq!(report.events, links.len());
        prop_assert_eq!(report.head, links.last().map(|link| link.hash));
        if !links.is_empty() {
            let at = at.index(links.len());
            links[at] = links[at].clone().redact();
            let redacted = verify_export(&export(contact(), &links)).unwrap();
            prop_assert_eq!(redacted, Report { redacted: 1, ..report });
        }
    }

    #[test]
    fn every_changed_byte_is_found_where_it_is(
        events in proptest::collection::vec(strategies::event(contact()), 1..6),
        at in any::<sample::Index>(),
        byte in 0x20_u8..0x7f,
    ) {
        let text = export(contact(), &chained(events));
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let Ok(changed) = String::from_utf8(bytes) else { return Ok(()) };
        prop_assume!(changed != text);
        let line = text[..at].split('\n').count();
        let broken = verify_export(&changed).unwrap_err();
        // A wrong contact, count or head in the header shows where the events disagree with it.
        prop_assert!(broken.line == line || line == 1, "line {} found at {}", line, broken.line);
    }

    #[test]
    fn every_line_taken_out_put_in_or_moved_is_found(
        events in proptest::collection::vec(strategies::event(contact()), 2..6),
        at in any::<sample::Index>(),
        to in any::<sample::Index>(),
    ) {
        let lines = lines(&export(contact(), &chained(events)));
        let at = 1 + at.index(lines.len() - 1);
        let to = 1 + to.index(lines.len() - 1);
        let mut shorter = lines.clone();
        shorter.remove(at);
        prop_assert_eq!(verify_export(&shorter.concat()).unwrap_err().line, at + 1);
        let mut longer = lines.clone();
        longer.insert(to, lines[at].clone());
        prop_assert!(verify_export(&longer.concat()).is_err());
        if at != to {
            let mut moved = lines.clone();
            moved.swap(at, to);
            let broken = verify_export(&moved.concat()).unwrap_err();
            prop_assert_eq!(broken, BrokenExport { line: at.min(to) + 1, fault: Fault::Broken });
        }
    }

    #[test]
    fn any_text_is_answered(text in ".{0,200}") {
        prop_assert!(verify_export(&text).is_err());
    }
}
