//! Attachments: which kind of file they are, and what may stand beside them.

use super::{check_length, content_error};
use crate::wire::{File, Item, Payload};
use tidings_messaging::Media;
use tidings_routing::ProviderError;
use url::Url;

/// The longest caption, in characters, and the longest address (reference, section 2).
const LONGEST_CAPTION: usize = 3_000;
const LONGEST_ADDRESS: usize = 2_000;

/// The kinds of file that Vonage tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Image,
    /// WebP, which WhatsApp takes for a sticker.
    Sticker,
    Video,
    Audio,
    Vcard,
    File,
}

/// One attachment by MMS.
pub(super) fn mms<'a>(medium: &'a Media, text: &'a str) -> Result<Payload<'a>, ProviderError> {
    let file = file(medium, caption(text)?)?;
    Ok(match Kind::of(medium) {
        Kind::Image | Kind::Sticker => Payload::Image { image: file },
        Kind::Video => Payload::Video { video: file },
        Kind::Audio => Payload::Audio { audio: file },
        Kind::Vcard => Payload::Vcard { vcard: file },
        Kind::File => Payload::File { file },
    })
}

/// Several attachments by MMS; the text stands with the first.
pub(super) fn mms_of_several<'a>(
    media: &'a [Media],
    text: &'a str,
) -> Result<Payload<'a>, ProviderError> {
    let mut caption = caption(text)?;
    let item = |medium: &'a Media| {
        Ok(Item {
            kind: Kind::of(medium).in_mms(),
            file: file(medium, caption.take())?,
        })
    };
    let content = media
        .iter()
        .map(item)
        .collect::<Result<_, ProviderError>>()?;
    Ok(Payload::Content { content })
}

/// One attachment by WhatsApp.
pub(super) fn whatsapp<'a>(medium: &'a Media, text: &'a str) -> Result<Payload<'a>, ProviderError> {
    let caption = caption(text)?;
    let without_text = |name: &str| match caption {
        None => file(medium, None),
        Some(_) => Err(content_error(
            "no_caption",
            &format!("WhatsApp shows no text beside {name}"),
            "send the text as a message of its own",
        )),
    };
    Ok(match Kind::of(medium) {
        Kind::Image => Payload::Image {
            image: file(medium, caption)?,
        },
        Kind::Video => Payload::Video {
            video: file(medium, caption)?,
        },
        Kind::Audio => Payload::Audio {
            audio: without_text("a sound")?,
        },
        Kind::Sticker => Payload::Sticker {
            sticker: without_text("a sticker (WebP)")?,
        },
        Kind::Vcard | Kind::File => {
            // Without a name of its own a file is shown under its caption.
            let name = file_name(&medium.url);
            Payload::File {
                file: File {
                    name,
                    ..file(medium, caption)?
                },
            }
        }
    })
}

fn file<'a>(medium: &'a Media, caption: Option<&'a str>) -> Result<File<'a>, ProviderError> {
    if medium.url.len() > LONGEST_ADDRESS {
        let detail =
            format!("the address of an attachment may have {LONGEST_ADDRESS} characters at Vonage");
        return Err(ProviderError {
            advice: "give the attachment a shorter address".to_owned(),
            ..ProviderError::not_carried_here("address_too_long", &detail)
        });
    }
    Ok(File {
        url: &medium.url,
        caption,
        name: None,
    })
}

fn caption(text: &str) -> Result<Option<&str>, ProviderError> {
    check_length(text, LONGEST_CAPTION, "the text beside an attachment")?;
    Ok(Some(text).filter(|text| !text.trim().is_empty()))
}

/// The last part of the path: what the recipient sees as the name of a file.
pub(super) fn file_name(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let name = url.path_segments()?.next_back()?;
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

impl Kind {
    fn of(medium: &Media) -> Self {
        match &medium.content_type {
            Some(given) => Self::by_media_type(&given.to_ascii_lowercase()),
            None => Self::by_name(&medium.url),
        }
    }

    fn by_media_type(media_type: &str) -> Self {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        match essence.split_once('/') {
            Some(("image", "webp")) => Self::Sticker,
            Some(("image", _)) => Self::Image,
            Some(("video", _)) => Self::Video,
            Some(("audio", _)) => Self::Audio,
            Some(("text", "vcard" | "x-vcard")) => Self::Vcard,
            _ => Self::File,
        }
    }

    /// What the end of an address tells, where nobody told; a file otherwise.
    fn by_name(address: &str) -> Self {
        let name = file_name(address).unwrap_or_default();
        let extension = name
            .rsplit_once('.')
            .map(|(_, end)| end.to_ascii_lowercase());
        match extension.as_deref() {
            Some("jpg" | "jpeg" | "png" | "gif" | "bmp") => Self::Image,
            Some("webp") => Self::Sticker,
            Some("mp4" | "3gp" | "3gpp" | "avi" | "mpg") => Self::Video,
            Some("mp3" | "m4a" | "aac" | "amr" | "ogg" | "opus" | "wav") => Self::Audio,
            Some("vcf") => Self::Vcard,
            _ => Self::File,
        }
    }

    /// The word for it in a list of attachments.
    const fn in_mms(self) -> &'static str {
        match self {
            Self::Image | Self::Sticker => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Vcard => "vcard",
            Self::File => "file",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(url: &str, content_type: Option<&str>) -> Kind {
        Kind::of(&Media {
            url: url.to_owned(),
            content_type: content_type.map(str::to_owned),
        })
    }

    #[test]
    fn the_media_type_decides_and_else_the_name() {
        let url = "https://cdn.example.com/a.png?size=2";
        assert_eq!(kind(url, None), Kind::Image);
        for (given, expected) in [
            ("IMAGE/JPEG", Kind::Image),
            ("image/webp", Kind::Sticker),
            ("video/mp4", Kind::Video),
            ("audio/ogg; codecs=opus", Kind::Audio),
            ("text/vcard", Kind::Vcard),
            ("application/pdf", Kind::File),
            ("nonsense", Kind::File),
        ] {
            assert_eq!(kind(url, Some(given)), expected, "{given}");
        }
        for (name, expected) in [
            ("a.JPG", Kind::Image),
            ("a.webp", Kind::Sticker),
            ("a.mp4", Kind::Video),
            ("a.mp3", Kind::Audio),
            ("a.vcf", Kind::Vcard),
            ("a.pdf", Kind::File),
            ("a", Kind::File),
            ("", Kind::File),
        ] {
            assert_eq!(
                kind(&format!("https://cdn.example.com/{name}"), None),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn a_file_has_the_name_of_its_address() {
        assert_eq!(
            file_name("https://cdn.example.com/x/bill.pdf?t=1").as_deref(),
            Some("bill.pdf")
        );
        assert_eq!(file_name("https://cdn.example.com/"), None);
        assert_eq!(file_name("bill.pdf"), None);
    }
}
