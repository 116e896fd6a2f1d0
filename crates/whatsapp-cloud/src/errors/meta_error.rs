use super::{META, table, waits};
use crate::node::Node;
use tidings_provider_http::{Answer, Reason, without_numbers};
use tidings_routing::{Class, ProviderError};

/// Meta's description of an error, in answers and in callbacks, however it looks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct MetaError {
    pub(crate) code: Option<u32>,
    /// Whether Meta says that it passes.
    pub(crate) is_transient: bool,
    /// The most exact words that Meta gives, without tokens.
    words: String,
    subcode: Option<u32>,
}

impl MetaError {
    /// Reads one error.
    pub(crate) fn read(error: Node<'_>) -> Self {
        let code = error.word("code").and_then(|code| code.parse().ok());
        let is_transient = error.at("is_transient").and_then(|hint| hint.0.as_bool());
        let words = ["error_data/details", "message", "title"];
        let words = words.into_iter().find_map(|path| error.text(path));
        Self {
            code,
            is_transient: is_transient == Some(true),
            words: without_secrets(words.unwrap_or("Meta gave no explanation")),
            subcode: error
                .word("error_subcode")
                .and_then(|code| code.parse().ok()),
        }
    }

    /// The error that an answer is, if it is one.
    pub(crate) fn in_answer(answer: &Answer) -> Option<Self> {
        let json = answer.json()?;
        let error = Node(&json).at("error")?;
        error.0.is_object().then(|| Self::read(error))
    }

    /// What it is for the table; `None` without a code.
    pub(crate) fn reason(&self) -> Option<Reason> {
        Some(Reason {
            code: self.code?.to_string(),
            words: self.words.clone(),
        })
    }

    /// Whether it says that there is no such thing: `Unsupported get request. Object with ID '…' does not
    /// exist`.
    pub(crate) fn is_of_nothing(&self) -> bool {
        match self.code {
            Some(33) => true,
            Some(100) => self.subcode == Some(33) || self.words.contains("does not exist"),
            Some(_) | None => false,
        }
    }

    /// Whether we know what its code means.
    pub(crate) fn is_known(&self) -> bool {
        self.code.is_some_and(|code| {
            is_permission(code) || table::ERRORS.find(&code.to_string()).is_some()
        })
    }

    /// The error in our words. `otherwise` is the class of a code that no table has, `wait` is for how many
    /// seconds an answer's headers ask.
    pub(crate) fn explain(&self, otherwise: Class, wait: Option<u32>) -> ProviderError {
        let Some(code) = self.code else {
            return ProviderError::new(otherwise, "none", &without_numbers(&self.words));
        };
        if is_permission(code) {
            let words = without_numbers(&self.words);
            return ProviderError {
                advice: table::PERMISSION.to_owned(),
                ..ProviderError::new(Class::Account, &code.to_string(), &words)
            };
        }
        let reason = Reason {
            code: code.to_string(),
            words: self.words.clone(),
        };
        let mut explained = META.explain(&reason, otherwise);
        if self.subcode == Some(NAME_TAKEN) {
            table::NAME_RESTS.clone_into(&mut explained.advice);
        }
        explained.most_retries = waits::most_retries(code);
        explained.retry_after_seconds = match explained.class {
            Class::RateLimited | Class::Transient => wait.or(waits::documented(code)),
            Class::Recipient
            | Class::OptedOut
            | Class::Content
            | Class::WindowClosed
            | Class::Account
            | Class::Sender
            | Class::Expired => None,
        };
        explained
    }
}

/// The part of an error 100 by which Meta says that a name is taken. Meta's list of codes does not have it; programs on
/// GitHub that make templates name it for a name that rests.
const NAME_TAKEN: u32 = 2_388_023;

/// The codes of missing permissions, which are not listed one by one.
fn is_permission(code: u32) -> bool {
    (200..=299).contains(&code)
}

/// Meta repeats a token that it cannot read. Tokens are the only long words without punctuation that
/// its texts hold.
fn without_secrets(words: &str) -> String {
    let hide = |word: &str| {
        let is_token = word.len() >= 32 && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if is_token {
            "…".to_owned()
        } else {
            word.to_owned()
        }
    };
    words.split(' ').map(hide).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_error_reads_however_it_looks() {
        let error = json!({
            "code": 131_026, "title": "t", "message": "m", "error_data": {"details": "d"}, "new": [],
        });
        let error = MetaError::read(Node(&error));
        assert_eq!((error.code, error.words.as_str()), (Some(131_026), "d"));
        let odd = json!({"code": "x", "is_transient": 1, "error_data": "no", "title": "t"});
        let odd = MetaError::read(Node(&odd));
        assert_eq!(
            (odd.code, odd.is_transient, odd.words.as_str()),
            (None, false, "t")
        );
        for odd in [json!({"code": -1}), json!(null), json!([1]), json!("text")] {
            let error = MetaError::read(Node(&odd));
            assert_eq!(
                (error.code, error.words.as_str()),
                (None, "Meta gave no explanation")
            );
        }
    }

    #[test]
    fn a_token_that_meta_repeats_is_not_kept() {
        let error = json!({"code": 190, "message": format!("Malformed access token EAA{}", "x1".repeat(80))});
        let error = MetaError::read(Node(&error)).explain(Class::Content, None);
        assert_eq!(error.detail, "Malformed access token …");
    }
}
