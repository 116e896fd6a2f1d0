use crate::lint::{BODY, COUPON, HEADER, URL};
use crate::{
    Component, Data, FieldName, FieldRef, Formats, Header, MediaFormat, RenderError, Template,
    render,
};
use serde::Serialize;
use std::collections::BTreeSet;

mod authentication;
mod buttons;
mod error;
mod parameters;
mod review;
#[cfg(test)]
mod tests;

pub use error::{ComponentError, ComponentErrorKind, Place};
pub use review::{ReviewError, Reviewable, for_review};

/// The field that fills a copy-code button, which has no text of its own to hold one.
pub const COUPON_CODE_FIELD: &str = "coupon_code";

/// WhatsApp components that are known to be well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentTemplate {
    format: ParameterFormat,
    media: Option<MediaFormat>,
    header: Option<Section>,
    body: Section,
    footer: Option<String>,
    buttons: Vec<FilledButton>,
    /// Labels and addresses of the buttons, as their author wrote them.
    labels: Vec<String>,
    /// Whether it carries a one-time code, so that its texts are the platform's.
    has_code: bool,
}

/// How parameters of header and body are told apart on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterFormat {
    /// By order.
    Positional,
    /// By name.
    Named,
}

/// What goes on the wire for one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedComponents {
    /// How `header` and `body` are told apart.
    pub format: ParameterFormat,
    /// The medium that the header needs with each message.
    pub media: Option<MediaFormat>,
    /// Parameters of the header text.
    pub header: Vec<Parameter>,
    /// Parameters of the body, in wire order.
    pub body: Vec<Parameter>,
    /// Parameters of the buttons that take one.
    pub buttons: Vec<ButtonParameter>,
    /// What a person reads: header, body and footer, a line feed between them.
    pub text: String,
}

/// One value for header or body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name on the wire; `None` for a parameter by order.
    pub name: Option<FieldName>,
    /// What the reader sees.
    pub value: String,
}

/// One value for a button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ButtonParameter {
    /// Position of the button, from 0.
    pub index: usize,
    /// The value.
    pub value: ButtonValue,
}

