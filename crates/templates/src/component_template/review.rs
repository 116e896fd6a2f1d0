//! Components as a provider's reviewers get them.

use super::{ButtonValue, ComponentError, ComponentTemplate, ParameterFormat, Section};
use crate::{
    Button, Component, Data, Example, FieldSpec, Formats, Header, NamedExample, Place, RenderError,
    Template, render,
};

/// Components that a provider takes for review: its own spelling of the fields, and an example for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewable {
    /// How fields of header and body are told apart.
    pub format: ParameterFormat,
    /// The components. Texts that the platform fixes are left out.
    pub components: Vec<Component>,
}

/// Why components cannot be handed to reviewers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// They are no template.
    #[error(transparent)]
    Components(#[from] ComponentError),
    /// A field has no example, or one that does not fit; give it one, or a default.
    #[error("examples for the reviewers: {0}")]
    Examples(RenderError),
    /// The medium of the header has no sample.
    #[error(
        "the header's medium needs a sample for the reviewers: upload one, and put its handle there"
    )]
    NoSample,
}

/// The components with bare fields (`{{first_name}}`, without default and filter), where reviewers need them
/// with examples: the author's own, else what the declared examples and defaults of `fields` make in the
/// customs of `formats`.
///
/// # Errors
/// [`ReviewError`]: they are no template, or an example is missing.
///
/// # Examples
/// ```
/// use serde_json::json;
/// use tidings_templates::{Component, FieldSpec, Formats, for_review};
///
/// let components: Vec<Component> = serde_json::from_value(json!([
///     {"type": "BODY", "text": "Hi {{first_name|there}}, it ships on {{day:date(long)}}."},
/// ]))?;
/// let fields: Vec<FieldSpec> = serde_json::from_value(json!([
///     {"name": "day", "type": "date", "example": "2026-11-21"},
/// ]))?;
/// let ready = for_review(&components, &fields, &Formats::of("en_US"))?;
/// assert_eq!(serde_json::to_value(&ready.components)?, json!([{
///     "type": "BODY", "text": "Hi {{first_name}}, it ships on {{day}}.",
///     "example": {"body_text_named_params": [
///         {"param_name": "first_name", "example": "there"},
///         {"param_name": "day", "example": "November 21, 2026"},
///     ]},
/// }]));
/// assert!(for_review(&components, &[], &Formats::of("en_US")).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn for_review(
    components: &[Component],
    fields: &[FieldSpec],
    formats: &Formats,
) -> Result<Reviewable, ReviewError> {
    let parsed = ComponentTemplate::parse(components)?;
    let values = fields.iter().filter_map(|field| {
        let value = field.example.as_ref().or(field.default.as_ref())?;
        Some((field.name.as_str().to_owned(), value.clone()))
    });
    let review = Review {
        data: values.collect(),
        parsed,
        formats,
    };
    let ready = components
        .iter()
        .map(|component| review.component(component));
    Ok(Reviewable {
        components: ready.collect::<Result<_, _>>()?,
        format: review.parsed.format(),
    })
}

struct Review<'a> {
    parsed: ComponentTemplate,
    data: Data,
    formats: &'a Formats,
}

