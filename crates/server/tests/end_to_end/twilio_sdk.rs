//! Programs that were written for Twilio, with its official library for Python.

use crate::{
    business::{Business, list, word},
    system::{Setup, System},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    env,
    ffi::OsString,
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

const PROGRAM: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/end_to_end/twilio_sdk.py"
);

/// The Python that has Twilio's library.
fn python() -> OsString {
    env::var_os("TIDINGS_TWILIO_SDK").unwrap_or_else(|| {
        panic!(
            "TIDINGS_TWILIO_SDK is not set, so there is no library of Twilio's: run `cargo xtask test`, or `cargo \
             xtask twilio-sdk` and set it to what that prints"
        )
    })
}

/// A tenant with the credentials that its programs know.
struct Shop {
    business: Business,
    account: String,
    token: String,
    url: String,
}

impl Shop {
    async fn of(system: &System) -> Self {
        let business = system.lumen.clone();
        let path = "/v1/twilio-facade/auth-token";
        let made = business.post(path, &json!({})).await.expect(201);
        Self {
            account: word(&made, "/account_sid").to_owned(),
            token: word(&made, "/auth_token").to_owned(),
            url: system.address(""),
            business,
        }
    }

    /// What every program of the shop is told.
    fn told(&self, act: &str, more: &Value) -> Value {
        let mut told = json!({
            "act": act,
            "url": self.url,
            "user": self.account,
            "password": self.token,
            "account": self.account,
            "token": self.token,
            "to": self.business.people[0].phone,
            "from": self.business.sender("sms"),
        });
        let more = more.as_object().unwrap().clone();
        told.as_object_mut().unwrap().extend(more);
        told
    }

    /// Runs the program, and gives what it saw.
    async fn run(&self, act: &str, more: Value) -> Value {
        let told = self.told(act, &more);
        tokio::task::spawn_blocking(move || run(&told))
            .await
            .unwrap()
    }

    /// Our id of a message that the program knows by its SID.
    async fn find(&self, sid: &str) -> Value {
        let all = self.business.messages("direction=outbound").await;
        let found = all.into_iter().find(|message| {
            let id = word(message, "/id").parse::<tidings_kernel::MessageId>();
            id.unwrap().uuid().simple().to_string() == sid[2..]
        });
        found.unwrap_or_else(|| panic!("no message {sid}"))
    }
}

