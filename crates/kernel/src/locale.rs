use serde::{Deserialize, Serialize};
use std::fmt;

/// A language, with or without a region: `en`, `en_US`, `pt_BR`.
///
/// Kept in the spelling `ll` or `ll_RR`; `-` and any case are read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Locale(String);

/// The text is not a language code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid locale {0:?}: use a language such as en, or language and region such as en_US")]
pub struct InvalidLocale(pub String);

impl Locale {
    /// Reads a language of two or three letters and an optional region of two letters or three digits.
    ///
    /// # Errors
    /// [`InvalidLocale`]: any other shape.
    pub fn parse(text: &str) -> Result<Self, InvalidLocale> {
        let refuse = || InvalidLocale(text.to_owned());
        let normal = text.trim().replace('-', "_");
        let (language, region) = match normal.split_once('_') {
            Some((language, region)) => (language, Some(region)),
            None => (normal.as_str(), None),
        };
        let is_language =
            (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_alphabetic());
        if !is_language {
            return Err(refuse());
        }
        let language = language.to_ascii_lowercase();
        let Some(region) = region else {
            return Ok(Self(language));
        };
        let is_region = (region.len() == 2 && region.bytes().all(|b| b.is_ascii_alphabetic()))
            || (region.len() == 3 && region.bytes().all(|b| b.is_ascii_digit()));
        if !is_region {
            return Err(refuse());
        }
        Ok(Self(format!("{language}_{}", region.to_ascii_uppercase())))
    }

    /// The normal spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language alone: `pt` of `pt_BR`.
    pub fn language(&self) -> &str {
        self.0.split('_').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Locale {
    type Error = InvalidLocale;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Locale> for String {
    fn from(locale: Locale) -> Self {
        locale.0
    }
}
