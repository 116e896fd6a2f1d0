//! Connection tests, and questions about what became of an attempt.

use super::{
    Canned, ProviderCase,
    wire::{Fake, Reaction},
};
use tidings_messaging::{ConnectError, Found};
use tidings_routing::Class;

pub(super) async fn all(case: &ProviderCase) {
    connections(case).await;
    absence_is_never_guessed(case).await;
}

async fn connections(case: &ProviderCase) {
    // A fake serves as long as it is held.
    let (adapter, _fake) = case.against(&case.connected).await;
    let info = adapter.connect(&case.access).await;
    assert!(info.is_ok(), "all is well: {info:?}");
    case.keeps_secrets(&format!("{info:?}"));

    let descriptor = adapter.descriptor();
    for field in descriptor
        .credentials
        .iter()
        .filter(|field| field.is_required)
    {
        let (adapter, fake) = case.against(&case.connected).await;
        let result = adapter.connect(&case.without(field.name)).await;
        let Err(ConnectError::Credential { field: named, .. }) = result else {
            panic!("without {}: {result:?}", field.name);
        };
        assert_eq!(named, field.name);
        assert_eq!(fake.requests(), 0, "called without {}", field.name);
    }

    let refused = Canned {
        status: 401,
        ..case.unknown_refusal.clone()
    };
    let (adapter, _fake) = case.against(&refused).await;
    let result = adapter.connect(&case.access).await;
    match &result {
        Err(ConnectError::Refused(error)) => assert_eq!(error.class, Class::Account),
        other => panic!("wrong credentials: {other:?}"),
    }
    case.keeps_secrets(&format!("{result:?}"));

    for reaction in [
        Reaction::Silence,
        Reaction::Bytes(Vec::new()),
        Reaction::Bytes(b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n".to_vec()),
        Reaction::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>".to_vec()),
    ] {
        let fake = Fake::new(reaction.clone()).await;
        let result = case.adapter(&fake.url).connect(&case.access).await;
        assert!(
            matches!(result, Err(ConnectError::Unreachable(_))),
            "{reaction:?}: {result:?}"
        );
    }
}

/// Whoever says that a message is not there causes it to be sent again.
async fn absence_is_never_guessed(case: &ProviderCase) {
    let Some(query) = &case.query else {
        return;
    };
    for reaction in [
        Reaction::Silence,
        Reaction::Bytes(Vec::new()),
        Reaction::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec()),
        Reaction::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>".to_vec()),
        Reaction::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nnull".to_vec()),
        Reaction::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_vec()),
        Reaction::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"da".to_vec()),
        Reaction::Bytes(b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n".to_vec()),
        Reaction::Bytes(b"HTTP/1.1 429 No\r\ncontent-length: 0\r\n\r\n".to_vec()),
        Reaction::Bytes(b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n".to_vec()),
        Reaction::Bytes(b"HTTP/1.1 302 No\r\nlocation: /\r\ncontent-length: 0\r\n\r\n".to_vec()),
    ] {
        for id in [None, query.provider_message_id.clone()] {
            let mut query = query.clone();
            query.provider_message_id = id;
            let fake = Fake::new(reaction.clone()).await;
            let found = case.adapter(&fake.url).find(&case.access, &query).await;
            assert!(
                matches!(found, Err(_) | Ok(Found::CannotTell)),
                "{reaction:?}: {found:?}"
            );
            case.keeps_secrets(&format!("{found:?}"));
        }
    }
}
