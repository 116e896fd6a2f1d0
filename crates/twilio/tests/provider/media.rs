use crate::support::{ACCOUNT, access, known, twilio};
use tidings_messaging::{FetchedMedia, Media, MediaError, MediaSource as _};
use tidings_routing::Class;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, method, path},
};

const FILE: &str = "/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages/MM00000000000000000000000000000005/Media/ME00000000000000000000000000000006";

fn media(url: &str) -> Media {
    Media {
        url: url.to_owned(),
        content_type: None,
    }
}

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(FILE))
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

fn picture() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(b"PNG".as_slice(), "image/png")
}

async fn fetch(server: &MockServer, url: &str) -> Result<FetchedMedia, MediaError> {
    let twilio = twilio(&server.uri());
    twilio.fetch(&access(), &media(url), 1_000).await
}

/// Fetches from a server that gives this answer.
async fn fetched(answer: ResponseTemplate) -> Result<FetchedMedia, MediaError> {
    let server = answering(answer).await;
    let url = format!("{}{FILE}", server.uri());
    fetch(&server, &url).await
}

#[tokio::test]
async fn a_file_is_fetched_with_the_account_s_login() {
    let server = answering(picture()).await;
    let file = fetch(&server, &format!("{}{FILE}", server.uri()))
        .await
        .unwrap();
    assert_eq!(
        (file.content_type.as_str(), &file.bytes[..]),
        ("image/png", &b"PNG"[..])
    );
    let requests = server.received_requests().await.unwrap();
    assert!(requests[0].headers.contains_key("authorization"));
    let mut described = requests[0].clone();
    described.url.set_path(&format!("{FILE}.json"));
    assert_eq!(known(&described).id(), "FetchMedia");
}

#[tokio::test]
async fn the_login_stays_behind_where_twilio_sends_us_on() {
    let storage = MockServer::start().await;
    Mock::given(any())
        .respond_with(picture())
        .mount(&storage)
        .await;
    let elsewhere = format!("{}/signed?key=1", storage.uri());
    let moved = ResponseTemplate::new(307).insert_header("location", elsewhere.as_str());
    let file = fetched(moved).await.unwrap();
    assert_eq!(&file.bytes[..], b"PNG");
    let requests = storage.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    assert!(!requests[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn only_files_of_the_account_at_twilio_are_asked_for() {
    let server = MockServer::start().await;
    let other_account = FILE.replace(ACCOUNT, "AC00000000000000000000000000000009");
    for url in [
        format!("https://evil.example{FILE}"),
        format!("{}{other_account}", server.uri()),
        format!("{}/Media/ME0", server.uri()),
        "no address".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let result = fetch(&server, &url).await;
        assert!(
            matches!(result, Err(MediaError::Foreign)),
            "{url}: {result:?}"
        );
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_does_not_come_is_told_by_what_to_do() {
    for status in [404, 410] {
        let gone = fetched(ResponseTemplate::new(status)).await;
        assert!(matches!(gone, Err(MediaError::Gone)), "{gone:?}");
    }
    let long = ResponseTemplate::new(200).set_body_bytes(vec![0; 1_001]);
    let long = fetched(long).await;
    assert!(
        matches!(long, Err(MediaError::TooLarge { most: 1_000 })),
        "{long:?}"
    );
    match fetched(ResponseTemplate::new(401)).await {
        Err(MediaError::Refused(error)) => assert_eq!(error.class, Class::Account),
        other => panic!("{other:?}"),
    }
    for answer in [
        ResponseTemplate::new(503),
        ResponseTemplate::new(302),
        ResponseTemplate::new(307).insert_header("location", FILE),
    ] {
        let result = fetched(answer).await;
        assert!(
            matches!(result, Err(MediaError::NotFetched(_))),
            "{result:?}"
        );
    }
    let elsewhere = ResponseTemplate::new(307).insert_header("location", "ftp://a.example/x");
    let result = fetched(elsewhere).await;
    assert!(matches!(result, Err(MediaError::Foreign)), "{result:?}");
}
