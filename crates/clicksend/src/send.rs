use crate::wire::{Mms, Send, Sms};
use tidings_kernel::{Channel, PhoneNumber};
use tidings_messaging::{Address, Content, Media, SendableMessage};
use tidings_routing::{Class, ProviderError};
use tidings_segmentation::{Encoding, measure};

/// Our name in ClickSend's history.
const SOURCE: &str = "tidings";
/// The longest text of an MMS (reference, section 3); ClickSend cuts off what is beyond.
const MOST_GSM: u32 = 1_500;
const MOST_UNICODE: u32 = 500;
/// The longest subject of an MMS.
const MOST_SUBJECT: usize = 20;
/// How long a name in place of a number may be.
const TAG: std::ops::RangeInclusive<usize> = 3..=11;
/// Endings of files that ClickSend takes only after a conversion, which would need an upload.
const UNCONVERTED: [&str; 3] = ["jpeg", "png", "bmp"];
/// The types that it takes as they are.
const TYPES: [&str; 3] = ["image/jpeg", "image/jpg", "image/gif"];

impl Send<'_> {
    /// Where the call goes.
    pub(crate) const fn path(&self) -> [&'static str; 2] {
        match self {
            Self::Sms { .. } => ["sms", "send"],
            Self::Mms { .. } => ["mms", "send"],
        }
    }
}

/// The call that hands the message over, or why ClickSend cannot carry it.
pub(crate) fn call(message: &SendableMessage) -> Result<Send<'_>, ProviderError> {
    let to = recipient(message)?.to_string();
    let from = sender(message.from())?;
    let content = message.content();
    if content.template.is_some() {
        return Err(refused(
            "no_templates",
            "ClickSend calls no templates: send the text itself",
        ));
    }
    let custom_string = message.attempt().to_string();
    Ok(match content.media.as_slice() {
        [] => Send::Sms {
            shorten_urls: false,
            messages: [Sms {
                source: SOURCE,
                from,
                to,
                body: &content.text,
                custom_string,
            }],
        },
        [media] => Send::Mms {
            media_file: file(media)?,
            messages: [Mms {
                source: SOURCE,
                from,
                to,
                subject: subject(content.subject.as_deref(), from)?,
                body: text(&content.text)?,
                custom_string,
            }],
        },
        [_, _, ..] => {
            return Err(refused(
                "too_many_media",
                "ClickSend carries one attachment with a message",
            ));
        }
    })
}

/// Whether ClickSend can carry this at all: to numbers only, with one attachment that it takes.
pub(crate) fn can_carry(to: &Address, content: &Content) -> bool {
    let carries_media = match content.media.as_slice() {
        [] => true,
        [one] => file(one).is_ok(),
        [_, ..] => false,
    };
    matches!(to, Address::Phone(_)) && carries_media
}

fn recipient(message: &SendableMessage) -> Result<PhoneNumber, ProviderError> {
    match (message.channel(), message.to()) {
        (Channel::Sms, Address::Phone(number)) => Ok(*number),
        // Nobody else reaches them by SMS either.
        (Channel::Sms, Address::WhatsappUser(_) | Address::Email(_)) => Err(ProviderError::new(
            Class::Recipient,
            "no_phone_number",
            "ClickSend reaches people by phone number only",
        )),
        (Channel::Whatsapp | Channel::Email, _) => Err(ProviderError::new(
            Class::Sender,
            "wrong_channel",
            "ClickSend accounts carry SMS and MMS only",
        )),
    }
}

/// The sender, if ClickSend can use it: without one it takes a number of its own, and nobody learns.
fn sender(from: &str) -> Result<&str, ProviderError> {
    let is_tag = TAG.contains(&from.len())
        && from
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+');
    if is_tag || PhoneNumber::from_e164(from).is_ok() {
        return Ok(from);
    }
    Err(ProviderError {
        advice: "use a number such as +12025550123, or 3 to 11 letters and digits without blanks"
            .into(),
        ..ProviderError::new(
            Class::Sender,
            "invalid_sender",
            "the sender is neither a number nor a name that ClickSend allows",
        )
    })
}

