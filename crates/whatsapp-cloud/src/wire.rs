//! Meta's JSON. What we read tolerates unknown, missing and misshapen fields everywhere, since Meta
//! changes this API monthly.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::borrow::Cow;

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
    /// Comes back in every status of this message.
    pub(crate) biz_opaque_callback_data: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    #[serde(flatten)]
    pub(crate) payload: Payload<'a>,
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
        }
    }
}

/// A plain text.
#[derive(Debug, Serialize)]
pub(crate) struct Text<'a> {
    pub(crate) preview_url: bool,
    pub(crate) body: &'a str,
}

/// A file that Meta fetches.
#[derive(Debug, Serialize)]
pub(crate) struct File<'a> {
    pub(crate) link: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) caption: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) filename: Option<String>,
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

/// Meta's description of an error, in answers and in callbacks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct MetaError {
    #[serde(deserialize_with = "lenient")]
    pub(crate) code: Option<u32>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) is_transient: Option<bool>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) title: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) message: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(crate) error_data: Option<ErrorData>,
}

/// The words for people.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ErrorData {
    #[serde(deserialize_with = "lenient")]
    pub(crate) details: Option<String>,
}

impl MetaError {
    /// The most exact words that Meta gives.
    pub(crate) fn detail(&self) -> &str {
        let details = self
            .error_data
            .as_ref()
            .and_then(|data| data.details.as_deref());
        details
            .into_iter()
            .chain(self.message.as_deref())
            .chain(self.title.as_deref())
            .find(|text| !text.is_empty())
            .unwrap_or("Meta gave no explanation")
    }

    /// Reads one error, however it looks.
    pub(crate) fn read(value: &Value) -> Self {
        // A list would be read as fields in their order.
        if !value.is_object() {
            return Self::default();
        }
        Self::deserialize(value).unwrap_or_default()
    }
}

/// Nothing, where the value is not of the expected type.
fn lenient<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// A JSON value whose absent parts are simply not there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'a>(pub(crate) &'a Value);

impl<'a> Node<'a> {
    /// The part at a path such as `metadata/phone_number_id`.
    pub(crate) fn at(self, path: &str) -> Option<Self> {
        path.split('/')
            .try_fold(self.0, |value, key| value.get(key))
            .map(Node)
    }

    /// A text that is not empty.
    pub(crate) fn text(self, path: &str) -> Option<&'a str> {
        self.at(path)?.0.as_str().filter(|text| !text.is_empty())
    }

    /// A text or a whole number as text: Meta writes ids both ways.
    pub(crate) fn word(self, path: &str) -> Option<Cow<'a, str>> {
        match self.at(path)?.0 {
            Value::String(text) if !text.is_empty() => Some(Cow::Borrowed(text)),
            Value::Number(number) => Some(Cow::Owned(number.to_string())),
            Value::String(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Array(_)
            | Value::Object(_) => None,
        }
    }

    /// The elements of a list; none where there is no list.
    pub(crate) fn list(self, path: &str) -> impl Iterator<Item = Node<'a>> + use<'a> {
        self.at(path)
            .and_then(|node| node.0.as_array())
            .into_iter()
            .flatten()
            .map(Node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_error_reads_however_it_looks() {
        let error = MetaError::read(&json!({
            "code": 131_026, "title": "t", "message": "m", "error_data": {"details": "d"}, "new": [],
        }));
        assert_eq!((error.code, error.detail()), (Some(131_026), "d"));
        let odd = json!({"code": "x", "is_transient": 1, "error_data": "no", "title": "t"});
        assert_eq!(MetaError::read(&odd).detail(), "t");
        for odd in [json!({"code": -1}), json!(null), json!([1]), json!("text")] {
            assert_eq!(MetaError::read(&odd), MetaError::default());
            assert_eq!(MetaError::read(&odd).detail(), "Meta gave no explanation");
        }
    }

    #[test]
    fn absent_and_misshapen_parts_are_not_there() {
        let value = json!({"a": {"b": "c", "n": 7, "e": ""}, "l": [1, 2]});
        let node = Node(&value);
        assert_eq!(node.text("a/b"), Some("c"));
        assert_eq!(node.word("a/n").as_deref(), Some("7"));
        for path in ["a/e", "a/n", "a/x/y", "l", ""] {
            assert_eq!(node.text(path), None, "{path}");
        }
        assert_eq!(node.list("l").count(), 2);
        assert_eq!(node.list("a").count(), 0);
    }
}
