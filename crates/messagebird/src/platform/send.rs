use super::{ATTEMPT, resource, whatsapp};
use crate::{
    errors::not_carried_here,
    send::{no_email, number, sms_text},
};
use serde_json::{Value, json};
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::SendableMessage;
use tidings_routing::ProviderError;
use tidings_segmentation::measure;

/// The longest SMS, in parts.
const MOST_PARTS: u32 = 12;

/// Where to post a message, and what.
///
/// # Errors
/// What the platform cannot carry is refused here, before anything leaves.
pub(super) fn body(message: &SendableMessage) -> Result<(&'static str, Value), ProviderError> {
    let resource = resource(message.channel()).ok_or_else(no_email)?;
    let body = match message.channel() {
        Channel::Sms => sms(message)?,
        Channel::Whatsapp => whatsapp::body(message)?,
        Channel::Email => return Err(no_email()),
    };
    Ok((resource, body))
}

/// What comes back with every event of the message.
pub(super) fn metadata(message: &SendableMessage) -> Value {
    json!({ ATTEMPT: message.attempt().to_string() })
}

fn sms(message: &SendableMessage) -> Result<Value, ProviderError> {
    let text = sms_text(message)?;
    let parts = measure(text).count;
    if parts > MOST_PARTS {
        return Err(not_carried_here(
            "too_long",
            &format!("an SMS may have {MOST_PARTS} parts at Bird, and this has {parts}"),
            "shorten the text",
        ));
    }
    Ok(json!({
        "to": number(message)?.to_string(),
        "from": message.from(),
        "text": text,
        "category": category(message.purpose()),
        "metadata": metadata(message),
    }))
}

/// Why we send, in Bird's words. Registrations of senders are mostly for the first.
const fn category(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Transactional
        | Purpose::Reminder
        | Purpose::Emergency
        | Purpose::OptOutConfirmation
        | Purpose::DoubleOptIn => "transactional",
        Purpose::Conversational => "service",
        Purpose::Marketing => "marketing",
        Purpose::Authentication => "authentication",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_advertisements_are_called_so() {
        for purpose in Purpose::ALL {
            let is_marketing = category(purpose) == "marketing";
            assert_eq!(is_marketing, purpose == Purpose::Marketing, "{purpose:?}");
        }
        assert_eq!(category(Purpose::Authentication), "authentication");
        assert_eq!(category(Purpose::Conversational), "service");
    }
}
