//! Answers that never come: the wire itself is faked, since a well-behaved server cannot lose them.

use crate::support::{access, sms, twilio};
use std::time::Duration;
use tidings_messaging::{Outcome, Provider as _};
use tidings_routing::Class;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Takes one request, answers these bytes and hangs up. Tells how many requests it took.
async fn server(answer: &'static [u8]) -> (String, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_request(&mut stream).await;
        stream.write_all(answer).await.unwrap();
        drop(stream);
        usize::from(request.starts_with("POST "))
    });
    (url, serving)
}

/// Reads until the body is complete.
async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await.unwrap();
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        if text.contains("Body=Ready") || read == 0 {
            return text;
        }
    }
}

fn detail(outcome: Outcome) -> String {
    match outcome {
        Outcome::Unknown { detail } => detail,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_leaves_the_outcome_unknown() {
    let (url, serving) = server(b"").await;
    let outcome = twilio(&url).send(&access(), &sms("Ready")).await;
    assert_eq!(
        detail(outcome),
        "the connection to twilio broke before it answered"
    );
    assert_eq!(serving.await.unwrap(), 1);
}

#[tokio::test]
async fn an_acceptance_that_breaks_off_is_unknown() {
    let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"sid\":\"SM0000";
    let (url, serving) = server(answer).await;
    let outcome = twilio(&url).send(&access(), &sms("Ready")).await;
    assert_eq!(
        detail(outcome),
        "twilio answered 201 with a body that cannot be read"
    );
    assert_eq!(serving.await.unwrap(), 1);
}

#[tokio::test]
async fn a_refusal_that_breaks_off_is_still_a_refusal() {
    let answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 500\r\n\r\n{\"code\":21";
    let (url, serving) = server(answer).await;
    match twilio(&url).send(&access(), &sms("Ready")).await {
        Outcome::Rejected(error) => assert_eq!(error.provider_code, "http_400"),
        other => panic!("{other:?}"),
    }
    assert_eq!(serving.await.unwrap(), 1);
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let silent = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_request(&mut stream).await;
        // Holds the connection open until the client gives up.
        let left = stream.read(&mut [0; 1]).await.unwrap_or(0);
        (request, left)
    });
    let twilio = twilio(&url).with_timeout(Duration::from_millis(300));
    let outcome = twilio.send(&access(), &sms("Ready")).await;
    assert_eq!(detail(outcome), "twilio did not answer in time");
    let (request, left) = silent.await.unwrap();
    assert!(request.starts_with("POST "));
    assert_eq!(left, 0);
}

#[tokio::test]
async fn what_never_left_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    match twilio(&url).send(&access(), &sms("Ready")).await {
        Outcome::Rejected(error) => {
            assert_eq!(
                (error.class, error.provider_code.as_str()),
                (Class::Transient, "unreachable")
            );
        }
        other => panic!("{other:?}"),
    }
}
