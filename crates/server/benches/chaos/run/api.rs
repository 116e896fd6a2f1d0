use crate::Outcome;
use reqwest::Client;
use serde_json::Value;
use std::time::Duration;

/// How long one request may take.
const LIMIT: Duration = Duration::from_secs(30);

/// A client that keeps its connection.
pub(crate) fn client() -> Outcome<Client> {
    let builder = Client::builder().http1_only().no_proxy();
    Ok(builder.timeout(LIMIT).build()?)
}

/// The API, as one key opens it.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    /// The client.
    pub(crate) http: Client,
    /// Where it answers, without a slash at the end.
    pub(crate) url: String,
    /// The key.
    pub(crate) key: String,
}

impl Api {
    /// Posts what must be taken.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Outcome<Value> {
        let request = self.http.post(format!("{}{path}", self.url));
        let answer = request.bearer_auth(&self.key).json(body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if status.is_success() {
            Ok(serde_json::from_str(&text)?)
        } else {
            Err(format!("{path} answered {status}: {text}").into())
        }
    }
}
