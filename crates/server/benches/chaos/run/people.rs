//! Contacts who agreed, with numbers that are reserved for fiction.

use super::api::Api;
use crate::Outcome;
use serde_json::{Value, json};
use sqlx::PgConnection;
use tokio::task::JoinSet;

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

/// Makes a contact for each of these last digits in each area, who agrees to everything on every channel.
/// Answers their ids and numbers.
pub(crate) async fn contacts(
    api: &Api,
    zone: &str,
    areas: &[u32],
    numbers: &[u32],
) -> Outcome<Vec<(String, String)>> {
    let mut tasks = JoinSet::new();
    for area in areas {
        let (area, numbers) = (*area, numbers.to_vec());
        let (api, zone) = (api.clone(), zone.to_owned());
        tasks.spawn(async move {
            let mut made = Vec::new();
            for number in numbers {
                let phone = format!("+1{area}55501{number:02}");
                made.push((contact(&api, &zone, &phone).await?, phone));
            }
            Outcome::Ok(made)
        });
    }
    let mut all = Vec::new();
    while let Some(made) = tasks.join_next().await {
        all.extend(made??);
    }
    // Whoever was made first is a matter of chance.
    all.sort_by(|(_, one), (_, other)| one.cmp(other));
    Ok(all)
}

async fn contact(api: &Api, zone: &str, phone: &str) -> Outcome<String> {
    let contact = json!({
        "first_name": "Robin",
        "phone": phone,
        "whatsapp_phone": phone,
        "region": "US",
        "time_zone": zone,
    });
    let contact = api.post("/v1/contacts", &contact).await?;
    let id = contact.get("id").and_then(Value::as_str);
    let id = id.ok_or("a contact without id")?.to_owned();
    let consent = json!({
        "action": "consent_given",
        "channels": "all",
        "purposes": "all",
        "method": "web_form",
        "evidence": {"text_shown": "Text me about my order. Reply STOP to end."},
    });
    api.post(&format!("/v1/contacts/{id}/consent"), &consent)
        .await?;
    Ok(id)
}
