use crate::wait::{SOON, until};
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};
use std::time::Duration;

/// A tenant, as it uses the API with its key.
#[derive(Clone)]
pub(crate) struct Business {
    pub(crate) id: String,
    pub(crate) key: String,
    /// Those who agreed to everything come first, the last one has opted out.
    pub(crate) people: Vec<Person>,
    /// The whole entry of `dev.json`.
    pub(crate) planted: Value,
    client: reqwest::Client,
    api_url: String,
}

/// A contact.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) phone: String,
    pub(crate) whatsapp: String,
    pub(crate) email: String,
}

/// What the API answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn of(request: reqwest::RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        let body = answer.bytes().await.unwrap();
        let body = serde_json::from_slice(&body)
            .unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned().into());
        Self {
            status,
            headers,
            body,
        }
    }

    /// The body, if the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        self.body
    }

    /// A refusal: a problem document of this status and code.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{:#}",
            self.body
        );
        let body = self.expect(status);
        assert_eq!(body["code"], code, "{body:#}");
        assert_eq!(body["status"], status, "{body:#}");
        for field in ["type", "title", "detail", "request_id"] {
            assert!(body[field].is_string(), "no {field} in {body:#}");
        }
        body
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Whether it is the answer of an earlier request.
    pub(crate) fn is_replay(&self) -> bool {
        self.header("idempotent-replay") == "true"
    }
}

/// The status of a message, or any other word of a document.
pub(crate) fn word<'a>(document: &'a Value, pointer: &str) -> &'a str {
    document
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The entries of a list.
pub(crate) fn list<'a>(document: &'a Value, pointer: &str) -> &'a [Value] {
    document
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The words at `pointer` of each entry.
pub(crate) fn words<'a>(entries: &'a [Value], pointer: &str) -> Vec<&'a str> {
    entries.iter().map(|entry| word(entry, pointer)).collect()
}

impl Business {
    /// From an entry of `dev.json`.
    pub(crate) fn new(client: reqwest::Client, api_url: &str, planted: &Value) -> Self {
        let people = list(planted, "/contacts").iter().map(|contact| Person {
            id: word(contact, "/id").to_owned(),
            phone: word(contact, "/phone").to_owned(),
            whatsapp: word(contact, "/whatsapp_phone").to_owned(),
            email: word(contact, "/email").to_owned(),
        });
        Self {
            id: word(planted, "/id").to_owned(),
            key: word(planted, "/api_key").to_owned(),
            people: people.collect(),
            planted: planted.clone(),
            client,
            api_url: api_url.to_owned(),
        }
    }

    /// The same tenant with another key.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self {
            key: key.to_owned(),
            ..self.clone()
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.api_url))
            .bearer_auth(&self.key)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn post_once(&self, path: &str, key: &str, body: &Value) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header("idempotency-key", key);
        Answer::of(request.json(body)).await
    }

    /// The number that sends on this channel.
    pub(crate) fn sender(&self, channel: &str) -> &str {
        list(&self.planted, "/accounts")
            .iter()
            .flat_map(|account| list(account, "/senders"))
            .find(|sender| words_of(sender, "/channels").contains(&channel))
            .map_or("", |sender| word(sender, "/address"))
    }

    /// Sends a transactional SMS, which must be taken in.
    pub(crate) async fn sms(&self, to: &Person, text: &str) -> Value {
        self.post("/v1/messages", &sms(to, text)).await.expect(202)
    }

    pub(crate) async fn message(&self, id: &str) -> Value {
        self.get(&format!("/v1/messages/{id}")).await.expect(200)
    }

    /// Waits until a message has this status.
    pub(crate) async fn comes_to(
        &self,
        message: &Value,
        status: &str,
        patience: Duration,
    ) -> Value {
        let id = word(message, "/id");
        until(&format!("{id} is {status}"), patience, async || {
            let now = self.message(id).await;
            if now["status"] == status {
                Ok(now)
            } else {
                Err(format!("{now:#}"))
            }
        })
        .await
    }

    /// Waits until a message has been delivered.
    pub(crate) async fn delivered(&self, message: &Value) -> Value {
        self.comes_to(message, "delivered", SOON).await
    }

    /// Every message of this kind, read page by page.
    pub(crate) async fn messages(&self, filter: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let mut path = format!("/v1/messages?limit=200&{filter}");
        loop {
            let page = self.get(&path).await.expect(200);
            all.extend_from_slice(list(&page, "/data"));
            match page["next"].as_str() {
                Some(next) => path = format!("/v1/messages?limit=200&{filter}&after={next}"),
                None => return all,
            }
        }
    }

    /// A new contact with this number, in the zone of the planted ones, where it is day, that agreed to
    /// everything.
    pub(crate) async fn befriend(&self, phone: &str) -> Person {
        self.befriend_as(json!({"first_name": "New", "phone": phone}))
            .await
    }

    /// The zone of the planted people, where it is day.
    pub(crate) async fn daylight(&self) -> Value {
        let friend = self.people.first().unwrap();
        let friend = self
            .get(&format!("/v1/contacts/{}", friend.id))
            .await
            .expect(200);
        friend["time_zones"][0].clone()
    }

    /// The same, made of this.
    pub(crate) async fn befriend_as(&self, contact: Value) -> Person {
        self.befriend_in(self.daylight().await, contact).await
    }

    /// The same in this zone.
    pub(crate) async fn befriend_in(&self, zone: Value, mut contact: Value) -> Person {
        contact["time_zone"] = zone;
        let made = self.post("/v1/contacts", &contact).await.expect(201);
        let id = word(&made, "/id").to_owned();
        let consent = json!({"action": "consent_given", "channels": "all", "purposes": "all",
            "method": "web_form", "evidence": {"text_shown": "Text me."}});
        self.post(&format!("/v1/contacts/{id}/consent"), &consent)
            .await
            .expect(201);
        let phone = word(&contact, "/phone").to_owned();
        Person {
            id,
            whatsapp: phone.clone(),
            phone,
            email: word(&contact, "/email").to_owned(),
        }
    }
}

/// The body of a request that sends a transactional SMS.
pub(crate) fn sms(to: &Person, text: &str) -> Value {
    json!({"to": {"contact_id": to.id}, "channel": "sms", "purpose": "transactional", "text": text})
}

fn words_of<'a>(document: &'a Value, pointer: &str) -> Vec<&'a str> {
    list(document, pointer)
        .iter()
        .filter_map(Value::as_str)
        .collect()
}
