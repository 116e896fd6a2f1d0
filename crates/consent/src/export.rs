//! A contact's ledger as text that anybody can check, without us and without a network.
//!
//! JSON Lines, UTF-8, every line ended by one line feed. The first line is the header, then comes one
//! line for each event in the order in which they were recorded. Members stand in the order given
//! here, without white space; a file in any other spelling is refused, so that no two files say the
//! same.
//!
//! | header | |
//! |---|---|
//! | `format` | `"tidings.consent.ledger"` |
//! | `version` | `1`; another number is another format |
//! | `contact` | the contact that every event is about |
//! | `events` | how many lines follow |
//! | `head` | the hash of the last event, or `null` |
//!
//! | event | |
//! |---|---|
//! | `id` … `recorded_at` | the event as [`ConsentEvent`] writes it; instants in UTC and whole microseconds |
//! | `evidence` | what proves it; `{}` when there is none, or it was redacted |
//! | `evidence_digest` | 64 hexadecimal digits: SHA-256 of salt and evidence |
//! | `salt` | 64 hexadecimal digits; `null` after redaction |
//! | `hash` | 64 hexadecimal digits: SHA-256 of the hash before, the event and the digest |
//!
//! What the hashes are over stands at [`chain`](crate::chain). Whoever can write the whole file can
//! also compute a new one; so compare the head with one that was kept elsewhere.
//!
//! ```rust
//! use tidings_consent::{Action, Channels, ConsentEvent, Evidence, Method, Purposes};
//! use tidings_consent::chain::{Link, Salt};
//! use tidings_consent::export::{Fault, export, verify_export};
//! use time::macros::datetime;
//!
//! let stop = ConsentEvent {
//!     id: "cev_01h2xcejqtf2nbrexx3vqjhp41".parse()?,
//!     contact: "con_01h2xcejqtf2nbrexx3vqjhp41".parse()?,
//!     action: Action::OptOut,
//!     channels: Channels::All,
//!     purposes: Purposes::All,
//!     method: Method::ReplyMessage,
//!     occurred_at: datetime!(2026-03-02 12:00 UTC),
//!     recorded_at: datetime!(2026-03-02 12:00 UTC),
//!     evidence: Evidence::default(),
//! };
//! let contact = stop.contact;
//! let link = Link::new(None, stop, Salt::new([7; 32])); // from a secure generator
//! let text = export(contact, [&link]);
//!
//! let report = verify_export(&text)?;
//! assert_eq!((report.events, report.head), (1, Some(link.hash)));
//! let forged = text.replace("opt_out", "opt_in");
//! assert_eq!(verify_export(&forged).map_err(|broken| (broken.line, broken.fault)), Err((2, Fault::Broken)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::{
    ConsentEvent,
    chain::{Broken, Hash, Link, Salt, verify},
};
use serde::{Deserialize, Serialize};
use tidings_kernel::{ContactId, to_micros};
use time::{OffsetDateTime, UtcOffset};

/// What the header names the format.
pub const FORMAT: &str = "tidings.consent.ledger";
/// The version that is written and read.
pub const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
    contact: ContactId,
    events: usize,
    head: Option<Hash>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(flatten)]
    event: ConsentEvent,
    evidence_digest: Hash,
    salt: Option<Hash>,
    hash: Hash,
}

/// What an intact export says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Whom it is about.
    pub contact: ContactId,
    /// How many events there are.
    pub events: usize,
    /// Of how many the evidence was redacted.
    pub redacted: usize,
    /// The hash over everything, to be compared with one kept elsewhere; `None` for no events.
    pub head: Option<Hash>,
}

/// The export does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct BrokenExport {
    /// The first line that does not fit, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a line of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is no header of this format.
    #[error("not a header of a ledger's export")]
    NoHeader,
    /// It has a version that this program does not know.
    #[error("version {0} is not known")]
    Version(u32),
    /// It is no event.
    #[error("not an event")]
    NoEvent,
    /// It says the same as the format would, in another spelling.
    #[error("not spelled as the format prescribes")]
    Spelling,
    /// It is about another contact than the header.
    #[error("about another contact")]
    Contact,
    /// Event, evidence or hash was changed, or a line before was taken out, put in or moved.
    #[error("the hash does not fit")]
    Broken,
    /// There are more or fewer events than the header says.
    #[error("not as many events as the header says")]
    Count,
    /// The last hash is not the one of the header.
    #[error("the head is not that of the header")]
    Head,
}

