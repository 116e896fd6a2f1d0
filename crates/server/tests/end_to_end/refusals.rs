//! Requests that are wrong, and messages that may not be sent: the right status and code for each.

use crate::{
    business::{Answer, Business, list, sms, word, words},
    system::{Setup, System},
};
use reqwest::Method;
use serde_json::{Value, json};

/// A correct request with one thing changed.
fn changed(business: &Business, pointer: &str, value: Value) -> Value {
    let mut body = sms(&business.people[0], "Hello");
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[name] = value;
    body
}

#[tokio::test]
async fn a_wrong_request_is_refused_at_the_field() {
    let system = System::with(Setup::default()).await;
    let lumen = &system.lumen;
    for (pointer, value, code, field) in [
        ("/colour", json!("blue"), "unknown_field", "unknown_field"),
        ("/to/fax", json!("1"), "unknown_field", "unknown_field"),
        ("/text", json!(5), "invalid_request", "invalid_type"),
        ("/tags", json!("vip"), "invalid_request", "invalid_type"),
        (
            "/channel",
            json!("pigeon"),
            "invalid_request",
            "invalid_value",
        ),
        (
            "/purpose",
            json!("spam"),
            "invalid_request",
            "invalid_value",
        ),
        (
            "/scheduled_at",
            json!("tomorrow"),
            "invalid_request",
            "invalid_value",
        ),
    ] {
        let body = changed(lumen, pointer, value);
        let refusal = lumen.post("/v1/messages", &body).await.refused(422, code);
        assert_eq!(
            words(list(&refusal, "/errors"), "/pointer"),
            [pointer],
            "{refusal:#}"
        );
        assert_eq!(
            words(list(&refusal, "/errors"), "/code"),
            [field],
            "{refusal:#}"
        );
    }
    let body = changed(lumen, "/priority", json!(11));
    lumen
        .post("/v1/messages", &body)
        .await
        .refused(422, "invalid_request");
    let missing = lumen.post("/v1/messages", &json!({"channel": "sms"})).await;
    missing.refused(422, "invalid_request");

    let raw = |kind: &'static str, body: Vec<u8>| {
        let request = lumen
            .request(Method::POST, "/v1/messages")
            .header("content-type", kind);
        Answer::of(request.body(body))
    };
    raw("application/json", b"{\"to\":".to_vec())
        .await
        .refused(422, "invalid_request");
    raw("application/json", vec![0xff, 0xfe])
        .await
        .refused(422, "invalid_request");
    raw("text/plain", b"Hello".to_vec())
        .await
        .refused(415, "unsupported_media_type");
    let header = format!(
        "authorization: Bearer {}\r\ncontent-type: application/json",
        lumen.key
    );
    let answer = system
        .announce("/v1/messages", &header, (1 << 20) + 1)
        .await;
    assert!(
        answer.starts_with("HTTP/1.1 413 ") && answer.contains("body_too_large"),
        "{answer}"
    );
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert!(lumen.messages("").await.is_empty(), "nothing was stored");
}

#[tokio::test]
async fn strange_words_in_an_address_are_no_fault_of_ours() {
    let system = System::with(Setup::default()).await;
    for path in [
        "/v1/contacts?q=%00",
        "/v1/contacts?external_id=a%00b",
        "/v1/contacts?phone=%FF",
        "/v1/contacts?tag=%F0%9F%A6%86",
        "/v1/contacts?after=%00",
        "/v1/contacts?after=AAAA",
        "/v1/contacts?limit=-1",
        "/v1/contacts?limit=99999999999999999999",
        "/v1/contacts/%00",
        "/v1/contacts/con_%2e%2e",
        "/v1/messages?q=%25%27%5C&context_id=%00",
        "/v1/messages?created_after=-9999-01-01T00:00:00Z",
        "/v1/messages/msg_7zzzzzzzzzzzzzzzzzzzzzzzzz",
        "/v1/templates?after=%E2%82",
        "/callbacks/whatsapp_cloud/%00?hub.mode=subscribe",
    ] {
        let answer = system.lumen.get(path).await;
        assert!(answer.status < 500, "{path}: {:#}", answer.body);
    }
    let request = system
        .lumen
        .request(Method::POST, "/v1/contacts")
        .json(&json!({}));
    let request = request.header("idempotency-key", "k".repeat(256));
    Answer::of(request).await.refused(422, "invalid_request");
}

#[tokio::test]
async fn a_number_that_is_none_is_refused() {
    let system = System::with(Setup::default()).await;
    let lumen = &system.lumen;
    for number in [
        "",
        "hello",
        "12",
        "+1",
        "+1202555",
        "+999202555012345",
        "+12025550123456789",
    ] {
        let body = changed(lumen, "/to", json!({"phone": number}));
        let refusal = lumen
            .post("/v1/messages", &body)
            .await
            .refused(422, "invalid_phone_number");
        assert_eq!(
            words(list(&refusal, "/errors"), "/pointer"),
            ["/to/phone"],
            "{number}"
        );
        let contact = lumen.post("/v1/contacts", &json!({"phone": number})).await;
        contact.refused(422, "invalid_phone_number");
    }
}

