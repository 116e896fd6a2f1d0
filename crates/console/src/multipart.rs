//! Forms that bring files (RFC 7578), as browsers send them.

use crate::form::{Form, TooLarge};
use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use multer::Multipart;
use std::{convert::Infallible, time::Duration};
use tokio::time::{Instant, timeout_at};

/// The most files of one form: as many as a message takes.
const MOST_FILES: usize = 10;
/// The longest name of a file that is kept, in characters.
const LONGEST_NAME: usize = 200;
/// How much is taken from the line of what is too long to be kept: most browsers show no answer before they have sent
/// everything.
const READ_ON: usize = 128 << 20;
/// How long a form may be under way: whoever sends one slowly holds a place that others wait for.
const UNDER_WAY: Duration = Duration::from_mins(2);

/// A file that came with a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    /// What its sender calls it; nobody else is ever shown that.
    pub(crate) name: String,
    /// What the browser takes it for.
    pub(crate) declared: Option<String>,
    /// `None` if it is larger than what is kept of a form, or broke off.
    pub(crate) bytes: Option<Bytes>,
}

/// What stands between the parts of a form that brings files; `None` for any other form.
pub(crate) fn boundary(headers: &HeaderMap) -> Option<String> {
    let line = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    multer::parse_boundary(line)
        .ok()
        .filter(|edge| !edge.is_empty())
}

/// Reads a form with fields of at most `fields` bytes and files of at most `files` bytes, both altogether. Of what is
/// longer the beginning is kept, so that no field that stands before a large file is lost.
pub(crate) async fn read(
    body: Body,
    boundary: &str,
    fields: usize,
    files: usize,
) -> Result<(Form, Vec<Upload>), TooLarge> {
    let deadline = Instant::now() + UNDER_WAY;
    let mut body = body.into_data_stream();
    let (mut kept, mut seen) = (BytesMut::new(), 0);
    while let Ok(Some(Ok(chunk))) = timeout_at(deadline, body.next()).await {
        seen += chunk.len();
        let room = (fields + files).saturating_sub(kept.len());
        kept.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if seen > READ_ON {
            break;
        }
    }
    parse(kept.freeze(), boundary, fields).await
}

/// Where something breaks off, what stands before it is kept.
async fn parse(body: Bytes, boundary: &str, most: usize) -> Result<(Form, Vec<Upload>), TooLarge> {
    let (mut form, mut uploads) = (Form::default(), Vec::new());
    let mut parts = Multipart::new(stream::iter([Ok::<_, Infallible>(body)]), boundary);
    let mut weight = 0;
    while let Ok(Some(part)) = parts.next_field().await {
        let Some(field) = part.name().map(ToOwned::to_owned) else {
            continue;
        };
        let name = part.file_name().map(plain);
        let declared = part.content_type().map(ToString::to_string);
        match (name, part.bytes().await.ok()) {
            // An input in which nobody has chosen anything.
            (Some(name), Some(bytes)) if name.is_empty() && bytes.is_empty() => {}
            (Some(_), _) if uploads.len() >= MOST_FILES => return Err(TooLarge),
            (Some(name), bytes) => uploads.push(Upload {
                name,
                declared,
                bytes,
            }),
            (None, Some(bytes)) => {
                weight += field.len() + bytes.len();
                if weight > most {
                    return Err(TooLarge);
                }
                form = form.with(&field, String::from_utf8_lossy(&bytes));
            }
            (None, None) => return Err(TooLarge),
        }
    }
    Ok((form, uploads))
}

