mod media;
mod template;

use crate::wire::{Body, Payload, SmsOptions, WireChannel};
use tidings_kernel::Channel;
use tidings_messaging::{Address, SendableMessage};
use tidings_routing::{Class, ProviderError};
use tidings_segmentation::{Encoding, measure};
use time::Duration;
use url::Url;

/// The version of status callbacks that we read, whatever the account has set.
const CALLBACK_VERSION: &str = "v1";

/// The longest texts, in characters (reference, section 2).
const LONGEST_SMS: usize = 3_200;
const LONGEST_WHATSAPP_TEXT: usize = 4_096;

/// What to post for a message, or why Vonage cannot carry it.
pub(crate) fn body<'a>(
    callback_url: &'a str,
    message: &'a SendableMessage,
) -> Result<Body<'a>, ProviderError> {
    let channel = channel(message)?;
    let sender = message.from();
    Ok(Body {
        channel,
        to: recipient(message)?,
        from: sender.strip_prefix('+').unwrap_or(sender),
        client_ref: message.attempt().to_string(),
        webhook_url: is_web_address(callback_url).then_some(callback_url),
        webhook_version: CALLBACK_VERSION,
        ttl: message.valid_for().and_then(|span| lifetime(channel, span)),
        payload: payload(channel, message)?,
    })
}

fn channel(message: &SendableMessage) -> Result<WireChannel, ProviderError> {
    match message.channel() {
        Channel::Sms if message.content().media.is_empty() => Ok(WireChannel::Sms),
        Channel::Sms => Ok(WireChannel::Mms),
        Channel::Whatsapp => Ok(WireChannel::Whatsapp),
        Channel::Email => Err(ProviderError {
            advice: "use an account of another provider for email".to_owned(),
            ..ProviderError::not_carried_here(
                "wrong_channel",
                "Vonage carries SMS, MMS and WhatsApp here, and no email",
            )
        }),
    }
}

/// The recipient as Vonage writes it.
fn recipient(message: &SendableMessage) -> Result<String, ProviderError> {
    let wrong = |detail| {
        Err(ProviderError::new(
            Class::Recipient,
            "wrong_address",
            detail,
        ))
    };
    match (message.channel(), message.to()) {
        (Channel::Sms | Channel::Whatsapp | Channel::Email, Address::Phone(number)) => {
            Ok(number.digits())
        }
        (Channel::Whatsapp, Address::WhatsappUser(id)) => Ok(id.clone()),
        (Channel::Sms | Channel::Email, Address::WhatsappUser(_)) => {
            wrong("this person is known to WhatsApp alone, and has no number for SMS")
        }
        (Channel::Sms | Channel::Whatsapp | Channel::Email, Address::Email(_)) => {
            wrong("an email address cannot be reached by SMS or WhatsApp")
        }
    }
}

fn payload(channel: WireChannel, message: &SendableMessage) -> Result<Payload<'_>, ProviderError> {
    let content = message.content();
    match (channel, &content.template, content.media.as_slice()) {
        (WireChannel::Whatsapp, Some(call), []) => template::payload(call, message.purpose()),
        (WireChannel::Whatsapp, Some(_), _) => Err(content_error(
            "media_beside_template",
            "a template takes no attachment beside it",
            "put the medium into the header of the template",
        )),
        (WireChannel::Whatsapp, None, []) => {
            check_text(&content.text, LONGEST_WHATSAPP_TEXT)?;
            Ok(Payload::Text {
                text: &content.text,
                sms: None,
            })
        }
        (WireChannel::Whatsapp, None, [medium]) => media::whatsapp(medium, &content.text),
        (WireChannel::Whatsapp, None, [_, _, ..]) => Err(content_error(
            "too_many_media",
            "a WhatsApp message carries one medium",
            "send one message for each medium, the text with the first",
        )),
        (WireChannel::Mms, _, [medium]) => media::mms(medium, &content.text),
        (WireChannel::Mms, _, media) => media::mms_of_several(media, &content.text),
        // On SMS a template is its text.
        (WireChannel::Sms, _, _) => {
            check_text(&content.text, LONGEST_SMS)?;
            Ok(Payload::Text {
                text: &content.text,
                sms: Some(SmsOptions {
                    encoding_type: encoding(&content.text),
                }),
            })
        }
    }
}

