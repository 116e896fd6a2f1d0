use serde::{Deserialize, Serialize};
use std::fmt;

/// A country or territory: two capital letters of ISO 3166-1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region([u8; 2]);

/// The text is not two letters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid region {0:?}: use a two-letter country code such as US")]
pub struct InvalidRegion(pub String);

impl Region {
    /// Reads two letters in any case.
    ///
    /// # Errors
    /// [`InvalidRegion`]: anything but two ASCII letters.
    pub fn parse(text: &str) -> Result<Self, InvalidRegion> {
        match text.trim().as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => Err(InvalidRegion(text.to_owned())),
        }
    }

    /// The two capital letters.
    pub fn as_str(&self) -> &str {
        // Both bytes are ASCII letters by construction.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Region {
    type Error = InvalidRegion;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.to_string()
    }
}
