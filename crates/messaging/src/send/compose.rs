//! From what the tenant wants said to what will leave, for one channel.

use super::{
    ContentWish, SendError, SendRequest,
    answer::Answered,
    templates::{Templates, Text},
};
use crate::{
    ComponentCall, ComponentKind, Content, Known, Parameter, ParameterValue, Rich, RichForm,
    StoredTemplate, TemplateCall, TemplateFacts, TemplateUse,
};
use serde_json::{Map, Value};
use std::ops::Range;
use tidings_kernel::{Channel, Locale};
use tidings_templates::{
    BindError, ButtonValue, Code, DataError, Formats, MediaFormat, ParsedBody, RenderError,
    RenderedComponents, Variant, bind,
    content::{ContentContext, inspect_values},
    data_from_json,
};

/// What will leave, and what it was made from.
pub(super) struct Composed {
    pub(super) content: Content,
    pub(super) facts: Option<TemplateFacts>,
    pub(super) template_use: Option<TemplateUse>,
}

impl Composed {
    /// The language that the text is written in, if it comes from a template.
    pub(super) fn language(&self) -> Option<&str> {
        self.template_use.as_ref().map(|it| it.locale.as_str())
    }
}

pub(super) fn compose(
    templates: &Templates,
    known: &Known,
    request: &SendRequest,
    channel: Channel,
    answered: Option<&Answered>,
) -> Result<Composed, SendError> {
    let (name, locale, data) = match &request.content {
        ContentWish::Text(text) => return Ok(plain(request, text.clone())),
        ContentWish::MediaOnly => return Ok(plain(request, String::new())),
        ContentWish::Rich { text, form, .. } => {
            return rich(request, channel, text.clone(), form.clone(), answered);
        }
        ContentWish::Template { name, locale, data } => (name, locale, data),
    };
    let readable = templates.find(name, channel)?;
    let template = &readable.template;
    let fallback = known.tenant.locale.as_str();
    let preferred = known
        .preferences
        .as_ref()
        .and_then(|preferences| preferences.locale.as_ref());
    let contact_locale = preferred
        .or(known.contact.locale.as_ref())
        .map(Locale::as_str);
    let wanted = locale.as_deref().or(contact_locale).unwrap_or(fallback);
    let (variant, text) = readable.variant(wanted, fallback)?;
    let content = render(template, variant, text, data, request, known)?;
    Ok(Composed {
        content,
        facts: Some(TemplateFacts::of(template)),
        template_use: Some(TemplateUse {
            name: template.name.clone(),
            locale: variant.locale.clone(),
            data: data.clone(),
        }),
    })
}

fn plain(request: &SendRequest, text: String) -> Composed {
    let content = Content {
        text,
        template: None,
        media: request.media.clone(),
        subject: request.subject.clone(),
        rich: None,
        shopping: None,
    };
    Composed {
        content,
        facts: None,
        template_use: None,
    }
}

fn rich(
    request: &SendRequest,
    channel: Channel,
    text: String,
    form: Option<RichForm>,
    answered: Option<&Answered>,
) -> Result<Composed, SendError> {
    let invalid = |code, detail: String| SendError::Invalid {
        pointer: "/whatsapp",
        code,
        detail,
    };
    if channel != Channel::Whatsapp {
        let detail = format!("{channel} has no such messages: send them by whatsapp alone");
        return Err(invalid("whatsapp_only", detail));
    }
    let rich = Rich {
        form,
        to: answered.map(|answered| answered.provider_message_id.clone()),
    };
    if let Some(problem) = rich.problems(&text, &request.media).first() {
        let detail = format!("{}: {}", problem.pointer, problem.detail);
        return Err(invalid(problem.code, detail));
    }
    let mut composed = plain(request, text);
    composed.content.rich = Some(rich);
    Ok(composed)
}

fn render(
    template: &StoredTemplate,
    variant: &Variant,
    text: &Text,
    data: &Map<String, Value>,
    request: &SendRequest,
    known: &Known,
) -> Result<Content, SendError> {
    let data = data_from_json(Value::Object(data.clone())).map_err(|error| {
        let detail = error.to_string();
        let names = match error {
            DataError::NotAnObject => Vec::new(),
            DataError::Values(values) => values.into_iter().map(|(name, _)| name).collect(),
        };
        SendError::TemplateData {
            code: "wrong_type",
            names,
            detail,
        }
    })?;
    let mut data = bind(&text.used, data).map_err(binding)?;
    // Another locale may use it: to give it here is no mistake, and to leave it out neither.
    data.retain(|name, _| {
        let unused = &mut text.unused.iter();
        unused.all(|field| field.name.as_str() != name)
    });
    let subject = request.subject.clone();
    let formats = Formats::of(&variant.locale);
    match &text.body {
        ParsedBody::Text(text) => {
            let (text, values) = text.render_traced(&data, &formats).map_err(rendering)?;
            no_stop_line_from_values(&text, &values, template, variant, known)?;
            Ok(Content {
                text,
                template: None,
                media: request.media.clone(),
                subject,
                rich: None,
                shopping: None,
            })
        }
        ParsedBody::Components(components) => {
            let rendered = components.render_as(&data, &formats).map_err(rendering)?;
            let text = rendered.text.clone();
            let call = call(template, variant, rendered, request)?;
            // The medium of a heading is a parameter of the call, not an attachment.
            Ok(Content {
                text,
                template: Some(call),
                media: Vec::new(),
                subject,
                rich: None,
                shopping: None,
            })
        }
    }
}

