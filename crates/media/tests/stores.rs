//! The stores of files keep the promises of their port.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bytes::Bytes;
use std::{sync::Arc, time::Duration};
use tidings_aws_http::Keys;
use tidings_conformance::fixtures::{FixedClock, NOW};
use tidings_kernel::{MediaId, TenantId};
use tidings_media::{Bucket, Directory, Place};
use tidings_messaging::{MediaKey, MediaStore, MediaStoreError, media::MediaForm};
use uuid::Uuid;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, header_exists, method, path},
};

fn bucket(server: &str) -> Bucket {
    // Installing it again changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap();
    let place = Place {
        endpoint: server.parse().unwrap(),
        region: "us-east-1".into(),
        bucket: "tidings-media".into(),
    };
    let keys = Keys {
        access_key_id: "AKIDEXAMPLE".into(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
        session_token: None,
    };
    Bucket::new(http, place, keys, Arc::new(FixedClock(NOW)))
}

fn key() -> MediaKey {
    MediaKey {
        tenant: TenantId::from_uuid(Uuid::from_u128(1)),
        media: MediaId::from_uuid(Uuid::from_u128(0xab)),
        form: MediaForm::Small,
    }
}

#[tokio::test]
async fn a_directory_keeps_what_the_port_promises() {
    let root = tempfile::tempdir().unwrap();
    let store = Directory::new(root.path().to_owned());
    tidings_conformance::media_store(&store).await;
}

#[tokio::test]
async fn a_bucket_is_asked_by_ids_alone_and_signed() {
    let server = MockServer::start().await;
    let object =
        "/tidings-media/00000000000000000000000000000001/ab/000000000000000000000000000000ab.small";
    Mock::given(method("PUT"))
        .and(path(object))
        .and(header_exists("authorization"))
        .and(header_exists("x-amz-content-sha256"))
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    let store = bucket(&server.uri());
    store.put(key(), Bytes::from_static(b"abc")).await.unwrap();
}

#[tokio::test]
async fn what_a_bucket_refuses_is_told_by_what_is_to_be_done() {
    for (status, is_full) in [(507, true), (403, false), (500, false), (301, false)] {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(status);
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let store = bucket(&server.uri());
        let error = store
            .put(key(), Bytes::from_static(b"abc"))
            .await
            .unwrap_err();
        assert_eq!(
            matches!(error, MediaStoreError::Full(_)),
            is_full,
            "{error:?}"
        );
        assert!(store.get(key()).await.is_err());
        assert!(store.delete(key()).await.is_err());
    }
}

#[tokio::test]
async fn a_missing_bucket_is_not_a_missing_file() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(404).insert_header("x-amz-error-code", "NoSuchBucket");
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let error = bucket(&server.uri()).get(key()).await.unwrap_err();
    assert!(
        matches!(error, MediaStoreError::Unavailable(_)),
        "{error:?}"
    );
}
