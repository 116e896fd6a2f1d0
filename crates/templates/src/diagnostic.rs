use crate::{Place, Severity};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// Something in a template or a text that its author should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Which rule speaks; stable.
    pub code: Code,
    /// What it means for messages.
    pub severity: Severity,
    /// The part of the template that it speaks of.
    pub place: Place,
    /// Bytes of that part's text; empty at its end when something is missing.
    pub span: Range<usize>,
    /// One sentence for the author.
    pub message: Cow<'static, str>,
    /// A change that settles it, when one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<Suggestion>,
}

/// A change that settles a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// Bytes to replace; empty to insert.
    pub span: Range<usize>,
    /// What to put there.
    pub replacement: String,
}

impl Diagnostic {
    pub(crate) fn new(
        code: Code,
        severity: Severity,
        span: Range<usize>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            code,
            severity,
            place: Place::Text,
            span,
            message: message.into(),
            suggestion: None,
        }
    }

    #[must_use]
    pub(crate) fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }

    #[must_use]
    pub(crate) fn suggest(self, span: Range<usize>, replacement: impl Into<String>) -> Self {
        Self {
            suggestion: Some(Suggestion {
                span,
                replacement: replacement.into(),
            }),
            ..self
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} [{}] {}: {}",
            self.severity, self.code, self.place, self.message
        )
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Which rule speaks. The text form is stable: configuration and clients may name it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable text, such as `tpl.brand_missing`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

codes! {
    /// The text is no template.
    Syntax = "tpl.syntax",
    /// There is nothing to read.
    EmptyText = "tpl.empty_text",
    /// A text uses a field that is not declared.
    UnknownField = "tpl.unknown_field",
    /// A declared field is used nowhere.
    UnusedField = "tpl.unused_field",
    /// A field is declared twice.
    RepeatedField = "tpl.repeated_field",
    /// An optional field has no default where it is used.
    NoDefault = "tpl.no_default",
    /// A declared default is not of the declared type.
    DefaultType = "tpl.default_type",
    /// A declared example is not of the declared type.
    ExampleType = "tpl.example_type",
    /// A filter cannot read values of the declared type.
    FilterType = "tpl.filter_type",
    /// A date or an amount is put into the text as the computer writes it.
    RawValue = "tpl.raw_value",
    /// Names of months are asked for in a language whose names are not known.
    LocaleNames = "tpl.locale_names",
    /// The business is not named.
    BrandMissing = "tpl.brand_missing",
    /// Nothing says how to stop.
    StopLineMissing = "tpl.stop_line_missing",
    /// A value says how to stop.
    StopLineInjected = "tpl.stop_line_injected",
    /// A link leads through a public shortener.
    PublicShortener = "tpl.public_shortener",
    /// A link leads to a domain that is not the tenant's.
    ForeignLink = "tpl.foreign_link",
    /// A link hides where it leads.
    DisguisedLink = "tpl.disguised_link",
    /// A message with a code has a link.
    LinkWithCode = "tpl.link_with_code",
    /// A control character.
    ControlCharacter = "tpl.control_character",
    /// A character that readers do not see, or that turns the direction of what follows.
    InvisibleCharacter = "tpl.invisible_character",
    /// Too many capitals.
    Shouting = "tpl.shouting",
    /// Too many marks in a row.
    ExcessPunctuation = "tpl.excess_punctuation",
    /// Something that carriers refuse.
    ProhibitedContent = "tpl.prohibited_content",
    /// An advertisement in a message that is for something else.
    Promotion = "tpl.promotion",
    /// Values make an advertisement of a text that is none.
    PromotionInjected = "tpl.promotion_injected",
    /// More SMS segments than one.
    ManySegments = "tpl.many_segments",
    /// The name is not what WhatsApp takes.
    WaName = "tpl.wa_name",
    /// The language is not written as WhatsApp does it.
    WaLanguage = "tpl.wa_language",
    /// The category does not go with the purpose.
    WaCategory = "tpl.wa_category",
    /// Components are missing, repeated or hold fields where they may not.
    WaComponents = "tpl.wa_components",
    /// A text is longer than WhatsApp takes.
    WaLength = "tpl.wa_length",
    /// More buttons than WhatsApp takes, in all or of one kind.
    WaButtonCount = "tpl.wa_button_count",
    /// Quick replies are mixed with other buttons.
    WaButtonOrder = "tpl.wa_button_order",
    /// A button's label, address or number is not what WhatsApp takes.
    WaButton = "tpl.wa_button",
    /// A text starts or ends with a field.
    WaFieldAtEdge = "tpl.wa_field_at_edge",
    /// Two fields stand side by side.
    WaAdjacentFields = "tpl.wa_adjacent_fields",
    /// Too many fields for so few words.
    WaTooManyFields = "tpl.wa_too_many_fields",
    /// Fields by name and by number in one template.
    WaMixedNames = "tpl.wa_mixed_names",
    /// The numbers of the fields have a gap.
    WaGap = "tpl.wa_gap",
    /// A field or a medium has no example for the reviewer.
    WaExample = "tpl.wa_example",
    /// Line feeds, tabs or blanks that WhatsApp refuses.
    WaWhitespace = "tpl.wa_whitespace",
    /// An authentication template is not as WhatsApp fixes it.
    WaAuthentication = "tpl.wa_authentication",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_and_say_whose_they_are() {
        let texts: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        assert!(texts.iter().all(|text| text.starts_with("tpl.")));
    }
}
