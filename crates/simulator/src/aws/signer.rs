//! What SNS signs with: the certificate, and the signature over a message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::{Map, Value};

use crate::crypto::{hex, sha256};
use crate::rsa::Key;

/// The certificate of the key in PEM. It is self-signed and, for one key, always the same.
///
/// # Errors
/// What the certificate's maker does not like.
pub(super) fn certificate(key: &Key) -> Result<String, rcgen::Error> {
    let pkcs8 = PrivatePkcs8KeyDer::from(key.pkcs8());
    let pair = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8, &PKCS_RSA_SHA256)?;
    let name = "sns.amazonaws.com";
    let mut params = CertificateParams::new(vec![name.to_owned()])?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    params.distinguished_name = subject;
    params.not_before = rcgen::date_time_ymd(2024, 1, 1);
    params.not_after = rcgen::date_time_ymd(2124, 1, 1);
    params.serial_number = Some(1_u64.into());
    let certificate = params.self_signed(&pair)?;
    Ok(certificate.pem())
}

/// The path that the certificate is fetched from.
pub(super) fn certificate_path(key: &Key) -> String {
    let hash = hex(&sha256(&key.pkcs8()));
    let short = hash.get(..32).unwrap_or_default();
    format!("/SimpleNotificationService-{short}.pem")
}

/// What is signed of a message: names and values of some of its members, a line each.
fn text(message: &Map<String, Value>) -> String {
    let is_notification = message
        .get("Type")
        .is_some_and(|kind| kind == "Notification");
    let names: &[&str] = if is_notification {
        &[
            "Message",
            "MessageId",
            "Subject",
            "Timestamp",
            "TopicArn",
            "Type",
        ]
    } else {
        &[
            "Message",
            "MessageId",
            "SubscribeURL",
            "Timestamp",
            "Token",
            "TopicArn",
            "Type",
        ]
    };
    names
        .iter()
        .filter_map(|name| Some(format!("{name}\n{}\n", message.get(*name)?.as_str()?)))
        .collect()
}

/// The signature of version 1 or 2.
pub(super) fn sign(key: &Key, version: u8, message: &Map<String, Value>) -> Option<String> {
    let text = text(message);
    let signature = if version == 1 {
        key.sign_sha1(text.as_bytes())
    } else {
        key.sign_sha256(text.as_bytes()).ok()?
    };
    Some(STANDARD.encode(signature))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{certificate, text};
    use crate::rsa::Key;

    fn signed(message: Value) -> String {
        let Value::Object(message) = message else {
            panic!("an object is expected");
        };
        text(&message)
    }

    /// The text that AWS's validator 0.3.5 checks, as the reference prints it.
    #[test]
    fn the_documented_members_are_signed_in_order() {
        let notification = signed(json!({
            "Type": "Notification",
            "MessageId": "11111111-2222-3333-4444-555555555555",
            "TopicArn": "arn:aws:sns:us-east-1:111122223333:our-topic",
            "Subject": "Test subject",
            "Message": "{\"eventType\":\"Delivery\",\"note\":\"café\"}",
            "Timestamp": "2026-01-02T03:04:05.678Z",
            "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/",
        }));
        assert_eq!(
            notification,
            "Message\n{\"eventType\":\"Delivery\",\"note\":\"café\"}\nMessageId\n\
             11111111-2222-3333-4444-555555555555\nSubject\nTest subject\nTimestamp\n\
             2026-01-02T03:04:05.678Z\nTopicArn\narn:aws:sns:us-east-1:111122223333:our-topic\n\
             Type\nNotification\n"
        );
        let confirmation = signed(json!({
            "Type": "SubscriptionConfirmation", "MessageId": "1", "Token": "t", "TopicArn": "a",
            "Message": "m", "SubscribeURL": "u", "Timestamp": "now",
        }));
        assert_eq!(
            confirmation,
            "Message\nm\nMessageId\n1\nSubscribeURL\nu\nTimestamp\nnow\nToken\nt\nTopicArn\na\n\
             Type\nSubscriptionConfirmation\n"
        );
    }

    #[test]
    fn a_key_has_one_certificate() {
        let key = Key::generate().expect("a key");
        let first = certificate(&key).expect("a certificate");
        assert!(first.starts_with("-----BEGIN CERTIFICATE-----\n"));
        assert_eq!(first, certificate(&key).expect("a certificate"));
    }
}
