//! Checks the proof of a contact's consent, without a network, a database or settings.

use std::{fmt, fs, io, path::Path};
use tidings_consent::{
    chain::Hash,
    export::{BrokenExport, Report, verify_export},
};

/// Why an export of a ledger proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// It is not there, or no text.
    #[error("{file} cannot be read")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Something in it was changed.
    #[error("{file} does not hold: {broken}")]
    Broken {
        /// The file.
        file: String,
        /// The first place that does not fit.
        broken: BrokenExport,
    },
    /// It is intact and not the one that was expected: its end was cut off, or all of it made anew.
    #[error(
        "{file} is intact, but its head is {found} and not {expected}: it is not the whole ledger"
    )]
    OtherHead {
        /// The file.
        file: String,
        /// The head that was kept elsewhere.
        expected: Hash,
        /// The head that it has.
        found: Head,
    },
}

/// The hash over a whole ledger; none for one without events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head(Option<Hash>);

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(hash) => hash.fmt(f),
            None => f.write_str("none"),
        }
    }
}

/// Recomputes everything in an export, and says what it holds, for people.
///
/// Whoever can write the whole file can also compute all of its hashes; only `head`, kept elsewhere,
/// tells that nothing was cut off or made anew.
///
/// # Errors
/// [`LedgerError`]: it does not hold, or is not what was expected.
pub fn verify(path: &Path, head: Option<Hash>) -> Result<String, LedgerError> {
    let file = path.display().to_string();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(source) => return Err(LedgerError::Unreadable { file, source }),
    };
    let report = match verify_export(&text) {
        Ok(report) => report,
        Err(broken) => return Err(LedgerError::Broken { file, broken }),
    };
    match head {
        Some(expected) if report.head != Some(expected) => Err(LedgerError::OtherHead {
            file,
            expected,
            found: Head(report.head),
        }),
        Some(_) | None => Ok(told(&report, head)),
    }
}

fn told(report: &Report, expected: Option<Hash>) -> String {
    let Report {
        contact,
        events,
        redacted,
        head,
    } = *report;
    let noun = if events == 1 { "event" } else { "events" };
    let redaction = match redacted {
        0 => String::new(),
        count => format!(", {count} without evidence, which was erased"),
    };
    let kept = match expected {
        Some(_) => "It is the head that was kept elsewhere.",
        None => "Compare it with one that was kept elsewhere (--head).",
    };
    format!(
        "The ledger of {contact} holds: {events} {noun}{redaction}.\nhead {}\n{kept}",
        Head(head)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env, path::PathBuf};
    use tidings_consent::{
        Action, Channels, ConsentEvent, Evidence, Method, Purposes,
        chain::{Link, Salt},
        export::{Fault, export},
    };
    use time::macros::datetime;

    /// A file that is gone when the test ends.
    struct File(PathBuf);

    impl File {
        fn new(name: &str, text: &str) -> Self {
            let name = format!("tidings-ledger-{}-{name}", std::process::id());
            let path = env::temp_dir().join(name);
            fs::write(&path, text).unwrap();
            Self(path)
        }
    }

    impl Drop for File {
        fn drop(&mut self) {
            fs::remove_file(&self.0).ok();
        }
    }

    fn link(before: Option<&Link>, action: Action) -> Link {
        let event = ConsentEvent {
            id: "cev_01h2xcejqtf2nbrexx3vqjhp41".parse().unwrap(),
            contact: "con_01h2xcejqtf2nbrexx3vqjhp41".parse().unwrap(),
            action,
            channels: Channels::All,
            purposes: Purposes::All,
            method: Method::WebForm,
            occurred_at: datetime!(2026-03-02 12:00 UTC),
            recorded_at: datetime!(2026-03-02 12:00 UTC),
            evidence: Evidence::default(),
        };
        Link::new(before.map(|link| &link.hash), event, Salt::new([7; 32]))
    }

    fn ledger() -> (String, Hash) {
        let first = link(None, Action::ConsentGiven);
        let second = link(Some(&first), Action::OptOut);
        (export(first.event.contact, [&first, &second]), second.hash)
    }

    #[test]
    fn an_intact_ledger_is_told_with_its_head() {
        let (text, head) = ledger();
        let file = File::new("intact", &text);
        let words = verify(&file.0, None).unwrap();
        assert!(words.contains("con_01h2xcejqtf2nbrexx3vqjhp41 holds: 2 events."));
        assert!(words.contains(&head.to_string()), "{words}");
        assert!(verify(&file.0, Some(head)).is_ok());
    }

    #[test]
    fn the_first_broken_line_is_named() {
        let (text, _) = ledger();
        let file = File::new("forged", &text.replace("consent_given", "opt_in"));
        match verify(&file.0, None) {
            Err(LedgerError::Broken { broken, .. }) => {
                assert_eq!((broken.line, broken.fault), (2, Fault::Broken));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_shorter_ledger_is_intact_and_not_the_one_that_was_kept() {
        let (_, head) = ledger();
        let first = link(None, Action::ConsentGiven);
        let file = File::new("cut", &export(first.event.contact, [&first]));
        assert!(verify(&file.0, None).is_ok());
        let refused = verify(&file.0, Some(head));
        assert!(matches!(refused, Err(LedgerError::OtherHead { .. })));
    }

    #[test]
    fn what_is_not_there_proves_nothing() {
        let nowhere = env::temp_dir().join("tidings-ledger-nowhere");
        let refused = verify(&nowhere, None);
        assert!(matches!(refused, Err(LedgerError::Unreadable { .. })));
    }
}
