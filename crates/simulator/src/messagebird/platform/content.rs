//! What a message says: texts, templates, files, buttons.

use serde_json::{Value, json};

use super::errors::PlatformError;
use crate::message::{Button, Media, content_type};
use crate::meta::{self, MetaTemplate};
use crate::request::{list, text};
use crate::rich::Rich;
use crate::segments;

const MEDIA: [&str; 5] = ["image", "video", "audio", "sticker", "document"];
const WHATSAPP: [&str; 10] = [
    "template",
    "text",
    "image",
    "video",
    "audio",
    "sticker",
    "document",
    "location",
    "interactive",
    "contact_cards",
];

/// What the handset shows.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) text: Option<String>,
    pub(super) template: Option<Value>,
    pub(super) media: Vec<Media>,
    pub(super) buttons: Vec<Button>,
    pub(super) rich: Rich,
    pub(super) category: Option<&'static str>,
}

/// The text or the template of an SMS.
pub(super) fn sms(body: &Value) -> Result<Content, PlatformError> {
    for param in [
        "media_urls",
        "scheduled_at",
        "broadcast_id",
        "campaign_id",
        "audience_id",
        "contact_id",
        "topic_id",
        "personalization",
    ] {
        if body.get(param).is_some_and(|value| !value.is_null()) {
            return Err(PlatformError::named("SMSUnsupportedFeature", param));
        }
    }
    let category = match text(body, "category") {
        None => None,
        Some("transactional") => Some("transactional"),
        Some("marketing") => Some("marketing"),
        Some("authentication") => Some("authentication"),
        Some("service") => Some("service"),
        Some(_) => return Err(PlatformError::invalid("category", "category is not known")),
    };
    match (text(body, "text"), body.get("template")) {
        (Some(_), Some(_)) => Err(PlatformError::invalid(
            "template",
            "text and template exclude each other",
        )),
        (None, None) => Err(PlatformError::invalid("text", "text is required")),
        (None, Some(template)) => Ok(Content {
            text: Some(called(template)?),
            template: Some(template.clone()),
            category,
            ..Content::default()
        }),
        (Some(content), None) => {
            if category.is_none() {
                let message = "category is required for free text";
                return Err(PlatformError::invalid("category", message));
            }
            if segments::count(content) > 12 {
                return Err(PlatformError::invalid(
                    "text",
                    "text has more than 12 segments",
                ));
            }
            Ok(Content {
                text: Some(content.to_owned()),
                category,
                ..Content::default()
            })
        }
    }
}

/// A template that nobody registered: its name and its values.
fn called(template: &Value) -> Result<String, PlatformError> {
    let name = text(template, "slug")
        .or_else(|| text(template, "id"))
        .ok_or_else(|| PlatformError::invalid("template", "id or slug is required"))?;
    let values: Vec<String> = match template.get("parameters") {
        Some(Value::Object(values)) => values
            .values()
            .map(|value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            })
            .collect(),
        Some(_) | None => Vec::new(),
    };
    Ok(format!("[{name}: {}]", values.join(", ")))
}

/// The one content of a WhatsApp message.
pub(super) fn whatsapp(body: &Value, known: &[MetaTemplate]) -> Result<Content, PlatformError> {
    let mut given = WHATSAPP
        .iter()
        .filter(|name| body.get(**name).is_some_and(|value| !value.is_null()));
    let (Some(kind), None) = (given.next().copied(), given.next()) else {
        let message = "exactly one of the kinds of content is required";
        return Err(PlatformError::invalid("text", message));
    };
    let object = body.get(kind).cloned().unwrap_or_default();
    match kind {
        "text" => Ok(Content {
            text: Some(limited("text", text(&object, "body"), 4096)?),
            ..Content::default()
        }),
        "template" => template(&object, known),
        "interactive" => interactive(&object),
        "location" => Ok(Content {
            text: Some(format!(
                "📍 {}, {}",
                object["latitude"], object["longitude"]
            )),
            ..Content::default()
        }),
        "contact_cards" => Ok(Content {
            text: Some("👤".to_owned()),
            ..Content::default()
        }),
        kind if MEDIA.contains(&kind) => {
            let url = text(&object, "url")
                .filter(|url| url.starts_with("https://") || url.starts_with("http://"))
                .ok_or_else(|| PlatformError::invalid("url", "url is required"))?;
            Ok(Content {
                text: text(&object, "caption").map(str::to_owned),
                media: vec![Media {
                    content_type: content_type(url).to_owned(),
                    url: Some(url.to_owned()),
                    id: None,
                }],
                ..Content::default()
            })
        }
        _ => Err(PlatformError::of("validation_error")),
    }
}

fn limited(param: &'static str, text: Option<&str>, most: usize) -> Result<String, PlatformError> {
    let text = text.ok_or_else(|| PlatformError::invalid(param, format!("{param} is required")))?;
    if text.chars().count() > most {
        return Err(PlatformError::invalid(
            param,
            format!("{param} is too long"),
        ));
    }
    Ok(text.to_owned())
}

