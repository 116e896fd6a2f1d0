//! Reading mail: headers (RFC 5322, 2047) and what is inside (RFC 2045 to 2049).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::message::Media;

/// Deeper nesting is not looked into.
const DEPTH: usize = 8;

/// A mail as its reader sees it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Mail {
    /// Names as written, values unfolded and decoded.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: Option<String>,
    pub(crate) html: Option<String>,
    /// By their type; a mail has no addresses of files.
    pub(crate) attachments: Vec<Media>,
}

impl Mail {
    /// Reads a whole message. What cannot be understood is shown as it is.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut mail = Self::default();
        let (head, body) = split(bytes);
        mail.headers = headers(head);
        let headers = mail.headers.clone();
        mail.part(&headers, body, 0);
        mail
    }

    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// `Message-ID` without its brackets.
    pub(crate) fn id(&self) -> Option<&str> {
        let id = self.header("message-id")?.trim();
        let id = id.strip_prefix('<')?.strip_suffix('>')?;
        (!id.is_empty()).then_some(id)
    }

    /// Where a press on "unsubscribe" goes in a mail program (RFC 8058): the first address of the web.
    pub(crate) fn unsubscribe(&self) -> Option<String> {
        let places = self.header("list-unsubscribe")?.split(',');
        let addresses = places.filter_map(|place| {
            let place = place.trim().strip_prefix('<')?;
            place.strip_suffix('>')
        });
        addresses
            .map(str::to_owned)
            .find(|address| address.starts_with("https://"))
    }

    fn part(&mut self, headers: &[(String, String)], body: &[u8], depth: usize) {
        let kind = find(headers, "content-type").unwrap_or("text/plain");
        let media_type = kind.split(';').next().unwrap_or_default().trim();
        let media_type = media_type.to_ascii_lowercase();
        if let (Some(boundary), true) = (parameter(kind, "boundary"), depth < DEPTH)
            && media_type.starts_with("multipart/")
        {
            for part in parts(body, &boundary) {
                let (head, body) = split(part);
                self.part(&self::headers(head), body, depth + 1);
            }
            return;
        }
        let is_attached = find(headers, "content-disposition")
            .is_some_and(|text| text.trim().to_ascii_lowercase().starts_with("attachment"));
        let encoding = find(headers, "content-transfer-encoding").unwrap_or_default();
        let charset = parameter(kind, "charset");
        let text = || readable(&decoded(body, encoding), charset.as_deref());
        match media_type.as_str() {
            "text/plain" if !is_attached && self.text.is_none() => self.text = Some(text()),
            "text/html" if !is_attached && self.html.is_none() => self.html = Some(text()),
            _ => self.attachments.push(Media {
                content_type: media_type,
                url: None,
                id: parameter(kind, "name"),
            }),
        }
    }
}

/// Head and body, at the first empty line.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut start = 0;
    while let Some(length) = bytes
        .get(start..)
        .and_then(|rest| rest.iter().position(|byte| *byte == b'\n'))
    {
        let line = bytes.get(start..start + length).unwrap_or_default();
        let next = start + length + 1;
        if line.trim_ascii().is_empty() {
            let head = bytes.get(..start).unwrap_or_default();
            return (head, bytes.get(next..).unwrap_or_default());
        }
        start = next;
    }
    (bytes, &[])
}

fn headers(head: &[u8]) -> Vec<(String, String)> {
    let head = String::from_utf8_lossy(head);
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in head.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = headers.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    for (_, value) in &mut headers {
        *value = words(value);
    }
    headers
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(own, _)| own.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

/// A parameter behind a value, with or without quotes.
fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|part| {
        let (own, value) = part.split_once('=')?;
        own.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// The parts between the lines of the boundary.
fn parts<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let marker = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut begun: Option<usize> = None;
    let mut start = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let text = line.trim_ascii_end();
        if text.starts_with(marker.as_bytes()) {
            if let Some(begun) = begun {
                // The line end before the boundary is the boundary's.
                let part = body.get(begun..start).unwrap_or_default();
                let part = part.strip_suffix(b"\n").unwrap_or(part);
                parts.push(part.strip_suffix(b"\r").unwrap_or(part));
            }
            begun = Some(start + line.len());
            if text == format!("{marker}--").as_bytes() {
                break;
            }
        }
        start += line.len();
    }
    parts
}

fn decoded(body: &[u8], encoding: &str) -> Vec<u8> {
    match encoding.trim().to_ascii_lowercase().as_str() {
        "base64" => {
            let plain: Vec<u8> = body
                .iter()
                .copied()
                .filter(|byte| !byte.is_ascii_whitespace())
                .collect();
            STANDARD.decode(&plain).unwrap_or_else(|_| body.to_vec())
        }
        "quoted-printable" => quoted_printable(body),
        _ => body.to_vec(),
    }
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((byte, after)) = rest.split_first() {
        if *byte != b'=' {
            bytes.push(*byte);
            rest = after;
            continue;
        }
        rest = match after {
            [b'\r', b'\n', after @ ..] | [b'\n', after @ ..] => after,
            [high, low, after @ ..] => {
                match (hex_digit(*high), hex_digit(*low)) {
                    (Some(high), Some(low)) => bytes.push(high << 4 | low),
                    _ => bytes.extend([b'=', *high, *low]),
                }
                after
            }
            short => {
                bytes.push(b'=');
                short
            }
        };
    }
    bytes
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

fn readable(bytes: &[u8], charset: Option<&str>) -> String {
    let is_latin = charset.is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        name == "iso-8859-1" || name == "latin1"
    });
    if is_latin {
        bytes.iter().copied().map(char::from).collect()
    } else {
        String::from_utf8_lossy(bytes).into_owned()
    }
}

