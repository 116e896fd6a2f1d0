use std::str;

/// What a file is, as its first bytes tell: nobody's word for it counts, but to tell apart what the bytes cannot.
///
/// # Examples
/// ```
/// use tidings_messaging::media::MediaKind;
///
/// let page = MediaKind::of(b"<!DOCTYPE html><script>alert(1)</script>", Some("image/jpeg"));
/// assert_eq!(page.as_str(), "text/html");
/// assert!(!page.is_shown());
/// let picture = MediaKind::of(b"\xff\xd8\xff\xe0\0\x10JFIF", None);
/// assert_eq!((picture.as_str(), picture.extension()), ("image/jpeg", "jpg"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaKind {
    content_type: &'static str,
    extension: &'static str,
}

const fn kind(content_type: &'static str, extension: &'static str) -> MediaKind {
    MediaKind {
        content_type,
        extension,
    }
}

const JPEG: MediaKind = kind("image/jpeg", "jpg");
const PNG: MediaKind = kind("image/png", "png");
const GIF: MediaKind = kind("image/gif", "gif");
const WEBP: MediaKind = kind("image/webp", "webp");
const HEIC: MediaKind = kind("image/heic", "heic");
const MP4: MediaKind = kind("video/mp4", "mp4");
const THREE_GPP: MediaKind = kind("video/3gpp", "3gp");
const QUICKTIME: MediaKind = kind("video/quicktime", "mov");
const M4A: MediaKind = kind("audio/mp4", "m4a");
const OGG: MediaKind = kind("audio/ogg", "ogg");
const MP3: MediaKind = kind("audio/mpeg", "mp3");
const AAC: MediaKind = kind("audio/aac", "aac");
const AMR: MediaKind = kind("audio/amr", "amr");
const WAV: MediaKind = kind("audio/wav", "wav");
const PDF: MediaKind = kind("application/pdf", "pdf");
const ZIP: MediaKind = kind("application/zip", "zip");
const HTML: MediaKind = kind("text/html", "html");
const SVG: MediaKind = kind("image/svg+xml", "svg");
const XML: MediaKind = kind("application/xml", "xml");
const TEXT: MediaKind = kind("text/plain", "txt");
const UNKNOWN: MediaKind = kind("application/octet-stream", "bin");

/// What a ZIP archive may be said to be.
const ARCHIVES: [MediaKind; 3] = [
    kind(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "docx",
    ),
    kind(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsx",
    ),
    kind(
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "pptx",
    ),
];
/// What a compound file may be said to be.
const COMPOUNDS: [MediaKind; 3] = [
    kind("application/msword", "doc"),
    kind("application/vnd.ms-excel", "xls"),
    kind("application/vnd.ms-powerpoint", "ppt"),
];
/// What a text may be said to be.
const TEXTS: [MediaKind; 4] = [
    kind("text/csv", "csv"),
    kind("text/vcard", "vcf"),
    kind("text/x-vcard", "vcf"),
    kind("text/calendar", "ics"),
];
/// What is known by its first bytes alone.
const PREFIXES: [(&[u8], MediaKind); 14] = [
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"OggS", OGG),
    (b"ID3", MP3),
    (b"\xff\xfb", MP3),
    (b"\xff\xf3", MP3),
    (b"\xff\xf2", MP3),
    (b"\xff\xf1", AAC),
    (b"\xff\xf9", AAC),
    (b"#!AMR", AMR),
    (b"%PDF-", PDF),
    (b"PK\x03\x04", ZIP),
];
/// How a browser may begin to read a page, in lower case.
const PAGE_TAGS: [&str; 7] = [
    "<html",
    "<!doctype",
    "<script",
    "<head",
    "<body",
    "<iframe",
    "<img",
];
/// As far as is looked into a text.
const LOOKED_AT: usize = 4096;

impl MediaKind {
    /// Looks at the bytes. `declared` decides among Office formats, and among kinds of plain text and of MP4.
    pub fn of(bytes: &[u8], declared: Option<&str>) -> Self {
        let declared = declared.map(|text| {
            let (kind, _) = text.split_once(';').unwrap_or((text, ""));
            kind.trim().to_ascii_lowercase()
        });
        let said = |among: &[Self]| {
            let declared = declared.as_deref()?;
            let mut among = among.iter();
            among.find(|kind| kind.content_type == declared).copied()
        };
        let known = PREFIXES
            .iter()
            .find(|(prefix, _)| bytes.starts_with(prefix));
        match known {
            Some((_, ZIP)) => return said(&ARCHIVES).unwrap_or(ZIP),
            Some((_, kind)) => return *kind,
            None => {}
        }
        if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
            return said(&COMPOUNDS).unwrap_or(UNKNOWN);
        }
        match (bytes.get(..4), bytes.get(4..8), bytes.get(8..12)) {
            (Some(b"RIFF"), _, Some(b"WEBP")) => return WEBP,
            (Some(b"RIFF"), _, Some(b"WAVE")) => return WAV,
            (_, Some(b"ftyp"), Some(brand)) => {
                return match brand {
                    b"M4A " | b"M4B " => M4A,
                    b"qt  " => QUICKTIME,
                    b"heic" | b"heix" | b"mif1" => HEIC,
                    _ if brand.starts_with(b"3g") => THREE_GPP,
                    _ => said(&[M4A]).unwrap_or(MP4),
                };
            }
            _ => {}
        }
        match text(bytes) {
            Some(text) => markup(text).or_else(|| said(&TEXTS)).unwrap_or(TEXT),
            None => UNKNOWN,
        }
    }

    /// The media type.
    pub const fn as_str(self) -> &'static str {
        self.content_type
    }

    /// How names of such files end, without the dot.
    pub const fn extension(self) -> &'static str {
        self.extension
    }

    /// Whether a browser may show it among our own pages: pictures that can hold no script. Everything else is
    /// only handed out to be kept.
    pub fn is_shown(self) -> bool {
        [JPEG, PNG, GIF, WEBP].contains(&self)
    }

    /// The kind of a stored media type.
    pub fn named(content_type: &str) -> Self {
        let single = [
            JPEG, PNG, GIF, WEBP, HEIC, MP4, THREE_GPP, QUICKTIME, M4A, OGG, MP3, AAC, AMR, WAV,
            PDF, ZIP, HTML, SVG, XML, TEXT,
        ];
        let all = [&single[..], &ARCHIVES, &COMPOUNDS, &TEXTS].concat();
        let known = all
            .into_iter()
            .find(|kind| kind.content_type == content_type);
        known.unwrap_or(UNKNOWN)
    }
}