#[tokio::test]
async fn a_template_must_exist_and_get_its_data() {
    let system = System::with(Setup::default()).await;
    let lumen = &system.lumen;
    let send = async |channel: &str, template: Value| {
        let body = json!({"to": {"contact_id": lumen.people[0].id}, "channel": channel,
            "purpose": "transactional", "template": template});
        lumen.post("/v1/messages", &body).await
    };
    send("sms", json!({"name": "no_such"}))
        .await
        .refused(422, "no_template");
    let good = json!({"gallery_url": "https://lumen.example.com/g/1", "expires_on": "2027-01-31"});
    let with = |name: &str, value: Value| {
        let mut data = good.clone();
        data[name] = value;
        json!({"name": "gallery_ready", "data": data})
    };
    for (template, field) in [
        (
            json!({"name": "gallery_ready", "data": {}}),
            "/template/data/gallery_url",
        ),
        (with("nickname", json!("A.")), "/template/data/nickname"),
        (
            with("expires_on", json!("someday")),
            "/template/data/expires_on",
        ),
    ] {
        let refusal = send("sms", template).await.refused(422, "template_data");
        let pointers = words(list(&refusal, "/errors"), "/pointer");
        assert!(pointers.contains(&field), "no {field} in {refusal:#}");
    }
    send("sms", json!({"name": "gallery_ready", "data": good}))
        .await
        .expect(202);

    let draft = json!({"name": "review_request", "data": {"first_name": "Ada"}});
    let refusal = send("whatsapp", draft).await.refused(422, "blocked");
    assert_eq!(rules(&refusal)[0], "template.not_approved", "{refusal:#}");
}

#[tokio::test]
async fn the_gate_says_which_rule_forbids_a_message() {
    let system = System::with(Setup::default()).await;
    let lumen = &system.lumen;
    let to = |to: Value, channel: &str, purpose: &str| json!({"to": to, "channel": channel, "purpose": purpose, "text": "Hello"});
    let ada = json!({"contact_id": lumen.people[0].id});
    let grace = json!({"contact_id": lumen.people[6].id});
    let hiro = json!({"contact_id": lumen.people[7].id});
    let stranger = json!({"phone": "+1 (202) 555-0177"});
    for (body, rule) in [
        (to(stranger.clone(), "sms", "marketing"), "consent.missing"),
        (to(grace, "sms", "marketing"), "consent.missing"),
        (
            to(hiro.clone(), "sms", "transactional"),
            "consent.opted_out",
        ),
        (to(hiro, "whatsapp", "marketing"), "consent.opted_out"),
        (
            to(ada, "whatsapp", "transactional"),
            "whatsapp.window_closed",
        ),
    ] {
        let refusal = lumen
            .post("/v1/messages", &body)
            .await
            .refused(422, "blocked");
        assert!(rules(&refusal).contains(&rule), "no {rule} in {refusal:#}");
        // A rehearsal says the same and leaves nothing behind.
        let count = lumen.messages("").await.len();
        let mut rehearsal = body;
        rehearsal["dry_run"] = json!(true);
        let rehearsed = lumen.post("/v1/messages", &rehearsal).await.expect(200);
        assert_eq!(word(&rehearsed, "/decision/outcome"), "block");
        assert_eq!(rules(&rehearsed), rules(&refusal));
        assert_eq!(lumen.messages("").await.len(), count);
    }
}

#[tokio::test]
async fn an_open_window_lets_free_text_through() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let ada = &lumen.people[0];
    let body = json!({"to": {"contact_id": ada.id}, "channel": "whatsapp",
        "purpose": "conversational", "text": "Gladly."});
    lumen
        .post("/v1/messages", &body)
        .await
        .refused(422, "blocked");
    let number = lumen.sender("whatsapp");
    system
        .simulator
        .write(&ada.whatsapp, "whatsapp", number, "Can you call me?")
        .await;
    let taken = crate::wait::until("the window opens", crate::wait::SOON, async || {
        let answer = lumen.post("/v1/messages", &body).await;
        if answer.status == 202 {
            Ok(answer.body)
        } else {
            Err(answer.body.to_string())
        }
    })
    .await;
    lumen.delivered(&taken).await;
}

#[tokio::test]
async fn a_key_must_be_known_and_strong_enough() {
    let system = System::with(Setup::default()).await;
    let lumen = &system.lumen;
    let body = sms(&lumen.people[0], "Hello");
    let without = system.anonymous(Method::GET, "/v1/messages").await;
    without.refused(401, "unauthenticated");
    for key in ["", "tk_wrong", "wrong", &lumen.key[..lumen.key.len() - 1]] {
        let stranger = lumen.with_key(key);
        stranger
            .post("/v1/messages", &body)
            .await
            .refused(401, "unauthenticated");
    }
    let words = [
        "key", "create", "--tenant", &lumen.id, "--name", "Reader", "--scope", "read",
    ];
    let made = system.tidings(&words).await;
    assert!(made.status.success(), "{made:?}");
    let reader = lumen.with_key(String::from_utf8(made.stdout).unwrap().trim());
    reader.get("/v1/messages").await.expect(200);
    reader
        .post("/v1/messages", &body)
        .await
        .refused(403, "forbidden");
    system
        .anonymous(Method::GET, "/v1/nowhere")
        .await
        .refused(404, "not_found");
}

/// The rules of a decision that is part of a document.
fn rules(document: &Value) -> Vec<&str> {
    words(list(document, "/decision/reasons"), "/rule")
}