/// A header's value with its encoded words read: `=?utf-8?B?…?=`.
fn words(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    let mut was_encoded = false;
    while let Some(start) = rest.find("=?") {
        let (before, after) = rest.split_at(start);
        let Some((word, length)) = word(after) else {
            text.push_str(before);
            text.push_str("=?");
            rest = after.get(2..).unwrap_or_default();
            was_encoded = false;
            continue;
        };
        // Blanks between two encoded words are not shown.
        if !(was_encoded && before.trim().is_empty()) {
            text.push_str(before);
        }
        text.push_str(&word);
        rest = after.get(length..).unwrap_or_default();
        was_encoded = true;
    }
    text.push_str(rest);
    text
}

/// An encoded word at the beginning, and how long it is.
fn word(text: &str) -> Option<(String, usize)> {
    let inner = text.strip_prefix("=?")?;
    let mut fields = inner.splitn(3, '?');
    let (charset, encoding, rest) = (fields.next()?, fields.next()?, fields.next()?);
    let (content, _) = rest.split_once("?=")?;
    let bytes = match encoding {
        "B" | "b" => STANDARD.decode(content).ok()?,
        "Q" | "q" => quoted_printable(content.replace('_', " ").as_bytes()),
        _ => return None,
    };
    let length = 2 + charset.len() + 1 + encoding.len() + 1 + content.len() + 2;
    Some((readable(&bytes, Some(charset)), length))
}

#[cfg(test)]
mod tests {
    use super::{Mail, words};

    #[test]
    fn a_plain_mail_is_read() {
        let mail = Mail::read(
            b"From: Acme <no-reply@example.com>\r\nTo: ann@example.net\r\n\
              Subject: =?utf-8?Q?Ol=C3=A1,?= =?UTF-8?B?IEFuYQ==?=\r\n\
              Message-ID: <att_01@example.com>\r\nX-Long: one\r\n two\r\n\r\n\
              Hello\r\n.dot\r\n",
        );
        assert_eq!(mail.header("subject"), Some("Olá, Ana"));
        assert_eq!(mail.header("x-long"), Some("one two"));
        assert_eq!(mail.id(), Some("att_01@example.com"));
        assert_eq!(mail.text.as_deref(), Some("Hello\r\n.dot\r\n"));
        assert_eq!(mail.html, None);
    }

    #[test]
    fn the_press_on_unsubscribe_goes_to_the_web() {
        let of = |header: &str| Mail::read(format!("{header}\r\n\r\n").as_bytes()).unsubscribe();
        let link = Some("https://example.com/u?a=b".to_owned());
        assert_eq!(of("List-Unsubscribe: <https://example.com/u?a=b>"), link);
        let both = "List-Unsubscribe: <mailto:stop@example.com>,\r\n <https://example.com/u?a=b>";
        assert_eq!(of(both), link);
        for none in [
            "List-Unsubscribe: https://example.com/",
            "List-Unsubscribe: <mailto:stop@example.com>",
            "Subject: x",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn parts_and_encodings_are_read() {
        let mail = Mail::read(
            b"Content-Type: multipart/mixed; boundary=\"a\"\n\n--a\n\
              Content-Type: multipart/alternative; boundary=b\n\n--b\n\
              Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n\
              caf=C3=A9 =\nau lait\n--b\nContent-Type: text/html; charset=iso-8859-1\n\n<p>caf\xe9</p>\n--b--\n\
              --a\nContent-Type: application/pdf; name=\"bill.pdf\"\n\
              Content-Disposition: attachment\nContent-Transfer-Encoding: base64\n\nAAAA\n--a--\n",
        );
        assert_eq!(mail.text.as_deref(), Some("café au lait"));
        assert_eq!(mail.html.as_deref(), Some("<p>café</p>"));
        assert_eq!(mail.attachments.len(), 1);
        assert_eq!(mail.attachments[0].content_type, "application/pdf");
        assert_eq!(mail.attachments[0].id.as_deref(), Some("bill.pdf"));
    }

    #[test]
    fn what_is_broken_is_shown_as_it_is() {
        for (value, expected) in [
            ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
            ("=?", "=?"),
            ("=?utf-8?B?!?= x", "=?utf-8?B?!?= x"),
            ("a =?utf-8?Q?b_c?= d", "a b c d"),
        ] {
            assert_eq!(words(value), expected);
        }
        let mail = Mail::read(b"Content-Transfer-Encoding: base64\n\n!!");
        assert_eq!(mail.text.as_deref(), Some("!!"));
        let mail = Mail::read(b"Content-Transfer-Encoding: quoted-printable\n\na=zz=");
        assert_eq!(mail.text.as_deref(), Some("a=zz="));
        assert_eq!(Mail::read(b"").text.as_deref(), Some(""));
    }
}
