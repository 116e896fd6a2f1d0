use serde::{Deserialize, Deserializer, Serialize};

/// A piece of a WhatsApp template, in Meta's spelling (`POST /{waba}/message_templates`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Component {
    /// What stands on top.
    Header(Header),
    /// The message itself.
    Body {
        /// Text with merge fields; empty in an authentication template that is yet to be made,
        /// whose text Meta fixes.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
        /// Adds "do not share this code"; authentication only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        add_security_recommendation: Option<bool>,
        /// Values for the reviewer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        example: Option<Example>,
    },
    /// Small print.
    Footer {
        /// Text without merge fields.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        text: String,
        /// Says when the code expires, in place of a text; authentication only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code_expiration_minutes: Option<u8>,
    },
    /// What the reader may tap.
    Buttons {
        /// In the order they are shown; the position is the index on the wire.
        buttons: Vec<Button>,
    },
}

/// The top of a WhatsApp template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "format", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Header {
    /// A line of text.
    Text {
        /// Text with at most one merge field.
        text: String,
        /// A value for the reviewer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        example: Option<Example>,
    },
    /// A picture, given with each message.
    Image {
        /// One for the reviewer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        example: Option<Example>,
    },
    /// A film, given with each message.
    Video {
        /// One for the reviewer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        example: Option<Example>,
    },
    /// A file, given with each message.
    Document {
        /// One for the reviewer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        example: Option<Example>,
    },
    /// A place, given with each message.
    Location,
}

/// Values and media that Meta's reviewers see, in Meta's spelling.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Example {
    /// The value of a field by number in the header.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub header_text: Vec<String>,
    /// The value of a field by name in the header.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub header_text_named_params: Vec<NamedExample>,
    /// Handles of media in the header, from Meta's Resumable Upload API, such as `4::aW…`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub header_handle: Vec<String>,
    /// Values of the fields by number in the body: a list of them, in a list.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "rows")]
    pub body_text: Vec<Vec<String>>,
    /// Values of the fields by name in the body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub body_text_named_params: Vec<NamedExample>,
}

/// A value of a field by name for Meta's reviewers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedExample {
    /// The name of the field.
    pub param_name: String,
    /// Its value.
    pub example: String,
}

/// What a header shows instead of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaFormat {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A file.
    Document,
    /// A place.
    Location,
}

/// Something to tap under a WhatsApp message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Button {
    /// Answers with its own text.
    QuickReply {
        /// The label.
        text: String,
    },
    /// Opens a page.
    Url {
        /// The label.
        text: String,
        /// The address; at most one merge field, at its end.
        url: String,
        /// The value of the field, or the whole address, for the reviewer.
        #[serde(
            default,
            deserialize_with = "list",
            skip_serializing_if = "Vec::is_empty"
        )]
        example: Vec<String>,
    },
    /// Calls a number.
    PhoneNumber {
        /// The label.
        text: String,
        /// The number to call, as Meta gave or gets it.
        phone_number: String,
    },
    /// Copies a code, which the field [`COUPON_CODE_FIELD`](crate::COUPON_CODE_FIELD) fills.
    CopyCode {
        /// A code for the reviewer; Meta takes text and answers with a list.
        #[serde(
            default,
            deserialize_with = "text_or_list",
            skip_serializing_if = "Option::is_none"
        )]
        example: Option<String>,
    },
    /// Copies or fills in a one-time code; authentication only.
    Otp {
        /// How the code gets into the app.
        otp_type: OtpType,
        /// The label, if it is not Meta's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// The label while the code is filled in, if it is not Meta's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        autofill_text: Option<String>,
    },
    /// Opens a form of WhatsApp Flows.
    Flow {
        /// The label.
        text: String,
        /// The form.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        flow_id: Option<String>,
        /// `navigate` or `data_exchange`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        flow_action: Option<String>,
        /// The first screen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        navigate_screen: Option<String>,
    },
    /// Opens the catalog of the business.
    Catalog {
        /// The label.
        text: String,
    },
    /// Opens a choice of products.
    Mpm {
        /// The label.
        text: String,
    },
    /// Calls the business on WhatsApp.
    VoiceCall {
        /// The label.
        text: String,
    },
}

/// How a one-time code gets from the message into the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OtpType {
    /// The reader copies it.
    CopyCode,
    /// The reader taps once.
    OneTap,
    /// By itself.
    ZeroTap,
}

