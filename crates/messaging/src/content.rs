use crate::{Rich, RichForm, Shopping};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap};
use tidings_kernel::TemplateId;
use tidings_segmentation::{Encoding, measure};

/// What a message says, as it will leave: nothing in it is rendered later.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Content {
    /// The text that a person reads; for a WhatsApp template its rendering.
    pub text: String,
    /// The WhatsApp template to call, instead of sending the text itself.
    pub template: Option<TemplateCall>,
    /// Attachments, by address.
    pub media: Vec<Media>,
    /// The subject of an email.
    pub subject: Option<String>,
    /// What a WhatsApp message is beside its text and files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rich: Option<Rich>,
    /// What a contact says of products of a catalog, beside the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shopping: Option<Shopping>,
}

/// A file that the provider fetches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// Where the provider fetches it; `https` only outside development.
    pub url: String,
    /// The media type, such as `image/jpeg`, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

/// A call of an approved WhatsApp template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateCall {
    /// Our template.
    pub id: TemplateId,
    /// Its name at the provider.
    pub name: String,
    /// The locale of the variant, such as `en_US`.
    pub locale: String,
    /// What each provider calls it, such as `twilio` → `HX…`.
    pub provider_ids: BTreeMap<String, String>,
    /// The parameters of each component that has any, in order.
    pub components: Vec<ComponentCall>,
}

/// The parameters of one component of a WhatsApp template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentCall {
    /// Which component.
    pub component: ComponentKind,
    /// The values, in the order of the text.
    pub parameters: Vec<Parameter>,
}

/// A part of a WhatsApp template that takes parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ComponentKind {
    /// The heading.
    Header,
    /// The main text.
    Body,
    /// The variable end of a link; `index` counts buttons from zero.
    UrlButton {
        /// The place of the button.
        index: u8,
    },
    /// The code that a button copies; `index` counts buttons from zero.
    CopyCodeButton {
        /// The place of the button.
        index: u8,
    },
}

/// One value of a template call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// The field's name: a word for named templates, a number for positional ones.
    pub name: String,
    /// The rendered value.
    pub value: ParameterValue,
}

/// The kinds of value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum ParameterValue {
    /// Text.
    Text(String),
    /// An image by address.
    Image(String),
    /// A video by address.
    Video(String),
    /// A document by address.
    Document(String),
}

/// How many billed parts an SMS has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segments {
    /// `gsm7` or `ucs2`.
    pub encoding: Encoding,
    /// Septets or 16-bit units.
    pub units: u32,
    /// Parts; at least one.
    pub count: u32,
}

impl Segments {
    /// Measures a text.
    pub fn of(text: &str) -> Self {
        let measure = measure(text);
        Self {
            encoding: measure.encoding,
            units: measure.units,
            count: measure.count,
        }
    }
}

impl Content {
    /// A plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Whether there is nothing to send. A message that only quotes another says nothing.
    pub fn is_empty(&self) -> bool {
        let shows = self.rich.as_ref().is_some_and(|rich| rich.form.is_some());
        self.text.trim().is_empty() && self.template.is_none() && self.media.is_empty() && !shows
    }

    /// Everything that a person reads, line by line: the text, and the labels of a rich message.
    ///
    /// # Examples
    /// ```
    /// use tidings_messaging::{Content, Frame, ReplyButton, Rich, RichForm};
    ///
    /// let button = ReplyButton { id: "yes".into(), title: "Yes".into() };
    /// let form = RichForm::Buttons { frame: Frame::default(), buttons: vec![button] };
    /// let content = Content {
    ///     rich: Some(Rich { form: Some(form), to: None }),
    ///     ..Content::text("Confirm?")
    /// };
    /// assert_eq!(content.words(), "Confirm?\nYes");
    /// ```
    pub fn words(&self) -> Cow<'_, str> {
        let labels = self.rich.as_ref().map_or_else(Vec::new, Rich::words);
        if labels.is_empty() {
            return Cow::Borrowed(&self.text);
        }
        let text = Some(self.text.as_str()).filter(|text| !text.is_empty());
        let lines: Vec<&str> = text.into_iter().chain(labels).collect();
        Cow::Owned(lines.join("\n"))
    }

    /// The products that it is about, in a line for those who do not see them as WhatsApp shows them. A cart is told by
    /// the text already.
    ///
    /// # Examples
    /// ```
    /// use tidings_messaging::{Content, ProductRef, Shopping};
    ///
    /// let product = ProductRef { catalog: "42".into(), product: "SKU1".into() };
    /// let shopping = Shopping { product: Some(product), ..Shopping::default() };
    /// let asked = Content { shopping: Some(shopping), ..Content::text("Is it still there?") };
    /// assert_eq!(asked.products().as_deref(), Some("About product SKU1 of catalog 42"));
    /// assert_eq!(Content::text("Hello").products(), None);
    /// ```
    pub fn products(&self) -> Option<String> {
        let shown = self.rich.as_ref().and_then(|rich| rich.form.as_ref());
        let asked = self.shopping.as_ref().and_then(|it| it.product.as_ref());
        let asked = asked.map(|product| format!("About {}", product.words()));
        shown.and_then(RichForm::products).or(asked)
    }
}
