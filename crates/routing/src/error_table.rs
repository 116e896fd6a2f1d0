use crate::Class;
use serde::{Deserialize, Serialize};
use time::Duration;

/// A provider's refusal in our words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderError {
    /// What it is about.
    pub class: Class,
    /// The provider's own code as text, or `http_503` where it gave none.
    pub provider_code: String,
    /// The provider's own words, shortened; never holds credentials or message bodies.
    pub detail: String,
    /// What a person can do about it.
    pub advice: String,
    /// How long the provider asks to wait, in whole seconds.
    pub retry_after_seconds: Option<u32>,
}

impl ProviderError {
    /// How long the provider asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after_seconds
            .map(|seconds| Duration::seconds(seconds.into()))
    }
}

/// One row of a provider's table.
#[derive(Debug, Clone, Copy)]
pub struct ErrorEntry {
    /// The provider's code.
    pub code: u32,
    /// What it is about.
    pub class: Class,
    /// What a person can do; empty for the advice of the class.
    pub advice: &'static str,
}

/// A provider's error codes, as data. Rows are sorted by code.
#[derive(Debug, Clone, Copy)]
pub struct ErrorTable(&'static [ErrorEntry]);

impl ErrorTable {
    /// A table over rows sorted by ascending code.
    pub const fn new(rows: &'static [ErrorEntry]) -> Self {
        Self(rows)
    }

    /// The row of a code.
    pub fn find(&self, code: u32) -> Option<&'static ErrorEntry> {
        let index = self.0.binary_search_by_key(&code, |row| row.code).ok()?;
        self.0.get(index)
    }

    /// All rows, for tests against the provider's reference.
    pub const fn rows(&self) -> &'static [ErrorEntry] {
        self.0
    }

    /// Puts a refusal into our words. A code that is not in the table has `otherwise` as its class.
    pub fn explain(&self, code: u32, detail: &str, otherwise: Class) -> ProviderError {
        let (class, advice) = match self.find(code) {
            Some(row) if row.advice.is_empty() => (row.class, row.class.advice()),
            Some(row) => (row.class, row.advice),
            None => (otherwise, otherwise.advice()),
        };
        ProviderError {
            class,
            provider_code: code.to_string(),
            detail: detail.chars().take(300).collect(),
            advice: advice.to_owned(),
            retry_after_seconds: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: ErrorTable = ErrorTable::new(&[
        ErrorEntry {
            code: 10,
            class: Class::Account,
            advice: "call them",
        },
        ErrorEntry {
            code: 20,
            class: Class::Recipient,
            advice: "",
        },
    ]);

    #[test]
    fn a_known_code_has_its_row_and_an_unknown_one_the_given_class() {
        assert_eq!(TABLE.explain(10, "no", Class::Content).advice, "call them");
        assert_eq!(
            TABLE.explain(20, "no", Class::Content).class,
            Class::Recipient
        );
        assert_eq!(
            TABLE.explain(30, "no", Class::Content).class,
            Class::Content
        );
        assert_eq!(
            TABLE.explain(30, "no", Class::Content).advice,
            Class::Content.advice()
        );
    }

    #[test]
    fn long_details_are_cut_between_characters() {
        assert_eq!(
            TABLE
                .explain(1, &"é".repeat(400), Class::Content)
                .detail
                .chars()
                .count(),
            300
        );
    }
}
