use crate::Class;
use serde::{Deserialize, Serialize};
use time::Duration;

/// How surely a refusal says that its recipient is not on the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// The provider's reference gives this meaning.
    Stated,
    /// It may mean something else, or nobody has confirmed it.
    Supposed,
}

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
    /// Whether it says that the recipient is not on the channel at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absence: Option<Certainty>,
    /// How often the same call is made again at most, where the provider's reference sets a bound of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_retries: Option<u32>,
}

impl ProviderError {
    /// A refusal that stands in no table: our own, or one without a code. Its advice is the class's.
    pub fn new(class: Class, code: &str, detail: &str) -> Self {
        Self {
            class,
            provider_code: code.chars().take(64).collect(),
            detail: detail.chars().take(300).collect(),
            advice: class.advice().to_owned(),
            retry_after_seconds: None,
            absence: None,
            most_retries: None,
        }
    }

    /// A refusal of our own of what this account cannot carry and another may, so that the message goes another way
    /// where there is one. What nobody can carry is [`Class::Content`].
    pub fn not_carried_here(code: &str, detail: &str) -> Self {
        Self {
            advice: "use an account of another provider, or change what this one cannot carry"
                .to_owned(),
            ..Self::new(Class::Sender, code, detail)
        }
    }

    /// How long the provider asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after_seconds
            .map(|seconds| Duration::seconds(seconds.into()))
    }
}

/// One row of a provider's table.
#[derive(Debug, Clone, Copy)]
pub struct ErrorEntry {
    /// The provider's code, a number or a word, as it writes it.
    pub code: &'static str,
    /// What it is about.
    pub class: Class,
    /// What a person can do; empty for the advice of the class.
    pub advice: &'static str,
}

/// A provider's error codes, as data; each code has one row.
#[derive(Debug, Clone, Copy)]
pub struct ErrorTable {
    rows: &'static [ErrorEntry],
    absences: &'static [(&'static str, Certainty)],
}

impl ErrorTable {
    /// A table of these rows.
    pub const fn new(rows: &'static [ErrorEntry]) -> Self {
        Self {
            rows,
            absences: &[],
        }
    }

    /// The table, of which these codes say that the recipient is not on the channel.
    #[must_use]
    pub const fn with_absences(self, absences: &'static [(&'static str, Certainty)]) -> Self {
        Self { absences, ..self }
    }

    /// The row of a code.
    pub fn find(&self, code: &str) -> Option<&'static ErrorEntry> {
        self.rows.iter().find(|row| row.code == code)
    }

    /// All rows, for tests against the provider's reference.
    pub const fn rows(&self) -> &'static [ErrorEntry] {
        self.rows
    }

    /// The codes that say that the recipient is not on the channel.
    pub const fn absences(&self) -> &'static [(&'static str, Certainty)] {
        self.absences
    }

    /// Puts a refusal into our words. A code that is not in the table has `otherwise` as its class.
    pub fn explain(&self, code: &str, detail: &str, otherwise: Class) -> ProviderError {
        let Some(row) = self.find(code) else {
            return ProviderError::new(otherwise, code, detail);
        };
        let mut error = ProviderError::new(row.class, code, detail);
        let mut absences = self.absences.iter();
        error.absence = absences
            .find(|(absent, _)| *absent == code)
            .map(|(_, certainty)| *certainty);
        if !row.advice.is_empty() {
            row.advice.clone_into(&mut error.advice);
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: ErrorTable = ErrorTable::new(&[
        ErrorEntry {
            code: "10",
            class: Class::Account,
            advice: "call them",
        },
        ErrorEntry {
            code: "20",
            class: Class::Recipient,
            advice: "",
        },
    ]);

    #[test]
    fn a_known_code_has_its_row_and_an_unknown_one_the_given_class() {
        assert_eq!(
            TABLE.explain("10", "no", Class::Content).advice,
            "call them"
        );
        assert_eq!(
            TABLE.explain("20", "no", Class::Content).class,
            Class::Recipient
        );
        assert_eq!(
            TABLE.explain("30", "no", Class::Content).class,
            Class::Content
        );
        assert_eq!(
            TABLE.explain("30", "no", Class::Content).advice,
            Class::Content.advice()
        );
    }

    #[test]
    fn a_code_may_say_that_nobody_is_there() {
        let table = TABLE.with_absences(&[("20", Certainty::Supposed)]);
        let said = |code| table.explain(code, "no", Class::Content).absence;
        assert_eq!(said("20"), Some(Certainty::Supposed));
        assert_eq!((said("10"), said("30")), (None, None));
    }

    #[test]
    fn long_details_are_cut_between_characters() {
        assert_eq!(
            TABLE
                .explain("1", &"é".repeat(400), Class::Content)
                .detail
                .chars()
                .count(),
            300
        );
    }
}
