use crate::client::{Answer, CallError, chain};
use crate::errors::{Heard, explain, refused_here};
use crate::wire::{
    Component, File, Language, MetaError, Node, Parameter, Payload, SendBody, Template, Text,
};
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{
    Address, ComponentCall, ComponentKind, Content, Media, Outcome, ParameterValue,
    SendableMessage, TemplateCall,
};
use tidings_routing::{Class, ProviderError};

/// The longest text, in characters.
const TEXT_LIMIT: usize = 4096;

/// The longest caption, in characters.
const CAPTION_LIMIT: usize = 1024;

/// What to post for a message.
///
/// # Errors
/// What WhatsApp cannot carry is refused here, before anything leaves.
pub(crate) fn body(message: &SendableMessage) -> Result<SendBody<'_>, ProviderError> {
    match message.channel() {
        Channel::Whatsapp => {}
        Channel::Sms | Channel::Email => {
            let detail = "the WhatsApp Cloud API carries WhatsApp alone";
            let advice = "use an account of another provider for this channel";
            return Err(refused_here(Class::Sender, "wrong_channel", detail, advice));
        }
    }
    let (to, recipient) = match message.to() {
        Address::Phone(number) => (Some(number.to_string()), None),
        Address::WhatsappUser(id) => (None, Some(id.as_str())),
        Address::Email(_) => {
            let detail = "an email address cannot be reached on WhatsApp";
            let advice = Class::Recipient.advice();
            return Err(refused_here(
                Class::Recipient,
                "wrong_address",
                detail,
                advice,
            ));
        }
    };
    let payload = payload(message.content(), message.purpose())?;
    Ok(SendBody {
        messaging_product: "whatsapp",
        recipient_type: "individual",
        to,
        recipient,
        biz_opaque_callback_data: message.attempt().to_string(),
        kind: payload.kind(),
        payload,
    })
}

/// What an answer, or its absence, means for the message.
///
/// Refused is only what Meta itself refuses, in its own form, or what never left. Everything else may
/// have been taken.
pub(crate) fn outcome(called: Result<Answer, CallError>) -> Outcome {
    let answer = match called {
        Ok(answer) => answer,
        Err(error @ CallError::NotSent(_)) => {
            let advice = Class::Transient.advice();
            let detail = chain(&error);
            let error = refused_here(Class::Transient, "unreachable", detail, advice);
            return Outcome::Rejected(error);
        }
        Err(error @ CallError::Lost(_)) => {
            return Outcome::Unknown {
                detail: chain(&error),
            };
        }
    };
    let node = Node(&answer.json);
    if let Some(error) = node.at("error").filter(|error| error.0.is_object()) {
        let heard = Heard::InAnswer(answer.status.as_u16());
        return Outcome::Rejected(explain(&MetaError::read(error.0), heard, answer.wait));
    }
    let id = node.list("messages").find_map(|message| message.text("id"));
    match id {
        Some(id) if answer.status.is_success() => Outcome::Accepted {
            provider_message_id: id.to_owned(),
        },
        Some(_) | None => {
            let status = answer.status.as_u16();
            Outcome::Unknown {
                detail: format!("HTTP {status} with neither an id nor Meta's error"),
            }
        }
    }
}

fn payload(content: &Content, purpose: Purpose) -> Result<Payload<'_>, ProviderError> {
    if let Some(call) = &content.template {
        if !content.media.is_empty() {
            return Err(content_error(
                "media_beside_template",
                "a template takes no attachment beside it",
                "put the medium into the header of the template",
            ));
        }
        return template(call, purpose).map(Payload::Template);
    }
    match content.media.as_slice() {
        [] => text(&content.text).map(Payload::Text),
        [medium] => file(medium, &content.text),
        [_, _, ..] => Err(content_error(
            "too_many_media",
            "a WhatsApp message carries one medium",
            "send one message for each medium, the text with the first",
        )),
    }
}

fn text(body: &str) -> Result<Text<'_>, ProviderError> {
    if body.trim().is_empty() {
        let advice = "write a text, or give a medium or a template";
        return Err(content_error("empty", "there is nothing to send", advice));
    }
    check_length(body, TEXT_LIMIT, "a text")?;
    Ok(Text {
        preview_url: false,
        body,
    })
}

fn file<'a>(medium: &'a Media, text: &'a str) -> Result<Payload<'a>, ProviderError> {
    let caption = Some(text).filter(|text| !text.trim().is_empty());
    check_length(text, CAPTION_LIMIT, "the text beside a medium")?;
    let link = medium.url.as_str();
    let with_caption = |filename| File {
        link,
        caption,
        filename,
    };
    let without_caption = |name: &str| match caption {
        None => Ok(File {
            link,
            caption: None,
            filename: None,
        }),
        Some(_) => Err(content_error(
            "no_caption",
            format!("WhatsApp shows no text beside {name}"),
            "send the text as a message of its own",
        )),
    };
    let media_type = match &medium.content_type {
        Some(given) => given.to_ascii_lowercase(),
        None => type_by_name(link).to_owned(),
    };
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    Ok(match essence.split_once('/') {
        Some(("image", "webp")) => Payload::Sticker(without_caption("a sticker (WebP)")?),
        Some(("image", _)) => Payload::Image(with_caption(None)),
        Some(("video", _)) => Payload::Video(with_caption(None)),
        Some(("audio", _)) => Payload::Audio(without_caption("a sound")?),
        _ => Payload::Document(with_caption(file_name(link))),
    })
}

/// What the end of an address tells about the file, where nobody told; a document otherwise.
fn type_by_name(link: &str) -> &'static str {
    let name = file_name(link).unwrap_or_default();
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("mp4") => "video/mp4",
        Some("3gp") => "video/3gpp",
        Some("mp3") => "audio/mpeg",
        Some("m4a") => "audio/mp4",
        Some("aac") => "audio/aac",
        Some("amr") => "audio/amr",
        Some("ogg") => "audio/ogg",
        _ => "application/octet-stream",
    }
}

/// The last part of the path: what the recipient sees as the name of a document.
fn file_name(link: &str) -> Option<String> {
    let url = url::Url::parse(link).ok()?;
    let name = url.path_segments()?.next_back()?;
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

fn template(call: &TemplateCall, purpose: Purpose) -> Result<Template<'_>, ProviderError> {
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
        link,
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

fn check_length(text: &str, limit: usize, what: &str) -> Result<(), ProviderError> {
    let length = text.chars().count();
    if length <= limit {
        return Ok(());
    }
    let detail = format!("{what} may have {limit} characters on WhatsApp, and this has {length}");
    Err(content_error(
        "too_long",
        detail,
        "shorten the text, or split it over several messages",
    ))
}

fn content_error(code: &str, detail: impl Into<String>, advice: &str) -> ProviderError {
    refused_here(Class::Content, code, detail, advice)
}

#[cfg(test)]
mod tests;
