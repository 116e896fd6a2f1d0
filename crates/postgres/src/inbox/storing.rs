//! Makes callbacks durable, those that come together in one transaction.

use crate::{
    Postgres, gather::Gather, gathers::ask_each, notices::Channel, transaction::store_error,
};
use ring::digest::{Context, SHA256};
use sqlx::PgConnection;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use tidings_kernel::StoreError;
use tidings_messaging::{RawCallback, Stored};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Within this time the very same request is a repeat.
const REPEAT: Duration = Duration::days(1);
/// How much the bodies of one transaction weigh at most, beside a single one.
const HEAVY: usize = 4 << 20;

/// A callback as its rows want it, prepared by whoever asks.
#[derive(Debug)]
pub(crate) struct Incoming {
    callback: RawCallback,
    headers: String,
    fingerprint: Uuid,
}

impl Incoming {
    pub(super) fn of(callback: &RawCallback) -> Result<Self, StoreError> {
        let headers = serde_json::to_string(&callback.request.headers).map_err(|error| {
            StoreError::Inconsistent {
                context: "headers do not serialize".into(),
                source: Some(error.into()),
            }
        })?;
        Ok(Self {
            headers,
            fingerprint: fingerprint(callback),
            callback: callback.clone(),
        })
    }

    fn repeats(&self, other: &Self) -> bool {
        let apart = self.callback.request.received_at - other.callback.request.received_at;
        apart.abs() < REPEAT
    }
}

/// The same for repeats of one request: account, method, address and body.
fn fingerprint(callback: &RawCallback) -> Uuid {
    let request = &callback.request;
    let mut context = Context::new(&SHA256);
    for part in [
        callback.account.uuid().as_bytes().as_slice(),
        request.method.as_bytes(),
        request.url.as_bytes(),
        &request.body,
    ] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut half = [0; 16];
    half.copy_from_slice(&context.finish().as_ref()[..16]);
    Uuid::from_bytes(half)
}

/// Stores what came together, and has the workers woken. One that cannot be stored does not hold up the
/// others.
pub(crate) async fn store_all(
    store: Postgres,
    wakes: Gather<(), ()>,
    mut batch: Vec<Arc<Incoming>>,
) -> Vec<Result<Stored, StoreError>> {
    let mut outcomes = Vec::with_capacity(batch.len());
    while !batch.is_empty() {
        let rest = batch.split_off(bearable(&batch));
        outcomes.extend(ask_each(batch, |callbacks| store.store_callbacks(callbacks)).await);
        batch = rest;
    }
    if outcomes
        .iter()
        .any(|stored| matches!(stored, Ok(Stored::New)))
    {
        // Nobody waits for it.
        tokio::spawn(async move { wakes.ask(()).await });
    }
    outcomes
}

/// Wakes the workers once, for all that has become durable until now.
pub(crate) async fn wake_all(store: Postgres, batch: Vec<()>) -> Vec<Result<(), StoreError>> {
    store.wake(Channel::Inbox).await;
    batch.into_iter().map(Ok).collect()
}

/// How many of these are stored in one transaction: at least one.
fn bearable(batch: &[Arc<Incoming>]) -> usize {
    let mut weight = 0;
    let fitting = batch.iter().take_while(|incoming| {
        weight += incoming.callback.request.body.len();
        weight <= HEAVY
    });
    fitting.count().max(1)
}

impl Postgres {
    /// Forgets by what repeats are known that cannot come any more. Where it would have to wait, it is for the
    /// next time: nothing that is kept for longer is taken for a repeat.
    pub(crate) async fn forget_fingerprints(&self, now: OffsetDateTime) {
        let forgotten = sqlx::query_scalar!("SELECT forget_fingerprints($1)", now)
            .fetch_one(&self.pool)
            .await;
        if let Err(error) = forgotten {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "fingerprints of callbacks are not forgotten yet"
            );
        }
    }

    pub(super) async fn store_callbacks(
        &self,
        callbacks: Vec<Arc<Incoming>>,
    ) -> Result<Vec<Stored>, StoreError> {
        let tenants = callbacks.iter().map(|incoming| incoming.callback.tenant);
        let mut transaction = self.begin_for_each(tenants).await?;
        let mut new = HashSet::new();
        let mut left: Vec<&Incoming> = callbacks.iter().map(Arc::as_ref).collect();
        // Once, but for the same request at instants that are days apart.
        while !left.is_empty() {
            let mut firsts: HashMap<Uuid, &Incoming> = HashMap::with_capacity(left.len());
            let mut later = Vec::new();
            for incoming in left {
                match firsts.get(&incoming.fingerprint) {
                    None => {
                        firsts.insert(incoming.fingerprint, incoming);
                    }
                    // The first is stored, or a repeat itself.
                    Some(first) if incoming.repeats(first) => {}
                    Some(_) => later.push(incoming),
                }
            }
            let firsts: Vec<&Incoming> = firsts.into_values().collect();
            new.extend(insert(&mut transaction, &firsts).await?);
            left = later;
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(callbacks
            .iter()
            .map(|incoming| {
                if new.contains(&incoming.callback.id.uuid()) {
                    Stored::New
                } else {
                    Stored::Repeat
                }
            })
            .collect())
    }
}

