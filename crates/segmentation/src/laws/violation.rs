use std::fmt;

/// A law that an implementation breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The law's name, such as `S1`.
    pub law: &'static str,
    /// What was found; numbers and positions, never the text itself.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "law {} is broken: {}", self.law, self.found)
    }
}

impl std::error::Error for Violation {}

/// Which law is being checked.
#[derive(Clone, Copy)]
pub(super) struct Law(pub(super) &'static str);

impl Law {
    /// Fails with what was found unless `holds`.
    pub(super) fn require(
        self,
        holds: bool,
        found: impl FnOnce() -> String,
    ) -> Result<(), Violation> {
        if holds {
            return Ok(());
        }
        Err(Violation {
            law: self.0,
            found: found(),
        })
    }
}
