//! Messages, posted as a good client does it: again and again with the same key until they are answered.

use super::{api::client, dice::Dice, plan::Plan, record::NOT_ON_CHANNEL, tenants::Tenant};
use crate::Outcome;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tidings_kernel::MessageId;
use tokio::{sync::Semaphore, task::JoinSet, time::Instant};
use uuid::Uuid;

/// How long an answer is waited for.
const ANSWER: Duration = Duration::from_secs(10);
/// How long to wait before a request is made again.
const AGAIN: Duration = Duration::from_millis(200);
/// How many messages wait to be posted again, at most.
const OPEN: usize = 5_000;
/// Each `n`th message is posted once more although it was answered.
const REPEATED: u32 = 10;
const SMS: [&str; 10] = [
    "transactional",
    "transactional",
    "transactional",
    "reminder",
    "reminder",
    "conversational",
    "conversational",
    "authentication",
    "authentication",
    "emergency",
];
const WHATSAPP: [&str; 4] = [
    "transactional",
    "conversational",
    "authentication",
    "emergency",
];

/// How far the load is.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Messages that were posted at least once.
    pub(crate) posted: AtomicU32,
    /// Messages that were taken in.
    pub(crate) taken: AtomicU32,
}

/// A message that was taken in, as its client knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Whose it is.
    pub(crate) tenant: Uuid,
    /// Its key.
    pub(crate) key: String,
    /// The message.
    pub(crate) message: Uuid,
}

/// What the clients know in the end.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// What was taken in.
    pub(crate) taken: Vec<Taken>,
    /// Requests that were made again.
    pub(crate) repeated: u32,
    /// Answers that should not have been.
    pub(crate) problems: Vec<String>,
}

/// Everything that a client needs.
struct Desk {
    seed: u64,
    urls: Vec<String>,
    tenants: Vec<Tenant>,
    http: Client,
    places: Semaphore,
    progress: Arc<Progress>,
    repeated: AtomicU32,
}

/// Posts every message of the plan.
pub(crate) async fn post(
    plan: &Plan,
    urls: Vec<String>,
    tenants: Vec<Tenant>,
    progress: Arc<Progress>,
) -> Outcome<Answers> {
    let desk = Arc::new(Desk {
        seed: plan.seed,
        urls,
        tenants,
        http: client()?,
        places: Semaphore::new(plan.connections),
        progress,
        repeated: AtomicU32::new(0),
    });
    let mut answers = Answers::default();
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for number in 0..plan.messages {
        let due = f64::from(number) / f64::from(plan.per_second.max(1));
        tokio::time::sleep_until(start + Duration::from_secs_f64(due)).await;
        while tasks.len() >= OPEN {
            note(&mut answers, tasks.join_next().await);
        }
        // New messages wait for a place, so that they do not crowd out what is posted again.
        drop(desk.places.acquire().await?);
        let desk = desk.clone();
        tasks.spawn(async move { desk.deliver(number).await });
    }
    while let Some(done) = tasks.join_next().await {
        note(&mut answers, Some(done));
    }
    answers.repeated = desk.repeated.load(Ordering::Relaxed);
    Ok(answers)
}

fn note(answers: &mut Answers, done: Option<Result<Outcome<Taken>, tokio::task::JoinError>>) {
    match done {
        None => {}
        Some(Ok(Ok(taken))) => answers.taken.push(taken),
        Some(Ok(Err(problem))) => answers.problems.push(problem.to_string()),
        Some(Err(panic)) => answers.problems.push(panic.to_string()),
    }
}

impl Desk {
    /// Posts one message until it is taken in, and some once more.
    async fn deliver(&self, number: u32) -> Outcome<Taken> {
        let mut dice = Dice::of(self.seed, number);
        let tenant = dice.pick(&self.tenants).ok_or("no tenant")?;
        let body = message(&mut dice, tenant, number).ok_or("no contact")?;
        let key = format!("chaos-{number}");
        let mut which = usize::try_from(number)?;
        let mut first: Option<Uuid> = None;
        let mut is_new = true;
        loop {
            let url = self.urls.get(which % self.urls.len()).ok_or("no API")?;
            // Whoever gets no answer asks another one.
            which += 1;
            let answer = {
                let _place = self.places.acquire().await?;
                if is_new {
                    self.progress.posted.fetch_add(1, Ordering::Relaxed);
                }
                self.ask(url, &tenant.key, &key, &body).await
            };
            if !is_new {
                self.repeated.fetch_add(1, Ordering::Relaxed);
            }
            is_new = false;
            let Some(message) = answer? else {
                tokio::time::sleep(AGAIN).await;
                continue;
            };
            match first {
                None => {
                    self.progress.taken.fetch_add(1, Ordering::Relaxed);
                    first = Some(message);
                    if dice.below(REPEATED) == 0 {
                        continue;
                    }
                }
                Some(first) if first != message => {
                    return Err(format!("{key} was answered with two messages").into());
                }
                Some(_) => {}
            }
            return Ok(Taken {
                tenant: tenant.id,
                key,
                message,
            });
        }
    }

    /// One request: the message that was taken in, or nothing if it has to be made again.
    async fn ask(&self, url: &str, key: &str, once: &str, body: &Value) -> Outcome<Option<Uuid>> {
        let request = self.http.post(format!("{url}/v1/messages")).timeout(ANSWER);
        let request = request.bearer_auth(key).header("idempotency-key", once);
        let Ok(answer) = request.json(body).send().await else {
            return Ok(None);
        };
        let status = answer.status();
        let Ok(text) = answer.text().await else {
            return Ok(None);
        };
        if status == StatusCode::ACCEPTED {
            return id(&text, "id").map(Some);
        }
        // Kept as refused, which the comparison looks into.
        if status == StatusCode::UNPROCESSABLE_ENTITY && text.contains(NOT_ON_CHANNEL) {
            return id(&text, "message_id").map(Some);
        }
        let is_busy = status == StatusCode::CONFLICT && text.contains("request_in_progress");
        let is_late =
            [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT].contains(&status);
        if status.is_server_error() || is_busy || is_late {
            return Ok(None);
        }
        Err(format!("{once} was answered {status}: {text}").into())
    }
}

/// The message that an answer names.
fn id(answer: &str, field: &str) -> Outcome<Uuid> {
    let answer: Value = serde_json::from_str(answer)?;
    let id = answer.get(field).and_then(Value::as_str);
    let id: MessageId = id.ok_or("a message without id")?.parse()?;
    Ok(id.uuid())
}

fn message(dice: &mut Dice, tenant: &Tenant, number: u32) -> Option<Value> {
    let to = dice.pick(&tenant.people)?;
    let is_whatsapp = tenant.has_whatsapp && dice.below(10) < 4;
    let (channel, purpose) = if is_whatsapp {
        ("whatsapp", dice.pick(&WHATSAPP)?)
    } else {
        ("sms", dice.pick(&SMS)?)
    };
    let text = match *purpose {
        "authentication" => format!(
            "{:06} is your code for request {number}.",
            dice.below(1_000_000)
        ),
        "emergency" => {
            format!("Burst pipe in your street: boil water until noon. Notice {number}.")
        }
        _ => format!("Your order {number} is ready for collection until 6 pm. Reply STOP to end."),
    };
    Some(json!({
        "to": {"contact_id": to},
        "channel": channel,
        "purpose": purpose,
        "text": text,
    }))
}