/// Stores those that are no repeats, and gives their ids. No two have the same fingerprint.
///
/// Where another transaction is storing the same request on the same day, this one waits for it. In sorted
/// order, so that two never wait for each other.
async fn insert(
    connection: &mut PgConnection,
    callbacks: &[&Incoming],
) -> Result<Vec<Uuid>, StoreError> {
    let count = callbacks.len();
    let (mut ids, mut tenants) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let (mut accounts, mut providers) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let (mut methods, mut urls) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let (mut headers, mut bodies) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let (mut prints, mut instants) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for incoming in callbacks {
        let callback = &incoming.callback;
        ids.push(callback.id.uuid());
        tenants.push(callback.tenant.uuid());
        accounts.push(callback.account.uuid());
        providers.push(callback.provider.as_str());
        methods.push(callback.request.method.as_str());
        urls.push(callback.request.url.as_str());
        headers.push(incoming.headers.as_str());
        bodies.push(&callback.request.body[..]);
        prints.push(incoming.fingerprint);
        instants.push(callback.request.received_at);
    }
    // The days before and after are asked by index for each row: a subquery is never made into a join, which
    // may read whole days.
    sqlx::query_scalar!(
        r#"WITH asked AS MATERIALIZED (
               SELECT *, (received_at AT TIME ZONE 'UTC')::date AS day
               FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                   $7::text[], $8::bytea[], $9::uuid[], $10::timestamptz[])
                   AS a (id, tenant_id, account_id, provider, method, url, headers, body, fingerprint,
                       received_at)
           ), fresh AS (
               INSERT INTO fingerprints (slot, day, fingerprint, tenant_id, received_at)
               SELECT slot_of(a.day), a.day, a.fingerprint, a.tenant_id, a.received_at
               FROM asked a
               WHERE (SELECT count(*) FROM fingerprints f
                      WHERE f.slot = slot_of(a.day - 1) AND f.day = a.day - 1
                        AND f.fingerprint = a.fingerprint AND f.tenant_id = a.tenant_id
                        AND f.received_at > a.received_at - interval '24 hours') = 0
                 AND (SELECT count(*) FROM fingerprints f
                      WHERE f.slot = slot_of(a.day + 1) AND f.day = a.day + 1
                        AND f.fingerprint = a.fingerprint AND f.tenant_id = a.tenant_id
                        AND f.received_at < a.received_at + interval '24 hours') = 0
               ORDER BY a.day, a.fingerprint
               ON CONFLICT (slot, fingerprint, day) DO NOTHING
               RETURNING fingerprint
           ), kept AS MATERIALIZED (
               SELECT a.* FROM asked a JOIN fresh USING (fingerprint)
           ), stored AS (
               INSERT INTO callbacks (id, tenant_id, account_id, provider, method, url, headers, body,
                   received_at)
               SELECT id, tenant_id, account_id, provider, method, url, headers::json, body, received_at
               FROM kept ORDER BY id
           ), waiting AS (
               INSERT INTO inbox (callback_id, tenant_id, size, due_at)
               SELECT id, tenant_id, octet_length(body), received_at FROM kept ORDER BY id
           )
           SELECT id AS "id!" FROM kept"#,
        &ids,
        &tenants,
        &accounts,
        &providers as &[&str],
        &methods as &[&str],
        &urls as &[&str],
        &headers as &[&str],
        &bodies as &[&[u8]],
        &prints,
        &instants,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)
}
