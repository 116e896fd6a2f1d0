//! A tenant with a provider account and contacts who agreed, made through the API.

use crate::{
    Outcome,
    load::client,
    system::{System, TWILIO_TOKEN},
};
use reqwest::Client;
use serde_json::{Value, json};
use sqlx::PgConnection;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Several, because the API limits the rate of each.
const KEYS: u32 = 8;
/// Each has a hundred numbers that are reserved for fiction.
const AREAS: [u32; 8] = [202, 303, 312, 415, 512, 617, 702, 808];
/// How many numbers of an area are used; the simulator gives the ones from 0161 on a meaning.
const NUMBERS: u32 = 50;
/// Where messages come from.
const SENDER: &str = "+12025550199";

/// Who sends, and to whom.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    /// Texts of API keys.
    pub(crate) keys: Arc<[String]>,
    /// Ids of contacts.
    pub(crate) contacts: Arc<[String]>,
}

impl Tenant {
    /// Makes it.
    pub(crate) async fn create(system: &System, connection: &mut PgConnection) -> Outcome<Self> {
        let words = [
            "--name",
            "Bench",
            "--region",
            "US",
            "--time-zone",
            "America/New_York",
        ];
        let tenant = system.tidings(&[&["tenant", "create"], &words[..]].concat())?;
        let keys: Vec<String> = (0..KEYS)
            .map(|_| {
                let of_it = ["--tenant", &tenant, "--name", "Bench", "--scope", "admin"];
                system.tidings(&[&["key", "create"], &of_it[..]].concat())
            })
            .collect::<Outcome<_>>()?;
        let key = keys.first().cloned().unwrap_or_default();
        let api = Api {
            http: client()?,
            url: system.api_url.clone(),
            key,
        };
        let account = json!({
            "provider": "twilio",
            "credentials": {
                "account_sid": "AC00000000000000000000000000000001",
                "auth_token": TWILIO_TOKEN,
            },
            "senders": [{"address": SENDER, "channels": ["sms"]}],
            "prices": [{"channel": "sms", "price": {"amount": "0.0079", "currency": "USD"}}],
            "verify": false,
        });
        api.post("/v1/provider-accounts", &account).await?;
        let contacts = contacts(&api, noon(connection).await?).await?;
        Ok(Self {
            keys: keys.into(),
            contacts: contacts.into(),
        })
    }
}

/// The zone where it is about noon, so that quiet hours hold nothing back.
pub(crate) async fn noon(connection: &mut PgConnection) -> Outcome<String> {
    let hour: i32 =
        sqlx::query_scalar("SELECT extract(hour FROM now() AT TIME ZONE 'UTC')::integer")
            .fetch_one(connection)
            .await?;
    // Etc/GMT+5 is five hours west of Greenwich.
    let west = hour - 12;
    Ok(format!("Etc/GMT{west:+}"))
}

async fn contacts(api: &Api, zone: String) -> Outcome<Vec<String>> {
    let mut tasks = JoinSet::new();
    for area in AREAS {
        let (api, zone) = (api.clone(), zone.clone());
        tasks.spawn(async move {
            let mut ids = Vec::new();
            for number in 0..NUMBERS {
                let contact = json!({
                    "first_name": "Robin",
                    "phone": format!("+1{area}55501{number:02}"),
                    "region": "US",
                    "time_zone": zone,
                });
                let contact = api.post("/v1/contacts", &contact).await?;
                let id = contact.get("id").and_then(Value::as_str);
                let id = id.ok_or("a contact without id")?.to_owned();
                let consent = json!({
                    "action": "consent_given",
                    "channels": ["sms"],
                    "purposes": "all",
                    "method": "web_form",
                    "evidence": {"text_shown": "Text me about my order. Reply STOP to end."},
                });
                api.post(&format!("/v1/contacts/{id}/consent"), &consent)
                    .await?;
                ids.push(id);
            }
            Outcome::Ok(ids)
        });
    }
    let mut all = Vec::new();
    while let Some(ids) = tasks.join_next().await {
        all.extend(ids??);
    }
    Ok(all)
}

#[derive(Clone)]
struct Api {
    http: Client,
    url: String,
    key: String,
}

impl Api {
    async fn post(&self, path: &str, body: &Value) -> Outcome<Value> {
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
