use super::whatsapp::document_name;
use crate::{
    descriptor::DESCRIPTOR,
    errors::not_carried_here,
    send::{content_error, language},
};
use serde_json::{Value, json};
use tidings_messaging::{ComponentCall, ComponentKind, Parameter, ParameterValue, TemplateCall};
use tidings_routing::ProviderError;

/// What an id of a template begins with; everything else is a slug.
const ID: &str = "wat_";

/// A call of an approved template: by what Bird calls it, or by its name, which mostly is its slug there.
pub(super) fn body(call: &TemplateCall) -> Result<Value, ProviderError> {
    let known_as = call.provider_ids.get(DESCRIPTOR.name).unwrap_or(&call.name);
    let mut body = json!({ "language": language(&call.locale) });
    if known_as.starts_with(ID) {
        body["id"] = known_as.as_str().into();
    } else if is_slug(known_as) {
        body["slug"] = known_as.as_str().into();
    } else {
        return Err(not_carried_here(
            "template_not_synced",
            "the template has neither an id nor a slug of Bird's",
            "create the template at Bird, have it approved, and put its id (wat_…) or its slug to the \
             template here",
        ));
    }
    // Buttons have no number of their own: their order is what tells them apart.
    let mut calls: Vec<&ComponentCall> = call.components.iter().collect();
    calls.sort_by_key(|call| place(call.component));
    let components = calls
        .into_iter()
        .filter(|call| !call.parameters.is_empty())
        .map(component)
        .collect::<Result<Vec<Value>, _>>()?;
    if !components.is_empty() {
        body["components"] = components.into();
    }
    Ok(body)
}

const fn place(kind: ComponentKind) -> (u8, u8) {
    match kind {
        ComponentKind::Header => (0, 0),
        ComponentKind::Body => (1, 0),
        ComponentKind::UrlButton { index } | ComponentKind::CopyCodeButton { index } => (2, index),
    }
}

fn component(call: &ComponentCall) -> Result<Value, ProviderError> {
    let kind = match call.component {
        ComponentKind::Header => "header",
        ComponentKind::Body => "body",
        ComponentKind::UrlButton { .. } | ComponentKind::CopyCodeButton { .. } => "button",
    };
    // Positional templates refuse names, named ones require them; the fields of positional templates are
    // numbered.
    let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    let is_positional =
        kind == "button" || call.parameters.iter().all(|field| is_number(&field.name));
    let parameters = call
        .parameters
        .iter()
        .map(|field| parameter(field, kind, is_positional))
        .collect::<Result<Vec<Value>, _>>()?;
    Ok(json!({ "type": kind, "parameters": parameters }))
}

fn parameter(
    field: &Parameter,
    component: &str,
    is_positional: bool,
) -> Result<Value, ProviderError> {
    let file = |kind: &str, address: &str| json!({ "type": kind, "url": address });
    let mut value = match &field.value {
        ParameterValue::Text(text) => json!({ "type": "text", "text": text }),
        _ if component != "header" => {
            return Err(content_error(
                "medium_in_text",
                "only the header of a template takes a medium",
                "put the medium into the header of the template",
            ));
        }
        ParameterValue::Image(address) => file("image", address),
        ParameterValue::Video(address) => file("video", address),
        ParameterValue::Document(address) => {
            let mut document = file("document", address);
            if let Some(name) = document_name(address) {
                document["filename"] = name.into();
            }
            document
        }
    };
    if !is_positional {
        value["name"] = field.name.as_str().into();
    }
    Ok(value)
}

/// Small letters, digits, `-` and `_`, with a letter or digit at both ends; 63 at most.
fn is_slug(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes
            .iter()
            .all(|byte| is_plain(*byte) || b"-_".contains(byte))
        && bytes.first().copied().is_some_and(is_plain)
        && bytes.last().copied().is_some_and(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_begin_and_end_with_a_letter_or_digit() {
        for slug in ["a", "order_update", "bird-otp2"] {
            assert!(is_slug(slug), "{slug}");
        }
        for other in ["", "_a", "a-", "Order", "a b", "ä", &"a".repeat(64)] {
            assert!(!is_slug(other), "{other}");
        }
    }
}