/// The address of a file that ClickSend takes as it is.
fn file(media: &Media) -> Result<&str, ProviderError> {
    let name = media.url.split(['?', '#']).next().unwrap_or_default();
    let ending = name
        .rsplit('/')
        .next()
        .and_then(|file| file.rsplit_once('.'))
        .map_or("", |(_, ending)| ending);
    let is_unconverted = UNCONVERTED
        .iter()
        .any(|other| ending.eq_ignore_ascii_case(other));
    let is_foreign = media.content_type.as_deref().is_some_and(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        !TYPES.iter().any(|other| kind.eq_ignore_ascii_case(other))
    });
    if is_unconverted || is_foreign {
        return Err(ProviderError {
            advice: "attach a picture in a .jpg or .gif of at most 250 kB, or send a link".into(),
            ..refused(
                "media_type",
                "ClickSend takes .jpg and .gif files from an address, and no others",
            )
        });
    }
    Ok(&media.url)
}

/// The subject, which every MMS must have; the sender's address where none was given.
fn subject<'a>(subject: Option<&'a str>, from: &'a str) -> Result<&'a str, ProviderError> {
    let subject = subject.filter(|subject| !subject.trim().is_empty());
    match subject {
        Some(subject) if subject.chars().count() > MOST_SUBJECT => Err(refused(
            "subject_too_long",
            "the subject of an MMS has at most 20 characters",
        )),
        Some(subject) => Ok(subject),
        None => Ok(from),
    }
}

/// The text, if nothing of it would be cut off.
fn text(text: &str) -> Result<&str, ProviderError> {
    let measure = measure(text);
    let most = match measure.encoding {
        Encoding::Gsm7 => MOST_GSM,
        Encoding::Ucs2 => MOST_UNICODE,
    };
    if measure.units <= most {
        return Ok(text);
    }
    let detail = format!("the text of such an MMS has at most {most} characters");
    Err(refused("text_too_long", &detail))
}

/// What ClickSend alone does not carry.
fn refused(code: &str, detail: &str) -> ProviderError {
    ProviderError::not_carried_here(code, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(url: &str, content_type: Option<&str>) -> Media {
        Media {
            url: url.into(),
            content_type: content_type.map(ToOwned::to_owned),
        }
    }

    #[test]
    fn a_sender_is_a_number_or_a_short_name() {
        for from in [
            "+12025550100",
            "ACME",
            "Acme2Go",
            "A+B",
            "40404",
            "ABCDEFGHIJK",
        ] {
            assert_eq!(sender(from).as_deref(), Ok(from));
        }
        for from in ["", "AB", "ABCDEFGHIJKL", "Acme Shop", "Acmé", "acme.com"] {
            let error = sender(from).unwrap_err();
            assert_eq!(
                (error.class, error.provider_code.as_str()),
                (Class::Sender, "invalid_sender"),
                "{from}"
            );
        }
    }

    #[test]
    fn files_that_would_need_a_conversion_are_refused() {
        for (url, kind) in [
            ("https://cdn.example.com/a.jpg", None),
            ("https://cdn.example.com/a.GIF?size=1.png", None),
            ("https://cdn.example.com/png", Some("image/gif")),
            ("https://cdn.example.com/a", Some("image/JPEG; x=1")),
            // Nothing tells what it is, so ClickSend does.
            ("https://cdn.example.com/a.php", None),
        ] {
            assert_eq!(file(&media(url, kind)).as_deref(), Ok(url));
        }
        for (url, kind) in [
            ("https://cdn.example.com/a.png", None),
            ("https://cdn.example.com/a.JPEG#x", None),
            ("https://cdn.example.com/a.bmp?x=.jpg", None),
            ("https://cdn.example.com/a.jpg", Some("image/png")),
            ("https://cdn.example.com/a", Some("application/pdf")),
        ] {
            assert_eq!(
                file(&media(url, kind)).unwrap_err().provider_code,
                "media_type",
                "{url}"
            );
        }
    }

    #[test]
    fn a_subject_is_never_missing_and_never_cut() {
        assert_eq!(subject(None, "ACME"), Ok("ACME"));
        assert_eq!(subject(Some(" "), "ACME"), Ok("ACME"));
        let longest = "é".repeat(20);
        assert_eq!(subject(Some(&longest), "ACME"), Ok(longest.as_str()));
        let error = subject(Some(&"é".repeat(21)), "ACME").unwrap_err();
        assert_eq!(error.provider_code, "subject_too_long");
    }

    #[test]
    fn a_text_is_never_cut() {
        for (letter, most) in [("a", 1_500), ("[", 750), ("я", 500), ("😀", 250)] {
            assert!(text(&letter.repeat(most)).is_ok(), "{letter}");
            let error = text(&letter.repeat(most + 1)).unwrap_err();
            assert_eq!(error.provider_code, "text_too_long", "{letter}");
        }
    }
}
