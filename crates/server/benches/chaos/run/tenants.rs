//! Tenants with provider accounts and contacts: two that have SMS and WhatsApp, one with SMS alone.

use super::{
    api::{Api, client},
    installation::TWILIO_TOKEN,
    people::{contacts, noon},
    plan::Plan,
    record,
    system::System,
};
use crate::{GLANCE, Outcome};
use serde_json::{Value, json};
use sqlx::PgConnection;
use std::{
    fs,
    time::{Duration, Instant},
};
use tidings_kernel::TenantId;
use uuid::Uuid;

/// How long messages of contacts may take until they are known.
const PATIENCE: Duration = Duration::from_secs(30);
/// The last digits of numbers at which the simulator fails to deliver.
const UNREACHABLE: [u32; 2] = [61, 64];
/// The first last digits of contacts; the ones before are numbers of businesses.
const FIRST: u32 = 0;

/// Who sends, and to whom.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    /// Its identity in the database.
    pub(crate) id: Uuid,
    /// The text of a key.
    pub(crate) key: String,
    /// Ids of contacts.
    pub(crate) people: Vec<String>,
    /// Whether it has WhatsApp too.
    pub(crate) has_whatsapp: bool,
}

/// Makes the tenants.
pub(crate) async fn create(
    plan: &Plan,
    system: &System,
    connection: &mut PgConnection,
) -> Outcome<Vec<Tenant>> {
    let zone = noon(connection).await?;
    let numbers: Vec<u32> = (FIRST..plan.numbers).chain(UNREACHABLE).collect();
    let mut places = plan.areas.iter();
    let mut tenants = Vec::new();
    let mut inbound = 0;
    for planted in planted(system)? {
        let areas = places.next().ok_or("too few areas")?;
        let word = |name: &str| text(&planted, name);
        let api = open(system, word("/api_key")?)?;
        let people = contacts(&api, &zone, areas, &numbers).await?;
        let sender = whatsapp_sender(&planted).ok_or("a tenant without WhatsApp")?;
        for (_, phone) in &people {
            write_to(system, phone, &sender).await?;
            inbound += 1;
        }
        tenants.push(tenant(&word("/id")?, api, people, true)?);
    }
    let areas = places.next().ok_or("too few areas")?;
    tenants.push(sms_alone(system, &zone, areas, &numbers).await?);
    let start = Instant::now();
    while record::inbound(connection).await? < inbound {
        if start.elapsed() > PATIENCE {
            return Err("messages of contacts have not come in".into());
        }
        tokio::time::sleep(GLANCE).await;
    }
    Ok(tenants)
}

/// The demonstration tenants, which have accounts at both providers.
fn planted(system: &System) -> Outcome<Vec<Value>> {
    let path = std::env::temp_dir().join(format!("tidings-chaos-{}.json", std::process::id()));
    let out = path.display().to_string();
    let url = &system.simulator_url;
    let seed = ["seed", "--simulator-url", url, "--out", &out];
    system.installation.tidings(&seed)?;
    let dev: Value = serde_json::from_slice(&fs::read(&path)?)?;
    fs::remove_file(&path)?;
    let tenants = dev.get("tenants").and_then(Value::as_array).cloned();
    Ok(tenants.ok_or("nothing was planted")?)
}

/// One more, with an account of Twilio's alone.
async fn sms_alone(system: &System, zone: &str, areas: &[u32], numbers: &[u32]) -> Outcome<Tenant> {
    let tidings = |words: &[&str]| system.installation.tidings(words);
    let place = ["--region", "US", "--time-zone", "America/New_York"];
    let id = tidings(&[&["tenant", "create", "--name", "Chaos"], &place[..]].concat())?;
    let of_it = ["--tenant", &id, "--name", "Chaos", "--scope", "admin"];
    let api = open(system, tidings(&[&["key", "create"], &of_it[..]].concat())?)?;
    let account = json!({
        "provider": "twilio",
        "credentials": {
            "account_sid": "AC00000000000000000000000000000001",
            "auth_token": TWILIO_TOKEN,
        },
        "senders": [{"address": "+12025550199", "channels": ["sms"]}],
        "verify": false,
    });
    api.post("/v1/provider-accounts", &account).await?;
    let people = contacts(&api, zone, areas, numbers).await?;
    tenant(&id, api, people, false)
}

fn tenant(
    id: &str,
    api: Api,
    people: Vec<(String, String)>,
    has_whatsapp: bool,
) -> Outcome<Tenant> {
    Ok(Tenant {
        id: id.parse::<TenantId>()?.uuid(),
        key: api.key,
        people: people.into_iter().map(|(id, _)| id).collect(),
        has_whatsapp,
    })
}

fn open(system: &System, key: String) -> Outcome<Api> {
    let first = system.apis.first().ok_or("there is no API")?;
    Ok(Api {
        http: client()?,
        url: format!("http://{}", first.address),
        key,
    })
}

/// The contact writes to the business, which then may answer freely for a day.
async fn write_to(system: &System, phone: &str, sender: &str) -> Outcome {
    let url = format!("{}/handsets/{phone}/messages", system.simulator_url);
    let said = json!({"channel": "whatsapp", "to": sender, "text": "Hello, a question"});
    client()?
        .post(url)
        .json(&said)
        .send()
        .await?
        .error_for_status()?;
    Ok(())
}

fn whatsapp_sender(planted: &Value) -> Option<String> {
    let accounts = planted.get("accounts")?.as_array()?;
    let account = accounts.iter().find(|account| {
        account.get("provider").and_then(Value::as_str) == Some("whatsapp_cloud")
    })?;
    let address = account.pointer("/senders/0/address")?;
    address.as_str().map(str::to_owned)
}

fn text(value: &Value, pointer: &str) -> Outcome<String> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    Ok(found.ok_or_else(|| format!("no {pointer}"))?.to_owned())
}
