use crate::support::{TOKEN, access, on_the_wire, whatsapp};
use serde_json::{Value, json};
use tidings_messaging::{FetchedMedia, Media, MediaError, MediaSource as _};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

fn media(url: &str) -> Media {
    Media {
        url: url.to_owned(),
        content_type: None,
    }
}

async fn get(server: &MockServer, at: &str, answer: ResponseTemplate) {
    Mock::given(method("GET"))
        .and(path(at))
        .respond_with(answer)
        .mount(server)
        .await;
}

fn info(url: &str, size: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "messaging_product": "whatsapp", "url": url, "mime_type": "image/jpeg", "sha256": "x",
        "file_size": size, "id": "900100"
    }))
}

async fn fetch(server: &MockServer, url: &str) -> Result<FetchedMedia, MediaError> {
    whatsapp(&server.uri())
        .fetch(&access(), &media(url), 1_000)
        .await
}

#[tokio::test]
async fn a_file_is_looked_up_by_its_id_and_fetched_with_the_token() {
    let server = MockServer::start().await;
    let storage = MockServer::start().await;
    let url = format!("{}/file?hash=1", storage.uri());
    get(&server, "/v25.0/900100", info(&url, &json!("4"))).await;
    get(
        &storage,
        "/file",
        ResponseTemplate::new(200).set_body_bytes(b"JPEG"),
    )
    .await;
    let file = fetch(&server, "whatsapp-media:900100").await.unwrap();
    assert_eq!(
        (file.content_type.as_str(), &file.bytes[..]),
        ("image/jpeg", &b"JPEG"[..])
    );
    let requests = server.received_requests().await.unwrap();
    assert_eq!(on_the_wire(&requests[0]).id(), "getNode");
    let requests = storage.received_requests().await.unwrap();
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(requests[0].headers["authorization"], bearer.as_str());
    // The proof stays with the Graph API.
    assert_eq!(requests[0].url.query(), Some("hash=1"));
}

#[tokio::test]
async fn an_address_of_a_callback_is_fetched_from_meta_alone() {
    let server = MockServer::start().await;
    get(
        &server,
        "/file",
        ResponseTemplate::new(200).set_body_raw(b"x".as_slice(), "image/png"),
    )
    .await;
    let file = fetch(&server, &format!("{}/file", server.uri()))
        .await
        .unwrap();
    assert_eq!(file.content_type, "image/png");
    for url in [
        "https://evil.example/file",
        "https://fbsbx.com.evil.example/file",
        "https://evilfbsbx.com/file",
        "http://lookaside.fbsbx.com/file",
        "whatsapp-media:../me",
        "no address",
    ] {
        let result = fetch(&server, url).await;
        assert!(
            matches!(result, Err(MediaError::Foreign)),
            "{url}: {result:?}"
        );
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_does_not_come_is_told_by_what_to_do() {
    let server = MockServer::start().await;
    let large = info("https://lookaside.fbsbx.com/x", &json!(1_001));
    get(&server, "/v25.0/900100", large).await;
    let result = fetch(&server, "whatsapp-media:900100").await;
    assert!(
        matches!(result, Err(MediaError::TooLarge { most: 1_000 })),
        "{result:?}"
    );

    let gone = json!({"error": {
        "message": "Unsupported get request. Object with ID '1' does not exist",
        "type": "GraphMethodException", "code": 100, "error_subcode": 33
    }});
    get(
        &server,
        "/v25.0/900200",
        ResponseTemplate::new(400).set_body_json(gone),
    )
    .await;
    let result = fetch(&server, "whatsapp-media:900200").await;
    assert!(matches!(result, Err(MediaError::Gone)), "{result:?}");

    let url = format!("{}/file", server.uri());
    for (status, is_gone) in [(404, true), (500, false), (302, false)] {
        let server = MockServer::start().await;
        let url = url.replace(&url[..url.len() - 5], &server.uri());
        get(&server, "/file", ResponseTemplate::new(status)).await;
        match fetch(&server, &url).await {
            Err(MediaError::Gone) => assert!(is_gone, "{status}"),
            Err(MediaError::NotFetched(_)) => assert!(!is_gone, "{status}"),
            other => panic!("{other:?}"),
        }
    }
    // Meta names an address in the clear, or none.
    for url in ["ftp://lookaside.fbsbx.com/x", ""] {
        let server = MockServer::start().await;
        get(&server, "/v25.0/900100", info(url, &json!(1))).await;
        let result = fetch(&server, "whatsapp-media:900100").await;
        assert!(
            matches!(result, Err(MediaError::NotFetched(_))),
            "{result:?}"
        );
    }
}
