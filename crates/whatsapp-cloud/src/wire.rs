//! What is written to Meta.

mod rich;

pub(crate) use rich::{
    Action, Card, CardName, Email, Header, Interactive, Link, Organization, Phone, Place,
    ProductItem, ProductSection, Reaction, Reply, ReplyButton, Row, Section, Thumbnail, Web, Words,
};

use serde::Serialize;

/// A message on its way out.
#[derive(Debug, Serialize)]
pub(crate) struct SendBody<'a> {
    pub(crate) messaging_product: &'static str,
    pub(crate) recipient_type: &'static str,
    /// A phone number in E.164 with `+`; without it Meta prepends the sender's own country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
    /// A business-scoped user id, for people without a known number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recipient: Option<&'a str>,
    /// The message that this one quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) context: Option<Quote<'a>>,
    /// Comes back in every status of this message.
    pub(crate) biz_opaque_callback_data: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    #[serde(flatten)]
    pub(crate) payload: Payload<'a>,
}

/// The message that another one quotes.
#[derive(Debug, Serialize)]
pub(crate) struct Quote<'a> {
    pub(crate) message_id: &'a str,
}

/// What the message holds, under the key that `type` names.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Payload<'a> {
    Text(Text<'a>),
    Image(File<'a>),
    Video(File<'a>),
    Audio(File<'a>),
    Document(File<'a>),
    Sticker(File<'a>),
    Template(Template<'a>),
    Interactive(Interactive<'a>),
    Location(Place<'a>),
    Contacts(Vec<Card<'a>>),
    Reaction(Reaction<'a>),
}

impl Payload<'_> {
    /// The value of `type`.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Video(_) => "video",
            Self::Audio(_) => "audio",
            Self::Document(_) => "document",
            Self::Sticker(_) => "sticker",
            Self::Template(_) => "template",
            Self::Interactive(_) => "interactive",
            Self::Location(_) => "location",
            Self::Contacts(_) => "contacts",
            Self::Reaction(_) => "reaction",
        }
    }
}

/// A plain text.
#[derive(Debug, Serialize)]
pub(crate) struct Text<'a> {
    pub(crate) preview_url: bool,
    pub(crate) body: &'a str,
}

/// A file that Meta fetches, or that was put there before.
#[derive(Debug, Serialize)]
pub(crate) struct File<'a> {
    #[serde(flatten)]
    pub(crate) source: Source<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) caption: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) filename: Option<String>,
}

/// Where a file is.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source<'a> {
    /// At this address.
    Link(&'a str),
    /// At Meta, under this id.
    Id(&'a str),
}

/// A call of an approved template.
#[derive(Debug, Serialize)]
pub(crate) struct Template<'a> {
    pub(crate) name: &'a str,
    pub(crate) language: Language,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) components: Vec<Component<'a>>,
}

/// The language of a template, as Meta writes it: `en_US`.
#[derive(Debug, Serialize)]
pub(crate) struct Language {
    pub(crate) code: String,
}

/// The parameters of one component.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Component<'a> {
    Header {
        parameters: Vec<Parameter<'a>>,
    },
    Body {
        parameters: Vec<Parameter<'a>>,
    },
    Button {
        sub_type: &'static str,
        index: String,
        parameters: Vec<Parameter<'a>>,
    },
}

/// One value.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Parameter<'a> {
    Text {
        #[serde(skip_serializing_if = "Option::is_none")]
        parameter_name: Option<&'a str>,
        text: &'a str,
    },
    Image {
        image: File<'a>,
    },
    Video {
        video: File<'a>,
    },
    Document {
        document: File<'a>,
    },
    CouponCode {
        coupon_code: &'a str,
    },
}
