//! The stylesheet, the scripts and the icon: in the program, and served under names that change with them.

use crate::answer::{Answer, answer};
use crate::{ctx::Visit, failure::Failure};
use axum::http::{HeaderValue, StatusCode, header};
use ring::digest::{SHA256, digest};
use std::fmt::Write;

/// Where the files are.
const ROOT: &str = "/console/assets/";
/// A name says what is in the file, so nobody has to ask for it again.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// Each file with its name before and after the hash.
const FILES: [(&str, &str, &str, &str); 4] = [
    (
        "console",
        "css",
        "text/css; charset=utf-8",
        include_str!("../assets/console.css"),
    ),
    (
        "console",
        "js",
        JAVASCRIPT,
        include_str!("../assets/console.js"),
    ),
    (
        "htmx",
        "js",
        JAVASCRIPT,
        include_str!("../assets/htmx.min.js"),
    ),
    (
        "icon",
        "svg",
        "image/svg+xml",
        include_str!("../assets/icon.svg"),
    ),
];

/// The addresses of the files.
#[derive(Debug, Clone)]
pub(crate) struct Assets {
    pub(crate) style: String,
    pub(crate) script: String,
    pub(crate) htmx: String,
    pub(crate) icon: String,
}

impl Assets {
    pub(crate) fn new() -> Self {
        let [style, script, htmx, icon] =
            FILES.map(|(stem, end, _, text)| format!("{ROOT}{}", name(stem, end, text)));
        Self {
            style,
            script,
            htmx,
            icon,
        }
    }
}

fn name(stem: &str, end: &str, text: &str) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    let short = hash.as_ref().iter().take(8);
    let short = short.fold(String::with_capacity(16), |mut short, byte| {
        // Writing to a String cannot fail.
        write!(short, "{byte:02x}").ok();
        short
    });
    format!("{stem}.{short}.{end}")
}

/// A file.
pub(crate) async fn file(visit: Visit) -> Answer {
    let wanted = visit.param("name");
    let (_, _, kind, text) = FILES
        .into_iter()
        .find(|(stem, end, _, text)| name(stem, end, text) == wanted)
        .ok_or(Failure::NotFound("file"))?;
    let mut response = answer(StatusCode::OK, kind, text);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, FOREVER);
    Ok(response)
}
