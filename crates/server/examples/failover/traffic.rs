//! Messages, handed in at an even pace; and the primary's end and return.

use crate::{Options, Outcome, api::Api, stage::Stage};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio::{sync::Semaphore, task::JoinSet, time::Instant};

/// Requests at the same time.
const CONNECTIONS: usize = 16;
/// How long to wait before a request that was not taken is made again.
const AGAIN: Duration = Duration::from_millis(200);
/// The one that dies.
pub(crate) const PRIMARY: &str = "twilio";

/// What was done when.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// Ids of the messages that were taken in.
    pub(crate) messages: Vec<String>,
    /// When the first was handed in.
    pub(crate) began_at: OffsetDateTime,
    /// When the primary died.
    pub(crate) died_at: OffsetDateTime,
    /// When it was healed.
    pub(crate) healed_at: OffsetDateTime,
}

/// Hands everything in.
#[expect(
    clippy::disallowed_methods,
    reason = "a demonstration has no clock port"
)]
pub(crate) async fn run(options: &Options, stage: &mut Stage) -> Outcome<Run> {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let part = |hundredths: u32| options.messages / 100 * hundredths;
    let (dies, healed) = (part(options.dies_after), part(options.healed_after));
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    let began_at = OffsetDateTime::now_utc();
    let (mut died_at, mut healed_at) = (began_at, began_at);
    let mut messages = Vec::new();
    for number in 0..options.messages {
        let due = f64::from(number) / f64::from(options.per_second);
        tokio::time::sleep_until(start + Duration::from_secs_f64(due)).await;
        if number == dies {
            stage.set_down(PRIMARY, true).await?;
            died_at = OffsetDateTime::now_utc();
            println!("{due:>6.1} s  {PRIMARY} dies");
        } else if number == healed {
            stage.set_down(PRIMARY, false).await?;
            healed_at = OffsetDateTime::now_utc();
            println!("{due:>6.1} s  {PRIMARY} is healed");
        }
        if number % options.per_second == 0 {
            stage.check()?;
        }
        let place = usize::try_from(number)? % stage.people.len();
        let to = stage.people.get(place).ok_or("no contact")?.clone();
        let (api, places) = (stage.api.clone(), places.clone());
        tasks.spawn(async move {
            let _place = places.acquire_owned().await?;
            hand_in(&api, &to, number).await
        });
        while let Some(done) = tasks.try_join_next() {
            messages.push(done??);
        }
    }
    while let Some(done) = tasks.join_next().await {
        messages.push(done??);
    }
    println!(
        "{:>6.1} s  everything is handed in",
        start.elapsed().as_secs_f64()
    );
    Ok(Run {
        messages,
        began_at,
        died_at,
        healed_at,
    })
}

/// Posts one message until it is taken in.
async fn hand_in(api: &Api, to: &str, number: u32) -> Outcome<String> {
    let body = json!({
        "to": {"contact_id": to},
        "channel": "sms",
        "purpose": "transactional",
        "text": format!("Your order {number} is ready for collection until 6 pm."),
    });
    loop {
        let request = api.http.post(format!("{}/v1/messages", api.url));
        let request = request
            .bearer_auth(&api.key)
            .header("idempotency-key", format!("failover-{number}"));
        if let Ok(answer) = request.json(&body).send().await {
            let status = answer.status();
            if status == StatusCode::ACCEPTED {
                let taken: Value = answer.json().await?;
                let id = taken.get("id").and_then(Value::as_str);
                return Ok(id.ok_or("a message without id")?.to_owned());
            }
            if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
                return Err(format!("message {number}: {status} {}", answer.text().await?).into());
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
}
