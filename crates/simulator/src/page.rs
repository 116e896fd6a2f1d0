//! The page at `/`: a phone per contact.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;

use crate::doors;
use crate::handset;
use crate::table::PROVIDERS;
use crate::world::World;

/// A list of more would help nobody.
const SHOWN: usize = 200;
const PAGE: &str = include_str!("page.html");

/// The page with the handsets of this moment, or what a provider answers at the same path.
pub(crate) async fn root(State(world): State<Arc<World>>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    for provider in PROVIDERS {
        if let Some(answer) = doors::root(&world, *provider, &query) {
            return answer.await;
        }
    }
    page(&world)
}

/// The page; its script keeps it fresh.
fn page(world: &World) -> Response {
    let nonce = world.ids.trace();
    let mut items = String::new();
    for handset in handset::list(world, SHOWN) {
        item(&mut items, &handset);
    }
    let html = PAGE
        .replace("__NONCE__", &nonce)
        .replace("<!--HANDSETS-->", &items);
    let policy = format!(
        "default-src 'none'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; style-src 'nonce-{nonce}'; \
         script-src 'nonce-{nonce}'"
    );
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response()
}

fn item(html: &mut String, handset: &Value) {
    let text = |value: &Value| escape(value.as_str().unwrap_or_default());
    // Writing to a string cannot fail.
    let _ = write!(
        html,
        "<li><button type=\"button\" data-number=\"{number}\"><strong>{name}</strong>\
         <span>{number}</span><span class=\"last\">{last}</span></button></li>",
        number = text(&handset["address"]),
        name = text(&handset["name"]),
        last = text(&handset["last_message"]["text"]),
    );
}

/// Messages are hostile: nothing of them may become markup.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{PAGE, escape, item};

    #[test]
    fn a_hostile_message_stays_text() {
        assert_eq!(
            escape("<img src=x onerror='alert(\"1\")'>&"),
            "&lt;img src=x onerror=&#39;alert(&quot;1&quot;)&#39;&gt;&amp;"
        );
        let mut html = String::new();
        let handset = json!({
            "address": "+12025550123",
            "name": "\"><script>1</script>",
            "last_message": {"text": "</span><script>2</script>"},
        });
        item(&mut html, &handset);
        assert!(!html.contains("<script>"), "{html}");
    }

    #[test]
    fn the_script_never_makes_markup_of_text() {
        for danger in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
        ] {
            assert!(!PAGE.contains(danger), "{danger}");
        }
        assert!(!PAGE.contains("http://") && !PAGE.contains("https://"));
    }
}
