//! What arrives at the callback addresses, from providers and from others.

use crate::{
    business::{Answer, list, word, words},
    system::System,
    wait::{SOON, seen, until},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hmac;
use serde_json::Value;
use std::collections::BTreeMap;
use url::form_urlencoded;

/// The number whose messages are `sent` and of which nothing is heard again.
const SILENT: &str = "+12025550166";

/// A status callback in the making.
#[derive(Clone)]
struct StatusCallback {
    url: String,
    fields: BTreeMap<&'static str, String>,
    token: String,
}

impl StatusCallback {
    fn with(mut self, field: &'static str, value: &str) -> Self {
        self.fields.insert(field, value.to_owned());
        self
    }

    fn signed_with(self, token: &str) -> Self {
        Self {
            token: token.to_owned(),
            ..self
        }
    }

    fn body(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.fields)
            .finish()
    }

    /// As Twilio signs: the address and the sorted fields, by HMAC-SHA1.
    fn signature(&self) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.token.as_bytes());
        let text = self
            .fields
            .iter()
            .fold(self.url.clone(), |text, (name, value)| {
                format!("{text}{name}{value}")
            });
        STANDARD.encode(hmac::sign(&key, text.as_bytes()))
    }

    async fn post(&self, system: &System) -> Answer {
        self.post_body(system, self.body()).await
    }

    async fn post_body(&self, system: &System, body: impl Into<reqwest::Body>) -> Answer {
        let request = system
            .post(&self.url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", self.signature());
        Answer::of(request.body(body)).await
    }
}

/// A system, a message of Lumen's that is `sent`, and a genuine callback that it was delivered.
async fn sent() -> (System, Value, StatusCallback) {
    let system = System::start().await;
    let silent = system.lumen.befriend(SILENT).await;
    let message = system.lumen.sms(&silent, "Hello?").await;
    let message = system.lumen.comes_to(&message, "sent", SOON).await;
    let asked = system.simulator.asked().await;
    let url = asked[0].status_callback.clone().unwrap();
    let accounts = system.simulator.accounts().await;
    let account = twilio_of(&accounts, system.lumen.sender("sms"));
    let genuine = StatusCallback {
        url: url.split_once('#').unwrap().0.to_owned(),
        fields: BTreeMap::new(),
        token: word(account, "/auth_token").to_owned(),
    }
    .with("AccountSid", word(account, "/sid"))
    .with("MessageSid", asked[0].taken.as_ref().unwrap())
    .with("MessageStatus", "delivered")
    .with("From", system.lumen.sender("sms"))
    .with("To", SILENT);
    (system, message, genuine)
}

fn twilio_of<'a>(accounts: &'a Value, number: &str) -> &'a Value {
    list(accounts, "/twilio")
        .iter()
        .find(|account| words(list(account, "/numbers"), "/number").contains(&number))
        .unwrap()
}

#[tokio::test]
async fn only_the_providers_own_word_changes_a_message() {
    let (system, message, genuine) = sent().await;
    let accounts = system.simulator.accounts().await;
    let harbor = twilio_of(&accounts, system.harbor.sender("sms"));
    let harbor_token = word(harbor, "/auth_token");

    let unsigned = system.post(&genuine.url).body(genuine.body());
    Answer::of(unsigned).await.refused(403, "not_authentic");
    for forged in [
        genuine.clone().signed_with("guess"),
        genuine.clone().signed_with(""),
        genuine.clone().signed_with(harbor_token),
        genuine.clone().with("AccountSid", word(harbor, "/sid")),
    ] {
        forged.post(&system).await.refused(403, "not_authentic");
    }
    // The signature covers the address: that of another attempt does not do.
    let mut elsewhere = genuine.clone();
    elsewhere.url.push('0');
    let signature = genuine.signature();
    let request = system
        .post(&elsewhere.url)
        .header("x-twilio-signature", signature);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    Answer::of(request.body(genuine.body()))
        .await
        .refused(403, "not_authentic");

    // Another tenant's provider may speak, but not about this message.
    let foreign = StatusCallback {
        url: word(harbor, "/numbers/0/inbound_url").to_owned()
            + genuine.url.find('?').map_or("", |at| &genuine.url[at..]),
        ..genuine.clone()
    };
    let foreign = foreign
        .signed_with(harbor_token)
        .with("AccountSid", word(harbor, "/sid"));
    foreign.post(&system).await.expect(200);

    // What was accepted after it has been applied, so it was read itself.
    system
        .lumen
        .delivered(&system.lumen.sms(&system.lumen.people[0], "After").await)
        .await;
    assert_eq!(system.lumen.message(word(&message, "/id")).await, message);

    genuine.post(&system).await.expect(200);
    system.lumen.delivered(&message).await;
}

#[tokio::test]
async fn a_callback_that_was_cut_off_is_refused() {
    let (system, message, genuine) = sent().await;
    let body = genuine.body();
    for length in [0, 1, body.len() / 2, body.len() - 1] {
        let answer = genuine.post_body(&system, body[..length].to_owned()).await;
        answer.refused(403, "not_authentic");
    }
    let bytes = [body.as_bytes(), &[0xff, 0x00, 0x80]].concat();
    genuine
        .post_body(&system, bytes)
        .await
        .refused(403, "not_authentic");
    let path = genuine.url.strip_prefix(&system.address("")).unwrap();
    let answer = system.announce(path, "accept: */*", (5 << 20) + 1).await;
    assert!(
        answer.starts_with("HTTP/1.1 413 ") && answer.contains("body_too_large"),
        "{answer}"
    );
    assert_eq!(system.lumen.message(word(&message, "/id")).await, message);
}

