//! `tidings send` and `tidings explain`: the HTTP API from a terminal.

use super::plain;
use crate::http_client;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use tidings_kernel::{BoxError, ContactId, Ids, MessageId, Purpose};

/// Where the API is and who asks.
#[derive(Debug, Clone)]
pub struct Remote {
    /// The start of its addresses, such as `http://127.0.0.1:4000`.
    pub api_url: String,
    /// A key with the needed scope.
    pub key: SecretString,
}

/// What to send.
#[derive(Debug, Clone)]
pub struct Wish {
    /// A contact's id, or a phone number.
    pub to: String,
    /// `auto`, a channel, or several in order of preference.
    pub channels: Vec<String>,
    /// Why.
    pub purpose: Purpose,
    /// What.
    pub words: Words,
}

/// What a message says.
#[derive(Debug, Clone)]
pub enum Words {
    /// This text.
    Text(String),
    /// A template and its data.
    Template {
        /// Its name.
        name: String,
        /// The values to merge in.
        data: Vec<(String, String)>,
    },
}

/// The API answered no. The text is for people.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Refused(String);

/// There was no answer, or none of the API's.
#[derive(Debug, thiserror::Error)]
#[error("the API does not answer at {0}: is it running, and is --api-url right?")]
pub struct NoAnswer(String, #[source] reqwest::Error);

impl Wish {
    fn body(&self) -> Value {
        let to = match self.to.parse::<ContactId>() {
            Ok(id) => json!({"contact_id": id}),
            Err(_) => json!({"phone": self.to}),
        };
        let channel = match self.channels.as_slice() {
            [one] => json!(one),
            several => json!(several),
        };
        let mut body = json!({"to": to, "channel": channel, "purpose": self.purpose});
        match &self.words {
            Words::Text(text) => body["text"] = json!(text),
            Words::Template { name, data } => {
                let data: Map<String, Value> = data
                    .iter()
                    .map(|(name, value)| (name.clone(), json!(value)))
                    .collect();
                body["template"] = json!({"name": name, "data": data});
            }
        }
        body
    }
}

impl Remote {
    /// Sends a message and says in plain words what became of it.
    ///
    /// # Errors
    /// [`Refused`] by the gate or for a mistake, in plain words too; [`NoAnswer`].
    pub async fn send(&self, wish: &Wish, ids: &dyn Ids) -> Result<String, BoxError> {
        let request = http_client()?
            .post(self.address("/v1/messages"))
            .header("idempotency-key", ids.next().to_string())
            .json(&wish.body());
        self.ask(request)
            .await
            .map(|answer| plain::message(&answer))
    }

    /// Every decision that was taken for a message, in plain words.
    ///
    /// # Errors
    /// [`Refused`] and [`NoAnswer`].
    pub async fn explain(&self, id: MessageId) -> Result<String, BoxError> {
        let request = http_client()?.get(self.address(&format!("/v1/messages/{id}/explain")));
        self.ask(request)
            .await
            .map(|answer| plain::explanation(&answer))
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> Result<Value, BoxError> {
        let lost = |error| NoAnswer(self.api_url.clone(), error);
        let answer = request
            .bearer_auth(self.key.expose_secret())
            .send()
            .await
            .map_err(lost)?;
        let is_success = answer.status().is_success();
        let body: Value = answer.json().await.map_err(lost)?;
        if is_success {
            Ok(body)
        } else {
            Err(Refused(plain::problem(&body)).into())
        }
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.api_url.trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(to: &str, channels: &[&str], words: Words) -> Value {
        let channels = channels
            .iter()
            .map(|channel| (*channel).to_owned())
            .collect();
        Wish {
            to: to.to_owned(),
            channels,
            purpose: Purpose::Reminder,
            words,
        }
        .body()
    }

    #[test]
    fn a_wish_becomes_a_request_of_the_api() {
        assert_eq!(
            wish("+12025550123", &["sms"], Words::Text("Hi".into())),
            json!({"to": {"phone": "+12025550123"}, "channel": "sms", "purpose": "reminder",
                "text": "Hi"})
        );
        let words = Words::Template {
            name: "session".into(),
            data: vec![("day".into(), "Friday".into())],
        };
        let contact = "con_01h2xcejqtf2nbrexx3vqjhp41";
        assert_eq!(
            wish(contact, &["whatsapp", "sms"], words),
            json!({"to": {"contact_id": contact}, "channel": ["whatsapp", "sms"],
                "purpose": "reminder", "template": {"name": "session", "data": {"day": "Friday"}}})
        );
    }
}