/// The encoding by which the text was counted and priced. Left to itself, Vonage decides by rules of its
/// own.
fn encoding(text: &str) -> &'static str {
    match measure(text).encoding {
        Encoding::Gsm7 => "text",
        Encoding::Ucs2 => "unicode",
    }
}

/// For how many seconds delivery is tried; WhatsApp knows no such limit.
fn lifetime(channel: WireChannel, span: Duration) -> Option<i64> {
    let (shortest, longest) = match channel {
        WireChannel::Sms => (20, 604_800),
        WireChannel::Mms => (300, 259_200),
        WireChannel::Whatsapp => return None,
    };
    Some(span.whole_seconds().clamp(shortest, longest))
}

/// Whether Vonage can call this address.
pub(crate) fn is_web_address(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn check_text(text: &str, longest: usize) -> Result<(), ProviderError> {
    if text.trim().is_empty() {
        let advice = "write a text, or give a medium or a template";
        return Err(content_error("empty", "there is nothing to send", advice));
    }
    check_length(text, longest, "a text")
}

fn check_length(text: &str, longest: usize, what: &str) -> Result<(), ProviderError> {
    let length = text.chars().count();
    if length <= longest {
        return Ok(());
    }
    let detail = format!("{what} may have {longest} characters at Vonage, and this has {length}");
    Err(ProviderError {
        advice: "shorten the text, or split it over several messages".to_owned(),
        ..ProviderError::not_carried_here("too_long", &detail)
    })
}

fn content_error(code: &str, detail: &str, advice: &str) -> ProviderError {
    ProviderError {
        advice: advice.to_owned(),
        ..ProviderError::new(Class::Content, code, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_stay_within_vonage_s_bounds() {
        for (channel, span, expected) in [
            (WireChannel::Sms, Duration::seconds(-1), Some(20)),
            (WireChannel::Sms, Duration::milliseconds(90_999), Some(90)),
            (WireChannel::Sms, Duration::days(30), Some(604_800)),
            (WireChannel::Mms, Duration::seconds(20), Some(300)),
            (WireChannel::Mms, Duration::hours(1), Some(3_600)),
            (WireChannel::Mms, Duration::days(30), Some(259_200)),
            (WireChannel::Whatsapp, Duration::hours(1), None),
        ] {
            assert_eq!(lifetime(channel, span), expected, "{channel:?} {span}");
        }
    }

    #[test]
    fn texts_have_something_to_say_and_no_more_than_vonage_takes() {
        let code = |text: &str, longest| check_text(text, longest).unwrap_err().provider_code;
        for longest in [LONGEST_SMS, LONGEST_WHATSAPP_TEXT] {
            assert_eq!(check_text(&"é".repeat(longest), longest), Ok(()));
            assert_eq!(code(&"é".repeat(longest + 1), longest), "too_long");
            assert_eq!(code(" \n", longest), "empty");
        }
    }

    #[test]
    fn the_encoding_is_the_one_that_was_counted() {
        for (text, expected) in [
            ("Ready", "text"),
            ("{€}", "text"),
            ("It’s ready", "unicode"),
            ("😀", "unicode"),
        ] {
            assert_eq!(encoding(text), expected, "{text}");
        }
    }

    #[test]
    fn only_web_addresses_are_called() {
        assert!(is_web_address(
            "https://hooks.example.com/callbacks/vonage/abc"
        ));
        assert!(is_web_address("http://127.0.0.1:8080/c"));
        for other in [
            "",
            "hooks.example.com",
            "ftp://example.com/c",
            "mailto:a@example.com",
        ] {
            assert!(!is_web_address(other), "{other}");
        }
    }
}
