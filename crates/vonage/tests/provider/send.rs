use crate::support::{
    API_KEY, API_SECRET, APPLICATION, FROM, NOW, accepted, access, access_with, attempt, body,
    media, message, refused_here, sms, taken, to, vonage, with_application, with_common,
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use tidings_conformance::{sendable, sendable_for};
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{Access, Address, Content, Media, Outcome, Provider as _};
use tidings_routing::Class;
use time::Duration;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

const PICTURE: &str = "https://cdn.example.com/a.png";

fn attached(media: &[Media], text: &str) -> Content {
    Content {
        media: media.to_vec(),
        ..Content::text(text)
    }
}

fn typed(url: &str, content_type: &str) -> Media {
    Media {
        content_type: Some(content_type.into()),
        ..media(url)
    }
}

#[tokio::test]
async fn a_text_names_recipient_sender_encoding_and_our_reference() {
    for (text, encoding) in [("Ready & so on, 100 %", "text"), ("Ready 😀", "unicode")] {
        let expected = with_common(&json!({
            "channel": "sms", "message_type": "text", "text": text, "sms": {"encoding_type": encoding}
        }));
        assert_eq!(body(&access(), &sms(text)).await, expected);
    }
}

#[tokio::test]
async fn a_name_is_a_sender_as_it_is() {
    let content = Content::text("Ready");
    let purpose = Purpose::Transactional;
    let named = sendable(attempt(), Channel::Sms, purpose, to(), "ACME", content);
    assert_eq!(body(&access(), &named).await["from"], "ACME");
}

#[tokio::test]
async fn an_attachment_makes_an_sms_an_mms() {
    for (medium, kind) in [
        (media(PICTURE), "image"),
        (typed("https://cdn.example.com/b", "video/mp4"), "video"),
        (media("https://cdn.example.com/c.mp3"), "audio"),
        (media("https://cdn.example.com/d.vcf"), "vcard"),
        (media("https://cdn.example.com/e.pdf"), "file"),
        (media("https://cdn.example.com/f.webp"), "image"),
    ] {
        let content = attached(std::slice::from_ref(&medium), "Look");
        let expected = with_common(&json!({
            "channel": "mms", "message_type": kind, kind: {"url": medium.url, "caption": "Look"}
        }));
        assert_eq!(
            body(&access(), &message(Channel::Sms, content)).await,
            expected
        );
    }
}

#[tokio::test]
async fn several_attachments_are_a_list_and_the_text_stands_with_the_first() {
    let files = [media(PICTURE), media("https://cdn.example.com/d.vcf")];
    let expected = with_common(&json!({
        "channel": "mms", "message_type": "content", "content": [
            {"type": "image", "url": PICTURE, "caption": "Look"},
            {"type": "vcard", "url": "https://cdn.example.com/d.vcf"}
        ]
    }));
    let content = attached(&files, "Look");
    assert_eq!(
        body(&access(), &message(Channel::Sms, content)).await,
        expected
    );
    let silent = body(&access(), &message(Channel::Sms, attached(&files, ""))).await;
    assert_eq!(
        silent["content"][0],
        json!({"type": "image", "url": PICTURE})
    );
}

#[tokio::test]
async fn delivery_is_tried_as_long_as_it_matters_within_vonage_s_bounds() {
    for (channel, files, span, ttl) in [
        (Channel::Sms, vec![], Duration::HOUR, Some(3_600)),
        (Channel::Sms, vec![], Duration::SECOND, Some(20)),
        (
            Channel::Sms,
            vec![media(PICTURE)],
            Duration::MINUTE,
            Some(300),
        ),
        (Channel::Whatsapp, vec![], Duration::HOUR, None),
    ] {
        let content = attached(&files, "Ready");
        let purpose = Purpose::Transactional;
        let message = sendable_for(attempt(), channel, purpose, to(), FROM, content, span);
        let sent = body(&with_application(), &message).await;
        assert_eq!(sent.get("ttl").and_then(Value::as_i64), ttl, "{span}");
    }
}

#[tokio::test]
async fn whatsapp_takes_texts() {
    let expected = with_common(&json!({
        "channel": "whatsapp", "message_type": "text", "text": "Ready 😀"
    }));
    let message = message(Channel::Whatsapp, Content::text("Ready 😀"));
    assert_eq!(body(&with_application(), &message).await, expected);
}

#[tokio::test]
async fn whatsapp_takes_one_file_of_any_kind() {
    let bill = "https://cdn.example.com/x/bill.pdf?t=1";
    let sound = "https://cdn.example.com/c.ogg";
    let sticker = "https://cdn.example.com/f.webp";
    for (url, text, kind, file) in [
        (
            PICTURE,
            "Look",
            "image",
            json!({"url": PICTURE, "caption": "Look"}),
        ),
        (PICTURE, "", "image", json!({"url": PICTURE})),
        (
            bill,
            "Yours",
            "file",
            json!({"url": bill, "caption": "Yours", "name": "bill.pdf"}),
        ),
        (sound, "", "audio", json!({"url": sound})),
        (sticker, "", "sticker", json!({"url": sticker})),
        (
            "https://cdn.example.com/v.mp4",
            "See",
            "video",
            json!({"url": "https://cdn.example.com/v.mp4", "caption": "See"}),
        ),
    ] {
        let message = message(Channel::Whatsapp, attached(&[media(url)], text));
        let expected =
            with_common(&json!({"channel": "whatsapp", "message_type": kind, kind: file}));
        assert_eq!(body(&with_application(), &message).await, expected);
    }
}

#[tokio::test]
async fn people_whom_whatsapp_alone_knows_are_reached_by_their_id() {
    let user = Address::WhatsappUser("US.13491208655302741918".into());
    let to_user = |channel| {
        let content = Content::text("Ready");
        sendable(
            attempt(),
            channel,
            Purpose::Transactional,
            user.clone(),
            FROM,
            content,
        )
    };
    let sent = body(&with_application(), &to_user(Channel::Whatsapp)).await;
    assert_eq!(sent["to"], "US.13491208655302741918");
    let error = refused_here(&access(), &to_user(Channel::Sms)).await;
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Recipient, "wrong_address")
    );
}