impl Review<'_> {
    fn component(&self, component: &Component) -> Result<Component, ReviewError> {
        Ok(match component {
            Component::Header(header) => Component::Header(self.header(header)?),
            Component::Body {
                add_security_recommendation,
                ..
            } if self.has_code() => Component::Body {
                text: String::new(),
                add_security_recommendation: *add_security_recommendation,
                example: None,
            },
            Component::Body {
                text,
                add_security_recommendation,
                example,
            } => Component::Body {
                text: bare(text, Place::Body)?,
                add_security_recommendation: *add_security_recommendation,
                example: self.body_example(example.as_ref())?,
            },
            Component::Footer {
                text,
                code_expiration_minutes,
            } => Component::Footer {
                text: match code_expiration_minutes {
                    Some(_) => String::new(),
                    None => bare(text, Place::Footer)?,
                },
                code_expiration_minutes: *code_expiration_minutes,
            },
            Component::Buttons { buttons } => {
                let numbered = buttons.iter().enumerate();
                let ready = numbered.map(|(index, button)| self.button(index, button));
                Component::Buttons {
                    buttons: ready.collect::<Result<_, _>>()?,
                }
            }
        })
    }

    /// Whether its texts are the platform's, since it carries a one-time code.
    fn has_code(&self) -> bool {
        self.parsed.has_code
    }

    fn header(&self, header: &Header) -> Result<Header, ReviewError> {
        let sample = |example: &Option<Example>| {
            let sample = example.as_ref().map(|it| it.header_handle.clone());
            let handles = sample.filter(|handles| !handles.is_empty());
            handles.ok_or(ReviewError::NoSample).map(|header_handle| {
                Some(Example {
                    header_handle,
                    ..Example::default()
                })
            })
        };
        Ok(match header {
            Header::Text { text, example } => Header::Text {
                text: bare(text, Place::Header)?,
                example: self.header_example(example.as_ref())?,
            },
            Header::Image { example } => Header::Image {
                example: sample(example)?,
            },
            Header::Video { example } => Header::Video {
                example: sample(example)?,
            },
            Header::Document { example } => Header::Document {
                example: sample(example)?,
            },
            Header::Location => Header::Location,
        })
    }

    fn header_example(&self, given: Option<&Example>) -> Result<Option<Example>, ReviewError> {
        let Some(section) = self.parsed.header.as_ref() else {
            return Ok(None);
        };
        let (by_number, by_name) = match given {
            Some(given) => (&given.header_text[..], &given.header_text_named_params[..]),
            None => (&[][..], &[][..]),
        };
        let values = self.values(section, by_number, by_name)?;
        Ok(values.map(|values| match values {
            Values::ByNumber(header_text) => Example {
                header_text,
                ..Example::default()
            },
            Values::ByName(header_text_named_params) => Example {
                header_text_named_params,
                ..Example::default()
            },
        }))
    }

    fn body_example(&self, given: Option<&Example>) -> Result<Option<Example>, ReviewError> {
        let (by_number, by_name) = match given {
            Some(given) => (
                given.body_text.first().map_or(&[][..], Vec::as_slice),
                &given.body_text_named_params[..],
            ),
            None => (&[][..], &[][..]),
        };
        let values = self.values(&self.parsed.body, by_number, by_name)?;
        Ok(values.map(|values| match values {
            Values::ByNumber(row) => Example {
                body_text: vec![row],
                ..Example::default()
            },
            Values::ByName(body_text_named_params) => Example {
                body_text_named_params,
                ..Example::default()
            },
        }))
    }

    /// The examples of a text's fields, in wire order: the author's for those that have one. `None` for a
    /// text without fields.
    fn values(
        &self,
        section: &Section,
        by_number: &[String],
        by_name: &[NamedExample],
    ) -> Result<Option<Values>, ReviewError> {
        if section.parameters.is_empty() {
            return Ok(None);
        }
        let mut values = Vec::with_capacity(section.parameters.len());
        for (index, slot) in section.parameters.iter().enumerate() {
            let name = slot.wire_name.as_str();
            let given = match self.parsed.format {
                ParameterFormat::Positional => by_number.get(index),
                ParameterFormat::Named => by_name
                    .iter()
                    .find(|named| named.param_name == name)
                    .map(|named| &named.example),
            };
            let example = match given.filter(|given| !given.trim().is_empty()) {
                // As the author wants it read, past the filters.
                Some(given) => given.clone(),
                None => render::resolve(&slot.field, &self.data, self.formats)
                    .map_err(ReviewError::Examples)?,
            };
            values.push((name.to_owned(), example));
        }
        let values = values.into_iter();
        Ok(Some(match self.parsed.format {
            ParameterFormat::Positional => Values::ByNumber(values.map(|(_, it)| it).collect()),
            ParameterFormat::Named => {
                let named = values.map(|(param_name, example)| NamedExample {
                    param_name,
                    example,
                });
                Values::ByName(named.collect())
            }
        }))
    }

    fn button(&self, index: usize, button: &Button) -> Result<Button, ReviewError> {
        let place = Place::Button { index };
        let mut ready = button.clone();
        match &mut ready {
            Button::Url { text, url, example } => {
                *text = bare(text, place)?;
                let written = parse(url, place)?;
                // Links take their field by number, whatever the texts do.
                *url = written.rewritten(|_| "{{1}}".to_owned());
                if written.fields().next().is_none() {
                    example.clear();
                } else if example.is_empty()
                    && let Some(ButtonValue::UrlSuffix(value)) = self.button_value(index)?
                {
                    example.push(value);
                }
            }
            Button::CopyCode { example } => {
                if example.is_none()
                    && let Some(ButtonValue::CouponCode(value)) = self.button_value(index)?
                {
                    *example = Some(value);
                }
            }
            Button::QuickReply { text }
            | Button::PhoneNumber { text, .. }
            | Button::Flow { text, .. }
            | Button::Catalog { text }
            | Button::Mpm { text }
            | Button::VoiceCall { text } => *text = bare(text, place)?,
            Button::Otp { text, .. } => {
                if let Some(text) = text {
                    *text = bare(text, place)?;
                }
            }
        }
        Ok(ready)
    }

    fn button_value(&self, index: usize) -> Result<Option<ButtonValue>, ReviewError> {
        let filled = self.parsed.buttons.iter().find(|it| it.index == index);
        let parameter = filled.map(|it| it.parameter(&self.data, self.formats));
        let parameter = parameter.transpose().map_err(ReviewError::Examples)?;
        Ok(parameter.flatten().map(|it| it.value))
    }
}

