//! Callbacks that Twilio would make.

use crate::support::{ACCOUNT, CALLBACK, FROM, SID, TO, TOKEN, attempt};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use ring::hmac;
use std::collections::BTreeSet;
use tidings_messaging::CallbackRequest;
use time::macros::datetime;

/// What a contact wrote by SMS.
pub(crate) const WROTE: &[(&str, &str)] = &[
    ("MessageSid", SID),
    ("SmsStatus", "received"),
    ("From", TO),
    ("To", FROM),
    ("Body", "Hello"),
    ("NumMedia", "0"),
];

/// The account's callback address with our reference.
pub(crate) fn url() -> String {
    format!("{}?att={}", CALLBACK, attempt())
}

pub(crate) fn encode(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

pub(crate) fn sign(url: &str, fields: &[(&str, &str)]) -> String {
    let pairs: BTreeSet<_> = fields.iter().collect();
    let data = pairs
        .iter()
        .fold(url.to_owned(), |data, (name, value)| data + name + value);
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOKEN.as_bytes());
    STANDARD.encode(hmac::sign(&key, data.as_bytes()))
}

/// A request that Twilio would make with these fields.
pub(crate) fn request(fields: &[(&str, &str)]) -> CallbackRequest {
    CallbackRequest {
        method: "POST".into(),
        url: url(),
        headers: vec![
            (
                "content-type".into(),
                "application/x-www-form-urlencoded; charset=UTF-8".into(),
            ),
            ("x-twilio-signature".into(), sign(&url(), fields)),
        ],
        body: Bytes::from(encode(fields)),
        received_at: datetime!(2026-07-15 15:00:10 UTC),
    }
}

pub(crate) fn status<'a>(status: &'a str, more: &[(&'a str, &'a str)]) -> CallbackRequest {
    let fields = [
        ("AccountSid", ACCOUNT),
        ("ApiVersion", "2010-04-01"),
        ("From", FROM),
        ("MessageSid", SID),
        ("MessageStatus", status),
        ("SmsSid", SID),
        ("SmsStatus", status),
        ("To", TO),
    ];
    request(&fields.iter().chain(more).copied().collect::<Vec<_>>())
}
