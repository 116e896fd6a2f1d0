//! Marketing that may have arrived, and the caps on how much of it one person gets.
//!
//! Caps are counted under advisory locks that are taken before any row's, in the order of their keys, so
//! that no other transaction's order can make a circle with them.

use crate::transaction::store_error;
use sqlx::PgConnection;
use std::collections::{HashMap, HashSet};
use tidings_kernel::{ContactId, StoreError, TenantId};
use tidings_messaging::{CapGuard, MarketingCap, Start};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A contact within its tenant.
type Key = (Uuid, Uuid);

/// How far any cap looks back.
pub(crate) const LONGEST: Duration = Duration::hours(MarketingCap::LONGEST as i64);

/// How much longer rows are kept, for workers whose clocks differ.
const SLACK: Duration = Duration::DAY;

/// One attempt that counts.
#[derive(Clone, Copy)]
pub(crate) struct Sent {
    pub(crate) tenant: Uuid,
    pub(crate) attempt: Uuid,
    pub(crate) contact: Uuid,
    pub(crate) at: OffsetDateTime,
}

/// What the caps of a batch are measured against; nobody else hands over to these people until the
/// transaction ends.
#[derive(Default)]
pub(crate) struct Caps {
    /// Everybody who shares an address with a capped contact, itself included.
    people: HashMap<Key, HashSet<Uuid>>,
    /// When each of them got something, by attempt.
    sent: HashMap<Key, HashMap<Uuid, OffsetDateTime>>,
}

impl Caps {
    /// Locks the people whose caps a batch asks for, and reads what they got. Comes before all other
    /// locks of the transaction.
    pub(crate) async fn lock(
        connection: &mut PgConnection,
        starts: &[Start],
    ) -> Result<Self, StoreError> {
        let guards = || {
            starts
                .iter()
                .flat_map(|start| start.caps.iter().map(|cap| (start.held.tenant, *cap)))
        };
        let Some(since) = guards().map(|(_, cap)| cap.since).min() else {
            return Ok(Self::default());
        };
        let keys: HashSet<Key> = guards()
            .map(|(tenant, cap)| (tenant.uuid(), cap.contact.uuid()))
            .collect();
        let (tenants, contacts): (Vec<Uuid>, Vec<Uuid>) = keys.into_iter().unzip();
        // By address as well: two contacts with one number are one person.
        sqlx::query!(
            "WITH capped AS (
                 SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS capped (tenant_id, contact_id)
             ), keys AS MATERIALIZED (
                 SELECT DISTINCT hashtextextended(name, 9) AS key FROM (
                     SELECT concat_ws(' ', tenant_id, contact_id) AS name FROM capped
                     UNION ALL
                     SELECT concat_ws(' ', a.tenant_id, a.kind, a.value) FROM capped
                     JOIN addresses a
                       ON a.tenant_id = capped.tenant_id AND a.contact_id = capped.contact_id
                 ) AS names
                 ORDER BY key
             )
             SELECT pg_advisory_xact_lock(key) FROM keys",
            &tenants,
            &contacts,
        )
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
        // A statement of its own, so that it sees what was committed while the locks were waited for.
        let rows = sqlx::query!(
            r#"WITH capped AS (
                   SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS capped (tenant_id, contact_id)
               ), related AS (
                   SELECT tenant_id, contact_id AS capped_id, contact_id FROM capped
                   UNION
                   SELECT own.tenant_id, own.contact_id, other.contact_id
                   FROM capped
                   JOIN addresses own
                     ON own.tenant_id = capped.tenant_id AND own.contact_id = capped.contact_id
                   JOIN addresses other
                     ON other.tenant_id = own.tenant_id AND other.kind = own.kind
                    AND other.value = own.value
               )
               SELECT related.tenant_id AS "tenant_id!", related.capped_id AS "capped_id!",
                   related.contact_id AS "contact_id!", s.attempt_id AS "attempt_id?", s.at AS "at?"
               FROM related
               LEFT JOIN marketing_sends s
                 ON s.tenant_id = related.tenant_id AND s.contact_id = related.contact_id
                AND s.at > $3"#,
            &tenants,
            &contacts,
            since,
        )
        .fetch_all(connection)
        .await
        .map_err(store_error)?;
        let mut caps = Self::default();
        for row in rows {
            caps.people
                .entry((row.tenant_id, row.capped_id))
                .or_default()
                .insert(row.contact_id);
            if let Some((attempt, at)) = row.attempt_id.zip(row.at) {
                caps.add(Sent {
                    tenant: row.tenant_id,
                    attempt,
                    contact: row.contact_id,
                    at,
                });
            }
        }
        Ok(caps)
    }

    /// Whether as many were handed over as the cap allows.
    pub(crate) fn is_used_up(&self, tenant: TenantId, cap: &CapGuard) -> bool {
        let people = self.people.get(&(tenant.uuid(), cap.contact.uuid()));
        let sent = people
            .into_iter()
            .flatten()
            .filter_map(|contact| self.sent.get(&(tenant.uuid(), *contact)))
            .flat_map(HashMap::values)
            .filter(|at| **at > cap.since);
        sent.count() >= usize::from(cap.most)
    }

    /// Counts one more, of this batch.
    pub(crate) fn add(&mut self, sent: Sent) {
        self.sent
            .entry((sent.tenant, sent.contact))
            .or_default()
            .insert(sent.attempt, sent.at);
    }
}

