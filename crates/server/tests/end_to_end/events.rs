//! What tenants' own systems hear of: by a stream, and by webhooks.

use crate::{
    business::{Business, word},
    system::{System, free_address},
    wait::{PATIENT, SOON, seen, until},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Method;
use ring::hmac;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// A request that a tenant's system got.
#[derive(Debug, Clone)]
struct Got {
    headers: BTreeMap<String, String>,
    body: String,
}

/// A tenant's own system.
struct Shop {
    address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
    /// What it answers.
    status: Arc<Mutex<u16>>,
}

impl Shop {
    async fn open() -> Self {
        let address = free_address();
        let listener = TcpListener::bind(address).await.unwrap();
        let got: Arc<Mutex<Vec<Got>>> = Arc::default();
        let status = Arc::new(Mutex::new(204));
        let (heard, answer) = (got.clone(), status.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (heard, answer) = (heard.clone(), answer.clone());
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    while let Some(request) = request(&mut stream).await {
                        heard.lock().unwrap().push(request);
                        let status = *answer.lock().unwrap();
                        let reply = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
                        stream.write_all(reply.as_bytes()).await.unwrap();
                    }
                });
            }
        });
        Self {
            address,
            got,
            status,
        }
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    fn answers(&self, status: u16) {
        *self.status.lock().unwrap() = status;
    }
}

