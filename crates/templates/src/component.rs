use serde::{Deserialize, Deserializer, Serialize};

/// A piece of a WhatsApp template, in Meta's spelling (`POST /{waba}/message_templates`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Component {
    /// What stands on top.
    Header(Header),
    /// The message itself.
    Body {
        /// Text with merge fields.
        text: String,
    },
    /// Small print.
    Footer {
        /// Text without merge fields.
        text: String,
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
    },
    /// A picture, given with each message.
    Image,
    /// A film, given with each message.
    Video,
    /// A file, given with each message.
    Document,
    /// A place, given with each message.
    Location,
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
}

impl Header {
    /// What the header shows, `None` for text.
    pub const fn media(&self) -> Option<MediaFormat> {
        match self {
            Self::Text { .. } => None,
            Self::Image => Some(MediaFormat::Image),
            Self::Video => Some(MediaFormat::Video),
            Self::Document => Some(MediaFormat::Document),
            Self::Location => Some(MediaFormat::Location),
        }
    }
}

fn text_or_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Example {
        Text(String),
        List(Vec<String>),
    }
    Ok(match Option::deserialize(deserializer)? {
        Some(Example::Text(text)) => Some(text),
        Some(Example::List(list)) => list.into_iter().next(),
        None => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn components_speak_metas_spelling() {
        let json = json!([
            {"type": "HEADER", "format": "TEXT", "text": "Order {{order_no}}"},
            {"type": "HEADER", "format": "DOCUMENT"},
            {"type": "BODY", "text": "Hi {{first_name}}, your order ships today."},
            {"type": "FOOTER", "text": "Reply STOP to opt out"},
            {"type": "BUTTONS", "buttons": [
                {"type": "QUICK_REPLY", "text": "Stop updates"},
                {"type": "URL", "text": "Track", "url": "https://shop.example.com/t/{{1}}"},
                {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+12025550123"},
                {"type": "COPY_CODE", "example": "25OFF"},
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
        let body = json!({"type": "BODY", "text": "x", "example": {"body_text": [["y"]]}});
        assert!(serde_json::from_value::<Component>(body).is_ok());
    }
}
