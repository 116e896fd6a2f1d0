use crate::{Component, ComponentError, ComponentErrorKind, ComponentTemplate, Place, Template};
use serde::{Deserialize, Serialize};

/// The body of a template in one locale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// BCP 47 tag; `en_US` and `en-us` are the same.
    pub locale: String,
    /// What is sent.
    #[serde(flatten)]
    pub body: VariantBody,
}

/// What a variant holds, as its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VariantBody {
    /// A text with merge fields.
    Text(String),
    /// WhatsApp components in Meta's spelling.
    Components(Vec<Component>),
}

/// A body that is known to be well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParsedBody {
    /// A text with merge fields.
    Text(Template),
    /// WhatsApp components.
    Components(ComponentTemplate),
}

impl VariantBody {
    /// Reads the body.
    ///
    /// # Errors
    /// [`ComponentError`]: says in which place and what is wrong.
    pub fn parse(&self) -> Result<ParsedBody, ComponentError> {
        match self {
            Self::Text(text) => Template::parse(text)
                .map(ParsedBody::Text)
                .map_err(|error| ComponentError {
                    place: Place::Text,
                    kind: ComponentErrorKind::Template(error),
                }),
            Self::Components(components) => {
                ComponentTemplate::parse(components).map(ParsedBody::Components)
            }
        }
    }
}

impl ParsedBody {
    /// Its texts with merge fields, each with the place it stands in.
    pub(crate) fn placed_templates(&self) -> Vec<(Place, &Template)> {
        match self {
            Self::Text(template) => vec![(Place::Text, template)],
            Self::Components(components) => components.placed_templates(),
        }
    }

    /// Its texts with merge fields, for [`check`](crate::check()).
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Text(template) => vec![template],
            Self::Components(components) => components.templates().collect(),
        }
    }
}

/// The variant for a reader of `wanted`.
///
/// The first of: the same locale; the bare language; another variant of that language; then the
/// same three for `fallback`; then whichever comes first. `None` only without variants.
///
/// # Examples
/// ```
/// use tidings_templates::{Variant, VariantBody, choose};
///
/// let variants = ["en", "pt_BR"].map(|locale| Variant {
///     locale: locale.into(),
///     body: VariantBody::Text(String::new()),
/// });
/// let locale = |wanted| choose(&variants, wanted, "en").map(|variant| variant.locale.as_str());
/// assert_eq!(locale("PT-br"), Some("pt_BR"));
/// assert_eq!(locale("en-GB"), Some("en"));
/// assert_eq!(locale("de"), Some("en"));
/// ```
pub fn choose<'variants>(
    variants: &'variants [Variant],
    wanted: &str,
    fallback: &str,
) -> Option<&'variants Variant> {
    for_locale(variants, wanted)
        .or_else(|| for_locale(variants, fallback))
        .or(variants.first())
}

fn for_locale<'variants>(
    variants: &'variants [Variant],
    wanted: &str,
) -> Option<&'variants Variant> {
    let wanted = normal(wanted);
    let language = language(&wanted);
    let find =
        |accepts: &dyn Fn(&str) -> bool| variants.iter().find(|v| accepts(&normal(&v.locale)));
    find(&|locale| locale == wanted)
        .or_else(|| find(&|locale| locale == language))
        .or_else(|| find(&|locale| self::language(locale) == language))
}

fn normal(locale: &str) -> String {
    locale.trim().replace('_', "-").to_ascii_lowercase()
}

fn language(locale: &str) -> &str {
    locale
        .split_once('-')
        .map_or(locale, |(language, _)| language)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn chosen(locales: &[&str], wanted: &str, fallback: &str) -> Option<String> {
        let variants: Vec<Variant> = locales
            .iter()
            .map(|locale| Variant {
                locale: (*locale).to_owned(),
                body: VariantBody::Text(String::new()),
            })
            .collect();
        choose(&variants, wanted, fallback).map(|variant| variant.locale.clone())
    }

    #[test]
    fn the_nearest_locale_wins() {
        let all = ["de", "en-GB", "en", "en_US"];
        assert_eq!(chosen(&all, "en-us", "de").as_deref(), Some("en_US"));
        assert_eq!(chosen(&all, "en-AU", "de").as_deref(), Some("en"));
        assert_eq!(
            chosen(&["de", "en-GB"], "en", "de").as_deref(),
            Some("en-GB")
        );
        assert_eq!(chosen(&all, "fr", "EN_gb").as_deref(), Some("en-GB"));
        assert_eq!(chosen(&all, "fr", "es").as_deref(), Some("de"));
        assert_eq!(chosen(&[], "fr", "es"), None);
    }

    #[test]
    fn a_body_is_text_or_components_on_the_wire() {
        for json in [
            json!({"locale": "en", "text": "Hi {{name}}"}),
            json!({"locale": "en", "components": [{"type": "BODY", "text": "Hi"}]}),
        ] {
            let variant: Variant = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(serde_json::to_value(&variant).unwrap(), json);
            assert_eq!(variant.body.parse().unwrap().templates().len(), 1);
        }
        assert!(serde_json::from_value::<Variant>(json!({"locale": "en"})).is_err());
    }

    #[test]
    fn a_broken_text_says_where() {
        let error = VariantBody::Text("{{".into()).parse().unwrap_err();
        assert_eq!(error.place, Place::Text);
    }
}
