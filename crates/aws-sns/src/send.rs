//! What goes out.

use crate::{
    credentials::{AwsCredentials, SendApi},
    media,
};
use serde_json::{Value, json};
use tidings_kernel::{Channel, PhoneNumber, Purpose};
use tidings_messaging::{Address, Media, SendableMessage};
use tidings_routing::{Class, ProviderError};
use time::Duration;

/// The entry of `Context` that holds our reference; AWS returns it with each event.
pub(crate) const ATTEMPT: &str = "att";

const SHORTEST_VALIDITY: i64 = 5;
const LONGEST_VALIDITY: i64 = 259_200;

/// One call that hands a message over.
#[derive(Debug)]
pub(crate) enum Call {
    /// To AWS End User Messaging.
    Voice {
        /// The operation.
        operation: &'static str,
        /// Its input.
        input: Value,
    },
    /// To `Publish` of SNS, with these fields.
    Publish(Vec<(String, String)>),
}

/// The call for a message, or why AWS cannot carry it. Both APIs take 1600 characters, and the gate lets no
/// longer text through.
pub(crate) fn call(
    credentials: &AwsCredentials,
    message: &SendableMessage,
) -> Result<Call, ProviderError> {
    let to = number(message)?;
    match credentials.api {
        SendApi::EndUserMessaging => end_user_messaging(credentials, to, message),
        SendApi::Sns => publish(to, message),
    }
}

fn number(message: &SendableMessage) -> Result<PhoneNumber, ProviderError> {
    match (message.channel(), message.to()) {
        (Channel::Sms, Address::Phone(number)) => Ok(*number),
        (Channel::Sms, Address::WhatsappUser(_) | Address::Email(_)) => {
            // Nobody else reaches them by SMS either.
            Err(ProviderError::new(
                Class::Recipient,
                "no_phone_number",
                "AWS sends SMS to phone numbers only",
            ))
        }
        (Channel::Whatsapp | Channel::Email, _) => Err(ProviderError::not_carried_here(
            "sms_only",
            "this kind of account carries SMS alone",
        )),
    }
}

fn end_user_messaging(
    credentials: &AwsCredentials,
    to: PhoneNumber,
    message: &SendableMessage,
) -> Result<Call, ProviderError> {
    let content = message.content();
    let media = carried_media(&message.content().media)?;
    let mut input = json!({
        "DestinationPhoneNumber": to.to_string(),
        "OriginationIdentity": origination(message.from())?,
        "Context": { ATTEMPT: message.attempt().to_string() },
    });
    if !content.text.trim().is_empty() {
        input["MessageBody"] = content.text.as_str().into();
    }
    if let Some(set) = &credentials.configuration_set {
        input["ConfigurationSetName"] = set.as_str().into();
    }
    if let Some(seconds) = message.valid_for().map(validity) {
        input["TimeToLive"] = seconds.into();
    }
    let operation = if let Some(address) = media {
        input["MediaUrls"] = json!([address]);
        "SendMediaMessage"
    } else {
        input["MessageType"] = kind(message.purpose()).into();
        "SendTextMessage"
    };
    Ok(Call::Voice { operation, input })
}

/// A number, sender ID, pool or ARN, as AWS lets them be named.
fn origination(from: &str) -> Result<&str, ProviderError> {
    let is_right = |byte: u8| byte.is_ascii_alphanumeric() || b"_:/+-".contains(&byte);
    if (1..=256).contains(&from.len()) && from.bytes().all(is_right) {
        return Ok(from);
    }
    Err(ProviderError {
        advice: "use a number, sender ID, pool or ARN of the account as the sender's address"
            .into(),
        ..ProviderError::new(
            Class::Sender,
            "bad_sender",
            "the sender is nothing that AWS sends from",
        )
    })
}

/// The address of the one attachment, if there is one that AWS carries.
pub(crate) fn carried_media(media: &[Media]) -> Result<Option<String>, ProviderError> {
    match media {
        [] => Ok(None),
        [one] => match media::s3_address(&one.url) {
            Some(address) => Ok(Some(address)),
            None => Err(ProviderError {
                advice:
                    "put the file into an S3 bucket of the AWS account and use its address there"
                        .into(),
                ..ProviderError::not_carried_here(
                    "media_not_in_s3",
                    "AWS sends only attachments that are in S3",
                )
            }),
        },
        [_, ..] => Err(ProviderError::not_carried_here(
            "too_many_media",
            "AWS carries one attachment with a message",
        )),
    }
}

