//! A tamper-evident chain over a contact's events.
//!
//! Each [`Link`] hashes the one before it, the event, and a salted digest of the evidence in place of
//! the evidence itself. So the evidence, which is personal, can be [redacted](Link::redact) together
//! with its salt, and the chain still verifies; nobody can guess the evidence back from the digest.
//!
//! What a chain cannot show is that its end was cut off: keep the head somewhere else too.
//!
//! ```rust
//! use tidings_consent::{Action, Channels, ConsentEvent, Evidence, Method, Purposes};
//! use tidings_consent::chain::{Link, Salt, verify};
//! use time::macros::datetime;
//!
//! let event = ConsentEvent {
//!     id: "cev_01h2xcejqtf2nbrexx3vqjhp41".parse()?,
//!     contact: "con_01h2xcejqtf2nbrexx3vqjhp41".parse()?,
//!     action: Action::OptIn,
//!     channels: Channels::All,
//!     purposes: Purposes::All,
//!     method: Method::WebForm,
//!     occurred_at: datetime!(2026-03-01 12:00 UTC),
//!     recorded_at: datetime!(2026-03-01 12:00 UTC),
//!     evidence: Evidence::default(),
//! };
//! let salt = Salt::new([7; 32]); // from a secure generator
//! let first = Link::new(None, event.clone(), salt);
//! let second = Link::new(Some(&first.hash), event, salt);
//!
//! let head = verify([&first, &second])?;
//! assert_eq!(head, Some(second.hash));
//! assert!(verify([&second]).is_err());
//! let (first, second) = (first.redact(), second.redact());
//! assert_eq!(verify([&first, &second])?, head);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::{ConsentEvent, Evidence, Scope};
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use tidings_kernel::to_micros;
use time::OffsetDateTime;

/// Separates these hashes from all others; the number is the version of the encoding.
const LINK_DOMAIN: &[u8] = b"tidings.consent.link.1";
const EVIDENCE_DOMAIN: &[u8] = b"tidings.consent.evidence.1";

/// A SHA-256 hash; 64 hexadecimal digits as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash([u8; 32]);

/// The text is not a hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a hash: expected 64 hexadecimal digits")]
pub struct InvalidHash;

impl Hash {
    /// The hash with these bytes, as a store kept them.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for a store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = InvalidHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidHash);
        }
        let mut bytes = [0; 32];
        for (place, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| InvalidHash)?;
            *place = u8::from_str_radix(digits, 16).map_err(|_| InvalidHash)?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Hash {
    type Error = InvalidHash;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

/// Random bytes that keep the digest of evidence from being guessed. One per event, from a secure
/// generator, destroyed together with the evidence. `Debug` hides it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// A salt of these bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for a store.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}

impl Evidence {
    /// What stands for the evidence in the chain.
    pub fn digest(&self, salt: &Salt) -> Hash {
        let mut encoder = Encoder::new(EVIDENCE_DOMAIN);
        encoder.bytes(&salt.0);
        for field in self.fields() {
            match field {
                None => encoder.bytes(&[0]),
                Some(text) => {
                    encoder.bytes(&[1]);
                    encoder.bytes(text.as_bytes());
                }
            }
        }
        encoder.finish()
    }
}

/// The hash of `event` behind `previous`, with `evidence` standing for its evidence.
///
/// Instants count in whole microseconds, which is what stores keep; a difference of offset alone is
/// none. Every field is written with its length, so that no two events have the same encoding.
#[must_use]
pub fn link(previous: Option<&Hash>, event: &ConsentEvent, evidence: &Hash) -> Hash {
    let mut encoder = Encoder::new(LINK_DOMAIN);
    encoder.bytes(previous.map_or(&[], |hash| hash.0.as_slice()));
    encoder.bytes(event.id.uuid().as_bytes());
    encoder.bytes(event.contact.uuid().as_bytes());
    encoder.bytes(event.action.as_str().as_bytes());
    encoder.scope(&event.channels, tidings_kernel::Channel::as_str);
    encoder.scope(&event.purposes, tidings_kernel::Purpose::as_str);
    encoder.bytes(event.method.as_str().as_bytes());
    encoder.instant(event.occurred_at);
    encoder.instant(event.recorded_at);
    encoder.bytes(&evidence.0);
    encoder.finish()
}

/// An event in its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The event; its evidence is empty after redaction.
    pub event: ConsentEvent,
    /// What stands for the evidence.
    pub evidence_digest: Hash,
    /// Opens the digest while the evidence is kept; `None` after redaction.
    pub salt: Option<Salt>,
    /// The hash of this link.
    pub hash: Hash,
}

impl Link {
    /// Chains `event` behind `previous`.
    #[must_use]
    pub fn new(previous: Option<&Hash>, event: ConsentEvent, salt: Salt) -> Self {
        let evidence_digest = event.evidence.digest(&salt);
        let hash = link(previous, &event, &evidence_digest);
        Self {
            event,
            evidence_digest,
            salt: Some(salt),
            hash,
        }
    }

    /// Forgets the evidence for good; the chain stays valid.
    #[must_use]
    pub fn redact(mut self) -> Self {
        self.event.evidence = Evidence::default();
        self.salt = None;
        self
    }

    fn holds(&self, previous: Option<&Hash>) -> bool {
        let evidence_holds = match &self.salt {
            Some(salt) => self.event.evidence.digest(salt) == self.evidence_digest,
            None => self.event.evidence.is_empty(),
        };
        evidence_holds && link(previous, &self.event, &self.evidence_digest) == self.hash
    }
}

/// The chain does not hold: something was changed, taken out, put in or moved at or before here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the chain of consent events is broken at position {index}")]
pub struct Broken {
    /// The first link that does not fit, counted from 0.
    pub index: usize,
}

/// Checks a whole chain, oldest first, and gives its head; `None` for the empty chain.
///
/// # Errors
/// [`Broken`]: the first place that does not fit.
pub fn verify<'a>(links: impl IntoIterator<Item = &'a Link>) -> Result<Option<Hash>, Broken> {
    let mut head: Option<Hash> = None;
    for (index, link) in links.into_iter().enumerate() {
        if !link.holds(head.as_ref()) {
            return Err(Broken { index });
        }
        head = Some(link.hash);
    }
    Ok(head)
}

struct Encoder(Context);

impl Encoder {
    fn new(domain: &[u8]) -> Self {
        let mut encoder = Self(Context::new(&SHA256));
        encoder.bytes(domain);
        encoder
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.update(bytes);
    }

    fn count(&mut self, count: usize) {
        // No platform has lengths beyond 64 bits.
        self.0
            .update(&u64::try_from(count).unwrap_or(u64::MAX).to_be_bytes());
    }

    fn scope<T: Copy>(&mut self, scope: &Scope<T>, name: impl Fn(T) -> &'static str) {
        match scope {
            Scope::All => self.bytes(b"all"),
            Scope::Only(named) => {
                self.bytes(b"only");
                self.count(named.as_slice().len());
                for thing in named.as_slice() {
                    self.bytes(name(*thing).as_bytes());
                }
            }
        }
    }

    fn instant(&mut self, at: OffsetDateTime) {
        self.bytes(&to_micros(at).unix_timestamp_nanos().to_be_bytes());
    }

    fn finish(self) -> Hash {
        let mut bytes = [0; 32];
        for (place, byte) in bytes.iter_mut().zip(self.0.finish().as_ref()) {
            *place = *byte;
        }
        Hash(bytes)
    }
}

#[cfg(test)]
mod tests;
