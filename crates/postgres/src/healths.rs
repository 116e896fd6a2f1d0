use crate::{
    Postgres,
    convert::Place,
    event_log::{self, Noted},
    transaction::store_error,
};
use async_trait::async_trait;
use std::collections::{BTreeSet, HashMap};
use tidings_kernel::{AccountId, Region, StoreError, TenantId};
use tidings_messaging::{
    AccountHealth, Checkup, Happening, HealthChange, HealthEvent, Healths, JUDGED_EVERY,
    LATEST_SPAN, VITALS_SPAN, Way,
};
use tidings_routing::{Calls, Circuit, Health, Vitals};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How much time one row of vitals is about, in seconds: the short look is no sharper.
const SLOT: i64 = 1;

/// A way's row: its state, if it has one, and what was seen of it.
struct CheckupRow {
    tenant_id: Uuid,
    account_id: Uuid,
    region: String,
    state: Option<String>,
    until: Option<OffsetDateTime>,
    since: Option<OffsetDateTime>,
    trips: Option<i16>,
    weight: Option<i16>,
    version: Option<i64>,
    answered: i64,
    faults: i64,
    delivered: i64,
    undelivered: i64,
    missing: i64,
    latency_ms: i64,
    latest_answered: i64,
    latest_faults: i64,
}

impl CheckupRow {
    fn checkup(self, now: OffsetDateTime) -> Result<Checkup, StoreError> {
        let place = Place::new("healths", self.account_id);
        let count = |name, count: i64| place.number(name, count);
        let health = match self.state.as_deref() {
            None => Health::new(now),
            Some(state) => Health {
                circuit: circuit(place, state, self.until)?,
                since: self.since.unwrap_or(now),
                trips: place.number("trips", self.trips.unwrap_or(0))?,
                weight: place.number("weight", self.weight.unwrap_or(0))?,
            },
        };
        Ok(Checkup {
            way: Way {
                tenant: TenantId::from_uuid(self.tenant_id),
                account: AccountId::from_uuid(self.account_id),
                region: region(place, &self.region)?,
            },
            health,
            version: self.version.unwrap_or(0),
            recent: Vitals {
                answered: count("answered", self.answered)?,
                faults: count("faults", self.faults)?,
                delivered: count("delivered", self.delivered)?,
                undelivered: count("undelivered", self.undelivered)?,
                missing: count("missing", self.missing)?,
                latency_ms: place.number("latency_ms", self.latency_ms)?,
            },
            latest: Calls {
                answered: count("answered", self.latest_answered)?,
                faults: count("faults", self.latest_faults)?,
            },
        })
    }
}

fn circuit(
    place: Place,
    state: &str,
    until: Option<OffsetDateTime>,
) -> Result<Circuit, StoreError> {
    match (state, until) {
        ("closed", None) => Ok(Circuit::Closed),
        ("half_open", None) => Ok(Circuit::HalfOpen),
        ("open", Some(until)) => Ok(Circuit::Open { until }),
        ("out", Some(until)) => Ok(Circuit::Out { until }),
        _ => Err(place.bad("state", format!("{state:?} with until {until:?}"))),
    }
}

/// The account as a whole is the empty text; `??` is a destination that is not known.
const WHOLE: &str = "";
const UNKNOWN: &str = "??";

fn region(place: Place, text: &str) -> Result<Option<Region>, StoreError> {
    if text == WHOLE {
        return Ok(None);
    }
    place.read("region", Some(text), Region::parse)
}

fn whole_or(region: Option<Region>) -> String {
    region.map_or_else(|| WHOLE.to_owned(), |region| region.to_string())
}

