//! What the targets share: an account, a request made of arbitrary bytes, a client that calls nobody.

use bytes::Bytes;
use std::{
    pin::pin,
    sync::Once,
    task::{Context, Poll, Waker},
};
use tidings_kernel::{AccountId, TenantId};
use tidings_messaging::{Access, CallbackRequest, Credentials, Provider, ProviderEvent};
use time::OffsetDateTime;
use uuid::Uuid;

/// The most events that one byte of a callback may turn into; more would be amplification.
const MOST_EVENTS_A_BYTE: usize = 1;

/// An account with these credentials.
pub fn access(credentials: &[(&str, &str)]) -> Access {
    Access {
        tenant: TenantId::from_uuid(Uuid::from_u128(1)),
        account: AccountId::from_uuid(Uuid::from_u128(2)),
        credentials: Credentials::new(
            credentials
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).into())),
        ),
        callback_url: "https://hooks.example.com/twilio/status".to_owned(),
    }
}

/// A client for providers that are never called.
pub fn client() -> reqwest::Client {
    static TLS: Once = Once::new();
    TLS.call_once(|| {
        // An error says that one is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder()
        .build()
        .expect("a client without settings")
}

/// A request out of arbitrary bytes: up to three lines that end in LF are the query, the content type
/// and the signature, and the rest is the body. The first byte chooses between GET and POST.
pub fn request(data: &[u8], signature_header: &str) -> CallbackRequest {
    let (method, rest) = match data.split_first() {
        Some((b'G', rest)) => ("GET", rest),
        Some((_, rest)) => ("POST", rest),
        None => ("POST", data),
    };
    let mut parts = rest.splitn(4, |byte| *byte == b'\n');
    let mut text = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let (query, content_type, signature) = (text(), text(), text());
    let body = parts.next().unwrap_or_default();
    CallbackRequest {
        method: method.to_owned(),
        url: format!("https://hooks.example.com/twilio/status?{query}"),
        headers: vec![
            ("content-type".to_owned(), content_type),
            (signature_header.to_owned(), signature),
        ],
        body: Bytes::copy_from_slice(body),
        received_at: OffsetDateTime::UNIX_EPOCH,
    }
}

/// The result of what waits for nothing: these providers fetch nothing to read a callback.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("a callback is read without waiting"),
    }
}

/// What holds of every provider and every request: reading is total and repeatable, tells no more than
/// was said, and keeps no NUL, which no store of ours takes.
pub fn read_callback(provider: &dyn Provider, access: &Access, request: &CallbackRequest) {
    let authentic = || at_once(provider.authenticate(access, request));
    assert_eq!(authentic(), authentic());
    at_once(provider.handshake(access, request));
    let Ok(events) = provider.parse(access, request) else {
        return;
    };
    let again = provider.parse(access, request).expect("it was read before");
    assert_eq!(events, again, "reading twice is reading once");
    let said = request.body.len() + request.url.len();
    assert!(events.len() <= said * MOST_EVENTS_A_BYTE);
    for event in &events {
        if let ProviderEvent::Inbound(inbound) = event {
            assert!(!inbound.text.contains('\0'), "NUL in a text");
        }
    }
}
