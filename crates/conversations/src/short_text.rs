use serde::{Deserialize, Serialize};
use std::fmt;

/// How many labels a conversation has at most.
pub const MOST_LABELS: usize = 50;

/// Why a text is no label and no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// Nothing is in it.
    #[error("it is empty")]
    Blank,
    /// It is too long.
    #[error("it has more than {0} characters")]
    TooLong(usize),
    /// It has line breaks or the like.
    #[error("it has control characters")]
    Control,
    /// It is a word that asks for the opposite.
    #[error("{0:?} stands for nobody: choose another name")]
    Reserved(&'static str),
}

/// Lets a checked text travel as the text that it is.
macro_rules! travels {
    ($($name:ty),+) => {$(
        impl TryFrom<String> for $name {
            type Error = $crate::BadText;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.as_str().to_owned()
            }
        }
    )+};
}

pub(crate) use travels;

travels!(Label, Assignee);

fn checked(text: &str, most: usize) -> Result<String, BadText> {
    let text = text.trim();
    if text.is_empty() {
        return Err(BadText::Blank);
    }
    if text.chars().count() > most {
        return Err(BadText::TooLong(most));
    }
    if text.chars().any(char::is_control) {
        return Err(BadText::Control);
    }
    Ok(text.to_owned())
}

/// What a tenant sorts conversations by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label(String);

/// Who sees to a conversation, as the tenant names its people: a member's id, a name, a team.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Assignee(String);

impl Label {
    /// How many characters a label has at most.
    pub const LONGEST: usize = 64;

    /// Reads a label.
    ///
    /// # Errors
    /// [`BadText`].
    ///
    /// # Examples
    /// ```
    /// use tidings_conversations::{BadText, Label};
    ///
    /// assert_eq!(Label::new(" urgent ").unwrap().as_str(), "urgent");
    /// assert_eq!(Label::new("  "), Err(BadText::Blank));
    /// ```
    pub fn new(text: &str) -> Result<Self, BadText> {
        checked(text, Self::LONGEST).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Assignee {
    /// How many characters a name has at most.
    pub const LONGEST: usize = 100;
    /// The word that filters ask for unassigned conversations with.
    pub const NOBODY: &'static str = "none";

    /// Reads a name.
    ///
    /// # Errors
    /// [`BadText`].
    ///
    /// # Examples
    /// ```
    /// use tidings_conversations::{Assignee, BadText};
    ///
    /// assert_eq!(Assignee::new("Front desk").unwrap().as_str(), "Front desk");
    /// assert_eq!(Assignee::new("none"), Err(BadText::Reserved("none")));
    /// ```
    pub fn new(text: &str) -> Result<Self, BadText> {
        let text = checked(text, Self::LONGEST)?;
        if text == Self::NOBODY {
            return Err(BadText::Reserved(Self::NOBODY));
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Assignee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
