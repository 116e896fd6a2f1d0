use crate::{
    errors::{not_carried_here, refused_here},
    send::{ATTEMPT_FIELD, no_email, number, sms_text},
};
use serde_json::{Value, json};
use tidings_kernel::{AttemptId, Channel};
use tidings_messaging::SendableMessage;
use tidings_routing::{Class, ProviderError};
use tidings_segmentation::{Encoding, measure};
use time::Duration;
use url::Url;

/// The longest name of a sender.
const NAME_LIMIT: usize = 11;

/// The body of the call that sends.
///
/// # Errors
/// What the interface cannot carry is refused here, before anything leaves.
pub(super) fn body(callback_url: &str, message: &SendableMessage) -> Result<Value, ProviderError> {
    match message.channel() {
        Channel::Sms => {}
        Channel::Whatsapp => return Err(no_whatsapp()),
        Channel::Email => return Err(no_email()),
    }
    let text = sms_text(message)?;
    let mut body = json!({
        "originator": originator(message.from())?,
        "recipients": [number(message)?.digits()],
        "body": text,
        "type": "sms",
        "datacoding": data_coding(text),
        "reference": message.attempt().to_string(),
    });
    if let Some(url) = report_url(callback_url, message.attempt()) {
        body["reportUrl"] = url.into();
    }
    if let Some(seconds) = validity(message.valid_for()) {
        body["validity"] = seconds.into();
    }
    Ok(body)
}

/// A number without its plus sign, or a name.
fn originator(from: &str) -> Result<&str, ProviderError> {
    let originator = from.strip_prefix('+').unwrap_or(from);
    let is_number = originator.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number && originator.chars().count() > NAME_LIMIT {
        return Err(refused_here(
            Class::Sender,
            "sender_too_long",
            &format!("a sender's name may have {NAME_LIMIT} characters"),
            "use a shorter name, or a number",
        ));
    }
    Ok(originator)
}

/// As the text needs it and not as MessageBird guesses, so that the parts are those that were counted.
fn data_coding(text: &str) -> &'static str {
    match measure(text).encoding {
        Encoding::Gsm7 => "plain",
        Encoding::Ucs2 => "unicode",
    }
}

/// For how many seconds MessageBird may try; at least one, since none at all would mean its own usual time.
fn validity(valid_for: Option<Duration>) -> Option<i64> {
    valid_for.map(|span| span.whole_seconds().max(1))
}

/// Where MessageBird reports on the attempt; `None` if our address is none that can be called, and then
/// [`find`] is what tells.
///
/// [`find`]: tidings_messaging::Provider::find
fn report_url(callback_url: &str, attempt: AttemptId) -> Option<String> {
    let mut url = Url::parse(callback_url).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    url.query_pairs_mut()
        .append_pair(ATTEMPT_FIELD, &attempt.to_string());
    Some(url.into())
}

fn no_whatsapp() -> ProviderError {
    not_carried_here(
        "wrong_channel",
        "a key of MessageBird's dashboard carries SMS alone",
        "use a key of Bird's platform for WhatsApp, in an account of its own",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_a_number_without_plus_or_a_short_name() {
        assert_eq!(originator("+12025550100").unwrap(), "12025550100");
        assert_eq!(originator("24680").unwrap(), "24680");
        assert_eq!(originator("Example Co.").unwrap(), "Example Co.");
        let error = originator("Example Comp").unwrap_err();
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Sender, "sender_too_long")
        );
    }

    #[test]
    fn the_coding_is_what_the_text_needs() {
        assert_eq!(data_coding("Grüße für 5 €"), "plain");
        assert_eq!(data_coding("Привет"), "unicode");
        assert_eq!(data_coding("👍"), "unicode");
    }

    #[test]
    fn validity_is_in_whole_seconds_and_never_nothing() {
        assert_eq!(validity(None), None);
        assert_eq!(validity(Some(Duration::milliseconds(90_999))), Some(90));
        assert_eq!(validity(Some(Duration::milliseconds(300))), Some(1));
        assert_eq!(validity(Some(Duration::seconds(-5))), Some(1));
    }

    #[test]
    fn our_reference_travels_in_the_address_of_reports() {
        let attempt: AttemptId = "att_01h2xcejqtf2nbrexx3vqjhp41".parse().unwrap();
        assert_eq!(
            report_url("https://hooks.example.com/c?t=acme", attempt).unwrap(),
            "https://hooks.example.com/c?t=acme&att=att_01h2xcejqtf2nbrexx3vqjhp41"
        );
        for url in ["not an address", "ftp://example.com/c"] {
            assert_eq!(report_url(url, attempt), None, "{url}");
        }
    }
}
