use tidings_messaging::Media;
use url::Url;

/// What WhatsApp takes a file for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Image,
    Video,
    Audio,
    Sticker,
    Document,
}

impl Kind {
    /// By the media type, or by the name where nobody told the type; a document otherwise.
    pub(crate) fn of(medium: &Media) -> Self {
        let told = medium.content_type.as_deref();
        let media_type = told.map_or_else(
            || type_by_name(&medium.url).to_owned(),
            str::to_ascii_lowercase,
        );
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        match essence.split_once('/') {
            Some(("image", "webp")) => Self::Sticker,
            Some(("image", _)) => Self::Image,
            Some(("video", _)) => Self::Video,
            Some(("audio", _)) => Self::Audio,
            Some(_) | None => Self::Document,
        }
    }

    /// Whether WhatsApp shows a text beside it.
    pub(crate) const fn takes_caption(self) -> bool {
        matches!(self, Self::Image | Self::Video | Self::Document)
    }
}

/// The last part of the address: what the recipient sees as the name of a document.
pub(crate) fn file_name(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let name = url.path_segments()?.next_back()?;
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

fn type_by_name(address: &str) -> &'static str {
    let name = file_name(address).unwrap_or_default();
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
        Some(_) | None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(url: &str, content_type: Option<&str>) -> Kind {
        Kind::of(&Media {
            url: url.into(),
            content_type: content_type.map(str::to_owned),
        })
    }

    #[test]
    fn the_type_decides_and_the_name_where_there_is_none() {
        for (url, content_type, expected) in [
            (
                "https://files.example/a",
                Some("IMAGE/PNG; q=1"),
                Kind::Image,
            ),
            (
                "https://files.example/a.jpg",
                Some("video/mp4"),
                Kind::Video,
            ),
            ("https://files.example/a.JPG?v=2", None, Kind::Image),
            ("https://files.example/a.webp", None, Kind::Sticker),
            ("https://files.example/a.3gp", None, Kind::Video),
            ("https://files.example/a.ogg", None, Kind::Audio),
            ("https://files.example/a.docx", None, Kind::Document),
            ("https://files.example/", None, Kind::Document),
            ("no address", None, Kind::Document),
            (
                "https://files.example/a.jpg",
                Some("nonsense"),
                Kind::Document,
            ),
        ] {
            assert_eq!(kind(url, content_type), expected, "{url} {content_type:?}");
        }
    }

    #[test]
    fn sounds_and_stickers_have_no_text_beside_them() {
        assert!(Kind::Image.takes_caption() && Kind::Document.takes_caption());
        assert!(!Kind::Audio.takes_caption() && !Kind::Sticker.takes_caption());
    }

    #[test]
    fn a_document_is_named_as_its_address_ends() {
        let name = file_name("https://files.example/i/invoice-42.pdf?t=1");
        assert_eq!(name.as_deref(), Some("invoice-42.pdf"));
        assert_eq!(file_name("https://files.example/"), None);
    }
}