#[tokio::test]
async fn an_application_shows_itself_by_a_token_and_an_account_by_its_secret() {
    let request = accepted(&access(), &sms("Ready")).await;
    let basic = format!(
        "Basic {}",
        STANDARD.encode(format!("{API_KEY}:{API_SECRET}"))
    );
    assert_eq!(request.headers["authorization"], basic.as_str());

    let request = accepted(&with_application(), &sms("Ready")).await;
    let header = request.headers["authorization"].to_str().unwrap();
    let claims = header
        .strip_prefix("Bearer ")
        .unwrap()
        .split('.')
        .nth(1)
        .unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let now = NOW.unix_timestamp();
    assert_eq!(
        claims,
        json!({
            "application_id": APPLICATION, "iat": now, "exp": now + 900,
            "jti": attempt().uuid().to_string()
        })
    );
}

#[tokio::test]
async fn a_callback_address_that_nobody_can_call_is_left_out() {
    for address in ["", "hooks.example.com/c", "ftp://example.com/c"] {
        let access = Access {
            callback_url: address.into(),
            ..access()
        };
        let sent = body(&access, &sms("Ready")).await;
        assert_eq!(sent.get("webhook_url"), None, "{address}");
        assert_eq!(sent["client_ref"], attempt().to_string());
    }
}

#[tokio::test]
async fn the_path_of_the_base_address_is_kept() {
    let server = MockServer::start().await;
    Mock::given(path("/fake/v1/messages"))
        .respond_with(ResponseTemplate::new(202).set_body_json(taken()))
        .mount(&server)
        .await;
    for base in ["/fake", "/fake/"] {
        let vonage = vonage(&format!("{}{base}", server.uri()));
        let outcome = vonage.send(&access(), &sms("Ready")).await;
        assert!(
            matches!(outcome, Outcome::Accepted { .. }),
            "{base}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn what_vonage_cannot_carry_is_refused_here() {
    let picture = || media(PICTURE);
    let sound = media("https://cdn.example.com/c.ogg");
    let sticker = media("https://cdn.example.com/f.webp");
    let far = media(&format!("https://cdn.example.com/{}", "a".repeat(2_000)));
    let long = "a".repeat(3_001);
    // Another provider may have other bounds than Vonage, and none shows a text beside a sound.
    for (channel, content, class, code) in [
        (
            Channel::Sms,
            attached(&[picture(), far.clone()], ""),
            Class::Sender,
            "address_too_long",
        ),
        (
            Channel::Whatsapp,
            attached(&[far], ""),
            Class::Sender,
            "address_too_long",
        ),
        (
            Channel::Whatsapp,
            attached(&[picture()], &long),
            Class::Sender,
            "too_long",
        ),
        (
            Channel::Whatsapp,
            attached(&[picture(), picture()], ""),
            Class::Content,
            "too_many_media",
        ),
        (
            Channel::Whatsapp,
            attached(&[sound], "Hear"),
            Class::Content,
            "no_caption",
        ),
        (
            Channel::Whatsapp,
            attached(&[sticker], "Look"),
            Class::Content,
            "no_caption",
        ),
    ] {
        let error = refused_here(&with_application(), &message(channel, content)).await;
        let told = (error.class, error.provider_code.as_str());
        assert_eq!(told, (class, code), "{error:?}");
    }
}

#[tokio::test]
async fn the_longest_that_vonage_takes_is_sent() {
    let content = Content::text("a".repeat(4_096));
    body(&with_application(), &message(Channel::Whatsapp, content)).await;
    let content = attached(&[media(PICTURE)], &"é".repeat(3_000));
    body(&with_application(), &message(Channel::Whatsapp, content)).await;
}

#[tokio::test]
async fn email_is_refused_here() {
    let address = Address::Email("ana@example.com".into());
    let content = Content::text("Ready");
    let purpose = Purpose::Transactional;
    let from = "us@example.com";
    let message = sendable(attempt(), Channel::Email, purpose, address, from, content);
    let error = refused_here(&access(), &message).await;
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Sender, "wrong_channel")
    );
}

#[tokio::test]
async fn misshapen_credentials_are_the_account_s_fault() {
    for wrong in [
        ("application_id", "mine"),
        ("reports", "no"),
        ("private_key", "x"),
    ] {
        let error = refused_here(&access_with(&[wrong]), &sms("Ready")).await;
        assert_eq!(
            (error.class, error.provider_code.as_str()),
            (Class::Account, "credentials")
        );
        assert!(error.detail.contains(wrong.0) || error.detail.contains("application_id"));
    }
}
