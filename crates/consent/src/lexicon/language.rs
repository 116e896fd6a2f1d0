use tidings_kernel::{Locale, Region};

macro_rules! languages {
    ($($(#[$doc:meta])* $variant:ident = $code:literal $(| $other:literal)*),+ $(,)?) => {
        /// A language whose reply words are known (compliance reference, 5.2).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Language {
            $($(#[$doc])* $variant),+
        }

        impl Language {
            /// Every language.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The language subtag of BCP 47.
            ///
            /// ```rust
            /// assert_eq!(tidings_consent::Language::Portuguese.code(), "pt");
            /// ```
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code),+
                }
            }

            /// The language of a subtag in any case; none for one whose words are not known.
            ///
            /// ```rust
            /// use tidings_consent::Language;
            ///
            /// assert_eq!(Language::from_code("PT"), Some(Language::Portuguese));
            /// assert_eq!(Language::from_code("nn"), Some(Language::Norwegian));
            /// assert_eq!(Language::from_code("tlh"), None);
            /// ```
            pub fn from_code(code: &str) -> Option<Self> {
                [$((Self::$variant, &[$code $(, $other)*][..])),+]
                    .into_iter()
                    .find(|(_, codes)| codes.iter().any(|known| known.eq_ignore_ascii_case(code)))
                    .map(|(language, _)| language)
            }
        }
    };
}

languages! {
    /// Counts in every country.
    English = "en",
    /// Spanish.
    Spanish = "es",
    /// French.
    French = "fr",
    /// Portuguese, of Brazil and of Portugal.
    Portuguese = "pt",
    /// German.
    German = "de",
    /// Italian.
    Italian = "it",
    /// Dutch, of the Netherlands and of Belgium.
    Dutch = "nl",
    /// Polish.
    Polish = "pl",
    /// Turkish.
    Turkish = "tr",
    /// Hindi; in Latin letters only where it is hinted.
    Hindi = "hi",
    /// Arabic.
    Arabic = "ar",
    /// Swedish.
    Swedish = "sv",
    /// Norwegian, both written forms.
    Norwegian = "nb" | "no" | "nn",
    /// Danish.
    Danish = "da",
    /// Finnish.
    Finnish = "fi",
    /// Czech.
    Czech = "cs",
    /// Russian.
    Russian = "ru",
    /// Ukrainian.
    Ukrainian = "uk",
    /// Greek.
    Greek = "el",
    /// Romanian.
    Romanian = "ro" | "mo",
    /// Hungarian.
    Hungarian = "hu",
    /// Urdu.
    Urdu = "ur",
    /// Hebrew.
    Hebrew = "he" | "iw",
    /// Chinese, in both scripts.
    Chinese = "zh" | "yue" | "cmn",
    /// Japanese.
    Japanese = "ja",
    /// Korean.
    Korean = "ko",
    /// Indonesian and Malay.
    Indonesian = "id" | "ms" | "in",
    /// Vietnamese.
    Vietnamese = "vi",
    /// Thai.
    Thai = "th",
    /// Swahili.
    Swahili = "sw",
}

/// A set of languages: the hints which words of the Latin script may be meant.
///
/// Gather them from the contact's locale, the country of the number and the tenant.
///
/// ```rust
/// use tidings_consent::{Language, Languages};
/// use tidings_kernel::{Locale, Region};
///
/// let hints = Languages::of_region(Region::parse("CH")?)
///     .with(Language::Portuguese)
///     .union(Languages::of_locale(&Locale::parse("es-MX")?));
/// assert!(hints.contains(Language::Italian) && hints.contains(Language::Spanish));
/// assert!(!hints.contains(Language::Dutch));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Languages(u32);

impl Languages {
    /// No hint. English and the words of other scripts still count.
    pub const NONE: Self = Self(0);

    /// The set of one.
    pub const fn one(language: Language) -> Self {
        Self(1 << language as u32)
    }

    /// This set and `language`.
    #[must_use]
    pub const fn with(self, language: Language) -> Self {
        self.union(Self::one(language))
    }

    /// What is in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `language` is in the set.
    pub const fn contains(self, language: Language) -> bool {
        self.0 & Self::one(language).0 != 0
    }

    /// Whether no language is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The languages, in the order of [`Language::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Language> {
        Language::ALL
            .iter()
            .copied()
            .filter(move |language| self.contains(*language))
    }

    /// The language of a locale; empty for one whose words are not known.
    pub fn of_locale(locale: &Locale) -> Self {
        Language::from_code(locale.language()).into_iter().collect()
    }

    /// What is widely written in a country: official languages and those of large minorities. Empty
    /// for a country of which nothing is known here.
    pub fn of_region(region: Region) -> Self {
        super::regions::spoken_in(region.as_str())
            .iter()
            .copied()
            .collect()
    }
}

impl FromIterator<Language> for Languages {
    fn from_iter<I: IntoIterator<Item = Language>>(languages: I) -> Self {
        languages.into_iter().fold(Self::NONE, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_its_language() {
        for language in Language::ALL {
            assert_eq!(Language::from_code(language.code()), Some(*language));
            assert_eq!(
                Languages::one(*language).iter().collect::<Vec<_>>(),
                [*language]
            );
        }
        assert_eq!(Language::from_code(""), None);
    }

    #[test]
    fn every_language_is_spoken_somewhere() {
        let regions = ('A'..='Z').flat_map(|a| ('A'..='Z').map(move |b| format!("{a}{b}")));
        let spoken = regions
            .filter_map(|code| Region::parse(&code).ok())
            .map(Languages::of_region)
            .fold(Languages::NONE, Languages::union);
        assert_eq!(spoken, Language::ALL.iter().copied().collect());
    }

    #[test]
    fn an_unknown_country_hints_nothing() {
        assert!(Languages::of_region(Region::parse("ZZ").unwrap()).is_empty());
        assert!(Languages::of_locale(&Locale::parse("tlh").unwrap()).is_empty());
    }
}