fn run(told: &Value) -> Value {
    let mut child = Command::new(python())
        .arg(PROGRAM)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(told.to_string().as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the program failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn a_program_sends_fetches_lists_and_cancels() {
    let system = System::start().await;
    let shop = Shop::of(&system).await;
    let saw = shop.run("story", json!({})).await;
    assert_eq!(saw["answered"], "queued", "{saw:#}");
    assert_eq!(saw["delivered"], "delivered", "{saw:#}");
    assert_eq!(saw["error_code"], Value::Null);
    assert_eq!(saw["from"], shop.business.sender("sms"));
    assert!(saw["date_sent"].is_string());
    assert_eq!(saw["scheduled"], "scheduled");
    assert_eq!(saw["canceled"], "canceled");
    let (sent, planned) = (&saw["sent"], &saw["planned"]);
    assert_eq!(saw["lists"]["all"], json!([planned, sent]));
    assert_eq!(saw["lists"]["paged"], json!([planned, sent]));
    assert_eq!(saw["lists"]["sent today"], json!([sent]));
    assert_eq!(saw["lists"]["sent before"], json!([]));
    assert_eq!(saw["lists"]["from"], json!([sent]));
    // It went the way of all messages.
    let ours = shop.find(sent.as_str().unwrap()).await;
    assert_eq!(ours["status"], "delivered");
    assert_eq!(ours["purpose"], "transactional");
    let handset = system.simulator.handset(&shop.business.people[0].phone);
    assert_eq!(handset.await[0]["text"], "Your table is ready");
}

#[tokio::test]
async fn an_api_key_does_as_well() {
    let system = System::start().await;
    let shop = Shop::of(&system).await;
    let facade = shop.business.get("/v1/twilio-facade").await.expect(200);
    let key = json!({"user": facade["api_key_sid"], "password": shop.business.key});
    let saw = shop.run("story", key).await;
    assert_eq!(saw["delivered"], "delivered", "{saw:#}");
}

#[tokio::test]
async fn what_is_refused_is_an_exception_with_twilios_code() {
    let system = System::start().await;
    let shop = Shop::of(&system).await;
    let business = &shop.business;
    let (to, from) = (&business.people[0].phone, business.sender("sms"));
    let stopped = &business.people.last().unwrap().phone;
    let requests = json!([
        {"to": "nobody", "from_": from, "body": "x"},
        {"to": to, "from_": "+12025550199", "body": "x"},
        {"to": to, "body": "x"},
        {"to": to, "from_": from},
        {"to": stopped, "from_": from, "body": "x"},
    ]);
    let saw = shop.run("refusals", json!({"requests": requests})).await;
    let expected = json!([
        [400, 21_211],
        [400, 21_659],
        [400, 21_603],
        [400, 21_602],
        [400, 21_610],
        [404, 20_404],
    ]);
    assert_eq!(saw, expected);
    let wrong = json!({"requests": [], "password": "0123456789abcdef0123456789abcdef"});
    let saw = shop.run("refusals", wrong).await;
    assert_eq!(saw, json!([[401, 20_003]]));
}

/// What was heard of each message: once for each idempotency token, in the order of the first time.
fn heard(saw: &Value) -> BTreeMap<&str, Vec<&str>> {
    let mut told: BTreeMap<&str, &str> = BTreeMap::new();
    let mut heard: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for callback in list(saw, "/heard") {
        assert_eq!(callback["valid"], true, "{callback:#}");
        assert_eq!(callback["forged"], false, "{callback:#}");
        let status = word(callback, "/fields/MessageStatus");
        match told.insert(word(callback, "/token"), status) {
            None => heard
                .entry(word(callback, "/fields/MessageSid"))
                .or_default()
                .push(status),
            Some(before) => assert_eq!(before, status, "a repetition says the same"),
        }
    }
    heard
}

/// Every message was told of from beginning to end, and none went back. That it was sent may have been learned from
/// the handset's receipt, which says more.
fn all_were_told(saw: &Value) {
    let heard = heard(saw);
    let sent = list(saw, "/sent");
    for sid in sent.iter().filter_map(Value::as_str) {
        let statuses = heard.get(sid).map_or(&[][..], Vec::as_slice);
        assert!(
            matches!(
                statuses,
                ["sending", "sent", "delivered"] | ["sending", "delivered"]
            ),
            "{sid}: {statuses:?}"
        );
    }
    assert_eq!(heard.len(), sent.len());
}

#[tokio::test]
async fn callbacks_come_once_in_order_and_signed() {
    let system = System::start().await;
    let shop = Shop::of(&system).await;
    let saw = shop
        .run("callbacks", json!({"count": 10, "refuse_first": 0}))
        .await;
    all_were_told(&saw);
    let told: usize = heard(&saw).values().map(Vec::len).sum();
    assert_eq!(list(&saw, "/heard").len(), told, "each once");
    let first = &saw["heard"][0]["fields"];
    let expected = [
        ("AccountSid", shop.account.as_str()),
        ("ApiVersion", "2010-04-01"),
        ("To", &shop.business.people[0].phone),
        ("From", shop.business.sender("sms")),
    ];
    for (field, value) in expected {
        assert_eq!(first[field], value, "{first:#}");
    }
    assert_eq!(first["SmsSid"], first["MessageSid"]);
    assert_eq!(first["SmsStatus"], first["MessageStatus"]);
}

#[tokio::test]
async fn a_program_that_was_away_for_a_moment_misses_nothing() {
    let system = System::start().await;
    let shop = Shop::of(&system).await;
    let saw = shop
        .run("callbacks", json!({"count": 2, "refuse_first": 2}))
        .await;
    all_were_told(&saw);
}

#[tokio::test]
async fn callbacks_survive_workers_that_die() {
    let setup = Setup {
        worker: [
            ("TIDINGS_PROVIDER_TIMEOUT_SECONDS", "3"),
            ("TIDINGS_WORKER_LEASE_SECONDS", "8"),
            ("TIDINGS_WORKER_ASK_UNKNOWN_SECONDS", "1"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into(),
        ..Setup::default()
    };
    let mut system = System::with(setup).await.and_workers(1);
    let shop = Shop::of(&system).await;
    let told = shop.told("callbacks", &json!({"count": 20, "refuse_first": 0}));
    let running = tokio::task::spawn_blocking(move || run(&told));
    for _ in 0..4 {
        // Amid the messages, amid what is told of them, and in between.
        tokio::time::sleep(Duration::from_millis(900)).await;
        system.crash_worker(0);
    }
    all_were_told(&running.await.unwrap());
}