enum Values {
    ByNumber(Vec<String>),
    ByName(Vec<NamedExample>),
}

fn parse(text: &str, place: Place) -> Result<Template, ReviewError> {
    Ok(super::template(text, place)?)
}

/// The text with its fields as a provider writes them.
fn bare(text: &str, place: Place) -> Result<String, ReviewError> {
    Ok(parse(text, place)?.rewritten(|field| format!("{{{{{}}}}}", field.name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    fn ready(components: Json, fields: Json) -> Result<Json, ReviewError> {
        let components: Vec<Component> = serde_json::from_value(components).unwrap();
        let fields: Vec<FieldSpec> = serde_json::from_value(fields).unwrap();
        for_review(&components, &fields, &Formats::of("en_US"))
            .map(|ready| serde_json::to_value(ready.components).unwrap())
    }

    #[test]
    fn fields_by_number_keep_their_numbers_in_each_component() {
        let components = json!([
            {"type": "HEADER", "format": "TEXT", "text": "Order {{1:upper}}"},
            {"type": "BODY", "text": "Hi {{2|you}}, it is {{1}}. \\{{x"},
            {"type": "BUTTONS", "buttons": [
                {"type": "QUICK_REPLY", "text": "Stop"},
                {"type": "URL", "text": "Track", "url": "https://shop.example.com/t/{{code}}"},
                {"type": "URL", "text": "Home", "url": "https://shop.example.com/"},
                {"type": "COPY_CODE"},
            ]},
        ]);
        let fields = json!([
            {"name": "header_1", "example": "a-1"}, {"name": "1", "example": "ready"},
            {"name": "code", "example": "xyz"}, {"name": "coupon_code", "default": "25OFF"},
        ]);
        let expected = json!([
            {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}", "example": {"header_text": ["A-1"]}},
            {"type": "BODY", "text": "Hi {{2}}, it is {{1}}. {{x", "example": {"body_text": [["ready", "you"]]}},
            {"type": "BUTTONS", "buttons": [
                {"type": "QUICK_REPLY", "text": "Stop"},
                {"type": "URL", "text": "Track", "url": "https://shop.example.com/t/{{1}}", "example": ["xyz"]},
                {"type": "URL", "text": "Home", "url": "https://shop.example.com/"},
                {"type": "COPY_CODE", "example": "25OFF"},
            ]},
        ]);
        assert_eq!(ready(components, fields).unwrap(), expected);
    }

    #[test]
    fn the_author_s_examples_come_first() {
        let named = json!([{"type": "BODY", "text": "Hi {{name}}, {{order}}!", "example": {
            "body_text_named_params": [{"param_name": "name", "example": "Ana"}]}}]);
        let fields =
            json!([{"name": "name", "example": "Bo"}, {"name": "order", "example": "A-1"}]);
        let found = ready(named, fields).unwrap();
        assert_eq!(
            found[0]["example"]["body_text_named_params"],
            json!([{"param_name": "name", "example": "Ana"}, {"param_name": "order", "example": "A-1"}])
        );
        let numbered = json!([{"type": "BODY", "text": "Hi {{1:date(long)}}!", "example": {"body_text": [["Ana"]]}}]);
        let found = ready(numbered, json!([])).unwrap();
        assert_eq!(found[0]["example"]["body_text"], json!([["Ana"]]));
    }

    #[test]
    fn texts_that_the_platform_fixes_are_left_out() {
        let components = json!([
            {"type": "BODY", "text": "{{1}} is your code.", "add_security_recommendation": true},
            {"type": "FOOTER", "text": "It expires.", "code_expiration_minutes": 10},
            {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy"}]},
        ]);
        let expected = json!([
            {"type": "BODY", "add_security_recommendation": true},
            {"type": "FOOTER", "code_expiration_minutes": 10},
            {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy"}]},
        ]);
        assert_eq!(ready(components, json!([])).unwrap(), expected);
    }

    #[test]
    fn what_reviewers_cannot_see_is_named() {
        let body = |text: &str| json!([{"type": "BODY", "text": text}]);
        let error = ready(body("Hi {{name}}"), json!([])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "examples for the reviewers: a value is missing for: name"
        );
        let picture = |example: Json| json!([{"type": "HEADER", "format": "IMAGE", "example": example}, {"type": "BODY", "text": "Hi"}]);
        assert_eq!(
            ready(picture(json!({})), json!([])),
            Err(ReviewError::NoSample)
        );
        assert!(ready(picture(json!({"header_handle": ["4::aW"]})), json!([])).is_ok());
        assert!(matches!(
            ready(json!([]), json!([])),
            Err(ReviewError::Components(_))
        ));
    }
}