/// What a button is given with each message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ButtonValue {
    /// What is added to the end of the address.
    UrlSuffix(String),
    /// The code to copy.
    CouponCode(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Section {
    /// With the names that data uses.
    template: Template,
    parameters: Vec<Slot>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Slot {
    field: FieldRef,
    wire_name: FieldName,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct FilledButton {
    index: usize,
    kind: ButtonKind,
    /// The field and the text that holds it.
    template: Template,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ButtonKind {
    Url,
    CopyCode,
}

impl ButtonKind {
    /// Most characters of its value, with the address that stands before it.
    const fn most(self) -> usize {
        match self {
            Self::Url => URL,
            Self::CopyCode => COUPON,
        }
    }
}

impl ComponentTemplate {
    /// Reads `components`, in any order.
    ///
    /// Fields by number belong to their component: `{{1}}` in the body is filled by `1`, in the
    /// header by `header_1`, in the address of the button at index 0 by `button_0_1`.
    ///
    /// # Errors
    /// [`ComponentError`]: Meta could not take them; says in which place and why.
    ///
    /// # Examples
    /// ```
    /// use serde_json::json;
    /// use tidings_templates::{ComponentTemplate, data_from_json};
    ///
    /// let components: Vec<_> = serde_json::from_value(json!([
    ///     {"type": "BODY", "text": "Hi {{first_name}}, it ships today."},
    ///     {"type": "FOOTER", "text": "Reply STOP to opt out"},
    /// ]))?;
    /// let template = ComponentTemplate::parse(&components)?;
    /// let rendered = template.render(&data_from_json(json!({"first_name": "Ana"}))?)?;
    /// assert_eq!(rendered.body[0].value, "Ana");
    /// assert_eq!(rendered.text, "Hi Ana, it ships today.\nReply STOP to opt out");
    ///
    /// assert!(ComponentTemplate::parse(&[]).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(components: &[Component]) -> Result<Self, ComponentError> {
        let (mut header, mut body, mut footer, mut buttons) = (None, None, None, None);
        for component in components {
            match component {
                Component::Header(it) => once(&mut header, it, Place::Header)?,
                Component::Body { .. } => once(&mut body, component, Place::Body)?,
                Component::Footer { .. } => once(&mut footer, component, Place::Footer)?,
                Component::Buttons { buttons: it } => once(&mut buttons, it, Place::Buttons)?,
            }
        }
        let body = body.ok_or(Place::Body.error(ComponentErrorKind::NoBody))?;
        let buttons = buttons.map_or(&[][..], Vec::as_slice);
        let body = Section::parse(&authentication::body_text(body, buttons), Place::Body)?;
        let media = header.and_then(Header::media);
        let header = match header {
            Some(Header::Text { text, .. }) => Some(Section::parse(text, Place::Header)?),
            Some(
                Header::Image { .. }
                | Header::Video { .. }
                | Header::Document { .. }
                | Header::Location,
            )
            | None => None,
        };
        let footer = footer
            .map(|footer| plain(&authentication::footer_text(footer), Place::Footer))
            .transpose()?;
        Ok(Self {
            format: parameter_format(header.iter().chain([&body]))?,
            buttons: buttons::filled(buttons, &body)?,
            labels: buttons::labels(buttons),
            has_code: authentication::has_code(buttons),
            media,
            header,
            body,
            footer,
        })
    }

    /// How header and body name their parameters.
    pub fn format(&self) -> ParameterFormat {
        self.format
    }

    /// Its texts with merge fields, for [`check`](crate::check()).
    pub fn templates(&self) -> impl Iterator<Item = &Template> {
        let sections = self.header.iter().chain([&self.body]);
        sections
            .map(|section| &section.template)
            .chain(self.buttons.iter().map(|button| &button.template))
    }

    /// Its texts with merge fields, each with the component it stands in.
    pub(crate) fn placed_templates(&self) -> Vec<(Place, &Template)> {
        let header = self.header.as_ref().map(|it| (Place::Header, &it.template));
        let buttons = self.buttons.iter().map(|button| {
            let place = Place::Button {
                index: button.index,
            };
            (place, &button.template)
        });
        let body = (Place::Body, &self.body.template);
        header.into_iter().chain([body]).chain(buttons).collect()
    }

    /// All that a reader may see, as its author wrote it, and where each component begins.
    pub(crate) fn source(&self) -> (String, Vec<(Place, usize)>) {
        let (mut text, mut places) = (String::new(), Vec::new());
        let header = self
            .header
            .as_ref()
            .map(|it| (Place::Header, it.template.as_str()));
        let footer = self.footer.as_deref().map(|it| (Place::Footer, it));
        let labels = self.labels.iter().enumerate();
        let labels = labels.map(|(index, label)| (Place::Button { index }, label.as_str()));
        let body = (Place::Body, self.body.template.as_str());
        for (place, part) in header.into_iter().chain([body]).chain(footer).chain(labels) {
            places.push((place, text.len()));
            text.push_str(part);
            text.push('\n');
        }
        (text, places)
    }

    /// Every use of a field, header first, under the name that data uses.
    pub fn fields(&self) -> impl Iterator<Item = &FieldRef> {
        self.templates().flat_map(Template::fields)
    }

    /// The parameters for one message and what its reader sees.
    ///
    /// # Errors
    /// [`RenderError`]: the data and the fields of all components do not match.
    pub fn render(&self, data: &Data) -> Result<RenderedComponents, RenderError> {
        self.render_as(data, &Formats::default())
    }

    /// The same, dates and numbers written as `formats` says.
    ///
    /// # Errors
    /// [`RenderError`]: the data and the fields of all components do not match.
    pub fn render_as(
        &self,
        data: &Data,
        formats: &Formats,
    ) -> Result<RenderedComponents, RenderError> {
        render::verify(self.fields(), data)?;
        parameters::verify(data)?;
        let header = self.header.as_ref();
        let mut lines = Vec::new();
        if let Some(section) = header {
            lines.push(section.text(HEADER, data, formats)?);
        }
        lines.push(self.body.text(BODY, data, formats)?);
        lines.extend(self.footer.clone());
        let parameters = |section: &Section| section.parameters(self.format, data, formats);
        Ok(RenderedComponents {
            format: self.format,
            media: self.media,
            header: header.map(parameters).transpose()?.unwrap_or_default(),
            body: parameters(&self.body)?,
            buttons: self
                .buttons
                .iter()
                .filter_map(|button| button.parameter(data, formats).transpose())
                .collect::<Result<_, _>>()?,
            text: lines.join("\n"),
        })
    }
}

impl Section {
    fn parse(text: &str, place: Place) -> Result<Self, ComponentError> {
        let written = template(text, place)?;
        let named = match place.prefix() {
            Some(prefix) => written.clone().within(&prefix),
            None => written.clone(),
        };
        let mut parameters: Vec<Slot> = Vec::new();
        for (wire, field) in written.fields().zip(named.fields()) {
            match parameters.iter().find(|slot| slot.field.name == field.name) {
                Some(slot) if slot.field.default == field.default => {}
                Some(_) => return Err(place.error(ComponentErrorKind::DefaultsDiffer)),
                None => parameters.push(Slot {
                    field: field.clone(),
                    wire_name: wire.name.clone(),
                }),
            }
            if field.default.as_deref() == Some("") {
                return Err(place.error(ComponentErrorKind::EmptyDefault));
            }
        }
        let limit = match place {
            Place::Header => 1,
            Place::Text | Place::Body | Place::Footer | Place::Buttons | Place::Button { .. } => {
                usize::MAX
            }
        };
        if parameters.len() > limit {
            return Err(place.error(ComponentErrorKind::TooManyFields));
        }
        parameters.sort_by_key(|slot| slot.wire_name.position());
        let numbers = parameters
            .iter()
            .filter_map(|slot| slot.wire_name.position());
        if numbers
            .zip(1_u16..)
            .any(|(number, expected)| number != expected)
        {
            return Err(place.error(ComponentErrorKind::Gap));
        }
        Ok(Self {
            template: named,
            parameters,
        })
    }

    /// What a reader sees.
    fn text(&self, most: usize, data: &Data, formats: &Formats) -> Result<String, RenderError> {
        let text = self.template.fill(data, formats)?;
        parameters::verify_length(&text, most, &self.template)?;
        Ok(text)
    }

    fn parameters(
        &self,
        format: ParameterFormat,
        data: &Data,
        formats: &Formats,
    ) -> Result<Vec<Parameter>, RenderError> {
        let parameter = |slot: &Slot| {
            Ok(Parameter {
                name: match format {
                    ParameterFormat::Named => Some(slot.wire_name.clone()),
                    ParameterFormat::Positional => None,
                },
                value: render::resolve(&slot.field, data, formats)?,
            })
        };
        self.parameters.iter().map(parameter).collect()
    }
}

impl FilledButton {
    fn parameter(
        &self,
        data: &Data,
        formats: &Formats,
    ) -> Result<Option<ButtonParameter>, RenderError> {
        let Some(field) = self.template.fields().next() else {
            return Ok(None);
        };
        let value = render::resolve(field, data, formats)?;
        let text = match self.kind {
            ButtonKind::Url => format!("{}{value}", parameters::before_field(&self.template)),
            ButtonKind::CopyCode => value.clone(),
        };
        parameters::verify_length(&text, self.kind.most(), &self.template)?;
        Ok(Some(ButtonParameter {
            index: self.index,
            value: match self.kind {
                ButtonKind::Url => ButtonValue::UrlSuffix(value),
                ButtonKind::CopyCode => ButtonValue::CouponCode(value),
            },
        }))
    }
}

fn once<'c, T>(slot: &mut Option<&'c T>, value: &'c T, place: Place) -> Result<(), ComponentError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(place.error(ComponentErrorKind::Repeated)),
    }
}

fn template(text: &str, place: Place) -> Result<Template, ComponentError> {
    Template::parse(text).map_err(|error| place.error(ComponentErrorKind::Template(error)))
}

/// The text of a place that takes no fields.
fn plain(text: &str, place: Place) -> Result<String, ComponentError> {
    let parsed = template(text, place)?;
    let rendered = parsed.fill(&Data::new(), &Formats::default());
    match (parsed.fields().next(), rendered) {
        (None, Ok(rendered)) => Ok(rendered),
        (Some(_), _) | (None, Err(_)) => Err(place.error(ComponentErrorKind::TooManyFields)),
    }
}

fn parameter_format<'s>(
    sections: impl Iterator<Item = &'s Section>,
) -> Result<ParameterFormat, ComponentError> {
    let formats: BTreeSet<bool> = sections
        .flat_map(|section| &section.parameters)
        .map(|slot| slot.wire_name.position().is_none())
        .collect();
    match (formats.contains(&true), formats.contains(&false)) {
        (true, true) => Err(Place::Body.error(ComponentErrorKind::MixedNames)),
        (true, false) => Ok(ParameterFormat::Named),
        (false, _) => Ok(ParameterFormat::Positional),
    }
}
