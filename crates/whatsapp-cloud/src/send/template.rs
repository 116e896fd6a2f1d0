use super::{
    content_error,
    media::{file_name, source},
};
use crate::wire::{Component, File, Language, Parameter, Template};
use tidings_kernel::Purpose;
use tidings_messaging::{ComponentCall, ComponentKind, ParameterValue, TemplateCall};
use tidings_routing::ProviderError;

/// The call of an approved template.
pub(super) fn template(
    call: &TemplateCall,
    purpose: Purpose,
) -> Result<Template<'_>, ProviderError> {
    let components = call.components.iter().map(|call| component(call, purpose));
    Ok(Template {
        name: &call.name,
        language: Language {
            code: call.locale.replace('-', "_"),
        },
        components: components.collect::<Result<_, _>>()?,
    })
}

fn component(call: &ComponentCall, purpose: Purpose) -> Result<Component<'_>, ProviderError> {
    match call.component {
        ComponentKind::Header => Ok(Component::Header {
            parameters: values(call),
        }),
        ComponentKind::Body => Ok(Component::Body {
            parameters: values(call),
        }),
        ComponentKind::UrlButton { index } => link_button(index, call),
        // Meta keeps the button for a one-time code as a link button: reference, section 3.3.
        ComponentKind::CopyCodeButton { index } if purpose == Purpose::Authentication => {
            link_button(index, call)
        }
        ComponentKind::CopyCodeButton { index } => {
            let code = |text| Parameter::CouponCode { coupon_code: text };
            button("copy_code", index, call, code)
        }
    }
}

/// Positional templates refuse names, named ones require them; the fields of positional templates are
/// numbered.
fn values(call: &ComponentCall) -> Vec<Parameter<'_>> {
    let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
    let is_positional = call
        .parameters
        .iter()
        .all(|parameter| is_number(&parameter.name));
    let name = |parameter| (!is_positional).then_some(parameter);
    let parameters = call.parameters.iter();
    parameters
        .map(|parameter| value(name(parameter.name.as_str()), &parameter.value))
        .collect()
}

fn link_button(index: u8, call: &ComponentCall) -> Result<Component<'_>, ProviderError> {
    button("url", index, call, |text| Parameter::Text {
        parameter_name: None,
        text,
    })
}

fn button<'a>(
    sub_type: &'static str,
    index: u8,
    call: &'a ComponentCall,
    parameter: fn(&'a str) -> Parameter<'a>,
) -> Result<Component<'a>, ProviderError> {
    let texts = call
        .parameters
        .iter()
        .map(|given| text_value(&given.value).map(parameter));
    Ok(Component::Button {
        sub_type,
        index: index.to_string(),
        parameters: texts.collect::<Result<_, _>>()?,
    })
}

fn value<'a>(parameter_name: Option<&'a str>, value: &'a ParameterValue) -> Parameter<'a> {
    let file = |link| File {
        source: source(link),
        caption: None,
        filename: None,
    };
    match value {
        ParameterValue::Text(text) => Parameter::Text {
            parameter_name,
            text,
        },
        ParameterValue::Image(link) => Parameter::Image { image: file(link) },
        ParameterValue::Video(link) => Parameter::Video { video: file(link) },
        ParameterValue::Document(link) => Parameter::Document {
            document: File {
                filename: file_name(link),
                ..file(link)
            },
        },
    }
}

fn text_value(value: &ParameterValue) -> Result<&str, ProviderError> {
    match value {
        ParameterValue::Text(text) => Ok(text),
        ParameterValue::Image(_) | ParameterValue::Video(_) | ParameterValue::Document(_) => {
            Err(content_error(
                "medium_in_button",
                "a button of a template takes a text",
                "put the medium into the header of the template",
            ))
        }
    }
}
