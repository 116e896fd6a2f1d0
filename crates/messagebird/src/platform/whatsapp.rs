use super::{send::metadata, template};
use crate::{
    media::{Kind, file_name},
    send::{check_length, empty, medium, no_caption, no_email},
};
use serde_json::{Value, json};
use tidings_messaging::{Address, Media, SendableMessage};
use tidings_routing::ProviderError;

/// The longest text, in characters.
const TEXT_LIMIT: usize = 4096;
/// The longest text beside a medium, in characters.
const CAPTION_LIMIT: usize = 1024;
/// The longest name of a document, in characters.
const NAME_LIMIT: usize = 100;

/// The body of the call that sends by WhatsApp.
pub(super) fn body(message: &SendableMessage) -> Result<Value, ProviderError> {
    let to = match message.to() {
        Address::Phone(number) => number.to_string(),
        Address::WhatsappUser(user) => user.clone(),
        Address::Email(_) => return Err(no_email()),
    };
    let text = &message.content().text;
    let (kind, content) = match (&message.content().template, medium(message)?) {
        (Some(call), _) => ("template", template::body(call)?),
        (None, Some(medium)) => file(medium, text)?,
        (None, None) if text.trim().is_empty() => return Err(empty()),
        (None, None) => {
            check_length(text, TEXT_LIMIT, "a text")?;
            ("text", json!({ "body": text, "preview_url": false }))
        }
    };
    Ok(json!({
        "to": to,
        "from": message.from(),
        kind: content,
        "metadata": metadata(message),
    }))
}

fn file(medium: &Media, text: &str) -> Result<(&'static str, Value), ProviderError> {
    let kind = Kind::of(medium);
    let mut file = json!({ "url": medium.url });
    if !text.trim().is_empty() {
        if !kind.takes_caption() {
            return Err(no_caption("a sound or a sticker"));
        }
        check_length(text, CAPTION_LIMIT, "the text beside a medium")?;
        file["caption"] = text.into();
    }
    let name = match kind {
        Kind::Image => "image",
        Kind::Video => "video",
        Kind::Audio => "audio",
        Kind::Sticker => "sticker",
        Kind::Document => "document",
    };
    if kind == Kind::Document
        && let Some(file_name) = document_name(&medium.url)
    {
        file["filename"] = file_name.into();
    }
    Ok((name, file))
}

/// The name that the recipient sees, unless it is longer than the platform takes: then WhatsApp makes one.
pub(super) fn document_name(address: &str) -> Option<String> {
    file_name(address).filter(|name| name.chars().count() <= NAME_LIMIT)
}