/// The export of `contact`'s chain, oldest link first.
///
/// The text is personal where evidence is kept.
pub fn export<'a>(contact: ContactId, links: impl IntoIterator<Item = &'a Link>) -> String {
    let mut head = None;
    let mut events = 0;
    let mut body = String::new();
    for link in links {
        let event = ConsentEvent {
            occurred_at: canonical(link.event.occurred_at),
            recorded_at: canonical(link.event.recorded_at),
            ..link.event.clone()
        };
        body.push_str(&spell(&Line {
            event,
            evidence_digest: link.evidence_digest,
            salt: link.salt.map(|salt| Hash::from_bytes(*salt.as_bytes())),
            hash: link.hash,
        }));
        head = Some(link.hash);
        events += 1;
    }
    let header = spell(&Header {
        format: FORMAT.to_owned(),
        version: VERSION,
        contact,
        events,
        head,
    });
    header + &body
}

/// Recomputes everything in an export and says what it holds.
///
/// # Errors
/// [`BrokenExport`]: the first line that does not fit, and why.
pub fn verify_export(text: &str) -> Result<Report, BrokenExport> {
    open_export(text).map(|(report, _)| report)
}

/// [`verify_export`], and the links that the export holds, so that every decision can be taken again
/// (L77).
///
/// # Errors
/// [`BrokenExport`]: the first line that does not fit, and why.
pub fn open_export(text: &str) -> Result<(Report, Vec<Link>), BrokenExport> {
    let broken = |line, fault| BrokenExport { line, fault };
    let mut rest = text.split_inclusive('\n');
    let first = rest.next().unwrap_or_default();
    let header: Header = serde_json::from_str(first).map_err(|_| broken(1, Fault::NoHeader))?;
    if header.format != FORMAT {
        return Err(broken(1, Fault::NoHeader));
    }
    if header.version != VERSION {
        return Err(broken(1, Fault::Version(header.version)));
    }
    if spell(&header) != first {
        return Err(broken(1, Fault::Spelling));
    }
    let mut links: Vec<Link> = Vec::new();
    let mut redacted = 0;
    let mut found: Result<(), BrokenExport> = Ok(());
    for (number, text) in (2..).zip(rest) {
        match read(text, &header) {
            Ok(link) => {
                redacted += usize::from(link.salt.is_none());
                links.push(link);
            }
            Err(fault) => {
                found = Err(broken(number, fault));
                break;
            }
        }
    }
    // What is broken before the line that cannot be read comes first.
    let head = verify(&links).map_err(|Broken { index }| broken(index + 2, Fault::Broken))?;
    found?;
    if links.len() != header.events {
        let line = links.len().min(header.events) + 2;
        return Err(broken(line, Fault::Count));
    }
    if head != header.head {
        return Err(broken(1, Fault::Head));
    }
    let report = Report {
        contact: header.contact,
        events: links.len(),
        redacted,
        head,
    };
    Ok((report, links))
}

fn read(text: &str, header: &Header) -> Result<Link, Fault> {
    let line: Line = serde_json::from_str(text).map_err(|_| Fault::NoEvent)?;
    let is_canonical = canonical(line.event.occurred_at) == line.event.occurred_at
        && canonical(line.event.recorded_at) == line.event.recorded_at;
    if !is_canonical || spell(&line) != text {
        return Err(Fault::Spelling);
    }
    if line.event.contact != header.contact {
        return Err(Fault::Contact);
    }
    Ok(Link {
        event: line.event,
        evidence_digest: line.evidence_digest,
        salt: line.salt.map(|salt| Salt::new(*salt.as_bytes())),
        hash: line.hash,
    })
}

/// The instant as the hashes count it. An offset alone shows in the spelling.
fn canonical(at: OffsetDateTime) -> OffsetDateTime {
    to_micros(at).to_offset(UtcOffset::UTC)
}

/// One line. Nothing in it can fail to be JSON but a year that RFC 3339 cannot write; the empty line
/// that stands for it is refused by whoever verifies.
fn spell(line: &impl Serialize) -> String {
    serde_json::to_string(line).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests;