/// The beginning of a text, if it is one: UTF-8 without control characters but for those that texts have.
fn text(bytes: &[u8]) -> Option<&str> {
    let start = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let text = match str::from_utf8(start) {
        Ok(text) => text,
        // A character may be cut off at the end of what is looked at.
        Err(error) if error.error_len().is_none() && start.len() < bytes.len() => {
            str::from_utf8(start.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let is_none = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0c');
    (!text.chars().any(is_none)).then_some(text)
}

/// What a text is that a browser could take for a page, wherever in it that begins.
fn markup(text: &str) -> Option<MediaKind> {
    let text = text.trim_start_matches('\u{feff}').to_ascii_lowercase();
    if text.contains("<svg") {
        return Some(SVG);
    }
    if PAGE_TAGS.iter().any(|tag| text.contains(tag)) {
        return Some(HTML);
    }
    text.trim_start().starts_with("<?xml").then_some(XML)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(bytes: &[u8], declared: &str) -> &'static str {
        MediaKind::of(bytes, Some(declared)).as_str()
    }

    #[test]
    fn the_bytes_tell_and_nobody_s_word() {
        let cases: [(&[u8], &str, &str); 12] = [
            (b"\xff\xd8\xff\xe0", "text/html", "image/jpeg"),
            (b"\x89PNG\r\n\x1a\n\0", "image/jpeg", "image/png"),
            (b"GIF89a...", "video/mp4", "image/gif"),
            (b"RIFF\x01\x02\x03\x04WEBPVP8 ", "", "image/webp"),
            (b"\0\0\0\x18ftypisom", "image/png", "video/mp4"),
            (b"\0\0\0\x18ftyp3gp5", "", "video/3gpp"),
            (b"\0\0\0\x18ftypisom", "audio/mp4", "audio/mp4"),
            (b"OggS\0", "audio/ogg; codecs=opus", "audio/ogg"),
            (b"%PDF-1.7", "image/png", "application/pdf"),
            (b"MZ\x90\0\x03", "image/png", "application/octet-stream"),
            (b"", "image/png", "text/plain"),
            (
                b"BEGIN:VCARD\r\n",
                "text/vcard; charset=utf-8",
                "text/vcard",
            ),
        ];
        for (bytes, declared, expected) in cases {
            assert_eq!(name(bytes, declared), expected, "{declared}");
        }
    }

    #[test]
    fn pages_are_known_whatever_they_are_called() {
        for (text, expected) in [
            ("<html>", "text/html"),
            ("\u{feff}  \n<!DOCTYPE HTML>", "text/html"),
            ("hello <ScRiPt src=x>", "text/html"),
            ("<?xml version='1.0'?><svg onload='x()'/>", "image/svg+xml"),
            ("<?xml version='1.0'?><a/>", "application/xml"),
        ] {
            for declared in ["image/jpeg", "text/csv", "application/pdf"] {
                let kind = MediaKind::of(text.as_bytes(), Some(declared));
                assert_eq!(kind.as_str(), expected, "{text}");
                assert!(!kind.is_shown(), "{text}");
            }
        }
    }

    #[test]
    fn office_files_are_told_apart_by_what_they_are_said_to_be_and_by_nothing_else() {
        let word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        assert_eq!(name(b"PK\x03\x04", word), word);
        assert_eq!(name(b"PK\x03\x04", "image/png"), "application/zip");
        assert_eq!(name(b"\xff\xd8\xff", word), "image/jpeg");
    }

    #[test]
    fn a_character_that_is_cut_off_makes_no_text_binary() {
        let text = format!("{}é", "a".repeat(LOOKED_AT - 1));
        assert_eq!(name(text.as_bytes(), "text/plain"), "text/plain");
        assert_eq!(name(b"abc\xc3", "text/plain"), "application/octet-stream");
    }

    #[test]
    fn every_kind_is_found_by_its_name() {
        for (_, kind) in PREFIXES {
            assert_eq!(MediaKind::named(kind.as_str()), kind);
        }
        assert_eq!(MediaKind::named("x/y"), UNKNOWN);
    }
}
