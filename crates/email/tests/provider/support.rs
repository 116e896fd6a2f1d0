//! What both adapters are given. Every address is reserved for examples.

use secrecy::SecretString;
use std::sync::Arc;
use tidings_conformance::{
    attempt_id,
    fixtures::{FixedClock, NOW},
    sendable,
};
use tidings_kernel::{AttemptId, Channel, Clock, Purpose};
use tidings_messaging::{Access, Address, Content, Credentials, Outcome, SendableMessage};
use tidings_routing::ProviderError;

pub(crate) const FROM: &str = "no-reply@example.com";
pub(crate) const TO: &str = "ann@example.net";
pub(crate) const TEXT: &str = "Your table is ready";
pub(crate) const KEY: &str = "0123456789abcdef0123456789abcdef";

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(FixedClock(NOW))
}

pub(crate) fn attempt() -> AttemptId {
    attempt_id(7)
}

pub(crate) fn access(name: &str, fields: &[(&str, &str)]) -> Access {
    Access {
        tenant: "ten_00000000000000000000000001".parse().unwrap(),
        account: "acc_00000000000000000000000002".parse().unwrap(),
        credentials: Credentials::new(
            fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))),
        ),
        callback_url: format!("https://hooks.example.com/callbacks/{name}/abc"),
    }
}

pub(crate) fn mail_to(to: &str, purpose: Purpose, content: Content) -> SendableMessage {
    let to = Address::Email(to.into());
    sendable(attempt(), Channel::Email, purpose, to, FROM, content)
}

pub(crate) fn mail() -> SendableMessage {
    let content = Content {
        subject: Some("Ready".into()),
        ..Content::text(TEXT)
    };
    mail_to(TO, Purpose::Transactional, content)
}

pub(crate) fn rejected(outcome: Outcome) -> ProviderError {
    match outcome {
        Outcome::Rejected(error) => error,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// Nothing that people read may tell a secret, who gets a mail, or what is in it.
pub(crate) fn keeps_secrets(text: &str, secrets: &[&str]) {
    for secret in secrets.iter().chain(&[TO, TEXT]) {
        assert!(!text.contains(secret), "{secret} is told in {text}");
    }
}
