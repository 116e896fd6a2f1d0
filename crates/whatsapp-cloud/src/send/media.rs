use super::{check_length, content_error};
use crate::{
    media::UPLOADED,
    wire::{File, Payload, Source},
};
use tidings_messaging::Media;
use tidings_routing::ProviderError;
use url::Url;

/// The longest caption, in characters.
const CAPTION_LIMIT: usize = 1024;

/// A message of one medium, by its type or else by its name, with the text as caption.
pub(super) fn file<'a>(medium: &'a Media, text: &'a str) -> Result<Payload<'a>, ProviderError> {
    let caption = Some(text).filter(|text| !text.trim().is_empty());
    check_length(text, CAPTION_LIMIT, "the text beside a medium")?;
    let link = medium.url.as_str();
    let source = source(link);
    let with_caption = |filename| File {
        source,
        caption,
        filename,
    };
    let without_caption = |name: &str| match caption {
        None => Ok(File {
            source,
            caption: None,
            filename: None,
        }),
        Some(_) => Err(content_error(
            "no_caption",
            &format!("WhatsApp shows no text beside {name}"),
            "send the text as a message of its own",
        )),
    };
    let media_type = match &medium.content_type {
        Some(given) => given.to_ascii_lowercase(),
        None => type_by_name(link).to_owned(),
    };
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    Ok(match essence.split_once('/') {
        Some(("image", "webp")) => Payload::Sticker(without_caption("a sticker (WebP)")?),
        Some(("image", _)) => Payload::Image(with_caption(None)),
        Some(("video", _)) => Payload::Video(with_caption(None)),
        Some(("audio", _)) => Payload::Audio(without_caption("a sound")?),
        _ => Payload::Document(with_caption(file_name(link))),
    })
}

/// Where a file is: anywhere, or at Meta already.
pub(super) fn source(address: &str) -> Source<'_> {
    let uploaded = address.strip_prefix(UPLOADED);
    uploaded.map_or(Source::Link(address), Source::Id)
}

/// What the end of an address tells about the file, where nobody told; a document otherwise.
fn type_by_name(link: &str) -> &'static str {
    let name = file_name(link).unwrap_or_default();
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("mp4") => "video/mp4",
        Some("3gp") => "video/3gpp",
        Some("mp3") => "audio/mpeg",
        Some("m4a") => "audio/mp4",
        Some("aac") => "audio/aac",
        Some("amr") => "audio/amr",
        Some("ogg") => "audio/ogg",
        _ => "application/octet-stream",
    }
}

/// The last part of the path: what the recipient sees as the name of a document.
pub(super) fn file_name(link: &str) -> Option<String> {
    let url = Url::parse(link).ok()?;
    // An address that cannot have a path has no name, such as that of a file at Meta.
    let name = url.path_segments()?.next_back()?;
    Some(name.to_owned()).filter(|name| !name.is_empty())
}
