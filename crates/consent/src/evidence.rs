use serde::{Deserialize, Serialize};
use std::fmt;

/// Text that somebody else wrote: not blank, at most `MAX` characters, no NUL (which PostgreSQL
/// cannot store). `Debug` shows the length only, since evidence is personal.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BoundedText<const MAX: usize>(String);

/// Why a text is refused as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space, which would prove nothing.
    #[error("the text is empty: leave it out instead")]
    Blank,
    /// More characters than are kept.
    #[error("the text has {length} characters, at most {max} are kept")]
    TooLong {
        /// Characters given.
        length: usize,
        /// Characters allowed.
        max: usize,
    },
    /// It contains the NUL character.
    #[error("the text contains a NUL character")]
    Nul,
}

impl<const MAX: usize> BoundedText<MAX> {
    /// Takes `text` as it is.
    ///
    /// # Errors
    /// [`TextError`]: blank, too long, or with NUL.
    pub fn new(text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        if text.contains('\0') {
            return Err(TextError::Nul);
        }
        if text.trim().is_empty() {
            return Err(TextError::Blank);
        }
        match text.chars().count() {
            length if length > MAX => Err(TextError::TooLong { length, max: MAX }),
            _ => Ok(Self(text)),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Debug for BoundedText<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} characters)", self.0.chars().count())
    }
}

impl<const MAX: usize> TryFrom<String> for BoundedText<MAX> {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(text)
    }
}

impl<const MAX: usize> From<BoundedText<MAX>> for String {
    fn from(text: BoundedText<MAX>) -> Self {
        text.0
    }
}

/// What proves an event. Every field is optional; each has a limit in characters.
///
/// ```rust
/// use tidings_consent::{BoundedText, Evidence};
///
/// let evidence = Evidence {
///     text_shown: Some(BoundedText::new("Yes, text me offers of Example Ltd.")?),
///     ..Evidence::default()
/// };
/// assert!(evidence.shows_own_act());
/// assert!(BoundedText::<10>::new("far more than ten").is_err());
/// # Ok::<(), tidings_consent::TextError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Evidence {
    /// The words that the contact saw when agreeing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_shown: Option<BoundedText<10_000>>,
    /// The address that the act came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<BoundedText<64>>,
    /// The program that the contact used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<BoundedText<1_000>>,
    /// Where a signed form or a recording is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_url: Option<BoundedText<2_000>>,
    /// The inbound message that says it: our id or the provider's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_message_id: Option<BoundedText<255>>,
    /// Anything else worth keeping.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<BoundedText<2_000>>,
}

impl Evidence {
    /// Whether there is proof of an act of the contact's own: the message they sent, the document
    /// they signed, or the text they agreed to. A note, an address or a browser name proves none.
    pub fn shows_own_act(&self) -> bool {
        self.source_message_id.is_some() || self.document_url.is_some() || self.text_shown.is_some()
    }

    /// Whether nothing is recorded, or all of it was redacted.
    pub fn is_empty(&self) -> bool {
        self.fields().iter().all(Option::is_none)
    }

    /// All fields in a fixed order, for the chain. A new field goes to the end.
    pub(crate) fn fields(&self) -> [Option<&str>; 6] {
        [
            self.text_shown.as_ref().map(BoundedText::as_str),
            self.ip.as_ref().map(BoundedText::as_str),
            self.user_agent.as_ref().map(BoundedText::as_str),
            self.document_url.as_ref().map(BoundedText::as_str),
            self.source_message_id.as_ref().map(BoundedText::as_str),
            self.note.as_ref().map(BoundedText::as_str),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_count_characters_and_blank_proves_nothing() {
        assert!(BoundedText::<3>::new("äöü").is_ok());
        assert_eq!(
            BoundedText::<3>::new("abcd"),
            Err(TextError::TooLong { length: 4, max: 3 })
        );
        assert_eq!(BoundedText::<3>::new(" "), Err(TextError::Blank));
        assert_eq!(BoundedText::<3>::new("a\0"), Err(TextError::Nul));
    }

    #[test]
    fn unknown_fields_are_refused_and_missing_ones_are_none() {
        assert_eq!(
            serde_json::from_str::<Evidence>("{}").unwrap(),
            Evidence::default()
        );
        assert!(serde_json::from_str::<Evidence>(r#"{"text":"x"}"#).is_err());
        assert!(serde_json::from_str::<Evidence>(r#"{"note":""}"#).is_err());
    }

    #[test]
    fn debug_hides_what_was_written() {
        let evidence = Evidence {
            ip: Some(BoundedText::new("192.0.2.1").unwrap()),
            ..Evidence::default()
        };
        assert!(!format!("{evidence:?}").contains("192"));
        assert!(!evidence.shows_own_act());
        assert!(!evidence.is_empty());
    }
}
