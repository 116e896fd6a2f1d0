//! Calls that are made, and those that are not.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    io::{Read, Write},
    net::TcpListener,
    time::Duration,
};
use tidings_messaging::{WebhookClient, WebhookError, WebhookRequest};
use tidings_webhooks::{Caller, Reach};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_string, header, method, path},
};

fn caller(reach: Reach) -> Caller {
    // Installing it again changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let caller = Caller::new(reach).unwrap();
    caller.with_timeout(Duration::from_millis(500))
}

fn request(url: &str) -> WebhookRequest {
    WebhookRequest {
        url: url.to_owned(),
        headers: vec![("x-twilio-signature", "c2ln".to_owned())],
        content_type: "application/x-www-form-urlencoded",
        body: "a=b".to_owned(),
    }
}

async fn server(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/status"))
        .and(header("x-twilio-signature", "c2ln"))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string("a=b"))
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn the_status_of_the_answer_is_given() {
    for status in [200, 204, 404, 503] {
        let server = server(ResponseTemplate::new(status)).await;
        let url = format!("{}/status", server.uri());
        let answer = caller(Reach::Loopback).post(&request(&url)).await;
        assert_eq!(answer.unwrap(), status);
    }
}

#[tokio::test]
async fn nobody_is_sent_elsewhere() {
    let elsewhere = server(ResponseTemplate::new(200)).await;
    let to = format!("{}/status", elsewhere.uri());
    let server = server(ResponseTemplate::new(307).insert_header("location", to)).await;
    let url = format!("{}/status", server.uri());
    let answer = caller(Reach::Loopback).post(&request(&url)).await;
    assert_eq!(answer.unwrap(), 307);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn who_takes_too_long_has_not_answered() {
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_mins(1));
    let server = server(slow).await;
    let url = format!("{}/status", server.uri());
    let answer = caller(Reach::Loopback).post(&request(&url)).await;
    assert!(matches!(answer, Err(WebhookError::Unanswered(_))));
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    const PATIENCE: usize = 64 << 20;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/status", listener.local_addr().unwrap());
    let writing = tokio::task::spawn_blocking(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = [0; 4096];
        let _read = stream.read(&mut head).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        // Until the caller hangs up.
        let mut written = 0;
        while written < PATIENCE && stream.write_all(&[b'x'; 4096]).is_ok() {
            written += 4096;
        }
        written
    });
    let answer = caller(Reach::Loopback).post(&request(&url)).await;
    assert_eq!(answer.unwrap(), 200);
    // The runtime has one thread, which closes the connection: waiting must not hold it.
    assert!(writing.await.unwrap() < PATIENCE);
}

#[tokio::test]
async fn what_is_not_public_is_not_called() {
    let server = server(ResponseTemplate::new(200)).await;
    let port = server.address().port();
    let caller = caller(Reach::Public);
    for url in [
        format!("http://127.0.0.1:{port}/status"),
        format!("https://127.0.0.1:{port}/status"),
        format!("https://[::1]:{port}/status"),
        format!("https://[::ffff:127.0.0.1]:{port}/status"),
        format!("https://2130706433:{port}/status"),
        format!("https://0x7f.1:{port}/status"),
        format!("https://localhost:{port}/status"),
        "https://169.254.169.254/latest/meta-data/".to_owned(),
        "https://10.0.0.1/status".to_owned(),
        "http://example.com/status".to_owned(),
        "https://user:word@example.com/status".to_owned(),
        "ftp://example.com/status".to_owned(),
        "nonsense".to_owned(),
    ] {
        let answer = caller.post(&request(&url)).await;
        assert!(
            matches!(answer, Err(WebhookError::NotAllowed(_))),
            "{url}: {answer:?}"
        );
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn in_development_only_this_machine_is_added() {
    let caller = caller(Reach::Loopback);
    for url in [
        "http://10.0.0.1/status",
        "http://example.com/status",
        "https://10.0.0.1/status",
        "https://192.168.0.1/status",
    ] {
        let answer = caller.post(&request(url)).await;
        assert!(
            matches!(answer, Err(WebhookError::NotAllowed(_))),
            "{url}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn an_error_does_not_tell_the_address() {
    let unused = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/status?secret=1", unused.local_addr().unwrap());
    drop(unused);
    let error = caller(Reach::Loopback)
        .post(&request(&url))
        .await
        .unwrap_err();
    let WebhookError::Unanswered(source) = &error else {
        panic!("{error:?}");
    };
    assert!(!format!("{error:?} {source}").contains("secret"));
}
