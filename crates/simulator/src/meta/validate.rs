//! Reading and checking the body of a send.

use serde_json::{Map, Value};
use url::Url;

use super::errors::MetaError;
use super::riches;
use super::{MetaTemplate, interactive, template};
use crate::message::{Button, Media};
use crate::phone;
use crate::rich::{Card, Rich};

const COMMON: [&str; 7] = [
    "messaging_product",
    "recipient_type",
    "to",
    "recipient",
    "type",
    "context",
    "biz_opaque_callback_data",
];
const KINDS: [&str; 11] = [
    "text",
    "image",
    "audio",
    "video",
    "document",
    "sticker",
    "location",
    "contacts",
    "reaction",
    "interactive",
    "template",
];

/// A request to send that is in order.
#[derive(Debug)]
pub(super) struct Draft {
    /// As the caller wrote it; echoed in the answer.
    pub(super) input: String,
    pub(super) to: String,
    pub(super) text: Option<String>,
    pub(super) template: Option<Value>,
    pub(super) media: Vec<Media>,
    pub(super) buttons: Vec<Button>,
    pub(super) rich: Rich,
    pub(super) category: &'static str,
    pub(super) reference: Option<String>,
}

impl Draft {
    fn new(input: String, to: String, reference: Option<String>) -> Self {
        Self {
            input,
            to,
            text: None,
            template: None,
            media: Vec::new(),
            buttons: Vec::new(),
            rich: Rich::default(),
            category: "service",
            reference,
        }
    }
}

/// What a message says, for providers that pass messages in Meta's own form on to Meta.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) text: Option<String>,
    pub(crate) media: Vec<Media>,
    pub(crate) buttons: Vec<Button>,
    pub(crate) rich: Rich,
    pub(crate) category: &'static str,
}

/// Reads `{"type": "image", "image": {…}}`.
///
/// # Errors
/// What Meta finds wrong with it, in a sentence.
pub(crate) fn content(message: &Value, known: &[MetaTemplate]) -> Result<Content, String> {
    let mut draft = Draft::new(String::new(), String::new(), None);
    let filled = required_text(message, "custom", "type").and_then(|kind| {
        if !KINDS.contains(&kind) {
            return Err(MetaError::of(131_051));
        }
        fill(&mut draft, kind, required(message, "custom", kind)?, known)
    });
    filled.map_err(|error| error.to_string())?;
    Ok(Content {
        text: draft.text,
        media: draft.media,
        buttons: draft.buttons,
        rich: draft.rich,
        category: draft.category,
    })
}

/// A member that must be there.
pub(super) fn required<'a>(
    object: &'a Value,
    place: &str,
    name: &str,
) -> Result<&'a Value, MetaError> {
    object
        .get(name)
        .filter(|value| !value.is_null())
        .ok_or_else(|| MetaError::with(131_008, format!("Parameter {place}['{name}'] is missing")))
}

/// A text that must be there and not be empty.
pub(super) fn required_text<'a>(
    object: &'a Value,
    place: &str,
    name: &str,
) -> Result<&'a str, MetaError> {
    match required(object, place, name)?.as_str() {
        Some("") => Err(MetaError::with(
            131_008,
            format!("Parameter {place}['{name}'] is empty"),
        )),
        Some(text) => Ok(text),
        None => Err(MetaError::with(
            100,
            format!("Parameter {place}['{name}'] must be a string"),
        )),
    }
}

/// A text of at most so many characters.
pub(super) fn within<'a>(text: &'a str, most: usize, place: &str) -> Result<&'a str, MetaError> {
    if text.chars().count() > most {
        let details = format!("Param {place} must be at most {most} characters long");
        return Err(MetaError::with(131_009, details));
    }
    Ok(text)
}

