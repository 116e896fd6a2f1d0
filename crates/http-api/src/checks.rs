use crate::{error::ApiError, problem::FieldError};
use serde_json::Value;
use std::collections::BTreeMap;
use tidings_messaging::Address;

/// Collects everything that is wrong with a request, so that a client learns it at once.
#[derive(Debug, Default)]
pub(crate) struct Checks(Vec<FieldError>);

impl Checks {
    /// Notes that a field is wrong.
    pub(crate) fn refuse(
        &mut self,
        pointer: impl Into<String>,
        code: &'static str,
        detail: impl Into<String>,
    ) {
        self.0.push(FieldError::new(pointer, code, detail));
    }

    /// A text that is not blank and has at most `most` characters.
    pub(crate) fn text(&mut self, pointer: &str, text: Option<&str>, most: usize) {
        let Some(text) = text else {
            return;
        };
        if text.trim().is_empty() {
            self.refuse(pointer, "blank", "the text is empty: leave it out instead");
        } else if text.chars().count() > most {
            self.refuse(pointer, "too_long", format!("at most {most} characters"));
        }
    }

    /// Labels: at most 50, each of at most 64 characters.
    pub(crate) fn tags(&mut self, tags: &[String]) {
        if tags.len() > 50 {
            self.refuse("/tags", "too_many", "at most 50 tags");
        }
        for (index, tag) in tags.iter().enumerate() {
            self.text(&format!("/tags/{index}"), Some(tag), 64);
        }
    }

    /// What a tenant knows beside: at most 100 names of 64 characters, 16 KiB as JSON in all.
    pub(crate) fn attributes(&mut self, attributes: &BTreeMap<String, Value>) {
        if attributes.len() > 100 {
            self.refuse("/attributes", "too_many", "at most 100 attributes");
        }
        for name in attributes.keys() {
            let pointer = format!("/attributes/{}", crate::problem::step(name));
            self.text(&pointer, Some(name), 64);
        }
        let size = serde_json::to_vec(attributes).map_or(0, |json| json.len());
        if size > 16 * 1024 {
            self.refuse("/attributes", "too_long", "at most 16 KiB of JSON");
        }
    }

    /// An email address, as far as its shape tells.
    pub(crate) fn email(&mut self, pointer: &str, email: Option<&str>) {
        let Some(email) = email else {
            return;
        };
        if !looks_like_email(email) {
            self.refuse(pointer, "invalid_email", "write it as name@example.com");
        }
    }

    /// All or nothing.
    pub(crate) fn done(self) -> Result<(), ApiError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(ApiError::Invalid(self.0))
        }
    }
}

/// Whether a text has the shape of an email address.
pub(crate) fn looks_like_email(text: &str) -> bool {
    Address::looks_like_email(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_of_email() {
        for good in ["a@example.com", "a.b+c@mail.example.org"] {
            assert!(looks_like_email(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@example.com",
            "a@",
            "a@example",
            "a@.com",
            "a b@example.com",
        ] {
            assert!(!looks_like_email(bad), "{bad}");
        }
    }
}
