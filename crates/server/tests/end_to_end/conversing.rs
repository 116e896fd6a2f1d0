use crate::{
    business::{list, word, words},
    system::System,
    wait::{SOON, seen, until},
};
use serde_json::json;

#[tokio::test]
async fn a_contact_writes_is_answered_and_stops() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let ada = &lumen.people[0];
    let path = format!("/v1/conversations/{}", ada.id.replacen("con_", "cnv_", 1));
    let ours = lumen.sender("sms");

    let asked = "Is Saturday the 14th still free?";
    system.simulator.write(&ada.phone, "sms", ours, asked).await;
    until("the thread has what was written", SOON, async || {
        let found = lumen.get(&path).await.expect(200);
        seen(found["unread"] == 1, &found)
    })
    .await;
    let found = lumen.get(&path).await.expect(200);
    assert_eq!(found["contact"]["id"], *ada.id);
    assert_eq!(found["last_message"]["text"], asked);
    assert_eq!(found["places"][0]["ours"], ours);
    let last = &ada.phone[ada.phone.len() - 7..];
    for query in ["saturday 14th", last] {
        let found = lumen.get(&format!("/v1/conversations?q={query}")).await;
        let found = found.expect(200);
        let ids = words(list(&found, "/data"), "/contact/id");
        assert_eq!(ids, [ada.id.as_str()], "{query}");
    }
    let theirs = system.harbor.get("/v1/conversations?q=saturday").await;
    assert_eq!(theirs.expect(200)["data"], json!([]));
    system.harbor.get(&path).await.refused(404, "not_found");

    let reply = json!({"text": "It is. Shall we book it?"});
    let sent = lumen
        .post(&format!("{path}/reply"), &reply)
        .await
        .expect(202);
    let sent = lumen.delivered(&sent).await;
    assert_eq!(
        (&sent["from"], &sent["to"]),
        (&json!(ours), &json!(ada.phone))
    );
    let handset = system.simulator.handset(&ada.phone).await;
    assert_eq!(
        words(&handset, "/text").last(),
        Some(&"It is. Shall we book it?")
    );
    assert_eq!(lumen.get(&path).await.expect(200)["unread"], 0);

    system
        .simulator
        .write(&ada.phone, "sms", ours, "STOP")
        .await;
    until("the thread has the STOP", SOON, async || {
        let found = lumen.get(&path).await.expect(200);
        seen(found["unread"] == 1, &found)
    })
    .await;
    let refused = json!({"text": "Why?"});
    let refused = lumen.post(&format!("{path}/reply"), &refused).await;
    let refused = refused.refused(422, "blocked");
    assert!(
        word(&refused, "/message_id").starts_with("msg_"),
        "{refused:#}"
    );
    let thread = lumen.get(&format!("{path}/messages")).await.expect(200);
    let texts = words(list(&thread, "/data"), "/text");
    for text in [asked, "It is. Shall we book it?", "STOP"] {
        assert!(texts.contains(&text), "{texts:?}");
    }
}

#[tokio::test]
async fn a_machine_answers_once_through_the_real_programs() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let ada = &lumen.people[0];
    let automations = json!({"keywords": [{"phrases": ["prices"], "reply": "See example.com", "labels": ["prices"]}]});
    let request = lumen.request(reqwest::Method::PUT, "/v1/automations");
    let set = crate::business::Answer::of(request.json(&automations)).await;
    set.expect(200);
    let ours = lumen.sender("sms");
    system
        .simulator
        .write(&ada.phone, "sms", ours, "Prices, please")
        .await;
    until("the answer has reached the handset", SOON, async || {
        let handset = system.simulator.handset(&ada.phone).await;
        let texts = words(&handset, "/text");
        seen(texts == ["See example.com"], texts)
    })
    .await;
    let path = format!("/v1/conversations/{}", ada.id.replacen("con_", "cnv_", 1));
    until("the conversation is sorted", SOON, async || {
        let found = lumen.get(&path).await.expect(200);
        seen(found["labels"] == json!(["prices"]), &found)
    })
    .await;
}

#[tokio::test]
async fn a_picture_from_the_handset_shows_in_the_thread() {
    let system = System::start().await;
    let lumen = &system.lumen;
    let ada = &lumen.people[0];
    let path = format!("/v1/conversations/{}", ada.id.replacen("con_", "cnv_", 1));
    let ours = lumen.sender("whatsapp");
    system
        .simulator
        .picture(&ada.whatsapp, "whatsapp", ours)
        .await;
    let messages = format!("{path}/messages");
    until("the picture is stored", SOON, async || {
        let found = lumen.get(&messages).await;
        let found = found.expect(200);
        seen(found["data"][0]["media"][0]["status"] == "stored", &found)
    })
    .await;
    let found = lumen.get(&messages).await.expect(200);
    let picture = &found["data"][0]["media"][0];
    // The handset called it a JPEG.
    assert_eq!(picture["content_type"], "image/png");
    let client = tidings_server::http_client().unwrap();
    let fetch = async |url: &str| client.get(url).send().await.unwrap();
    let fetched = fetch(word(picture, "/url")).await;
    assert_eq!(fetched.status(), 200);
    assert_eq!(fetched.headers()["content-type"], "image/png");
    let bytes = fetched.bytes().await.unwrap();
    let sent = format!("{}/page/sample.png", system.simulator.url);
    let sent = fetch(&sent).await.bytes().await.unwrap();
    assert_eq!(bytes, sent);

    let again = json!({"channel": "whatsapp", "media": [{"media_id": picture["id"]}]});
    let reply = lumen.post(&format!("{path}/reply"), &again).await;
    lumen.delivered(&reply.expect(202)).await;
    let handset = system.simulator.handset(&ada.whatsapp).await;
    let received = handset.last().unwrap();
    let url = word(received, "/media/0/url");
    assert!(url.contains("/media/ten_"), "{received:#}");
    let fetched = fetch(url).await;
    assert_eq!(fetched.bytes().await.unwrap(), sent);

    let erased = lumen.request(reqwest::Method::DELETE, &format!("/v1/contacts/{}", ada.id));
    crate::business::Answer::of(erased).await.expect(204);
    let gone = fetch(url).await;
    assert_eq!(gone.status(), 404);
}