/// Checks everything.
pub(super) fn draft(body: &Value, known: &[MetaTemplate]) -> Result<Draft, MetaError> {
    let Value::Object(object) = body else {
        return Err(MetaError::with(100, "The body must be a JSON object"));
    };
    if object.get("messaging_product").and_then(Value::as_str) != Some("whatsapp") {
        let details = "The parameter messaging_product must be whatsapp";
        return Err(MetaError::with(100, details));
    }
    match object.get("recipient_type").map(Value::as_str) {
        None | Some(Some("individual")) => {}
        Some(_) => {
            return Err(MetaError::with(
                131_009,
                "recipient_type must be individual",
            ));
        }
    }
    let kind = required_text(body, "body", "type")?;
    if !KINDS.contains(&kind) {
        return Err(MetaError::of(131_051));
    }
    if let Some(key) = object
        .keys()
        .find(|key| *key != kind && !COMMON.contains(&key.as_str()))
    {
        return Err(MetaError::with(100, format!("Unexpected key \"{key}\"")));
    }
    let input = recipient(object)?;
    let to = phone::e164(&input)
        .ok_or_else(|| MetaError::with(131_009, "The parameter to is not a phone number"))?;
    let reference = reference(object)?;
    let mut draft = Draft::new(input, to, reference);
    if let Some(context) = object.get("context") {
        let answered = required_text(context, "context", "message_id")?;
        draft.rich.reply_to = Some(answered.to_owned());
    }
    let content = required(body, "body", kind)?;
    fill(&mut draft, kind, content, known)?;
    Ok(draft)
}

fn recipient(object: &Map<String, Value>) -> Result<String, MetaError> {
    match object.get("to") {
        Some(Value::String(to)) if !to.is_empty() => Ok(to.clone()),
        Some(Value::String(_) | Value::Null) | None => Err(MetaError::with(
            131_008,
            "The parameter to is required; the simulator knows no business-scoped user ids",
        )),
        Some(_) => Err(MetaError::with(100, "The parameter to must be a string")),
    }
}

fn reference(object: &Map<String, Value>) -> Result<Option<String>, MetaError> {
    match object.get("biz_opaque_callback_data") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            within(text, 512, "biz_opaque_callback_data").map(|text| Some(text.to_owned()))
        }
        Some(_) => Err(MetaError::with(
            100,
            "biz_opaque_callback_data must be a string",
        )),
    }
}

fn fill(
    draft: &mut Draft,
    kind: &str,
    content: &Value,
    known: &[MetaTemplate],
) -> Result<(), MetaError> {
    match kind {
        "text" => {
            let text = required_text(content, "text", "body")?;
            draft.text = Some(within(text, 4096, "text['body']")?.to_owned());
        }
        "image" | "audio" | "video" | "document" | "sticker" => {
            draft.media.push(media(kind, content)?);
            if let Some(caption) = content.get("caption").and_then(Value::as_str) {
                draft.text = Some(within(caption, 1024, "caption")?.to_owned());
            }
            let file_name = content.get("filename").and_then(Value::as_str);
            draft.rich.file_name = file_name.map(str::to_owned);
        }
        "location" => {
            let place = riches::location(content)?;
            draft.text = Some(place.text());
            draft.rich.location = Some(place);
        }
        "contacts" => {
            draft.rich.contacts = riches::contacts(content)?;
            draft.text = Some(Card::text(&draft.rich.contacts));
        }
        "reaction" => {
            let sign = riches::reaction(content)?;
            draft.text = Some(sign.emoji.clone());
            draft.rich.reaction = Some(sign);
        }
        "interactive" => interactive::fill(draft, content)?,
        _ => {
            let rendered = template::render(content, known)?;
            draft.text = Some(rendered.text);
            draft.buttons = rendered.buttons;
            draft.media = rendered.media;
            draft.rich = Rich {
                reply_to: draft.rich.reply_to.take(),
                ..rendered.rich
            };
            draft.category = rendered.category;
            draft.template = Some(content.clone());
        }
    }
    Ok(())
}

