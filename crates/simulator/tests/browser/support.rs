//! A simulator with a business at Twilio and at Meta, and a browser that looks at it.

use std::time::Duration;

use serde_json::{Value, json};
use tidings_browser::{Browser, Colors, Page, Screen};
use tidings_simulator::{Config, Running, Simulator};

const SID: &str = "AC00000000000000000000000000000001";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const PHONE_ID: &str = "111222333444555";
const WABA: &str = "100200300400500";
const BEARER: &str = "EAATESTTOKEN";
/// The business's number for SMS.
pub(crate) const SENDER: &str = "+12025550100";
/// The business's number for WhatsApp.
pub(crate) const WHATSAPP: &str = "+12025550101";
/// Whose phone it is.
pub(crate) const ADA: &str = "+12025550142";

/// Everything that a test of the page needs.
pub(crate) struct World {
    simulator: Running,
    browser: Browser,
    client: reqwest::Client,
}

impl World {
    pub(crate) async fn start() -> Self {
        let accounts = json!({
            "twilio": [{"sid": SID, "auth_token": TOKEN, "numbers": [{"number": SENDER}]}],
            "meta": [{
                "phone_number_id": PHONE_ID, "waba_id": WABA, "display_number": WHATSAPP,
                "verified_name": "Studio Lumen", "access_token": BEARER, "app_secret": "secret",
            }],
        });
        let simulator = Simulator::start(Config {
            accounts: serde_json::from_value(accounts).unwrap(),
            sent_after: Duration::from_millis(5),
            delivered_after: Duration::from_millis(20),
            ..Config::default()
        })
        .await
        .unwrap();
        Self {
            simulator,
            browser: Browser::open().await.unwrap(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.simulator.addr())
    }

    /// The page at a place of its own, such as `#phone=…`.
    pub(crate) async fn page(&self, place: &str) -> Page {
        let page = self
            .browser
            .page(Screen::desk(Colors::Light))
            .await
            .unwrap();
        page.go(&self.url(&format!("/{place}"))).await.unwrap();
        page.wait_for_text("#live", "Live").await.unwrap();
        page
    }

    /// A chat of Ada's phone.
    pub(crate) async fn chat(&self, app: &str, number: &str) -> Page {
        let (phone, chat) = (ADA.replace('+', "%2B"), number.replace('+', "%2B"));
        let page = self
            .page(&format!("#phone={phone}&app={app}&chat={chat}"))
            .await;
        page.wait_for("document.querySelector('.thread')")
            .await
            .unwrap();
        page
    }

    async fn answered(&self, request: reqwest::RequestBuilder) -> Value {
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The business sends an SMS to Ada.
    pub(crate) async fn sms(&self, text: &str) {
        let url = self.url(&format!("/2010-04-01/Accounts/{SID}/Messages.json"));
        let form = [("To", ADA), ("From", SENDER), ("Body", text)];
        let request = self.client.post(url).basic_auth(SID, Some(TOKEN));
        self.answered(request.form(&form)).await;
    }

    /// The business sends a WhatsApp message to Ada; gives its id.
    pub(crate) async fn whatsapp(&self, kind: &str, content: Value) -> String {
        let body = json!({"messaging_product": "whatsapp", "to": ADA, "type": kind, kind: content});
        let request = self.graph("POST", &format!("/{PHONE_ID}/messages"));
        let answer = self.answered(request.json(&body)).await;
        answer["messages"][0]["id"].as_str().unwrap().to_owned()
    }

    /// The business submits a template.
    pub(crate) async fn submit(&self, template: Value) {
        let request = self.graph("POST", &format!("/{WABA}/message_templates"));
        self.answered(request.json(&template)).await;
    }

    /// The templates as the business sees them.
    pub(crate) async fn templates(&self) -> Vec<Value> {
        let request = self.graph("GET", &format!("/{WABA}/message_templates"));
        let answer = self.answered(request).await;
        answer["data"].as_array().unwrap().clone()
    }

    fn graph(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = self.url(&format!("/v25.0{path}"));
        let request = self.client.request(method.parse().unwrap(), url);
        request.bearer_auth(BEARER)
    }

    /// Ada writes to the business by the control API.
    pub(crate) async fn writes(&self, body: Value) {
        let url = self.url(&format!("/handsets/{ADA}/messages"));
        self.answered(self.client.post(url).json(&body)).await;
    }

    /// What Ada has written, oldest first.
    pub(crate) async fn written(&self) -> Vec<Value> {
        let all = self.messages().await;
        let own = all
            .into_iter()
            .filter(|one| one["direction"] == "from_contact");
        own.collect()
    }

    /// Everything that went to Ada's phone or came from it.
    pub(crate) async fn messages(&self) -> Vec<Value> {
        let url = self.url(&format!("/handsets/{ADA}/messages?include=all"));
        let answer = self.answered(self.client.get(url)).await;
        answer["data"].as_array().unwrap().clone()
    }

    /// Looks until Ada has written so many messages; gives the last one.
    pub(crate) async fn wrote(&self, count: usize) -> Value {
        self.until(async || {
            let written = self.written().await;
            (written.len() >= count).then(|| written.last().cloned())?
        })
        .await
    }

    /// Looks again and again, within bounds.
    pub(crate) async fn until<T>(&self, mut look: impl AsyncFnMut() -> Option<T>) -> T {
        for _ in 0..500 {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!(
            "it has not come to this in ten seconds: {:#?}",
            self.messages().await
        );
    }
}

/// Nothing keeps anybody out, nothing went wrong, nothing was fetched from elsewhere.
pub(crate) async fn is_fine(page: &Page) {
    let findings = page.audit().await.unwrap();
    let serious: Vec<_> = findings.iter().filter(|it| it.is_serious()).collect();
    assert!(serious.is_empty(), "{serious:#?}");
    assert_eq!(page.complaints(), Vec::<String>::new());
    let origin: String = page.value("location.origin").await.unwrap();
    let load = page.load().await.unwrap();
    let foreign: Vec<_> = load
        .addresses
        .iter()
        .filter(|it| !it.starts_with(&origin))
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}