async fn request(stream: &mut BufReader<TcpStream>) -> Option<Got> {
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ") {
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Got {
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Checks the signature as the specification of Standard Webhooks says.
    fn is_signed_with(&self, secret: &str) -> bool {
        let key = STANDARD
            .decode(secret.strip_prefix("whsec_").unwrap())
            .unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let header = |name: &str| self.headers[name].as_str();
        let signed = format!(
            "{}.{}.{}",
            header("webhook-id"),
            header("webhook-timestamp"),
            self.body
        );
        header("webhook-signature").split(' ').any(|signature| {
            let signature = STANDARD
                .decode(signature.strip_prefix("v1,").unwrap())
                .unwrap();
            hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
        })
    }
}

/// One who listens to a stream.
struct Ear {
    answer: reqwest::Response,
    text: String,
    /// The last id that came.
    last: Option<String>,
}

impl Ear {
    async fn of(business: &Business, after: Option<&str>) -> Self {
        let mut request = business
            .request(Method::GET, "/v1/stream?types=message.status")
            .timeout(PATIENT);
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        Self {
            answer,
            text: String::new(),
            last: None,
        }
    }

    /// The next event with its data; none at the end.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            while let Some((frame, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = frame.lines().find_map(|line| line.strip_prefix(name));
                    line.map(ToOwned::to_owned)
                };
                let (event, data) = (field("event: "), field("data: "));
                self.last = field("id: ").or(self.last.take());
                let rest = rest.to_owned();
                self.text = rest;
                if let (Some(event), Some(data)) = (event, data) {
                    return Some((event, serde_json::from_str(&data).unwrap()));
                }
            }
            let part = tokio::time::timeout(SOON, self.answer.chunk()).await;
            let part = part.expect("something comes in time").ok()??;
            self.text.push_str(std::str::from_utf8(&part).unwrap());
        }
    }

    /// Listens until this message has come to this status, and gives what was heard of it.
    async fn until(&mut self, message: &str, status: &str) -> Vec<String> {
        let mut heard = Vec::new();
        loop {
            let (event, data) = self.next().await.expect("the stream goes on");
            assert_eq!(event, "message.status");
            if word(&data, "/data/message_id") == message {
                heard.push(word(&data, "/data/status").to_owned());
                if heard.last().is_some_and(|last| last == status) {
                    return heard;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_stream_goes_on_where_it_was_when_the_api_restarts() {
    let mut system = System::start().await;
    let lumen = system.lumen.clone();
    let mut ear = Ear::of(&lumen, None).await;
    let first = lumen.sms(&lumen.people[0], "One").await;
    let heard = ear.until(word(&first, "/id"), "delivered").await;
    assert_eq!(heard.first().unwrap(), "queued");
    let status = system.restart_api().await;
    assert_eq!(status.code(), Some(0), "streams do not hold up a stop");
    // It says why it ends.
    let mut end = None;
    while let Some(event) = ear.next().await {
        end = Some(event);
    }
    let (event, data) = end.expect("a last event");
    assert_eq!(
        (event.as_str(), &data),
        ("stream.end", &json!({"reason": "stopping"}))
    );
    // What happens while nobody listens is heard by whoever comes back.
    let second = lumen.sms(&lumen.people[1], "Two").await;
    until("the second message is delivered", SOON, async || {
        let delivered = lumen.messages("status=delivered").await.len();
        seen(delivered == 2, delivered)
    })
    .await;
    let mut back = Ear::of(&lumen, ear.last.as_deref()).await;
    let heard = back.until(word(&second, "/id"), "delivered").await;
    assert_eq!(heard[0], "queued", "from its beginning: {heard:?}");
    assert_eq!(
        heard.iter().filter(|status| *status == "delivered").count(),
        1
    );
    system.all_run();
}

#[tokio::test]
async fn a_webhook_is_received_verified_and_replayed() {
    let system = System::start().await;
    let (lumen, shop) = (&system.lumen, Shop::open().await);
    let url = format!("http://{}/hooks", shop.address);
    let body = json!({"url": url, "types": ["message.status", "message.received"]});
    let endpoint = lumen.post("/v1/webhook-endpoints", &body).await.expect(201);
    let path = format!("/v1/webhook-endpoints/{}", word(&endpoint, "/id"));
    let secret = word(&endpoint, "/secret").to_owned();
    let sent = lumen.sms(&lumen.people[0], "Your table is ready").await;
    let statuses = || {
        let got = shop.got();
        let ours = got.iter().map(Got::json);
        ours.filter(|body| word(body, "/data/message_id") == word(&sent, "/id"))
            .map(|body| word(&body, "/data/status").to_owned())
            .collect::<Vec<_>>()
    };
    until("the shop hears of the delivery", SOON, async || {
        let statuses = statuses();
        seen(
            statuses.iter().any(|status| status == "delivered"),
            statuses,
        )
    })
    .await;
    for got in shop.got() {
        assert!(got.is_signed_with(&secret), "{got:?}");
        assert!(!got.is_signed_with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        assert_eq!(got.headers["webhook-id"], word(&got.json(), "/id"));
    }
    // What a contact writes comes with its text.
    let phone = &lumen.people[0].phone;
    system
        .simulator
        .write(phone, "sms", lumen.sender("sms"), "On my way")
        .await;
    until("the shop hears what was written", SOON, async || {
        let got = shop.got();
        let texts: Vec<Value> = got
            .iter()
            .map(|got| got.json()["data"]["text"].clone())
            .collect();
        seen(texts.contains(&json!("On my way")), texts)
    })
    .await;
    // A shop that is away is told again, by hand too.
    shop.answers(500);
    lumen
        .post(&format!("{path}/test"), &json!({}))
        .await
        .expect(202);
    let failed = until("the test is in the log", SOON, async || {
        let listed = lumen.get(&format!("{path}/deliveries")).await.expect(200);
        let first = listed["data"][0].clone();
        let answer = first["calls"][0]["response_status"] == 500;
        seen(answer, &first).map(|()| first)
    })
    .await;
    assert_eq!(failed["type"], "webhook_endpoint.test");
    assert_eq!(failed["status"], "pending");
    shop.answers(200);
    let event = json!({"event_id": failed["event_id"]});
    lumen
        .post(&format!("{path}/replay"), &event)
        .await
        .expect(202);
    until("the test is taken", SOON, async || {
        let listed = lumen.get(&format!("{path}/deliveries")).await.expect(200);
        let first = &listed["data"][0];
        seen(first["status"] == "delivered", first)
    })
    .await;
    let ids: Vec<String> = shop
        .got()
        .iter()
        .map(|got| got.headers["webhook-id"].clone())
        .collect();
    let tests = ids
        .iter()
        .filter(|id| **id == word(&failed, "/event_id"))
        .count();
    assert!(tests >= 2, "told again with the same id: {ids:?}");
}
