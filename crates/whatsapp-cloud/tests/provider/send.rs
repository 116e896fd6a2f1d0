use crate::support::{
    FROM, TO, accepted, access, access_without, answering, attempt, body, message, meta_error,
    only_request, refused_here, rejected, text, to, whatsapp, wired, with_common, with_media,
};
use serde_json::json;
use tidings_conformance::sendable;
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{Address, Content, Outcome, Provider as _};
use tidings_routing::{Class, ProviderError};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

async fn refused(content: Content) -> ProviderError {
    refused_here(&message(Purpose::Transactional, content)).await
}

#[tokio::test]
async fn a_text_goes_to_a_number_with_its_plus_and_our_reference() {
    let expected = with_common(&json!({
        "type": "text", "text": {"body": "Your table is ready", "preview_url": false}
    }));
    assert_eq!(body(&text("Your table is ready")).await, expected);
}

#[tokio::test]
async fn a_person_without_a_number_is_the_recipient() {
    let id = "US.13491208655302741918";
    let content = Content::text("Hello");
    let purpose = Purpose::Transactional;
    let message = sendable(attempt(), Channel::Whatsapp, purpose, to(id), FROM, content);
    let body = body(&message).await;
    assert_eq!((body.get("to"), &body["recipient"]), (None, &json!(id)));
}

#[tokio::test]
async fn a_medium_goes_by_its_type_with_the_text_as_caption() {
    let cases = [
        ("https://files.example/a", Some("image/jpeg"), "image"),
        ("https://files.example/a", Some("IMAGE/PNG; q=1"), "image"),
        ("https://files.example/a", Some("video/mp4"), "video"),
        (
            "https://files.example/a.pdf",
            Some("application/pdf"),
            "document",
        ),
        ("https://files.example/a.JPG?v=2", None, "image"),
        ("https://files.example/a.3gp", None, "video"),
        ("https://files.example/a.docx", None, "document"),
        ("https://files.example/", None, "document"),
    ];
    for (url, content_type, kind) in cases {
        let body = wired(with_media("Menu", &[(url, content_type)])).await;
        assert_eq!(body["type"], kind, "{url} {content_type:?}");
        assert_eq!(
            (&body[kind]["link"], &body[kind]["caption"]),
            (&json!(url), &json!("Menu"))
        );
    }
    let document = wired(with_media(
        "",
        &[("https://files.example/i/invoice-42.pdf?t=1", None)],
    ))
    .await;
    assert_eq!(
        document["document"],
        json!({"link": "https://files.example/i/invoice-42.pdf?t=1", "filename": "invoice-42.pdf"}),
    );
}

#[tokio::test]
async fn sounds_and_stickers_go_alone() {
    for (url, kind) in [
        ("https://files.example/a.ogg", "audio"),
        ("https://files.example/a.webp", "sticker"),
    ] {
        assert_eq!(
            wired(with_media("", &[(url, None)])).await[kind],
            json!({"link": url})
        );
        let error = refused(with_media("Listen", &[(url, None)])).await;
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Content, "no_caption")
        );
    }
}

#[tokio::test]
async fn what_whatsapp_cannot_carry_never_leaves() {
    let medium = ("https://files.example/a.png", None);
    for (content, code) in [
        (with_media(&"é".repeat(1025), &[medium]), "too_long"),
        (with_media("Two", &[medium, medium]), "too_many_media"),
    ] {
        let error = refused(content).await;
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Content, code)
        );
    }
    wired(Content::text("é".repeat(4096))).await;
    wired(with_media(&"é".repeat(1024), &[medium])).await;
}

#[tokio::test]
async fn other_channels_never_leave() {
    let sms = sendable(
        attempt(),
        Channel::Sms,
        Purpose::Transactional,
        to(TO),
        FROM,
        Content::text("Hi"),
    );
    assert_eq!(refused_here(&sms).await.class, Class::Sender);
    let email = sendable(
        attempt(),
        Channel::Email,
        Purpose::Transactional,
        Address::Email("ana@example.com".into()),
        "us@example.com",
        Content::text("Hi"),
    );
    assert_eq!(refused_here(&email).await.class, Class::Sender);
}

#[tokio::test]
async fn nothing_leaves_without_a_credential() {
    let server = MockServer::start().await;
    let access = access_without("access_token");
    let outcome = whatsapp(&server.uri()).send(&access, &text("Hi")).await;
    let error = rejected(outcome);
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Account, "credentials")
    );
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_base_address_with_a_path_keeps_it() {
    let server = MockServer::start().await;
    Mock::given(path("/meta/v25.0/111222333444555/messages"))
        .respond_with(ResponseTemplate::new(200).set_body_json(accepted()))
        .expect(2)
        .mount(&server)
        .await;
    for base in ["/meta", "/meta/"] {
        let whatsapp = whatsapp(&format!("{}{base}", server.uri()));
        let outcome = whatsapp.send(&access(), &text("Hi")).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_message_that_meta_holds_back_for_now_is_accepted() {
    let answer = json!({"messages": [
        {"id": "wamid.X", "message_status": "held_for_quality_assessment"}
    ]});
    let server = answering(ResponseTemplate::new(200).set_body_json(answer)).await;
    let outcome = whatsapp(&server.uri()).send(&access(), &text("Hi")).await;
    let expected = Outcome::Accepted {
        provider_message_id: "wamid.X".into(),
    };
    assert_eq!(outcome, expected);
    only_request(&server).await;
}

async fn refusal(answer: ResponseTemplate) -> ProviderError {
    let server = answering(answer).await;
    rejected(whatsapp(&server.uri()).send(&access(), &text("Hi")).await)
}

#[tokio::test]
async fn meta_s_refusals_keep_code_words_and_wait() {
    let answer =
        |status, code, words| ResponseTemplate::new(status).set_body_json(meta_error(code, words));
    let pair = refusal(answer(400, 131_056, "Too many")).await;
    assert_eq!(
        (pair.class, pair.retry_after_seconds),
        (Class::RateLimited, Some(6))
    );
    assert_eq!(
        (pair.provider_code.as_str(), pair.detail.as_str()),
        ("131056", "Too many")
    );
    let usage = r#"{"1":[{"type":"whatsapp","estimated_time_to_regain_access":19}]}"#;
    let calls = answer(400, 80_007, "Rate limit").insert_header("x-business-use-case-usage", usage);
    assert_eq!(refusal(calls).await.retry_after_seconds, Some(19 * 60));
    let busy = refusal(answer(503, 131_016, "Overloaded")).await;
    assert_eq!(busy.class, Class::Transient);
}