/// A value must not say how to stop: what it says may be false, and would stand for the true line
/// (compliance reference, L72).
fn no_stop_line_from_values(
    text: &str,
    values: &[Range<usize>],
    template: &StoredTemplate,
    variant: &Variant,
    known: &Known,
) -> Result<(), SendError> {
    let languages = [
        &variant.locale,
        known.locale().as_str(),
        known.tenant.locale.as_str(),
    ];
    let injected = languages.into_iter().find_map(|language| {
        let context = ContentContext::new(template.channel, template.purpose, language);
        inspect_values(text, values, &context)
            .into_iter()
            .find(|found| found.code == Code::StopLineInjected)
    });
    match injected {
        None => Ok(()),
        Some(found) => Err(SendError::TemplateData {
            code: "stop_line_injected",
            names: Vec::new(),
            detail: found.message.into_owned(),
        }),
    }
}

fn call(
    template: &StoredTemplate,
    variant: &Variant,
    rendered: RenderedComponents,
    request: &SendRequest,
) -> Result<TemplateCall, SendError> {
    let mut components = Vec::new();
    let parameters = |list: Vec<tidings_templates::Parameter>| -> Vec<Parameter> {
        list.into_iter()
            .enumerate()
            .map(|(index, parameter)| Parameter {
                name: parameter
                    .name
                    .map_or_else(|| (index + 1).to_string(), |name| name.as_str().to_owned()),
                value: ParameterValue::Text(parameter.value),
            })
            .collect()
    };
    if let Some(format) = rendered.media {
        let medium = request.media.first().ok_or_else(|| SendError::Invalid {
            pointer: "/media",
            code: "missing_media",
            detail: "the template's header needs a medium: give its address in media".into(),
        })?;
        let url = medium.url.clone();
        let value = match format {
            MediaFormat::Image => ParameterValue::Image(url),
            MediaFormat::Video => ParameterValue::Video(url),
            MediaFormat::Document => ParameterValue::Document(url),
            MediaFormat::Location => {
                let detail = "a header with a location is not supported yet".into();
                return Err(SendError::TemplateBroken { detail });
            }
        };
        let parameters = vec![Parameter {
            name: "1".into(),
            value,
        }];
        components.push(ComponentCall {
            component: ComponentKind::Header,
            parameters,
        });
    } else if !rendered.header.is_empty() {
        let parameters = parameters(rendered.header);
        components.push(ComponentCall {
            component: ComponentKind::Header,
            parameters,
        });
    }
    if !rendered.body.is_empty() {
        let parameters = parameters(rendered.body);
        components.push(ComponentCall {
            component: ComponentKind::Body,
            parameters,
        });
    }
    for button in rendered.buttons {
        let index = u8::try_from(button.index).unwrap_or(u8::MAX);
        let (component, value) = match button.value {
            ButtonValue::UrlSuffix(value) => (ComponentKind::UrlButton { index }, value),
            ButtonValue::CouponCode(value) => (ComponentKind::CopyCodeButton { index }, value),
        };
        let parameters = vec![Parameter {
            name: "1".into(),
            value: ParameterValue::Text(value),
        }];
        components.push(ComponentCall {
            component,
            parameters,
        });
    }
    Ok(TemplateCall {
        id: template.id,
        name: template.name.clone(),
        locale: variant.locale.clone(),
        provider_ids: template.provider_ids(&variant.locale),
        components,
    })
}

fn binding(error: BindError) -> SendError {
    let detail = error.to_string();
    let (code, names) = match error {
        BindError::Missing { names } => ("missing_field", names),
        BindError::WrongKind { names } => ("wrong_type", names),
    };
    let names = names.iter().map(|name| name.as_str().to_owned()).collect();
    SendError::TemplateData {
        code,
        names,
        detail,
    }
}

fn rendering(error: RenderError) -> SendError {
    let detail = error.to_string();
    let (code, names) = match error {
        RenderError::Unknown { names } => ("unknown_field", names),
        RenderError::Missing { names } => ("missing_field", names),
        RenderError::ControlCharacters { names } => ("control_character", names),
        RenderError::WrongKind { names } => ("wrong_type", names),
        RenderError::TooLong { names } => ("too_long", names),
    };
    SendError::TemplateData {
        code,
        names,
        detail,
    }
}