const fn kind(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Marketing => "PROMOTIONAL",
        Purpose::Authentication
        | Purpose::Emergency
        | Purpose::Transactional
        | Purpose::Reminder
        | Purpose::Conversational
        | Purpose::OptOutConfirmation
        | Purpose::DoubleOptIn => "TRANSACTIONAL",
    }
}

/// For how many seconds AWS may keep the message.
fn validity(valid_for: Duration) -> i64 {
    valid_for
        .whole_seconds()
        .clamp(SHORTEST_VALIDITY, LONGEST_VALIDITY)
}

fn publish(to: PhoneNumber, message: &SendableMessage) -> Result<Call, ProviderError> {
    if !message.content().media.is_empty() {
        return Err(ProviderError {
            advice: "send it through an account that uses AWS End User Messaging".into(),
            ..ProviderError::not_carried_here("no_media", "SNS carries texts only")
        });
    }
    let kind = match kind(message.purpose()) {
        "PROMOTIONAL" => "Promotional",
        _ => "Transactional",
    };
    let attributes = [("AWS.SNS.SMS.SMSType", kind), sender(message.from())?];
    let mut fields = vec![
        ("PhoneNumber".to_owned(), to.to_string()),
        ("Message".to_owned(), message.content().text.clone()),
    ];
    for (number, (name, value)) in (1..).zip(attributes) {
        let entry = format!("MessageAttributes.entry.{number}");
        fields.extend([
            (format!("{entry}.Name"), name.to_owned()),
            (format!("{entry}.Value.DataType"), "String".to_owned()),
            (format!("{entry}.Value.StringValue"), value.to_owned()),
        ]);
    }
    Ok(Call::Publish(fields))
}

/// The attribute that names the sender: a number of the account, or a word.
fn sender(from: &str) -> Result<(&'static str, &str), ProviderError> {
    let digits = from.strip_prefix('+').unwrap_or(from);
    if (5..=14).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(("AWS.MM.SMS.OriginationNumber", from));
    }
    let is_word = (3..=11).contains(&from.len())
        && from.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && from.bytes().any(|byte| byte.is_ascii_alphabetic());
    if is_word {
        return Ok(("AWS.SNS.SMS.SenderID", from));
    }
    Err(ProviderError {
        advice:
            "use a number of the account, or 3 to 11 letters and digits, as the sender's address"
                .into(),
        ..ProviderError::new(
            Class::Sender,
            "bad_sender",
            "the sender is nothing that SNS sends from",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validity_stays_within_aws_s_bounds() {
        for (given, seconds) in [
            (Duration::milliseconds(-1), 5),
            (Duration::milliseconds(90_999), 90),
            (Duration::days(30), 259_200),
        ] {
            assert_eq!(validity(given), seconds, "{given}");
        }
    }

    #[test]
    fn only_marketing_is_promotional() {
        for purpose in Purpose::ALL {
            let expected = match purpose {
                Purpose::Marketing => "PROMOTIONAL",
                _ => "TRANSACTIONAL",
            };
            assert_eq!(kind(purpose), expected);
        }
    }

    #[test]
    fn sns_sends_from_numbers_and_words() {
        for (from, name) in [
            ("+12025550100", "AWS.MM.SMS.OriginationNumber"),
            ("12025550100", "AWS.MM.SMS.OriginationNumber"),
            ("20255", "AWS.MM.SMS.OriginationNumber"),
            ("Example", "AWS.SNS.SMS.SenderID"),
            ("3Com", "AWS.SNS.SMS.SenderID"),
        ] {
            assert_eq!(sender(from).unwrap(), (name, from));
        }
        for from in [
            "",
            "1234",
            "ab",
            "Example Ltd",
            "pool-0123456789abcdef",
            "+123456789012345",
        ] {
            let error = sender(from).unwrap_err();
            assert_eq!(
                (error.class, error.provider_code.as_str()),
                (Class::Sender, "bad_sender")
            );
        }
    }
}