/// In Meta's form, for the rules that are Meta's.
fn template(object: &Value, known: &[MetaTemplate]) -> Result<Content, PlatformError> {
    let name = text(object, "slug")
        .or_else(|| text(object, "id"))
        .ok_or_else(|| PlatformError::invalid("template", "id or slug is required"))?;
    let language = text(object, "language").unwrap_or("en").replace('-', "_");
    let mut buttons = 0;
    let components: Vec<Value> = list(object, "components")
        .iter()
        .map(|component| {
            let mut component = component.clone();
            if component["type"] == "button" {
                component["sub_type"] = json!("quick_reply");
                component["index"] = json!(buttons);
                buttons += 1;
            }
            component
        })
        .collect();
    let call = json!({
        "type": "template",
        "template": {
            "name": name.replace('-', "_"),
            "language": {"code": language},
            "components": components,
        },
    });
    let content = meta::content(&call, known)
        .map_err(|message| PlatformError::invalid("template", message))?;
    Ok(Content {
        text: content.text,
        template: Some(object.clone()),
        media: content.media,
        buttons: content.buttons,
        rich: content.rich,
        category: Some(content.category),
    })
}

/// Buttons, a list, or a link.
fn interactive(object: &Value) -> Result<Content, PlatformError> {
    let kind = text(object, "type").unwrap_or_default();
    let most = if kind == "list" { 4096 } else { 1024 };
    let body = limited("body_text", text(object, "body_text"), most)?;
    let choice = |choice: &Value| -> Result<Button, PlatformError> {
        Ok(Button {
            id: limited("slug", text(choice, "slug"), 256)?,
            title: limited("text", text(choice, "text"), 24)?,
            of_template: false,
        })
    };
    let buttons: Vec<Button> = match kind {
        "button" => list(object, "buttons")
            .iter()
            .map(|button| choice(button.get("quick_reply").unwrap_or(button)))
            .collect::<Result<_, _>>()?,
        "list" => list(&object["list"], "sections")
            .iter()
            .flat_map(|section| list(section, "rows"))
            .map(choice)
            .collect::<Result<_, _>>()?,
        "cta_url" | "carousel" | "location_request_message" | "request_contact_info" => Vec::new(),
        _ => return Err(PlatformError::invalid("interactive", "type is not known")),
    };
    let bounds = match kind {
        "button" => 1..=3,
        "list" => 1..=10,
        _ => 0..=0,
    };
    if !bounds.contains(&buttons.len()) {
        return Err(PlatformError::named(
            "WhatsAppInteractiveLimitExceeded",
            "interactive",
        ));
    }
    let is_twice = |title: &str| buttons.iter().filter(|one| one.title == title).count() > 1;
    if buttons.iter().any(|button| is_twice(&button.title)) {
        return Err(PlatformError::named(
            "WhatsAppInteractiveDuplicateLabel",
            "interactive",
        ));
    }
    Ok(Content {
        text: Some(body),
        buttons,
        ..Content::default()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{sms, whatsapp};

    #[test]
    fn an_sms_has_a_text_and_a_category_or_a_template() {
        for (body, is_fine) in [
            (json!({"text": "Hi", "category": "transactional"}), true),
            (json!({"text": "Hi"}), false),
            (json!({"text": "Hi", "category": "gossip"}), false),
            (json!({"category": "service"}), false),
            (
                json!({"template": {"slug": "order", "parameters": {"name": "Ana"}}}),
                true,
            ),
            (json!({"template": {}}), false),
            (json!({"template": {"id": "smt_1"}, "text": "Hi"}), false),
            (
                json!({"text": "a".repeat(1837), "category": "service"}),
                false,
            ),
            (
                json!({"text": "Hi", "category": "service", "media_urls": []}),
                false,
            ),
        ] {
            assert_eq!(sms(&body).is_ok(), is_fine, "{body}");
        }
    }

    #[test]
    fn whatsapp_carries_one_thing_at_a_time() {
        let button =
            |text: &str| json!({"type": "quick_reply", "quick_reply": {"slug": "y", "text": text}});
        let buttons = |buttons: Value| json!({"interactive": {"type": "button", "body_text": "?", "buttons": buttons}});
        for (body, is_fine) in [
            (json!({"text": {"body": "Hi"}}), true),
            (json!({}), false),
            (
                json!({"text": {"body": "Hi"}, "image": {"url": "https://a.example/b.png"}}),
                false,
            ),
            (
                json!({"image": {"url": "https://a.example/b.png", "caption": "Look"}}),
                true,
            ),
            (json!({"image": {}}), false),
            (
                json!({"template": {"slug": "order-ready", "language": "en-US"}}),
                true,
            ),
            (json!({"template": {"language": "en-US"}}), false),
            (buttons(json!([button("Yes"), button("No")])), true),
            (buttons(json!([button("Yes"), button("Yes")])), false),
            (buttons(json!([])), false),
            (
                json!({"interactive": {"type": "list", "body_text": "?", "list": {
                    "button_text": "Open",
                    "sections": [{"title": "A", "rows": [{"slug": "a", "text": "A"}]}],
                }}}),
                true,
            ),
        ] {
            assert_eq!(whatsapp(&body, &[]).is_ok(), is_fine, "{body}");
        }
    }
}
