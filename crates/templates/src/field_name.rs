use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::fmt;

/// The name of a merge field: `[a-z][a-z0-9_]*` up to 64 characters, or a number from 1 to 999.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldName(String);

/// The text is no field name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a field name: use `a` to `z`, `0` to `9` and `_` after a first letter, at most 64 characters, or a number from 1 to 999"
)]
pub struct FieldNameError;

impl FieldName {
    /// Takes `name` as it is.
    ///
    /// # Errors
    /// [`FieldNameError`]: a character or the length is not allowed.
    ///
    /// # Examples
    /// ```
    /// use tidings_templates::FieldName;
    ///
    /// assert!(FieldName::new("first_name").is_ok());
    /// assert_eq!(FieldName::new("2")?.position(), Some(2));
    /// assert!(FieldName::new("First name").is_err());
    /// # Ok::<(), tidings_templates::FieldNameError>(())
    /// ```
    pub fn new(name: &str) -> Result<Self, FieldNameError> {
        if is_word(name) || is_number(name) {
            Ok(Self(name.to_owned()))
        } else {
            Err(FieldNameError)
        }
    }

    /// The name that someone who wrote `text` probably meant.
    pub(crate) fn near(text: &str) -> Option<Self> {
        let words: Vec<String> = text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        Self::new(&words.join("_")).ok()
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number of a field by number, from 1.
    pub fn position(&self) -> Option<u16> {
        self.0.parse().ok()
    }

    /// This name made to belong to a component, for a field by number.
    pub(crate) fn within(&self, prefix: &str) -> Self {
        Self(format!("{prefix}_{}", self.0))
    }
}

fn is_word(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_number(name: &str) -> bool {
    name.len() <= 3
        && !name.starts_with('0')
        && !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for FieldName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for FieldName {
    type Error = FieldNameError;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(&name)
    }
}

impl From<FieldName> for String {
    fn from(name: FieldName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_words_or_numbers() {
        for good in ["a", "first_name", "a1", "1", "999", &"a".repeat(64)] {
            assert!(FieldName::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "A",
            "1a",
            "_a",
            "a-b",
            "é",
            "0",
            "01",
            "1000",
            " a",
            &"a".repeat(65),
        ] {
            assert_eq!(FieldName::new(bad), Err(FieldNameError), "{bad}");
        }
    }

    #[test]
    fn a_near_miss_is_understood() {
        let near = |text| FieldName::near(text).map(String::from);
        assert_eq!(near("First Name").as_deref(), Some("first_name"));
        assert_eq!(near("{order-no").as_deref(), Some("order_no"));
        assert_eq!(near("9 lives"), None);
    }
}
