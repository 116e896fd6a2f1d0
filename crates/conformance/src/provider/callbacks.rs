//! Callbacks: what is not the provider's is refused, what is can always be read or is told to be unreadable.

use super::{ProviderCase, Signed};
use bytes::Bytes;
use std::sync::Arc;
use tidings_messaging::{Access, CallbackRequest, NotAuthentic, Provider, ProviderEvent};
use time::Duration;

/// The bits that are turned in each byte.
const FLIPS: [u8; 3] = [0x01, 0x10, 0x20];
/// Beyond so many bytes only some of them are changed.
const MOST_BYTES: usize = 1_500;

pub(super) async fn all(case: &ProviderCase) {
    assert!(!case.callbacks.is_empty(), "the case has no callback");
    assert!(!case.others.is_empty(), "the case has no other account");
    let adapter = case.adapter("http://127.0.0.1:9");
    for callback in &case.callbacks {
        authentic(case, &adapter, callback).await;
        of_another_account(case, &adapter, callback).await;
        years_apart(case, &adapter, callback).await;
        if case.is_signed {
            forged(case, &adapter, callback).await;
        }
        mangled(case, &adapter, callback);
    }
}

async fn authentic(case: &ProviderCase, adapter: &Arc<dyn Provider>, callback: &Signed) {
    let request = &callback.request;
    let checked = adapter.authenticate(&case.access, request).await;
    assert_eq!(checked, Ok(()), "an authentic callback: {request:?}");
    match adapter.parse(&case.access, request) {
        Ok(events) => assert_eq!(events, callback.events, "{request:?}"),
        Err(error) => panic!("an authentic callback cannot be read: {error}"),
    }
}

/// Whoever has an account here gets nothing said by the callbacks of another one.
async fn of_another_account(case: &ProviderCase, adapter: &Arc<dyn Provider>, callback: &Signed) {
    let request = &callback.request;
    for access in &case.others {
        let checked = adapter.authenticate(access, request).await;
        let told = adapter.parse(access, request).unwrap_or_default();
        let is_silent = told
            .iter()
            .all(|event| matches!(event, ProviderEvent::Ignored(_)));
        assert!(
            checked.is_err() || is_silent,
            "a callback of another account was taken: {request:?}"
        );
    }
}

/// A callback that comes years late, or by a clock that is years wrong, is refused or says the same as ever.
async fn years_apart(case: &ProviderCase, adapter: &Arc<dyn Provider>, callback: &Signed) {
    for years in [-30, -1, 1, 30] {
        let distance = Duration::days(365 * years);
        let other = CallbackRequest {
            received_at: callback.request.received_at + distance,
            ..callback.request.clone()
        };
        if adapter.authenticate(&case.access, &other).await.is_ok() {
            match adapter.parse(&case.access, &other) {
                Ok(events) => assert_eq!(events, callback.events, "after {years} years"),
                Err(error) => panic!("after {years} years it cannot be read: {error}"),
            }
        }
    }
}

async fn is_refused(
    adapter: &Arc<dyn Provider>,
    access: &Access,
    request: &CallbackRequest,
    what: &str,
) {
    let checked = adapter.authenticate(access, request).await;
    assert!(checked.is_err(), "{what} was taken: {request:?}");
}

async fn forged(case: &ProviderCase, adapter: &Arc<dyn Provider>, callback: &Signed) {
    let request = &callback.request;
    let mut changed = 0;
    for index in places(request.body.len()) {
        for flip in FLIPS {
            let mut body = request.body.to_vec();
            let Some(byte) = body.get_mut(index) else {
                continue;
            };
            *byte ^= flip;
            let other = CallbackRequest {
                body: Bytes::from(body),
                ..request.clone()
            };
            if !(callback.says_the_same)(request, &other) {
                changed += 1;
                is_refused(adapter, &case.access, &other, "a changed body").await;
            }
        }
    }
    assert!(
        changed > 0 || request.body.is_empty(),
        "no byte was changed"
    );
    for name in callback.signed_headers {
        let without = CallbackRequest {
            headers: (request.headers.iter())
                .filter(|(key, _)| key != name)
                .cloned()
                .collect(),
            ..request.clone()
        };
        let checked = adapter.authenticate(&case.access, &without).await;
        // A provider that forgets its signature now and then is asked to send again.
        assert!(
            matches!(
                checked,
                Err(NotAuthentic::Missing | NotAuthentic::Wrong | NotAuthentic::CannotCheck)
            ),
            "without {name}: {checked:?}"
        );
        let value = request.header(name).unwrap_or_default().to_owned();
        for index in places(value.len()) {
            for flip in FLIPS {
                let mut bytes = value.clone().into_bytes();
                let Some(byte) = bytes.get_mut(index) else {
                    continue;
                };
                *byte ^= flip;
                let Ok(text) = String::from_utf8(bytes) else {
                    continue;
                };
                let mut other = request.clone();
                for (key, value) in &mut other.headers {
                    if key == name {
                        value.clone_from(&text);
                    }
                }
                if !(callback.says_the_same)(request, &other) {
                    is_refused(adapter, &case.access, &other, "a changed header").await;
                }
            }
        }
    }
}

/// Whatever comes is read or refused, and never a panic.
fn mangled(case: &ProviderCase, adapter: &Arc<dyn Provider>, callback: &Signed) {
    let request = &callback.request;
    let read = |body: Vec<u8>| {
        let other = CallbackRequest {
            body: Bytes::from(body),
            ..request.clone()
        };
        // What it tells is of no interest here, only that it tells something.
        drop(adapter.parse(&case.access, &other));
    };
    for index in places(request.body.len()) {
        read(request.body.get(..index).unwrap_or_default().to_vec());
        for flip in FLIPS {
            let mut body = request.body.to_vec();
            if let Some(byte) = body.get_mut(index) {
                *byte ^= flip;
            }
            read(body);
        }
    }
    for body in [
        &b""[..],
        b"null",
        b"[]",
        b"{}",
        b"0",
        b"\"\"",
        b"<xml/>",
        b"\xff\xfe",
    ] {
        read(body.to_vec());
    }
    read(vec![b'['; 5 << 20]);
    read(vec![b'a'; 5 << 20]);
    read(vec![0; 5 << 20]);
}

fn places(length: usize) -> impl Iterator<Item = usize> {
    let step = length.div_ceil(MOST_BYTES).max(1);
    (0..length).step_by(step)
}