/// Writes what is handed over, and removes what no cap looks back to any more.
pub(crate) async fn hand_over(
    connection: &mut PgConnection,
    sent: &[Sent],
) -> Result<(), StoreError> {
    if sent.is_empty() {
        return Ok(());
    }
    let (tenants, attempts, contacts, instants) = columns(sent);
    let ends: Vec<OffsetDateTime> = instants
        .iter()
        .map(|at| at.saturating_sub(LONGEST + SLACK))
        .collect();
    // What somebody else has locked is left to the next time, so that nobody waits.
    sqlx::query!(
        "WITH handed AS (
             SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[],
                 $5::timestamptz[]) AS handed (tenant_id, attempt_id, contact_id, at, ends_at)
         ), old AS (
             SELECT s.tenant_id, s.attempt_id FROM marketing_sends s
             JOIN handed ON s.tenant_id = handed.tenant_id AND s.contact_id = handed.contact_id
                 AND s.at < handed.ends_at
             LIMIT 1000 FOR UPDATE OF s SKIP LOCKED
         ), pruned AS (
             DELETE FROM marketing_sends s USING old
             WHERE s.tenant_id = old.tenant_id AND s.attempt_id = old.attempt_id
         )
         INSERT INTO marketing_sends (tenant_id, attempt_id, contact_id, at)
         SELECT tenant_id, attempt_id, contact_id, at FROM handed",
        &tenants,
        &attempts,
        &contacts,
        &instants,
        &ends,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Removes what was certainly not sent.
pub(crate) async fn take_back(
    connection: &mut PgConnection,
    sent: &[Sent],
) -> Result<(), StoreError> {
    if sent.is_empty() {
        return Ok(());
    }
    let (tenants, attempts, _, _) = columns(sent);
    sqlx::query!(
        "DELETE FROM marketing_sends s
         USING unnest($1::uuid[], $2::uuid[]) AS refused (tenant_id, attempt_id)
         WHERE s.tenant_id = refused.tenant_id AND s.attempt_id = refused.attempt_id",
        &tenants,
        &attempts,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Counts again what was taken for refused and has arrived after all, unless the person is erased.
pub(crate) async fn put_back(
    connection: &mut PgConnection,
    sent: &[Sent],
) -> Result<(), StoreError> {
    if sent.is_empty() {
        return Ok(());
    }
    let (tenants, attempts, contacts, instants) = columns(sent);
    sqlx::query!(
        "INSERT INTO marketing_sends (tenant_id, attempt_id, contact_id, at)
         SELECT late.* FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[])
             AS late (tenant_id, attempt_id, contact_id, at)
         JOIN contacts c
           ON c.tenant_id = late.tenant_id AND c.id = late.contact_id AND c.erased_at IS NULL
         ON CONFLICT (tenant_id, attempt_id) DO NOTHING",
        &tenants,
        &attempts,
        &contacts,
        &instants,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Forgets what a person got.
pub(crate) async fn forget(
    connection: &mut PgConnection,
    tenant: TenantId,
    contact: ContactId,
) -> Result<(), StoreError> {
    sqlx::query!(
        "DELETE FROM marketing_sends WHERE tenant_id = $1 AND contact_id = $2",
        tenant.uuid(),
        contact.uuid(),
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

type Columns = (Vec<Uuid>, Vec<Uuid>, Vec<Uuid>, Vec<OffsetDateTime>);

fn columns(sent: &[Sent]) -> Columns {
    let mut columns = Columns::default();
    for one in sent {
        columns.0.push(one.tenant);
        columns.1.push(one.attempt);
        columns.2.push(one.contact);
        columns.3.push(one.at);
    }
    columns
}
