use crate::{
    business::list,
    wait::{SOON, seen, until},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The simulator's control API.
pub(crate) struct Simulator {
    client: reqwest::Client,
    pub(crate) url: String,
}

/// A request to send, as the simulated provider saw it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Our attempt.
    pub(crate) attempt: String,
    /// The provider's message, if it was taken.
    pub(crate) taken: Option<String>,
    /// When it came.
    pub(crate) at: OffsetDateTime,
    /// Where receipts go, if each message has its own address.
    pub(crate) status_callback: Option<String>,
}

impl Simulator {
    pub(crate) fn new(client: reqwest::Client, url: String) -> Self {
        Self { client, url }
    }

    async fn call(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> Value {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(
            status.is_success(),
            "the simulator answers {path} with {status}: {text}"
        );
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// Goes wrong as told, for every provider.
    pub(crate) async fn faults(&self, faults: Value) {
        self.call(reqwest::Method::PUT, "/faults", Some(&faults))
            .await;
    }

    /// Goes wrong no more.
    pub(crate) async fn heal(&self) {
        self.call(reqwest::Method::DELETE, "/faults", None).await;
    }

    /// What it was asked to send, oldest first.
    pub(crate) async fn asked(&self) -> Vec<Asked> {
        let ledger = self.call(reqwest::Method::GET, "/ledger", None).await;
        let requests = ledger["requests"].as_array().unwrap();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        requests
            .iter()
            .map(|request| Asked {
                attempt: text(&request["client_reference"]).unwrap_or_default(),
                taken: text(&request["provider_message_id"]),
                at: OffsetDateTime::parse(request["at"].as_str().unwrap(), &Rfc3339).unwrap(),
                status_callback: text(&request["status_callback"]),
            })
            .collect()
    }

    /// The statuses of a message in the callbacks that were answered with success, oldest first.
    pub(crate) async fn told(&self, provider_message_id: &str) -> Vec<String> {
        let ledger = self.call(reqwest::Method::GET, "/ledger", None).await;
        list(&ledger, "/callbacks")
            .iter()
            .filter(|callback| callback["provider_message_id"] == provider_message_id)
            .filter(|callback| callback["answered"] == 200)
            .map(|callback| callback["status"].as_str().unwrap().to_owned())
            .collect()
    }

    /// How often each attempt was taken.
    pub(crate) async fn taken(&self) -> BTreeMap<String, usize> {
        let mut taken = BTreeMap::new();
        for asked in self
            .asked()
            .await
            .into_iter()
            .filter(|asked| asked.taken.is_some())
        {
            *taken.entry(asked.attempt).or_default() += 1;
        }
        taken
    }

    /// The accounts with their secrets, in the form in which they are put.
    pub(crate) async fn accounts(&self) -> Value {
        self.call(reqwest::Method::GET, "/accounts", None).await
    }

    /// Adds accounts, or replaces those with the same ids.
    pub(crate) async fn put_accounts(&self, accounts: &Value) {
        self.call(reqwest::Method::PUT, "/accounts", Some(accounts))
            .await;
    }

    /// Waits until a topic of AWS posts to this address, for which its subscription must be confirmed.
    pub(crate) async fn is_subscribed(&self, address: &str) {
        until("the subscription is confirmed", SOON, async || {
            let accounts = self.accounts().await;
            let topics = list(&accounts, "/aws")
                .iter()
                .flat_map(|account| list(account, "/topics"));
            let is_confirmed = topics
                .flat_map(|topic| list(topic, "/subscriptions"))
                .any(|one| one["endpoint"] == address && one["confirmed"] == true);
            seen(is_confirmed, &accounts["aws"])
        })
        .await;
    }

    /// What a handset received, oldest first.
    pub(crate) async fn handset(&self, number: &str) -> Vec<Value> {
        let path = format!("/handsets/{number}/messages");
        let answer = self.call(reqwest::Method::GET, &path, None).await;
        answer["data"].as_array().unwrap().clone()
    }

    /// Every template at the simulated Meta.
    pub(crate) async fn templates(&self) -> Vec<Value> {
        let answer = self.call(reqwest::Method::GET, "/templates", None).await;
        list(&answer, "/data").to_vec()
    }

    /// Somebody there decides about a template.
    pub(crate) async fn review(&self, id: &str, verdict: &Value) {
        let path = format!("/templates/{id}/review");
        self.call(reqwest::Method::POST, &path, Some(verdict)).await;
    }

    /// The holder of a handset writes to the business.
    pub(crate) async fn write(&self, number: &str, channel: &str, to: &str, text: &str) {
        let path = format!("/handsets/{number}/messages");
        let body = json!({"channel": channel, "to": to, "text": text});
        self.call(reqwest::Method::POST, &path, Some(&body)).await;
    }

    /// The holder of a handset sends the picture that the simulator has.
    pub(crate) async fn picture(&self, number: &str, channel: &str, to: &str) {
        let path = format!("/handsets/{number}/messages");
        let url = format!("{}/page/sample.png", self.url);
        let body = json!({"channel": channel, "to": to, "media": {"url": url, "content_type": "image/jpeg"}});
        self.call(reqwest::Method::POST, &path, Some(&body)).await;
    }

    /// The holder of a handset reads everything.
    pub(crate) async fn read(&self, number: &str) {
        let path = format!("/handsets/{number}/read");
        self.call(reqwest::Method::POST, &path, Some(&json!({})))
            .await;
    }
}
