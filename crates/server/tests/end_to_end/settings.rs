//! What a tenant chooses, and what it can prove, through the real database.

use crate::{
    business::{Answer, sms, word},
    system::System,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{env, fs, path::PathBuf};

async fn patch(system: &System, change: &Value) -> Value {
    let request = system.lumen.request(Method::PATCH, "/v1/tenant");
    Answer::of(request.json(change)).await.expect(200)
}

#[tokio::test]
async fn a_channel_that_is_closed_is_closed_for_one_tenant_at_once() {
    let system = System::start().await;
    let ada = &system.lumen.people[0];
    let closed = patch(&system, &json!({"disabled_channels": ["sms"]})).await;
    assert_eq!(closed["disabled_channels"], json!(["sms"]));
    let refused = system
        .lumen
        .post("/v1/messages", &sms(ada, "Hi"))
        .await
        .refused(422, "blocked");
    assert_eq!(
        word(&refused, "/decision/reasons/0/rule"),
        "channel.disabled"
    );
    let brand = json!({"settings": {"brand": "Lumen", "monthly": {"messages": 0}}});
    let changed = patch(&system, &brand).await;
    assert_eq!(
        changed["disabled_channels"],
        json!(["sms"]),
        "what is left out stays"
    );
    patch(&system, &json!({"disabled_channels": []})).await;
    let used_up = system
        .lumen
        .post("/v1/messages", &sms(ada, "Hi"))
        .await
        .refused(402, "quota_exceeded");
    assert_eq!(used_up["limit"], 0);
    patch(
        &system,
        &json!({"settings": {"monthly": {"messages": null}}}),
    )
    .await;
    system.lumen.sms(ada, "Hi").await;
}

#[tokio::test]
async fn nothing_is_sent_about_a_record_that_has_changed() {
    let system = System::start().await;
    let ada = &system.lumen.people[0];
    let announce = async |version: u64| {
        let request = system.lumen.request(Method::PUT, "/v1/sources/booking/7");
        let answer = Answer::of(request.json(&json!({"version": version}))).await;
        answer.expect(200)["version"].clone()
    };
    assert_eq!(announce(5).await, 5);
    assert_eq!(announce(4).await, 5);
    let mut body = sms(ada, "Your table is booked");
    body["context"] = json!({"type": "booking", "id": "7", "version": 4});
    let refused = system
        .lumen
        .post("/v1/messages", &body)
        .await
        .refused(422, "blocked");
    assert_eq!(
        word(&refused, "/decision/reasons/0/rule"),
        "freshness.stale_source"
    );
    body["context"]["version"] = 5.into();
    system.lumen.post("/v1/messages", &body).await.expect(202);
}

/// A file that is gone when the test ends.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = env::temp_dir().join(format!("tidings-{}-{name}", std::process::id()));
        fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        fs::remove_file(&self.0).ok();
    }
}

#[tokio::test]
async fn the_proof_of_consent_is_verified_from_a_terminal() {
    let system = System::start().await;
    let path = format!("/v1/contacts/{}/consent", system.lumen.people[0].id);
    let head = system.lumen.get(&path).await.expect(200);
    let head = word(&head, "/chain/head").to_owned();
    let answer = system
        .lumen
        .request(Method::GET, &format!("{path}/export"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    let export = answer.text().await.unwrap();
    let verify = async |name: &str, text: &str| {
        let file = File::new(name, text);
        let words = ["verify-ledger", file.0.to_str().unwrap(), "--head", &head];
        system.tidings(&words).await
    };
    let sound = verify("sound.ndjson", &export).await;
    assert!(sound.status.success(), "{sound:?}");
    assert!(String::from_utf8(sound.stdout).unwrap().contains(&head));
    let forged = export.replacen("\"channels\":", "\"channels\": ", 1);
    let broken = verify("forged.ndjson", &forged).await;
    assert_eq!(broken.status.code(), Some(1));
    let why = String::from_utf8(broken.stderr).unwrap();
    assert!(why.contains("line 2"), "{why}");
}
