//! Signs as SNS does, with a key that serves for nothing else.

use crate::{FetchError, SnsSource, SnsVerifier};
use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use tidings_kernel::Clock;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use url::Url;

/// The topic of the messages.
pub const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:our-topic";
/// Where the certificate is.
pub const CERTIFICATE_URL: &str = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-00000000000000000000000000000007.pem";
/// The certificate; it is good from 2026 to 2125.
pub const CERTIFICATE: &str = include_str!("testing/certificate.pem");
/// The token of [`confirmation`]s.
pub const TOKEN: &str = "2336412f37fb687f5d51e6e2425f004ae";

/// What a signature covers, in its order; a message has those of its kind.
const SIGNED: [&str; 8] = [
    "Message",
    "MessageId",
    "Subject",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
];

/// The body in which SNS posts `message`, published to [`TOPIC`] at `at`.
pub fn notification(message: &str, at: OffsetDateTime) -> Bytes {
    signed(json!({
        "Type": "Notification",
        "MessageId": "11111111-2222-3333-4444-555555555555",
        "TopicArn": TOPIC,
        "Message": message,
        "Timestamp": at.format(&Rfc3339).unwrap_or_default(),
    }))
}

/// The body in which SNS asks at `at` whether a subscription to [`TOPIC`] is meant.
pub fn confirmation(at: OffsetDateTime) -> Bytes {
    signed(json!({
        "Type": "SubscriptionConfirmation",
        "MessageId": "66666666-2222-3333-4444-555555555555",
        "TopicArn": TOPIC,
        "Token": TOKEN,
        "Message": "To confirm the subscription, visit the SubscribeURL included in this message.",
        "SubscribeURL": confirmation_url(),
        "Timestamp": at.format(&Rfc3339).unwrap_or_default(),
    }))
}

/// The address that confirms the subscription of [`confirmation`].
pub fn confirmation_url() -> String {
    format!(
        "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token={TOKEN}"
    )
}

/// Signs the message with version 2.
///
/// # Panics
/// If the key in this crate is no key.
#[expect(clippy::panic, reason = "it is how a test fails")]
pub fn signed(mut message: Value) -> Bytes {
    let mut text = String::new();
    for name in SIGNED {
        if let Some(value) = message[name].as_str() {
            text.extend([name, "\n", value, "\n"]);
        }
    }
    let Ok(key) = RsaKeyPair::from_pkcs8(include_bytes!("testing/key.pk8")) else {
        panic!("testing/key.pk8 holds no key");
    };
    let mut signature = vec![0; key.public().modulus_len()];
    let random = SystemRandom::new();
    if let Err(error) = key.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature) {
        panic!("signing failed: {error}");
    }
    message["SignatureVersion"] = "2".into();
    message["Signature"] = STANDARD.encode(signature).into();
    message["SigningCertURL"] = CERTIFICATE_URL.into();
    Bytes::from(message.to_string())
}

/// Whether two bodies say the same by what SNS signs: white space, the order of fields and fields that are
/// not signed do not matter.
pub fn says_the_same(one: &[u8], other: &[u8]) -> bool {
    let said = |body: &[u8]| {
        let value = serde_json::from_slice::<Value>(body).ok()?;
        let signature = STANDARD.decode(value["Signature"].as_str()?).ok()?;
        let others = SIGNED.iter().chain(&["SignatureVersion", "SigningCertURL"]);
        let others: Vec<Value> = others.map(|name| value[*name].clone()).collect();
        Some((signature, others))
    };
    said(one).is_some_and(|one| said(other) == Some(one))
}

/// A verifier that knows [`CERTIFICATE`] alone and asks nobody.
pub fn verifier(clock: Arc<dyn Clock>) -> SnsVerifier {
    SnsVerifier::with_source(Arc::new(Pinned::default()), clock)
}

/// Answers from memory, and keeps what it was asked for.
#[derive(Debug)]
pub struct Pinned {
    answers: BTreeMap<String, Bytes>,
    asked: Mutex<Vec<String>>,
}

impl Pinned {
    /// A source that has `answers` by address; to everything else it answers as if with 404.
    pub fn new(answers: impl IntoIterator<Item = (String, Bytes)>) -> Self {
        Self {
            answers: answers.into_iter().collect(),
            asked: Mutex::default(),
        }
    }

    /// The addresses that it was asked for.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.clone()
    }
}

impl Default for Pinned {
    /// One that has [`CERTIFICATE`], and takes the confirmation of [`confirmation`].
    fn default() -> Self {
        let certificate = Bytes::from_static(CERTIFICATE.as_bytes());
        Self::new([
            (CERTIFICATE_URL.to_owned(), certificate),
            (confirmation_url(), Bytes::new()),
        ])
    }
}

#[async_trait]
impl SnsSource for Pinned {
    async fn get(&self, url: &Url) -> Result<Bytes, FetchError> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(url.to_string());
        let answer = self.answers.get(url.as_str()).cloned();
        answer.ok_or(FetchError::Status(404))
    }
}
