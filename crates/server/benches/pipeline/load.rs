use crate::{Outcome, tenant::Tenant};
use reqwest::{Client, StatusCode};
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// How long one request may take.
const LIMIT: Duration = Duration::from_secs(30);

/// A client that keeps its connection.
pub(crate) fn client() -> Outcome<Client> {
    let builder = Client::builder().http1_only().no_proxy();
    Ok(builder.timeout(LIMIT).build()?)
}

/// How fast messages were taken in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Accepted {
    /// Messages per second.
    pub(crate) per_second: f64,
    /// How long the middle one of all requests took.
    pub(crate) median: Duration,
    /// How long the slowest hundredth took at least.
    pub(crate) slowest: Duration,
}

/// Posts `messages` over as many `connections`, the next one on each as soon as the last is answered.
pub(crate) async fn post(
    api_url: &str,
    tenant: &Tenant,
    messages: u32,
    connections: u32,
    run: &str,
) -> Outcome<Accepted> {
    let next = Arc::new(AtomicU32::new(0));
    let mut ready = Vec::new();
    for number in 0..connections {
        // A client each, so that each has one connection and no more.
        let client = client()?;
        client
            .get(format!("{api_url}/healthz"))
            .send()
            .await?
            .bytes()
            .await?;
        ready.push((client, pick(&tenant.keys, number)?));
    }
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for (client, key) in ready {
        let (next, contacts) = (next.clone(), tenant.contacts.clone());
        let (url, run) = (format!("{api_url}/v1/messages"), run.to_owned());
        tasks.spawn(async move {
            let mut times = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= messages {
                    return Outcome::Ok(times);
                }
                let begun = Instant::now();
                let contact = pick(&contacts, number)?;
                post_one(&client, &url, &key, &contact, &format!("{run}-{number}")).await?;
                times.push(begun.elapsed());
            }
        });
    }
    let mut times: Vec<Duration> = Vec::new();
    while let Some(done) = tasks.join_next().await {
        times.extend(done??);
    }
    let elapsed = start.elapsed();
    times.sort_unstable();
    let at = |hundredths: usize| times.get(times.len() * hundredths / 100).copied();
    Ok(Accepted {
        per_second: f64::from(messages) / elapsed.as_secs_f64(),
        median: at(50).unwrap_or_default(),
        slowest: at(99).unwrap_or_default(),
    })
}

async fn post_one(client: &Client, url: &str, key: &str, contact: &str, order: &str) -> Outcome {
    let message = json!({
        "to": {"contact_id": contact},
        "channel": "sms",
        "purpose": "transactional",
        "text": format!("Your order {order} is ready for collection until 6 pm. Reply STOP to end."),
    });
    let answer = client
        .post(url)
        .bearer_auth(key)
        .header("idempotency-key", order)
        .json(&message)
        .send()
        .await?;
    let status = answer.status();
    let text = answer.text().await?;
    if status == StatusCode::ACCEPTED && text.contains(r#""status":"queued""#) {
        Ok(())
    } else {
        Err(format!("a message was answered {status}: {text}").into())
    }
}

fn pick(all: &[String], number: u32) -> Outcome<String> {
    let index = usize::try_from(number)?.checked_rem(all.len());
    let found = index.and_then(|index| all.get(index));
    Ok(found.ok_or("there is nothing to choose from")?.clone())
}