impl Component {
    /// A body of `text`.
    pub fn body(text: impl Into<String>) -> Self {
        Self::Body {
            text: text.into(),
            add_security_recommendation: None,
            example: None,
        }
    }

    /// A footer of `text`.
    pub fn footer(text: impl Into<String>) -> Self {
        Self::Footer {
            text: text.into(),
            code_expiration_minutes: None,
        }
    }
}

impl Button {
    /// What stands on it, if that is not Meta's own.
    pub fn label(&self) -> Option<&str> {
        match self {
            Self::QuickReply { text }
            | Self::Url { text, .. }
            | Self::PhoneNumber { text, .. }
            | Self::Flow { text, .. }
            | Self::Catalog { text }
            | Self::Mpm { text }
            | Self::VoiceCall { text } => Some(text),
            Self::Otp { text, .. } => text.as_deref(),
            Self::CopyCode { .. } => None,
        }
    }
}

impl Header {
    /// What the header shows, `None` for text.
    pub const fn media(&self) -> Option<MediaFormat> {
        match self {
            Self::Text { .. } => None,
            Self::Image { .. } => Some(MediaFormat::Image),
            Self::Video { .. } => Some(MediaFormat::Video),
            Self::Document { .. } => Some(MediaFormat::Document),
            Self::Location => Some(MediaFormat::Location),
        }
    }
}

/// Meta takes and gives text, or a list of texts.
#[derive(Deserialize)]
#[serde(untagged)]
enum TextOrList {
    Text(String),
    List(Vec<String>),
}

fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(match Option::deserialize(deserializer)? {
        Some(TextOrList::Text(text)) => vec![text],
        Some(TextOrList::List(list)) => list,
        None => Vec::new(),
    })
}

fn text_or_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(list(deserializer)?.into_iter().next())
}

/// A list of lists in Meta's complete examples; one page of theirs shows a flat list.
fn rows<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Rows {
        Nested(Vec<Vec<String>>),
        Flat(Vec<String>),
    }
    Ok(match Option::deserialize(deserializer)? {
        Some(Rows::Nested(rows)) => rows,
        Some(Rows::Flat(row)) => vec![row],
        None => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn components_speak_metas_spelling() {
        let json = json!([
            {"type": "HEADER", "format": "TEXT", "text": "Order {{order_no}}",
                "example": {"header_text_named_params": [{"param_name": "order_no", "example": "A-1"}]}},
            {"type": "HEADER", "format": "DOCUMENT"},
            {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::aW"]}},
            {"type": "HEADER", "format": "LOCATION"},
            {"type": "BODY", "text": "Hi {{1}}, your order ships today.", "example": {"body_text": [["Ana"]]}},
            {"type": "BODY", "add_security_recommendation": true},
            {"type": "FOOTER", "text": "Reply STOP to opt out"},
            {"type": "FOOTER", "code_expiration_minutes": 10},
            {"type": "BUTTONS", "buttons": [
                {"type": "QUICK_REPLY", "text": "Stop updates"},
                {"type": "URL", "text": "Track", "url": "https://shop.example.com/t/{{1}}"},
                {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+12025550123"},
                {"type": "URL", "text": "Track", "url": "https://shop.example.com/t/{{1}}", "example": ["A-1"]},
                {"type": "COPY_CODE", "example": "25OFF"},
                {"type": "OTP", "otp_type": "COPY_CODE"},
                {"type": "FLOW", "text": "Book", "flow_id": "1", "flow_action": "navigate"},
                {"type": "CATALOG", "text": "View catalog"},
                {"type": "MPM", "text": "View items"},
                {"type": "VOICE_CALL", "text": "Call on WhatsApp"},
            ]},
        ]);
        let components: Vec<Component> = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(components).unwrap(), json);
    }

    #[test]
    fn what_meta_adds_is_read_past() {
        let button: Button = serde_json::from_value(
            json!({"type": "COPY_CODE", "text": "Copy", "example": ["25OFF"]}),
        )
        .unwrap();
        assert_eq!(
            button,
            Button::CopyCode {
                example: Some("25OFF".into())
            }
        );
        let body =
            json!({"type": "BODY", "text": "x", "example": {"body_text": ["y"], "z": 1}, "id": 1});
        let Component::Body { example, .. } = serde_json::from_value(body).unwrap() else {
            unreachable!("a body");
        };
        assert_eq!(example.unwrap().body_text, [["y"]]);
    }
}
