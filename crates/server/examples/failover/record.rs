//! What became of the messages: by our record, and by the providers'.

use crate::{
    GLANCE, Outcome,
    api::client,
    stage::PATIENCE,
    traffic::{PRIMARY, Run},
};
use serde::Deserialize;
use sqlx::{PgConnection, Row};
use std::{
    collections::{BTreeMap, HashMap},
    time::Instant,
};
use tidings_kernel::{AttemptId, MessageId};
use time::OffsetDateTime;
use uuid::Uuid;

/// How many sends are read at once.
const PAGE: usize = 10_000;

/// A message that a provider has accepted.
#[derive(Debug, Clone, Deserialize)]
struct Sent {
    provider: String,
    client_reference: Option<String>,
    status: String,
}

#[derive(Debug, Deserialize)]
struct Page {
    data: Vec<Sent>,
    next: Option<u64>,
}

/// A call of ours.
#[derive(Debug, Clone)]
pub(crate) struct Try {
    /// The message.
    pub(crate) message: Uuid,
    /// The provider.
    pub(crate) provider: String,
    /// When.
    pub(crate) at: OffsetDateTime,
    /// Whether the provider took it.
    pub(crate) is_accepted: bool,
}

/// A change of a circuit.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// The provider.
    pub(crate) provider: String,
    /// What it became.
    pub(crate) state: String,
    /// When.
    pub(crate) at: OffsetDateTime,
}

/// Everything that is known in the end.
#[derive(Debug)]
pub(crate) struct Record {
    /// What was done when.
    pub(crate) run: Run,
    /// Messages by status.
    pub(crate) statuses: BTreeMap<String, i64>,
    /// Every call, oldest first.
    pub(crate) tries: Vec<Try>,
    /// Changes of accounts as a whole, oldest first.
    pub(crate) changes: Vec<Change>,
    /// How many sends providers have accepted of each message.
    pub(crate) sends: HashMap<Uuid, u32>,
    /// Sends of which we have no attempt.
    pub(crate) strangers: usize,
    /// Sends that providers say were delivered.
    pub(crate) delivered: usize,
}

impl Record {
    /// Waits until every message has come to its end, and reads both records.
    pub(crate) async fn read(
        connection: &mut PgConnection,
        simulator_url: &str,
        run: Run,
    ) -> Outcome<Self> {
        let start = Instant::now();
        let mut statuses = counted(connection).await?;
        while start.elapsed() < PATIENCE {
            let delivered = statuses.get("delivered").copied().unwrap_or(0);
            let all: i64 = statuses.values().sum();
            if delivered == all && all == i64::try_from(run.messages.len())? {
                break;
            }
            tokio::time::sleep(4 * GLANCE).await;
            statuses = counted(connection).await?;
        }
        println!(
            "          at rest {:.1} s later",
            start.elapsed().as_secs_f64()
        );
        let tries = tries(connection).await?;
        let mut of_attempt = HashMap::new();
        for (attempt, one) in &tries {
            of_attempt.insert(*attempt, one.message);
        }
        let sent = sent(simulator_url).await?;
        let mut sends: HashMap<Uuid, u32> = HashMap::new();
        let mut strangers = 0;
        for one in &sent {
            let reference = one.client_reference.as_deref();
            let attempt = reference.and_then(|text| text.parse::<AttemptId>().ok());
            if let Some(message) = attempt.and_then(|id| of_attempt.get(&id.uuid())) {
                *sends.entry(*message).or_default() += 1;
            } else {
                strangers += 1;
                eprintln!("a send by {} without an attempt of ours", one.provider);
            }
        }
        Ok(Self {
            statuses,
            tries: tries.into_iter().map(|(_, one)| one).collect(),
            changes: changes(connection).await?,
            sends,
            strangers,
            delivered: sent.iter().filter(|one| one.status == "delivered").count(),
            run,
        })
    }

    /// Messages that were taken in and that no provider says it has.
    pub(crate) fn lost(&self) -> usize {
        let ids = self.run.messages.iter();
        let ids = ids.filter_map(|id| id.parse::<MessageId>().ok());
        ids.filter(|id| !self.sends.contains_key(&id.uuid()))
            .count()
    }

    /// Messages that providers have accepted more than once.
    pub(crate) fn doubled(&self) -> usize {
        self.sends.values().filter(|count| **count > 1).count()
    }

    /// Calls of the primary that were taken, from an instant on.
    pub(crate) fn by_primary(&self, from: OffsetDateTime) -> impl Iterator<Item = &Try> {
        self.tries
            .iter()
            .filter(move |one| one.provider == PRIMARY && one.is_accepted && one.at >= from)
    }
}

async fn counted(connection: &mut PgConnection) -> Outcome<BTreeMap<String, i64>> {
    let rows = sqlx::query("SELECT status, count(*) AS count FROM messages GROUP BY status")
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("status")?, row.try_get("count")?)))
        .collect()
}

async fn tries(connection: &mut PgConnection) -> Outcome<Vec<(Uuid, Try)>> {
    let rows = sqlx::query(
        "SELECT id, message_id, provider, started_at, outcome = 'accepted' AS is_accepted
         FROM attempts ORDER BY started_at",
    )
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            let is_accepted: Option<bool> = row.try_get("is_accepted")?;
            let one = Try {
                message: row.try_get("message_id")?,
                provider: row.try_get("provider")?,
                at: row.try_get("started_at")?,
                is_accepted: is_accepted.unwrap_or(false),
            };
            Ok((row.try_get("id")?, one))
        })
        .collect()
}

async fn changes(connection: &mut PgConnection) -> Outcome<Vec<Change>> {
    let rows = sqlx::query(
        "SELECT a.provider, e.state, e.at FROM health_events e
         JOIN provider_accounts a ON a.tenant_id = e.tenant_id AND a.id = e.account_id
         WHERE e.region = '' ORDER BY e.at",
    )
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Change {
                provider: row.try_get("provider")?,
                state: row.try_get("state")?,
                at: row.try_get("at")?,
            })
        })
        .collect()
}

async fn sent(simulator_url: &str) -> Outcome<Vec<Sent>> {
    let http = client()?;
    let mut all = Vec::new();
    let mut after = 0;
    loop {
        let url = format!("{simulator_url}/ledger/sends?after={after}&limit={PAGE}");
        let page: Page = http
            .get(url)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        all.extend(page.data);
        match page.next {
            Some(next) => after = next,
            None => return Ok(all),
        }
    }
}