#[tokio::test]
async fn an_unknown_address_is_not_found() {
    let (system, _, genuine) = sent().await;
    let (start, rest) = genuine.url.split_once("/callbacks/twilio/").unwrap();
    for end in [
        "whatsapp_cloud/",
        "vonage/",
        "twilio/x",
        "twilio/%00",
        "twilio/%FF/",
    ] {
        let elsewhere = StatusCallback {
            url: format!("{start}/callbacks/{end}{rest}"),
            ..genuine.clone()
        };
        elsewhere.post(&system).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn a_replayed_callback_changes_nothing() {
    let (system, message, genuine) = sent().await;
    let late = genuine.clone().with("MessageStatus", "sent");
    let failed = genuine
        .clone()
        .with("MessageStatus", "undelivered")
        .with("ErrorCode", "30003");
    genuine.post(&system).await.expect(200);
    let delivered = system.lumen.delivered(&message).await;
    for callback in [&genuine, &late, &genuine, &failed, &late, &genuine] {
        callback.post(&system).await.expect(200);
    }
    system
        .lumen
        .delivered(&system.lumen.sms(&system.lumen.people[0], "After").await)
        .await;
    let after = system.lumen.message(word(&message, "/id")).await;
    assert_eq!(after["status"], "delivered");
    assert_eq!(after["timeline"], delivered["timeline"]);
    assert_eq!(after["attempts"], delivered["attempts"]);
}

#[tokio::test]
async fn a_forged_stop_stops_nobody_and_a_replayed_one_counts_once() {
    let (system, _, genuine) = sent().await;
    let ada = &system.lumen.people[0];
    let (url, _) = genuine.url.split_once('?').unwrap();
    let stop = StatusCallback {
        url: url.to_owned(),
        fields: BTreeMap::from([
            ("AccountSid", genuine.fields["AccountSid"].clone()),
            (
                "MessageSid",
                "SM00000000000000000000000000000009".to_owned(),
            ),
            ("SmsStatus", "received".to_owned()),
            ("From", ada.phone.clone()),
            ("To", system.lumen.sender("sms").to_owned()),
            ("Body", "STOP".to_owned()),
        ]),
        token: genuine.token.clone(),
    };
    stop.clone()
        .signed_with("guess")
        .post(&system)
        .await
        .refused(403, "not_authentic");
    system
        .lumen
        .delivered(&system.lumen.sms(ada, "Nobody stopped").await)
        .await;

    for _ in 0..3 {
        stop.post(&system).await.expect(200);
    }
    let path = format!("/v1/contacts/{}/consent", ada.id);
    let stops = async || {
        let consent = system.lumen.get(&path).await.expect(200);
        list(&consent, "/history")
            .iter()
            .filter(|event| event["action"] == "opt_out")
            .count()
    };
    until("the stop is recorded", SOON, async || {
        let stops = stops().await;
        seen(stops > 0, stops)
    })
    .await;
    system
        .lumen
        .delivered(&system.lumen.sms(&system.lumen.people[1], "After").await)
        .await;
    assert_eq!(stops().await, 1);
}

#[tokio::test]
async fn meta_must_sign_what_it_posts() {
    let system = System::start().await;
    let accounts = system.simulator.accounts().await;
    let number = system.lumen.sender("whatsapp");
    let account = list(&accounts, "/meta")
        .iter()
        .find(|account| account["display_number"] == number)
        .unwrap();
    let url = word(account, "/callback_url");
    let body = r#"{"object":"whatsapp_business_account","entry":[]}"#;
    let sign = |secret: &str, body: &str| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = hmac::sign(&key, body.as_bytes());
        tag.as_ref()
            .iter()
            .fold("sha256=".to_owned(), |text, byte| {
                format!("{text}{byte:02x}")
            })
    };
    let post = async |signature: Option<String>, body: &str| {
        let mut request = system.post(url).header("content-type", "application/json");
        if let Some(signature) = signature {
            request = request.header("x-hub-signature-256", signature);
        }
        Answer::of(request.body(body.to_owned())).await
    };
    let genuine = sign(word(account, "/app_secret"), body);
    post(None, body).await.refused(403, "not_authentic");
    post(Some(sign("guess", body)), body)
        .await
        .refused(403, "not_authentic");
    post(Some("sha256=00".to_owned()), body)
        .await
        .refused(403, "not_authentic");
    post(Some(genuine.clone()), &body[..body.len() - 1])
        .await
        .refused(403, "not_authentic");
    assert_eq!(post(Some(genuine), body).await.status, 200);

    let path = url.strip_prefix(&system.address("")).unwrap();
    let handshake = async |token: &str| {
        let query = format!("hub.mode=subscribe&hub.challenge=4711&hub.verify_token={token}");
        system
            .anonymous(reqwest::Method::GET, &format!("{path}?{query}"))
            .await
    };
    handshake("guess").await.refused(403, "not_authentic");
    assert_eq!(
        handshake(word(account, "/verify_token")).await.expect(200),
        4711
    );
}
