use crate::support::{access, answering, only_request, whatsapp};
use bytes::Bytes;
use serde_json::{Value, json};
use tidings_messaging::{ManageError, Media, NewFile, Typing, WhatsappChat as _};
use wiremock::{MockServer, ResponseTemplate};

fn file(name: &str, content_type: &str, bytes: &'static [u8]) -> NewFile {
    NewFile {
        name: name.into(),
        content_type: content_type.into(),
        bytes: Bytes::from_static(bytes),
    }
}

#[tokio::test]
async fn reading_is_shown_and_writing_too() {
    for (typing, indicator) in [
        (Typing::Hidden, None),
        (Typing::Shown, Some(json!({"type": "text"}))),
    ] {
        let done = ResponseTemplate::new(200).set_body_json(json!({"success": true}));
        let server = answering(done).await;
        let adapter = whatsapp(&server.uri());
        adapter
            .mark_read(&access(), "wamid.IN1", typing)
            .await
            .unwrap();
        let (request, operation) = only_request(&server).await;
        assert_eq!(operation.id(), "sendMessage");
        let body: Value = request.body_json().unwrap();
        assert_eq!(body["status"], "read");
        assert_eq!(body["message_id"], "wamid.IN1");
        assert_eq!(body.get("typing_indicator"), indicator.as_ref());
    }
}

#[tokio::test]
async fn a_file_is_put_to_meta_and_carried_by_its_id() {
    let put = ResponseTemplate::new(200).set_body_json(json!({"id": "900100"}));
    let server = answering(put).await;
    let adapter = whatsapp(&server.uri());
    let uploaded = file("me\"nu\r\n.png", "image/png", b"\x89PNG\r\n--X--\0");
    let media = adapter.upload(&access(), &uploaded).await.unwrap();
    let expected = Media {
        url: "whatsapp-media:900100".into(),
        content_type: Some("image/png".into()),
    };
    assert_eq!(media, expected);
    let (request, operation) = only_request(&server).await;
    assert_eq!(operation.id(), "uploadMedia");
    let body = String::from_utf8_lossy(&request.body);
    assert!(
        body.contains("name=\"file\"; filename=\"me_nu__.png\"\r\n"),
        "{body}"
    );
    let holds = request
        .body
        .windows(uploaded.bytes.len())
        .any(|part| part == uploaded.bytes);
    assert!(holds);
}

#[tokio::test]
async fn a_file_that_cannot_be_sent_is_refused_here() {
    let server = MockServer::start().await;
    for wrong in [
        file("a.png", "image/png", b""),
        file("a.png", "png", b"x"),
        file("a.png", "image/png\r\nX: y", b"x"),
    ] {
        let result = whatsapp(&server.uri()).upload(&access(), &wrong).await;
        assert!(matches!(result, Err(ManageError::Refused(_))), "{result:?}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}
