//! A receiver of callbacks, and a simulator that calls it.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::get;
use serde_json::{Value, json};
use tidings_simulator::{Config, Running, SigningKey, Simulator};
use tokio::net::TcpListener;
use tokio::sync::Notify;

pub(crate) const SID: &str = "AC00000000000000000000000000000001";
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const SENDER: &str = "+12025550100";
pub(crate) const PHONE_ID: &str = "111222333444555";
pub(crate) const SECRET: &str = "test_app_secret_0123456789abcdef";
pub(crate) const CONTACT: &str = "+12025550123";

/// One key for all tests: each would take a second.
static KEY: LazyLock<SigningKey> = LazyLock::new(SigningKey::default);

/// One callback as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) uri: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Call {
    /// The form's pairs.
    pub(crate) fn form(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.body.as_bytes())
            .into_owned()
            .collect()
    }

    pub(crate) fn field(&self, name: &str) -> Option<String> {
        self.form()
            .into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// A pair of the query.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.uri.split_once('?')?;
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }

    /// `value` of the only change.
    pub(crate) fn change(&self) -> Value {
        self.json()["entry"][0]["changes"][0]["value"].clone()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

#[derive(Default)]
struct Inbox {
    calls: Mutex<Vec<Call>>,
    /// Statuses to answer with before 200, if this stands in the body.
    refusals: Mutex<(&'static str, Vec<u16>)>,
    arrived: Notify,
}

pub(crate) struct World {
    inbox: Arc<Inbox>,
    pub(crate) receiver: SocketAddr,
    pub(crate) simulator: Running,
    pub(crate) client: reqwest::Client,
}

async fn take(
    State(inbox): State<Arc<Inbox>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let body = String::from_utf8(body.to_vec()).expect("UTF-8");
    let uri = uri.to_string();
    let refused = {
        let mut refusals = inbox.refusals.lock().expect("refusals");
        let is_meant = body.contains(refusals.0);
        refusals.1.pop_if(|_| is_meant)
    };
    inbox
        .calls
        .lock()
        .expect("calls")
        .push(Call { uri, headers, body });
    inbox.arrived.notify_waiters();
    refused.map_or(StatusCode::OK, |status| {
        StatusCode::from_u16(status).expect("a status")
    })
}

/// A GET request: Meta's handshake, or a callback in a query.
async fn take_query(
    State(inbox): State<Arc<Inbox>>,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> (StatusCode, String) {
    let query = query.unwrap_or_default();
    if query.contains("hub.mode") {
        return handshake(&query);
    }
    let status = take(State(inbox), uri, headers, Bytes::new()).await;
    (status, String::new())
}

fn handshake(query: &str) -> (StatusCode, String) {
    let get = |name: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    if get("hub.mode") == "subscribe" && get("hub.verify_token") == "our-token" {
        (StatusCode::OK, get("hub.challenge"))
    } else {
        (StatusCode::FORBIDDEN, String::new())
    }
}

impl World {
    /// A simulator with one Twilio account and one Meta app, both calling one receiver.
    pub(crate) async fn start() -> Self {
        let world = Self::empty().await;
        world.register(&world.accounts("our-token")).await;
        world
    }

    /// A simulator without accounts, and a receiver.
    pub(crate) async fn empty() -> Self {
        let inbox = Arc::new(Inbox::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let receiver = listener.local_addr().expect("its address");
        let app = Router::new()
            .route("/{*path}", get(take_query).post(take))
            .with_state(Arc::clone(&inbox));
        tokio::spawn(async move { axum::serve(listener, app).await });
        let simulator = Simulator::start(Config {
            sent_after: Duration::from_millis(5),
            delivered_after: Duration::from_millis(25),
            retry_after: Duration::from_millis(5),
            signing_key: KEY.clone(),
            doors: ["twilio", "smtp"]
                .map(|name| (name.to_owned(), SocketAddr::from(([127, 0, 0, 1], 0))))
                .into(),
            ..Config::default()
        })
        .await
        .expect("a simulator");
        Self {
            inbox,
            receiver,
            simulator,
            client: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
        }
    }

    /// Makes accounts known.
    pub(crate) async fn register(&self, accounts: &Value) {
        let (status, body) = self.control("PUT", "/accounts", accounts.clone()).await;
        assert_eq!(status, 200, "{body}");
    }

    /// Lets something go wrong.
    pub(crate) async fn fault(&self, fault: Value) {
        let (status, body) = self.control("PUT", "/faults", fault).await;
        assert_eq!(status, 200, "{body}");
    }

    pub(crate) fn accounts(&self, verify_token: &str) -> Value {
        json!({
            "twilio": [{
                "sid": SID, "auth_token": TOKEN,
                "numbers": [{"number": SENDER, "inbound_url": self.callback("/in?t=1")}],
                "messaging_services": [{"sid": "MG1", "numbers": [SENDER]}],
            }],
            "meta": [{
                "phone_number_id": PHONE_ID, "waba_id": "100200300400500",
                "display_number": "+1 202-555-0101", "access_token": "EAATESTTOKEN",
                "app_secret": SECRET, "callback_url": self.callback("/meta"),
                "verify_token": verify_token,
                "templates": [
                    {"name": "order", "language": "en_US", "body": "Hi {{1}}", "buttons": ["Stop updates"]},
                ],
            }],
        })
    }

    pub(crate) fn callback(&self, path: &str) -> String {
        format!("http://{}{path}", self.receiver)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.simulator.addr())
    }

    /// Calls the control API; `null` is an empty body.
    pub(crate) async fn control(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let method = method.parse().expect("a method");
        let mut request = self.client.request(method, self.url(path));
        if !body.is_null() {
            request = request.json(&body);
        }
        answered(request).await
    }

    pub(crate) async fn ledger(&self) -> Value {
        self.control("GET", "/ledger", Value::Null).await.1
    }

    /// Sends through Twilio, with an SMS that `changes` alters; an empty value leaves one out.
    pub(crate) async fn twilio(&self, changes: &[(&str, &str)]) -> (u16, Value) {
        answered(self.twilio_request(changes)).await
    }

    pub(crate) fn twilio_request(&self, changes: &[(&str, &str)]) -> reqwest::RequestBuilder {
        self.twilio_request_with(TOKEN, changes)
    }

    pub(crate) fn twilio_request_with(
        &self,
        token: &str,
        changes: &[(&str, &str)],
    ) -> reqwest::RequestBuilder {
        let callback = self.callback("/status?att=att_01&x=%C3%A9#rc=2&rp=all");
        let mut form = vec![
            ("To", CONTACT),
            ("From", SENDER),
            ("Body", "Hello"),
            ("StatusCallback", callback.as_str()),
        ];
        form.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        form.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
        self.client
            .post(self.url(&format!("/2010-04-01/Accounts/{SID}/Messages.json")))
            .basic_auth(SID, Some(token))
            .form(&form)
    }

    pub(crate) async fn twilio_get(&self, path: &str) -> (u16, Value) {
        let url = self.url(&format!("/2010-04-01/Accounts/{SID}{path}"));
        answered(self.client.get(url).basic_auth(SID, Some(TOKEN))).await
    }

    pub(crate) async fn meta(&self, body: Value) -> (u16, Value) {
        let url = self.url(&format!("/v25.0/{PHONE_ID}/messages"));
        answered(
            self.client
                .post(url)
                .bearer_auth("EAATESTTOKEN")
                .json(&body),
        )
        .await
    }

    pub(crate) async fn meta_get(&self, path: &str, token: &str) -> (u16, Value) {
        let url = self.url(&format!("/v25.0/{path}"));
        answered(self.client.get(url).bearer_auth(token)).await
    }

    pub(crate) async fn writes(&self, contact: &str, body: Value) -> Value {
        let path = format!("/handsets/{contact}/messages");
        let (status, body) = self.control("POST", &path, body).await;
        assert_eq!(status, 201, "{body}");
        body
    }

    pub(crate) async fn handset(&self, contact: &str, query: &str) -> Vec<Value> {
        let path = format!("/handsets/{contact}/messages{query}");
        let (_, body) = self.control("GET", &path, Value::Null).await;
        body["data"].as_array().expect("a list").clone()
    }

    /// The next callbacks with `part` in their body are answered with these statuses, last one
    /// first.
    pub(crate) fn refuse(&self, part: &'static str, statuses: &[u16]) {
        *self.inbox.refusals.lock().expect("refusals") = (part, statuses.to_vec());
    }

    /// Waits until `count` callbacks have arrived, and gives them.
    pub(crate) async fn calls(&self, count: usize) -> Vec<Call> {
        let waiting = async {
            loop {
                let arrived = self.inbox.arrived.notified();
                let calls = self.inbox.calls.lock().expect("calls").clone();
                if calls.len() >= count {
                    return calls;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), waiting)
            .await
            .unwrap_or_else(|_| panic!("{count} callbacks did not come"))
    }

    /// Asks the simulator until `is_so` of the ledger.
    pub(crate) async fn ledger_until(&self, is_so: impl Fn(&Value) -> bool) -> Value {
        let waiting = async {
            loop {
                let ledger = self.ledger().await;
                if is_so(&ledger) {
                    return ledger;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), waiting)
            .await
            .expect("the ledger to come so far")
    }
}

pub(crate) async fn answered(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.expect("a body");
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}
