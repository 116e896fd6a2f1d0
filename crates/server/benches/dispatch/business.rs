//! A tenant with a provider account and contacts who agreed.

use crate::{
    Outcome,
    bench::Bench,
    load::client,
    plant,
    support::tenant::noon,
    system::{System, TWILIO_TOKEN},
    tables,
};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tidings_kernel::{ContactId, MessageId, TenantId};
use uuid::Uuid;

/// Where messages come from.
pub(crate) const SENDER: &str = "+12025550199";
/// The account at the simulated Twilio.
pub(crate) const ACCOUNT: &str = "AC00000000000000000000000000000001";

/// Who sends.
pub(crate) struct Business {
    /// Its id.
    pub(crate) tenant: Uuid,
    /// Texts of API keys: several, where the API's limit for one would be in the way.
    pub(crate) keys: Vec<String>,
    /// Ids of contacts, as the API writes them.
    pub(crate) contacts: Vec<String>,
    http: Client,
    url: String,
}

impl Business {
    /// Makes the business of this number with so many keys and contacts.
    pub(crate) async fn create(
        bench: &mut Bench,
        number: u32,
        keys: u32,
        contacts: u32,
    ) -> Outcome<Self> {
        let name = format!("Bench {number}");
        let system = &bench.system;
        let place = ["--region", "US", "--time-zone", "America/New_York"];
        let words = [&["tenant", "create", "--name", &name], &place[..]].concat();
        let tenant = system.tidings(&words)?;
        let keys: Vec<String> = (0..keys)
            .map(|_| key(system, &tenant))
            .collect::<Outcome<_>>()?;
        let mut business = Self {
            tenant: tenant
                .parse::<TenantId>()
                .map_err(|error| error.to_string())?
                .uuid(),
            keys,
            contacts: Vec::new(),
            http: client()?,
            url: system.api_url.clone(),
        };
        let account = json!({
            "provider": "twilio",
            "credentials": {"account_sid": ACCOUNT, "auth_token": TWILIO_TOKEN},
            "senders": [{"address": SENDER, "channels": ["sms"]}],
            "prices": [{"channel": "sms", "price": {"amount": "0.0079", "currency": "USD"}}],
            "verify": false,
        });
        business.post("/v1/provider-accounts", &account).await?;
        let contact = json!({
            "first_name": "Robin",
            "phone": plant::MODEL_PHONE,
            "region": "US",
            "time_zone": noon(&mut bench.connection).await?,
        });
        let contact = business.post("/v1/contacts", &contact).await?;
        let contact = contact.get("id").and_then(Value::as_str);
        let contact = contact.ok_or("a contact without id")?.to_owned();
        let consent = json!({
            "action": "consent_given",
            "channels": ["sms"],
            "purposes": "all",
            "method": "web_form",
            "evidence": {"text_shown": "Text me offers and news of my order. Reply STOP to end."},
        });
        let path = format!("/v1/contacts/{contact}/consent");
        business.post(&path, &consent).await?;
        let model = contact
            .parse::<ContactId>()
            .map_err(|error| error.to_string())?
            .uuid();
        plant::contacts(&mut bench.connection, model, contacts.saturating_sub(1)).await?;
        business.contacts = tables::contacts(&mut bench.connection, business.tenant)
            .await?
            .into_iter()
            .map(|id| ContactId::from_uuid(id).to_string())
            .collect();
        Ok(business)
    }

    /// A key.
    pub(crate) fn key(&self, number: u32) -> &str {
        pick(&self.keys, number)
    }

    /// A contact.
    pub(crate) fn contact(&self, number: u32) -> &str {
        pick(&self.contacts, number)
    }

    /// A message to a contact.
    pub(crate) fn message(&self, contact: u32, purpose: &str, text: &str) -> Value {
        json!({
            "to": {"contact_id": self.contact(contact)},
            "channel": "sms",
            "purpose": purpose,
            "text": text,
        })
    }

    /// Has the API take a message in that the gate lets pass, as the model of others.
    pub(crate) async fn accept(&self, purpose: &str, text: &str) -> Outcome<Uuid> {
        let answer = self
            .post("/v1/messages", &self.message(0, purpose, text))
            .await?;
        if answer.get("status").and_then(Value::as_str) != Some("queued") {
            return Err(format!("a message was not queued: {answer}").into());
        }
        Ok(message_id(&answer)?.uuid())
    }

    async fn post(&self, path: &str, body: &Value) -> Outcome<Value> {
        let request = self.http.post(format!("{}{path}", self.url));
        let answer = request.bearer_auth(self.key(0)).json(body).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        match status {
            StatusCode::OK | StatusCode::CREATED | StatusCode::ACCEPTED => {
                Ok(serde_json::from_str(&text)?)
            }
            _ => Err(format!("{path} answered {status}: {text}").into()),
        }
    }
}

/// The id of the message in an answer.
pub(crate) fn message_id(answer: &Value) -> Outcome<MessageId> {
    let id = answer.get("id").and_then(Value::as_str);
    let id = id.ok_or("a message without id")?;
    Ok(id.parse::<MessageId>().map_err(|error| error.to_string())?)
}

fn key(system: &System, tenant: &str) -> Outcome<String> {
    let of_it = ["--tenant", tenant, "--name", "Bench", "--scope", "admin"];
    system.tidings(&[&["key", "create"], &of_it[..]].concat())
}

fn pick(all: &[String], number: u32) -> &str {
    let index = usize::try_from(number).ok();
    let index = index.and_then(|number| number.checked_rem(all.len()));
    index
        .and_then(|index| all.get(index))
        .map_or("", String::as_str)
}
