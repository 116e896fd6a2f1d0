//! What a provider answers, or a fake in its place.

use serde_json::Value;

use crate::{
    document::{Document, Node},
    route::Route,
    translate::Reading,
    verdict::is_json,
    violation::{Rule, Violation},
};

/// Everything that is wrong with an answer of `route`.
///
/// `failure` is the schema of failures, for an operation that declares none of its own.
pub(crate) fn violations(
    document: &Document,
    route: &Route,
    status: u16,
    body: Option<&Value>,
    failure: Option<(&Document, &str)>,
) -> Vec<Violation> {
    let declared = document
        .operation(route)
        .and_then(|operation| document.child(&operation, "responses"))
        .map(|responses| document.children(&responses))
        .unwrap_or_default();
    let range = format!("{}XX", status / 100);
    let answer = [status.to_string(), range, "default".to_owned()]
        .iter()
        .find_map(|key| {
            declared
                .iter()
                .find(|(code, _)| code.eq_ignore_ascii_case(key))
        });
    if let Some((_, answer)) = answer {
        return check(document, answer, status, body);
    }
    let says_failures = declared
        .iter()
        .any(|(code, _)| code == "default" || code.starts_with(['4', '5']));
    if status >= 400 && !says_failures {
        return match (failure, body) {
            (Some((document, pointer)), Some(body)) => against(document, pointer, body),
            _ => Vec::new(),
        };
    }
    let known: Vec<&str> = declared.iter().map(|(code, _)| code.as_str()).collect();
    let message = format!("{status} is not declared, only {}", known.join(", "));
    vec![Violation::new(Rule::Status, "/status", message)]
}

fn check(
    document: &Document,
    answer: &Node<'_>,
    status: u16,
    body: Option<&Value>,
) -> Vec<Violation> {
    let contents = document
        .child(answer, "content")
        .map(|content| document.children(&content))
        .unwrap_or_default();
    let schema = contents
        .iter()
        .find(|(media_type, _)| is_json(&crate::request::essence(media_type)))
        .and_then(|(_, content)| document.child(content, "schema"));
    match (schema, body) {
        (Some(schema), Some(body)) => against(document, &schema.pointer, body),
        (Some(_), None) => vec![Violation::new(Rule::Missing, "/body", "is required")],
        // An answer that is not described may have any body, but for the statuses that have none.
        (None, Some(_)) if matches!(status, 204 | 205 | 304) => {
            vec![Violation::new(
                Rule::Unknown,
                "/body",
                "such an answer has no body",
            )]
        }
        (None, _) => Vec::new(),
    }
}

/// Everything that is wrong with `body` beside the schema at `pointer`, which is read as published.
pub(crate) fn against(document: &Document, pointer: &str, body: &Value) -> Vec<Violation> {
    match document.schema(pointer, Reading::Published) {
        Ok(schema) => schema.violations(body, "/body"),
        Err(error) => vec![Violation::new(Rule::Other, "/body", error)],
    }
}