/// A file's name as its owner knows it: browsers write quotes and line ends as HTML's standard says.
fn plain(name: &str) -> String {
    let name = name.replace("%0D", "\r").replace("%0A", "\n");
    name.replace("%22", "\"")
        .chars()
        .take(LONGEST_NAME)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "--Edge\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\ntwo\r\nlines & =\r\n\
        --Edge\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n\
        Content-Type: application/octet-stream\r\n\r\n\r\n\
        --Edge\r\ncontent-disposition: form-data; name=\"upload\"; filename=\"a %22b%22; name=x.png\"\r\n\
        Content-Type: image/png\r\n\r\n\x01\r\n--Edg\r\n\r\n\x02\r\n--Edge--\r\n";

    async fn read_all(body: &str, most: usize) -> Result<(Form, Vec<Upload>), TooLarge> {
        parse(Bytes::copy_from_slice(body.as_bytes()), "Edge", most).await
    }

    #[tokio::test]
    async fn fields_and_files_are_read_as_they_were_sent() {
        let (form, uploads) = read_all(FORM, 100).await.unwrap();
        assert_eq!(form.text("text"), "two\nlines & =");
        assert_eq!(form.fields().count(), 1);
        let upload = Upload {
            name: "a \"b\"; name=x.png".into(),
            declared: Some("image/png".into()),
            bytes: Some(Bytes::from_static(b"\x01\r\n--Edg\r\n\r\n\x02")),
        };
        assert_eq!(uploads, [upload]);
        let (form, uploads) = read_all(&format!("before\r\n{FORM}after"), 100)
            .await
            .unwrap();
        assert_eq!((form.fields().count(), uploads.len()), (1, 1));
    }

    #[tokio::test]
    async fn what_breaks_off_keeps_its_fields() {
        let cut = FORM.find("--Edg\r\n\r\n").unwrap();
        let (form, uploads) = read_all(&FORM[..cut], 100).await.unwrap();
        assert_eq!(form.text("text"), "two\nlines & =");
        assert_eq!(uploads[0].bytes, None);
        assert!(
            read_all(&FORM[..70], 100).await.is_err(),
            "a field without end"
        );
    }

    #[tokio::test]
    async fn what_is_no_form_is_empty_and_too_much_is_refused() {
        for odd in [
            "",
            "--Edge--",
            "--Edge",
            "--Edge\r\n\r\n",
            "no form",
            "--Edge\r\n\r\nx\r\n--Edge--",
        ] {
            let (form, uploads) = read_all(odd, 100).await.unwrap();
            assert!(form.is_empty() && uploads.is_empty(), "{odd:?}");
        }
        assert!(read_all(FORM, 5).await.is_err());
        let file =
            "--Edge\r\nContent-Disposition: form-data; name=\"u\"; filename=\"a\"\r\n\r\nx\r\n";
        assert!(read_all(&file.repeat(MOST_FILES), 100).await.is_ok());
        assert!(read_all(&file.repeat(MOST_FILES + 1), 100).await.is_err());
    }

    #[test]
    fn the_boundary_is_what_the_header_says() {
        let of = |line: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, line.parse().unwrap());
            boundary(&headers)
        };
        let edge = Some("Edge".to_owned());
        assert_eq!(of("multipart/form-data; boundary=Edge"), edge);
        assert_eq!(
            of("Multipart/Form-Data; charset=utf-8; Boundary=\"Edge\""),
            edge
        );
        assert_eq!(of("multipart/form-data; boundary="), None);
        assert_eq!(of("application/x-www-form-urlencoded"), None);
    }

    #[tokio::test]
    async fn a_body_without_end_is_cut_off_and_its_fields_are_there() {
        let head = "--Edge\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nHi\r\n\
            --Edge\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"a\"\r\n\r\n";
        let noise = Bytes::from(vec![0; 1 << 20]);
        let chunks = stream::iter([Bytes::from_static(head.as_bytes())])
            .chain(stream::repeat(noise))
            .map(Ok::<_, Infallible>);
        let (form, uploads) = read(Body::from_stream(chunks), "Edge", 1_000, 2 << 20)
            .await
            .unwrap();
        assert_eq!(form.get("text"), "Hi");
        assert_eq!(uploads[0].bytes, None);
    }
}