/// Exactly one of `id` and `link`.
pub(super) fn media(kind: &str, content: &Value) -> Result<Media, MetaError> {
    let text = |name| content.get(name).and_then(Value::as_str).map(str::to_owned);
    let (id, url) = (text("id"), text("link"));
    match (&id, &url) {
        (None, None) => {
            let details = format!("Parameter {kind}['id'] or {kind}['link'] is missing");
            return Err(MetaError::with(131_008, details));
        }
        (Some(_), Some(_)) => {
            let details = format!("{kind} must have either id or link");
            return Err(MetaError::with(131_009, details));
        }
        (None, Some(link)) if !Url::parse(link).is_ok_and(|url| url.has_host()) => {
            let details = format!("{kind}['link'] is not a URL");
            return Err(MetaError::with(131_009, details));
        }
        (Some(_), None) | (None, Some(_)) => {}
    }
    Ok(Media {
        content_type: kind.to_owned(),
        id,
        url,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::draft;

    fn code(changes: &Value) -> Option<u32> {
        let mut body = json!({
            "messaging_product": "whatsapp",
            "to": "+1 (202) 555-0123",
            "type": "text",
            "text": {"body": "Hello"},
        });
        for (name, value) in changes.as_object().expect("an object") {
            body[name] = value.clone();
        }
        draft(&body, &[]).err().map(|error| error.code)
    }

    #[test]
    fn every_bad_parameter_has_metas_code() {
        let cases = [
            (json!({}), None),
            (json!({"messaging_product": "sms"}), Some(100)),
            (json!({"to": ""}), Some(131_008)),
            (json!({"to": 12}), Some(100)),
            (json!({"to": "somebody"}), Some(131_009)),
            (json!({"type": "pigeon"}), Some(131_051)),
            (json!({"recipient_type": "group"}), Some(131_009)),
            (json!({"surprise": 1}), Some(100)),
            (json!({"image": {}}), Some(100)),
            (json!({"text": {}}), Some(131_008)),
            (json!({"text": {"body": "a".repeat(4097)}}), Some(131_009)),
            (
                json!({"biz_opaque_callback_data": "a".repeat(513)}),
                Some(131_009),
            ),
            (json!({"context": {}}), Some(131_008)),
        ];
        for (changes, expected) in cases {
            assert_eq!(code(&changes), expected, "{changes}");
        }
    }

    fn of_kind(kind: &str, content: &Value) -> Option<u32> {
        let body = json!({
            "messaging_product": "whatsapp", "to": "+12025550123", "type": kind, kind: content,
        });
        draft(&body, &[]).err().map(|error| error.code)
    }

    #[test]
    fn every_kind_of_message_is_checked() {
        let buttons = |count: usize| {
            let button = json!({"type": "reply", "reply": {"id": "y", "title": "Yes"}});
            json!({"type": "button", "body": {"text": "?"}, "action": {"buttons": vec![button; count]}})
        };
        let cases = [
            ("image", json!({"id": "1"}), None),
            (
                "image",
                json!({"id": "1", "link": "https://a.example/b.png"}),
                Some(131_009),
            ),
            ("document", json!({}), Some(131_008)),
            ("video", json!({"link": "nonsense"}), Some(131_009)),
            (
                "location",
                json!({"latitude": 38.7, "longitude": "-9.1"}),
                None,
            ),
            ("location", json!({"latitude": 38.7}), Some(131_008)),
            (
                "contacts",
                json!([{"name": {"formatted_name": "Ana"}}]),
                None,
            ),
            ("contacts", json!([]), Some(131_008)),
            (
                "reaction",
                json!({"message_id": "wamid.1", "emoji": ""}),
                None,
            ),
            ("interactive", buttons(3), None),
            ("interactive", buttons(4), Some(131_009)),
            ("interactive", json!({"type": "list"}), Some(131_008)),
            (
                "template",
                json!({"name": "Bad Name", "language": {"code": "en"}}),
                Some(131_009),
            ),
            ("template", json!({"name": "fine"}), Some(131_008)),
        ];
        for (kind, content, expected) in cases {
            assert_eq!(of_kind(kind, &content), expected, "{kind} {content}");
        }
    }
}
