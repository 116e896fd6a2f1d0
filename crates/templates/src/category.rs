use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use tidings_kernel::Purpose;

/// WhatsApp's categories of templates, the strictest last.
///
/// Compliance study, section 7.3. The platform's *current* category decides rules and price, not
/// the one that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// One-time codes with fixed texts.
    Authentication,
    /// Not promotional, and asked for, or about something that the reader did, or critical.
    Utility,
    /// Everything else, and any mixture.
    Marketing,
}

/// The word names no category.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown category {0:?}: use marketing, utility or authentication")]
pub struct UnknownCategory(pub String);

impl Category {
    /// Every category.
    pub const ALL: [Self; 3] = [Self::Authentication, Self::Utility, Self::Marketing];

    /// The name used in tables and API, such as `utility`; Meta writes it in capitals.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Utility => "utility",
            Self::Marketing => "marketing",
        }
    }

    /// The category that a template for `purpose` belongs to.
    pub const fn of_purpose(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Marketing => Self::Marketing,
            Purpose::Authentication => Self::Authentication,
            Purpose::Transactional
            | Purpose::Reminder
            | Purpose::Conversational
            | Purpose::Emergency
            | Purpose::OptOutConfirmation
            | Purpose::DoubleOptIn => Self::Utility,
        }
    }

    /// The stricter of `declared` and what this category makes of it (L88).
    pub const fn stricter_of(self, declared: Purpose) -> Purpose {
        match (self, declared) {
            (Self::Marketing, _) => Purpose::Marketing,
            // A code in a utility template: hours and opt-outs apply to it as to other utility.
            (Self::Utility, Purpose::Authentication) => Purpose::Transactional,
            (Self::Utility | Self::Authentication, declared) => declared,
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Category {
    type Err = UnknownCategory;

    /// Reads a name in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|category| category.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownCategory(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_makes_marketing_milder() {
        for category in Category::ALL {
            assert_eq!(category.stricter_of(Purpose::Marketing), Purpose::Marketing);
            assert_eq!(category.as_str().to_uppercase().parse(), Ok(category));
        }
        for purpose in Purpose::ALL {
            assert_eq!(Category::Marketing.stricter_of(purpose), Purpose::Marketing);
            assert_eq!(Category::of_purpose(purpose).stricter_of(purpose), purpose);
        }
        assert!("promo".parse::<Category>().is_err());
    }
}
