use std::fmt;
use time::UtcOffset;

mod names;
mod table;

use names::Names;
pub(crate) use table::{Customs, Grouping, Side};

/// How values are written for one reader: the customs of a locale, and the reader's clock.
///
/// Cheap to copy. Everything it writes is in GSM-7 where the language allows it: groups of digits
/// are set apart by a plain space, not by U+202F, and a currency whose sign is not in GSM-7 is
/// written by its code, so that an amount alone never makes an SMS more expensive.
///
/// # Examples
/// ```
/// use tidings_templates::{Data, Formats, Template, Value};
///
/// let template = Template::parse("{{day:date(long)}}: {{total:money}}")?;
/// let data = Data::from([
///     ("day".into(), Value::from("2026-11-21")),
///     ("total".into(), Value::from("1234.5 EUR")),
/// ]);
/// let render = |locale| template.render_as(&data, &Formats::of(locale));
/// assert_eq!(render("en_US")?, "November 21, 2026: €1,234.50");
/// assert_eq!(render("de")?, "21. November 2026: 1.234,50 €");
/// assert_eq!(render("pt_BR")?, "21 de novembro de 2026: € 1.234,50");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Formats {
    pub(crate) customs: &'static Customs,
    pub(crate) language: Language,
    pub(crate) offset: Option<UtcOffset>,
}

/// A language as far as letters are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// Turkish and Azeri, which have a dotted and a dotless i.
    DottedI,
    /// Any other.
    Other,
}

impl Formats {
    /// The customs of `locale`, such as `de_AT` or `pt-BR`.
    ///
    /// An unknown region takes those of its language; an unknown language writes dates as
    /// `2026-11-21`, months and days of the week in English, and numbers as `1,234.5`.
    pub fn of(locale: &str) -> Self {
        Self {
            customs: table::customs(locale),
            language: match language(locale) {
                Some("tr" | "az" | "TR" | "AZ") => Language::DottedI,
                Some(_) | None => Language::Other,
            },
            offset: None,
        }
    }

    /// The same with the reader's clock `offset` from UTC.
    ///
    /// Find it with the zone data of your own for the instant in question: this crate has none.
    /// Without it a moment is shown in the zone that it came in.
    #[must_use]
    pub const fn at_offset(self, offset: UtcOffset) -> Self {
        Self {
            offset: Some(offset),
            ..self
        }
    }

    /// True when months and days of the week are known in the language, not only in English.
    pub fn knows_names(&self) -> bool {
        self.customs.has_own_names
    }
}

/// Those of `en_US`.
impl Default for Formats {
    fn default() -> Self {
        Self {
            customs: table::english(),
            language: Language::Other,
            offset: None,
        }
    }
}

impl fmt::Debug for Formats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Formats")
            .field("customs", &self.customs.tag)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

fn language(locale: &str) -> Option<&str> {
    locale.trim().split(['-', '_']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_region_takes_the_customs_of_its_language() {
        for (locale, tag) in [
            ("de_LI", "de"),
            ("DE-at", "de-at"),
            ("en-GB", "en-gb"),
            ("en", "en"),
            ("zh-Hant-HK", "zh"),
            ("", "und"),
            ("xx", "und"),
            ("x".repeat(100_000).as_str(), "und"),
        ] {
            assert_eq!(Formats::of(locale).customs.tag, tag);
        }
        assert!(Formats::of("nl").knows_names());
        assert!(!Formats::of("sv").knows_names());
        assert_eq!(Formats::default().customs.tag, "en");
    }
}
