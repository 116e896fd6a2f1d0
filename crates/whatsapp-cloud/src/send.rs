mod media;
mod rich;
mod template;

use crate::{
    errors::refused_here,
    wire::{Payload, Quote, SendBody, Text},
};
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{Address, Content, Rich, RichForm, SendableMessage};
use tidings_routing::{Class, ProviderError};

/// The longest text, in characters.
const TEXT_LIMIT: usize = 4096;

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
    // A reaction names its message itself.
    let is_reaction = |rich: &&Rich| matches!(rich.form, Some(RichForm::Reaction { .. }));
    let quoting = message
        .content()
        .rich
        .as_ref()
        .filter(|rich| !is_reaction(rich));
    Ok(SendBody {
        messaging_product: "whatsapp",
        recipient_type: "individual",
        to,
        recipient,
        context: quoting
            .and_then(|rich| rich.to.as_deref())
            .map(|message_id| Quote { message_id }),
        biz_opaque_callback_data: message.attempt().to_string(),
        kind: payload.kind(),
        payload,
    })
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
        return template::template(call, purpose).map(Payload::Template);
    }
    if let Some(rich) = &content.rich
        && let Some(form) = &rich.form
    {
        return rich::payload(content, rich, form);
    }
    match content.media.as_slice() {
        [] => text(&content.text).map(Payload::Text),
        [medium] => media::file(medium, &content.text),
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

fn check_length(text: &str, limit: usize, what: &str) -> Result<(), ProviderError> {
    let length = text.chars().count();
    if length <= limit {
        return Ok(());
    }
    let detail = format!("{what} may have {limit} characters on WhatsApp, and this has {length}");
    Err(content_error(
        "too_long",
        &detail,
        "shorten the text, or split it over several messages",
    ))
}

fn content_error(code: &str, detail: &str, advice: &str) -> ProviderError {
    refused_here(Class::Content, code, detail, advice)
}
