//! Calls of approved WhatsApp templates: in Vonage's words where they are enough, else in Meta's.

use super::{content_error, media::file_name};
use crate::wire::{Payload, Template, TemplateOptions};
use serde_json::{Value, json};
use tidings_kernel::Purpose;
use tidings_messaging::{ComponentCall, ComponentKind, Parameter, ParameterValue, TemplateCall};
use tidings_routing::ProviderError;

pub(super) fn payload(call: &TemplateCall, purpose: Purpose) -> Result<Payload<'_>, ProviderError> {
    // Meta writes an underscore.
    let locale = call.locale.replace('-', "_");
    if let Some(parameters) = plain_parameters(call) {
        let name = call.provider_ids.get(crate::DESCRIPTOR.name);
        return Ok(Payload::Template {
            template: Template {
                name: name.unwrap_or(&call.name),
                parameters,
            },
            whatsapp: TemplateOptions {
                policy: "deterministic",
                locale,
            },
        });
    }
    let components = call.components.iter().map(|call| component(call, purpose));
    let components: Vec<Value> = components.collect::<Result<_, _>>()?;
    Ok(Payload::Custom {
        custom: json!({
            "type": "template",
            "template": {"name": call.name, "language": {"code": locale}, "components": components}
        }),
    })
}

/// The values in order, if they are texts by position in the body and nothing else: Vonage's own call of a
/// template takes no others.
fn plain_parameters(call: &TemplateCall) -> Option<Vec<&str>> {
    let parameters = match call.components.as_slice() {
        [] => &[][..],
        [only] if only.component == ComponentKind::Body && is_positional(only) => &only.parameters,
        _ => return None,
    };
    let texts = parameters.iter().map(|parameter| match &parameter.value {
        ParameterValue::Text(text) => Some(text.as_str()),
        ParameterValue::Image(_) | ParameterValue::Video(_) | ParameterValue::Document(_) => None,
    });
    texts.collect()
}

/// Positional templates refuse names, named ones require them; the fields of positional templates are
/// numbered.
fn is_positional(call: &ComponentCall) -> bool {
    let mut names = call.parameters.iter().map(|parameter| &parameter.name);
    names.all(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
}

fn component(call: &ComponentCall, purpose: Purpose) -> Result<Value, ProviderError> {
    match call.component {
        ComponentKind::Header => Ok(json!({"type": "header", "parameters": values(call)})),
        ComponentKind::Body => Ok(json!({"type": "body", "parameters": values(call)})),
        ComponentKind::UrlButton { index } => link_button(index, call),
        // Meta keeps the button for a one-time code as a link button.
        ComponentKind::CopyCodeButton { index } if purpose == Purpose::Authentication => {
            link_button(index, call)
        }
        ComponentKind::CopyCodeButton { index } => button(
            "copy_code",
            index,
            call,
            |text| json!({"type": "coupon_code", "coupon_code": text}),
        ),
    }
}

fn values(call: &ComponentCall) -> Vec<Value> {
    let is_positional = is_positional(call);
    let parameters = call.parameters.iter();
    parameters
        .map(|parameter| value(parameter, is_positional))
        .collect()
}

fn value(parameter: &Parameter, is_positional: bool) -> Value {
    match &parameter.value {
        ParameterValue::Text(text) if is_positional => json!({"type": "text", "text": text}),
        ParameterValue::Text(text) => {
            json!({"type": "text", "parameter_name": parameter.name, "text": text})
        }
        ParameterValue::Image(link) => json!({"type": "image", "image": {"link": link}}),
        ParameterValue::Video(link) => json!({"type": "video", "video": {"link": link}}),
        ParameterValue::Document(link) => match file_name(link) {
            Some(name) => {
                json!({"type": "document", "document": {"link": link, "filename": name}})
            }
            None => json!({"type": "document", "document": {"link": link}}),
        },
    }
}

fn link_button(index: u8, call: &ComponentCall) -> Result<Value, ProviderError> {
    button(
        "url",
        index,
        call,
        |text| json!({"type": "text", "text": text}),
    )
}

fn button(
    sub_type: &str,
    index: u8,
    call: &ComponentCall,
    parameter: fn(&str) -> Value,
) -> Result<Value, ProviderError> {
    let texts = call.parameters.iter().map(|given| match &given.value {
        ParameterValue::Text(text) => Ok(parameter(text)),
        ParameterValue::Image(_) | ParameterValue::Video(_) | ParameterValue::Document(_) => {
            Err(content_error(
                "medium_in_button",
                "a button of a template takes a text",
                "put the medium into the header of the template",
            ))
        }
    });
    let parameters: Vec<Value> = texts.collect::<Result<_, _>>()?;
    Ok(json!({
        "type": "button", "sub_type": sub_type, "index": index.to_string(), "parameters": parameters
    }))
}
