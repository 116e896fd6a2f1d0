use crate::support::{
    FROM, ID, REFERENCE, TO, access, clicksend, handed, message, on, picture, requests, sms,
    success, taken, with,
};
use serde_json::{Value, json};
use tidings_messaging::{Content, Outcome, Provider as _, SendableMessage};
use wiremock::MockServer;

/// Sends to a server that accepts, and gives back path and body of the one call.
async fn accepted(message: &SendableMessage) -> (String, Value) {
    let server = MockServer::start().await;
    for path in ["/v3/sms/send", "/v3/mms/send"] {
        on(&server, "POST", path, success(&handed(&taken()))).await;
    }
    let outcome = clicksend(&server.uri()).send(&access(), message).await;
    let expected = Outcome::Accepted {
        provider_message_id: ID.into(),
    };
    assert_eq!(outcome, expected);
    let requests = requests(&server).await;
    let [request] = requests.as_slice() else {
        panic!("{} calls", requests.len());
    };
    assert_eq!(request.headers["content-type"], "application/json");
    let body = serde_json::from_slice(&request.body).unwrap();
    (request.url.path().to_owned(), body)
}

#[tokio::test]
async fn a_text_names_recipient_sender_body_and_our_reference() {
    let (path, body) = accepted(&sms("Ready & so on, 100 % 😀 https://example.com/x")).await;
    assert_eq!(path, "/v3/sms/send");
    let expected = json!({
        "shorten_urls": false,
        "messages": [{
            "source": "tidings", "from": FROM, "to": TO,
            "body": "Ready & so on, 100 % 😀 https://example.com/x", "custom_string": REFERENCE,
        }]
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_sender_may_be_a_name() {
    let (_, body) = accepted(&message("ACME", Content::text("Ready"))).await;
    assert_eq!(body.pointer("/messages/0/from"), Some(&json!("ACME")));
}

#[tokio::test]
async fn an_attachment_makes_an_mms_of_it() {
    let (path, body) = accepted(&message(FROM, picture("Look"))).await;
    assert_eq!(path, "/v3/mms/send");
    let expected = json!({
        "media_file": "https://cdn.example.com/a.jpg",
        "messages": [{
            "source": "tidings", "from": FROM, "to": TO, "subject": FROM, "body": "Look",
            "custom_string": REFERENCE,
        }]
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn an_mms_has_the_subject_that_was_given_and_may_lack_a_text() {
    let content = Content {
        subject: Some("Your new kitchen".into()),
        ..picture("")
    };
    let (_, body) = accepted(&message(FROM, content)).await;
    let expected = json!({
        "source": "tidings", "from": FROM, "to": TO, "subject": "Your new kitchen", "body": "",
        "custom_string": REFERENCE,
    });
    assert_eq!(body.pointer("/messages/0"), Some(&expected));
}

#[tokio::test]
async fn ids_and_prices_may_be_numbers_and_fields_new() {
    let server = MockServer::start().await;
    let message = with(
        &taken(),
        &json!({"message_id": 17, "message_price": 0.07, "news": [1]}),
    );
    on(&server, "POST", "/v3/sms/send", success(&handed(&message))).await;
    let outcome = clicksend(&server.uri())
        .send(&access(), &sms("Ready"))
        .await;
    let expected = Outcome::Accepted {
        provider_message_id: "17".into(),
    };
    assert_eq!(outcome, expected);
}
