//! Files that contacts sent.

use crate::support::{vonage, with_application};
use tidings_messaging::{FetchedMedia, Media, MediaError, MediaSource as _};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

async fn fetch(server: &MockServer, url: &str) -> Result<FetchedMedia, MediaError> {
    let media = Media {
        url: url.to_owned(),
        content_type: None,
    };
    let vonage = vonage(&server.uri());
    vonage.fetch(&with_application(), &media, 1_000).await
}

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

#[tokio::test]
async fn a_file_is_fetched_with_the_application_s_token() {
    let picture = ResponseTemplate::new(200).set_body_raw(b"PNG".as_slice(), "image/png");
    let server = answering(picture).await;
    let file = fetch(&server, &format!("{}/v3/media/1", server.uri())).await;
    let file = file.unwrap();
    assert_eq!(
        (file.content_type.as_str(), &file.bytes[..]),
        ("image/png", &b"PNG"[..])
    );
    let requests = server.received_requests().await.unwrap();
    let shown = requests[0].headers["authorization"].to_str().unwrap();
    assert!(shown.starts_with("Bearer "), "{shown}");
}

#[tokio::test]
async fn the_token_goes_to_vonage_alone() {
    let server = answering(ResponseTemplate::new(200)).await;
    for address in [
        "https://files.example.com/a.png",
        "https://nexmo.com.example.com/v3/media/1",
        "https://examplenexmo.com/v3/media/1",
        "http://api-eu.nexmo.com/v3/media/1",
        "https://api-eu.nexmo.com:8443/v3/media/1",
        "https://api-eu.nexmo.com@127.0.0.1/v3/media/1",
        "http://127.0.0.1:1/v3/media/1",
        "file:///etc/passwd",
        "",
    ] {
        let error = fetch(&server, address).await.unwrap_err();
        assert!(matches!(error, MediaError::Foreign), "{address}: {error:?}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_does_not_come_says_why() {
    let gone = answering(ResponseTemplate::new(404)).await;
    let error = fetch(&gone, &format!("{}/v3/media/1", gone.uri())).await;
    assert!(matches!(error, Err(MediaError::Gone)), "{error:?}");
    let moved = ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:1/");
    let moved = answering(moved).await;
    let error = fetch(&moved, &format!("{}/v3/media/1", moved.uri())).await;
    assert!(matches!(error, Err(MediaError::NotFetched(_))), "{error:?}");
    let large = answering(ResponseTemplate::new(200).set_body_bytes(vec![0; 1_001])).await;
    let error = fetch(&large, &format!("{}/v3/media/1", large.uri())).await;
    assert!(
        matches!(error, Err(MediaError::TooLarge { most: 1_000 })),
        "{error:?}"
    );
}