#[async_trait]
impl Healths for Postgres {
    async fn note(&self, seen: &[(Way, Vitals)], at: OffsetDateTime) -> Result<(), StoreError> {
        if seen.is_empty() {
            return Ok(());
        }
        let mut seen: Vec<&(Way, Vitals)> = seen.iter().collect();
        // In one order everywhere, so that no two workers wait for each other.
        seen.sort_by_key(|(way, _)| *way);
        let slot = at.unix_timestamp().div_euclid(SLOT) * SLOT;
        let tenants: Vec<Uuid> = seen.iter().map(|(way, _)| way.tenant.uuid()).collect();
        let accounts: Vec<Uuid> = seen.iter().map(|(way, _)| way.account.uuid()).collect();
        let regions: Vec<String> = seen
            .iter()
            .map(|(way, _)| {
                way.region
                    .map_or_else(|| UNKNOWN.to_owned(), |it| it.to_string())
            })
            .collect();
        let column = |of: fn(&Vitals) -> u32| -> Vec<i32> {
            let count = |vitals: &Vitals| i32::try_from(of(vitals)).unwrap_or(i32::MAX);
            seen.iter().map(|(_, vitals)| count(vitals)).collect()
        };
        let latency: Vec<i64> = seen
            .iter()
            .map(|(_, vitals)| i64::try_from(vitals.latency_ms).unwrap_or(i64::MAX))
            .collect();
        let mut transaction = self.begin_for_all().await?;
        sqlx::query!(
            "INSERT INTO vitals AS v (tenant_id, account_id, region, since, answered, faults, delivered,
                 undelivered, missing, latency_ms)
             SELECT w.tenant_id, w.account_id, w.region, to_timestamp($4::bigint), sum(w.answered),
                 sum(w.faults), sum(w.delivered), sum(w.undelivered), sum(w.missing), sum(w.latency_ms)
             FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $5::integer[], $6::integer[], $7::integer[],
                 $8::integer[], $9::integer[], $10::bigint[])
                 AS w (tenant_id, account_id, region, answered, faults, delivered, undelivered, missing,
                     latency_ms)
             GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
             ON CONFLICT (tenant_id, account_id, region, since) DO UPDATE SET
                 answered = v.answered + excluded.answered, faults = v.faults + excluded.faults,
                 delivered = v.delivered + excluded.delivered,
                 undelivered = v.undelivered + excluded.undelivered,
                 missing = v.missing + excluded.missing,
                 latency_ms = v.latency_ms + excluded.latency_ms",
            &tenants,
            &accounts,
            &regions,
            slot,
            &column(|vitals| vitals.answered),
            &column(|vitals| vitals.faults),
            &column(|vitals| vitals.delivered),
            &column(|vitals| vitals.undelivered),
            &column(|vitals| vitals.missing),
            &latency,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }

    async fn of_tenants(
        &self,
        tenants: &[TenantId],
        now: OffsetDateTime,
    ) -> Result<Vec<Checkup>, StoreError> {
        let ids: Vec<Uuid> = tenants.iter().map(|tenant| tenant.uuid()).collect();
        let mut transaction = self.begin_for_each(tenants.iter().copied()).await?;
        let rows = sqlx::query_as!(
            CheckupRow,
            r#"WITH seen AS (
                   SELECT v.tenant_id, v.account_id, r.region, sum(answered) AS answered, sum(faults) AS faults,
                       sum(delivered) AS delivered, sum(undelivered) AS undelivered, sum(missing) AS missing, sum(latency_ms) AS latency_ms,
                       sum(answered) FILTER (WHERE v.since > $3) AS latest_answered,
                       sum(faults) FILTER (WHERE v.since > $3) AS latest_faults
                   FROM vitals v
                   CROSS JOIN LATERAL (VALUES (''), (v.region)) AS r (region)
                   LEFT JOIN healths h ON h.tenant_id = v.tenant_id AND h.account_id = v.account_id
                       AND h.region = r.region
                   WHERE v.tenant_id = ANY ($1) AND v.since > $2
                       AND v.since >= coalesce(h.since, '-infinity')
                   GROUP BY v.tenant_id, v.account_id, r.region)
               SELECT tenant_id AS "tenant_id!", account_id AS "account_id!", region AS "region!",
                   h.state AS "state?", h.until, h.since AS "since?", h.trips AS "trips?",
                   h.weight AS "weight?", h.version AS "version?",
                   coalesce(answered, 0)::bigint AS "answered!", coalesce(faults, 0)::bigint AS "faults!",
                   coalesce(delivered, 0)::bigint AS "delivered!",
                   coalesce(undelivered, 0)::bigint AS "undelivered!",
                   coalesce(missing, 0)::bigint AS "missing!", coalesce(latency_ms, 0)::bigint AS "latency_ms!",
                   coalesce(latest_answered, 0)::bigint AS "latest_answered!",
                   coalesce(latest_faults, 0)::bigint AS "latest_faults!"
               FROM seen
               FULL JOIN (SELECT * FROM healths WHERE tenant_id = ANY ($1)) h
                   USING (tenant_id, account_id, region)
               WHERE region <> '??' AND (answered IS NOT NULL OR h.state <> 'closed' OR h.weight < 1000)
               ORDER BY 1, 2, 3"#,
            &ids,
            now - VITALS_SPAN,
            now - LATEST_SPAN,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        rows.into_iter().map(|row| row.checkup(now)).collect()
    }

    async fn to_judge(&self, now: OffsetDateTime, most: u32) -> Result<Vec<Checkup>, StoreError> {
        let mut transaction = self.begin_for_all().await?;
        let tenants = sqlx::query_scalar!(
            r#"SELECT tenant_id AS "tenant_id!" FROM (
                   SELECT v.tenant_id, min(h.judged_at) AS judged_at FROM vitals v
                   LEFT JOIN healths h ON h.tenant_id = v.tenant_id AND h.account_id = v.account_id
                       AND h.region = ''
                   WHERE v.since > $1 GROUP BY 1
                   UNION ALL
                   SELECT tenant_id, min(judged_at) FROM healths
                   WHERE state <> 'closed' OR weight < 1000 GROUP BY 1) t
               WHERE judged_at IS NULL OR judged_at < $2
               GROUP BY 1 ORDER BY min(judged_at) NULLS FIRST LIMIT $3"#,
            now - VITALS_SPAN,
            now - JUDGED_EVERY,
            i64::from(most),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        if tenants.is_empty() {
            return Ok(Vec::new());
        }
        // What somebody else is changing is judged by them.
        sqlx::query!(
            "UPDATE healths h SET judged_at = $2 FROM (
                 SELECT tenant_id, account_id, region FROM healths WHERE tenant_id = ANY ($1)
                 ORDER BY tenant_id, account_id, region FOR UPDATE SKIP LOCKED) given
             WHERE h.tenant_id = given.tenant_id AND h.account_id = given.account_id
                 AND h.region = given.region",
            &tenants,
            now,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let tenants: Vec<TenantId> = tenants.into_iter().map(TenantId::from_uuid).collect();
        self.of_tenants(&tenants, now).await
    }

    async fn to_probe(&self, now: OffsetDateTime, most: u32) -> Result<Vec<Checkup>, StoreError> {
        let mut transaction = self.begin_for_all().await?;
        let due = sqlx::query!(
            "SELECT tenant_id, account_id, region FROM healths WHERE until <= $1
             ORDER BY until, tenant_id, account_id, region LIMIT $2",
            now,
            i64::from(most),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let places: HashMap<(Uuid, Uuid, String), usize> = due
            .into_iter()
            .map(|row| (row.tenant_id, row.account_id, row.region))
            .zip(0..)
            .collect();
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let tenants: BTreeSet<Uuid> = places.keys().map(|(tenant, ..)| *tenant).collect();
        let tenants: Vec<TenantId> = tenants.into_iter().map(TenantId::from_uuid).collect();
        let found = self.of_tenants(&tenants, now).await?;
        let mut due: Vec<(usize, Checkup)> = found
            .into_iter()
            .filter_map(|checkup| {
                let Way {
                    tenant,
                    account,
                    region,
                } = checkup.way;
                let key = (tenant.uuid(), account.uuid(), whole_or(region));
                Some((*places.get(&key)?, checkup))
            })
            .collect();
        due.sort_by_key(|(place, _)| *place);
        Ok(due.into_iter().map(|(_, checkup)| checkup).collect())
    }

    async fn change(&self, changes: &[HealthChange]) -> Result<Vec<bool>, StoreError> {
        let mut ordered: Vec<(usize, &HealthChange)> = changes.iter().enumerate().collect();
        ordered.sort_by_key(|(_, change)| change.way);
        let mut made = vec![false; changes.len()];
        let mut events = Vec::new();
        let mut transaction = self
            .begin_for_each(changes.iter().map(|change| change.way.tenant))
            .await?;
        for (place, change) in ordered {
            let health = change.health;
            let region = whole_or(change.way.region);
            let written = sqlx::query!(
                "INSERT INTO healths AS h (tenant_id, account_id, region, state, until, since, trips, weight,
                     version, judged_at)
                 SELECT tenant_id, id, $3, $4, $5, $6, $7, $8, $9::bigint + 1, $10 FROM provider_accounts
                 WHERE tenant_id = $1 AND id = $2
                 ON CONFLICT (tenant_id, account_id, region) DO UPDATE SET
                     state = excluded.state, until = excluded.until, since = excluded.since,
                     trips = excluded.trips, weight = excluded.weight, version = excluded.version,
                     judged_at = excluded.judged_at
                 WHERE h.version = $9::bigint",
                change.way.tenant.uuid(),
                change.way.account.uuid(),
                region,
                health.circuit.as_str(),
                health.probe_at(),
                health.since,
                i16::from(health.trips),
                i16::try_from(health.weight).unwrap_or(i16::MAX),
                change.version,
                change.at,
            )
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
            let is_made = written.rows_affected() == 1;
            if let Some(flag) = made.get_mut(place) {
                *flag = is_made;
            }
            if let (true, Some(health)) = (is_made, AccountHealth::of(change)) {
                let happening = Happening::AccountHealth(health);
                events.push(Noted::new(change.way.tenant, change.at, happening));
            }
            if let (true, Some(reason)) = (is_made, &change.reason) {
                sqlx::query!(
                    "INSERT INTO health_events (tenant_id, account_id, region, at, version, state, reason)
                     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
                    change.way.tenant.uuid(),
                    change.way.account.uuid(),
                    region,
                    change.at,
                    change.version + 1,
                    health.circuit.as_str(),
                    reason,
                )
                .execute(&mut *transaction)
                .await
                .map_err(store_error)?;
            }
        }
        let noted = event_log::note(&mut transaction, &events).await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(made)
    }

    async fn history(
        &self,
        tenant: TenantId,
        account: AccountId,
        most: u32,
    ) -> Result<Vec<HealthEvent>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let rows = sqlx::query!(
            "SELECT region, at, state, reason FROM health_events
             WHERE tenant_id = $1 AND account_id = $2 ORDER BY at DESC, version DESC LIMIT $3",
            tenant.uuid(),
            account.uuid(),
            i64::from(most),
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let place = Place::new("health_events", account.uuid());
        rows.into_iter()
            .map(|row| {
                Ok(HealthEvent {
                    region: region(place, &row.region)?,
                    state: row.state,
                    at: row.at,
                    reason: row.reason,
                })
            })
            .collect()
    }

    async fn forget(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        let mut transaction = self.begin_for_all().await?;
        let old: OffsetDateTime = now - VITALS_SPAN * 2;
        let vitals = sqlx::query!("DELETE FROM vitals WHERE since < $1", old)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        let events = sqlx::query!(
            "DELETE FROM health_events WHERE at < $1",
            now - Duration::days(90),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(vitals.rows_affected() + events.rows_affected())
    }
}
