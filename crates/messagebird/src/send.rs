//! What all three interfaces ask of a message before they call.

use crate::errors::{not_carried_here, refused_here};
use tidings_kernel::{Channel, PhoneNumber};
use tidings_messaging::{Address, Media, SendableMessage};
use tidings_routing::{Class, ProviderError};

/// What our reference is called in metadata, references and callback addresses.
pub(crate) const ATTEMPT_FIELD: &str = "att";

/// The recipient's number.
pub(crate) fn number(message: &SendableMessage) -> Result<PhoneNumber, ProviderError> {
    match message.to() {
        Address::Phone(number) => Ok(*number),
        Address::WhatsappUser(_) => {
            let class = match message.channel() {
                Channel::Whatsapp => Class::Sender,
                // Nobody else reaches them there either.
                Channel::Sms | Channel::Email => Class::Recipient,
            };
            Err(refused_here(
                class,
                "no_phone_number",
                "people are reached by phone number only here",
                "give the contact's phone number, or use an account of Bird's platform",
            ))
        }
        Address::Email(_) => Err(no_email()),
    }
}

/// What an SMS says. Pictures and templates are nothing that it carries.
pub(crate) fn sms_text(message: &SendableMessage) -> Result<&str, ProviderError> {
    let content = message.content();
    if content.template.is_some() {
        return Err(not_carried_here(
            "no_template",
            "an SMS calls no template with this provider",
            "send the text itself, or use WhatsApp or another provider",
        ));
    }
    if !content.media.is_empty() {
        return Err(not_carried_here(
            "no_media",
            "attachments cannot be sent by SMS with this provider",
            "put a link into the text, or use WhatsApp or another provider",
        ));
    }
    if content.text.is_empty() {
        return Err(empty());
    }
    Ok(&content.text)
}

/// The one medium of a WhatsApp message, if it has any.
pub(crate) fn medium(message: &SendableMessage) -> Result<Option<&Media>, ProviderError> {
    match message.content().media.as_slice() {
        [] => Ok(None),
        [_] if message.content().template.is_some() => Err(content_error(
            "media_beside_template",
            "a template takes no attachment beside it",
            "put the medium into the header of the template",
        )),
        [medium] => Ok(Some(medium)),
        [_, _, ..] => Err(content_error(
            "too_many_media",
            "a WhatsApp message carries one medium",
            "send one message for each medium, the text with the first",
        )),
    }
}

/// Refuses what is longer than so many characters.
pub(crate) fn check_length(text: &str, limit: usize, what: &str) -> Result<(), ProviderError> {
    let length = text.chars().count();
    if length <= limit {
        return Ok(());
    }
    Err(content_error(
        "too_long",
        &format!("{what} may have {limit} characters on WhatsApp, and this has {length}"),
        "shorten the text, or split it over several messages",
    ))
}

/// A language as both of Bird's interfaces want it: `en-US`.
pub(crate) fn language(locale: &str) -> String {
    locale.replace('_', "-")
}

/// What WhatsApp itself takes from nobody, or what makes no sense.
pub(crate) fn content_error(code: &str, detail: &str, advice: &str) -> ProviderError {
    refused_here(Class::Content, code, detail, advice)
}

/// There is neither text nor medium nor template.
pub(crate) fn empty() -> ProviderError {
    content_error(
        "empty",
        "there is nothing to send",
        "write a text, or give a medium or a template",
    )
}

pub(crate) fn no_caption(what: &str) -> ProviderError {
    content_error(
        "no_caption",
        &format!("no text is shown beside {what}"),
        "send the text as a message of its own",
    )
}

/// Email is for other providers.
pub(crate) fn no_email() -> ProviderError {
    not_carried_here(
        "wrong_channel",
        "MessageBird accounts of this kind carry no email",
        "use an account of another provider for email",
    )
}
