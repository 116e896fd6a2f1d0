//! The page at `/`: a phone per contact, and the desk where templates are reviewed.
//!
//! It is the same for everybody: what phones show comes through the control API, and its scripts make text of it.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::doors;
use crate::table::PROVIDERS;
use crate::world::World;

/// Everything comes from here, nothing is inline, and nobody else shows it in a frame.
const POLICY: &str = "default-src 'none'; connect-src 'self'; img-src 'self'; style-src 'self'; script-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page.
struct File {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Names the files of `page/` that are served below `/page/`.
macro_rules! files {
    ($($name:literal: $content_type:expr,)+) => {
        &[$(File {
            name: $name,
            content_type: $content_type,
            bytes: include_bytes!(concat!("page/", $name)),
        }),+]
    };
}

const INDEX: File = File {
    name: "index.html",
    content_type: "text/html; charset=utf-8",
    bytes: include_bytes!("page/index.html"),
};

const FILES: &[File] = files! {
    "base.css": STYLE,
    "phone.css": STYLE,
    "api.js": SCRIPT,
    "bubble.js": SCRIPT,
    "deeds.js": SCRIPT,
    "dom.js": SCRIPT,
    "main.js": SCRIPT,
    "people.js": SCRIPT,
    "phone.js": SCRIPT,
    "review.js": SCRIPT,
    "sheet.js": SCRIPT,
    "state.js": SCRIPT,
    "icon.svg": "image/svg+xml",
    "sample.png": "image/png",
};

/// The page, or what a provider answers at the same path.
pub(crate) async fn root(State(world): State<Arc<World>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    for provider in PROVIDERS {
        if let Some(answer) = doors::root(&world, *provider, &query) {
            return answer.await;
        }
    }
    serve(&INDEX)
}

/// `GET /page/{name}`: its scripts, styles and pictures.
pub(crate) async fn file(Path(name): Path<String>) -> Response {
    match FILES.iter().find(|file| file.name == name) {
        Some(file) => serve(file),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn serve(file: &File) -> Response {
    let headers = [
        (header::CONTENT_TYPE, file.content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, file.bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::{FILES, INDEX, SCRIPT};

    #[test]
    fn no_script_makes_markup_of_text() {
        for file in FILES.iter().filter(|file| file.content_type == SCRIPT) {
            let text = std::str::from_utf8(file.bytes).expect("UTF-8");
            for danger in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "srcdoc",
                "eval(",
                "new Function",
            ] {
                assert!(!text.contains(danger), "{}: {danger}", file.name);
            }
        }
    }

    #[test]
    fn nothing_comes_from_elsewhere_and_nothing_is_missing() {
        for file in FILES.iter().chain([&INDEX]) {
            let Ok(text) = std::str::from_utf8(file.bytes) else {
                continue;
            };
            let text = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("://"), "{}", file.name);
            for (_, rest) in text
                .match_indices("/page/")
                .map(|(at, it)| (at, &text[at + it.len()..]))
            {
                let name: String = rest
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '.')
                    .collect();
                let is_known = name.is_empty() || FILES.iter().any(|file| file.name == name);
                assert!(is_known, "{} asks for {name}", file.name);
            }
        }
    }

    #[test]
    fn the_page_stays_light() {
        let bytes: usize = FILES
            .iter()
            .chain([&INDEX])
            .map(|file| file.bytes.len())
            .sum();
        assert!(bytes < 100_000, "{bytes} bytes");
    }
}
