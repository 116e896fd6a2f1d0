//! What tenants use up in a month: reserved when a message is taken in, given back when it is refused or
//! cancelled.
//!
//! A month's row is locked by whoever counts in it, tenants in the order of their ids, and after everything else
//! that the transaction locks.

use crate::{messages::Inserted, transaction::store_error};
use sqlx::PgConnection;
use std::collections::{BTreeMap, HashMap};
use tidings_kernel::{Money, StoreError, TenantId};
use tidings_messaging::{NewMessage, Usage};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A tenant's month, by its first day.
pub(crate) type Month = (Uuid, Date);

/// What is counted in one month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Count {
    messages: i64,
    costs: BTreeMap<String, i64>,
}

impl Count {
    fn add(&mut self, cost: Option<Money>, sign: i64) {
        self.messages += sign;
        if let Some(cost) = cost {
            let sum = self.costs.entry(cost.currency().to_string()).or_default();
            *sum = sum.saturating_add(cost.micros().saturating_mul(sign));
        }
    }
}

fn month_of(tenant: TenantId, at: OffsetDateTime) -> Month {
    (tenant.uuid(), Usage::month(at).start.date())
}

/// What is to be [written](write) for messages that are taken in.
pub(crate) type Reserved = BTreeMap<Month, Count>;

/// Counts what has a place in the queue, and turns the outcome of what no longer fits into `UsedUp`. Only those
/// whose outcome is `Yes` so far are looked at. The months of tenants with limits stay locked.
pub(crate) async fn reserve(
    connection: &mut PgConnection,
    new: &[&NewMessage],
    outcomes: &mut [Inserted],
) -> Result<Reserved, StoreError> {
    let wants =
        |new: &NewMessage, outcome: Inserted| new.entry.is_some() && outcome == Inserted::Yes;
    let limited: Vec<Month> = new
        .iter()
        .zip(&*outcomes)
        .filter(|(new, outcome)| wants(new, **outcome) && !new.monthly.is_unlimited())
        .map(|(new, _)| month_of(new.message.tenant, new.message.created_at))
        .collect();
    let mut used = lock(connection, limited).await?;
    let mut added: BTreeMap<Month, Count> = BTreeMap::new();
    for (new, outcome) in new.iter().zip(outcomes) {
        if !wants(new, *outcome) {
            continue;
        }
        let month = month_of(new.message.tenant, new.message.created_at);
        let used = used.entry(month).or_default();
        let spent = |currency: &str| used.costs.get(currency).copied().unwrap_or(0);
        let is_used_up = new
            .monthly
            .messages
            .is_some_and(|most| u64::try_from(used.messages).unwrap_or(0) >= most)
            || new
                .monthly
                .budget
                .is_some_and(|budget| spent(&budget.currency().to_string()) >= budget.micros());
        if is_used_up {
            *outcome = Inserted::UsedUp;
            continue;
        }
        used.add(new.message.cost_estimated, 1);
        added
            .entry(month)
            .or_default()
            .add(new.message.cost_estimated, 1);
    }
    Ok(added)
}

/// Gives back what messages that will not be sent had used up.
pub(crate) async fn give_back(
    connection: &mut PgConnection,
    messages: impl Iterator<Item = (TenantId, OffsetDateTime, Option<Money>)>,
) -> Result<(), StoreError> {
    let mut added: BTreeMap<Month, Count> = BTreeMap::new();
    for (tenant, created_at, cost) in messages {
        added
            .entry(month_of(tenant, created_at))
            .or_default()
            .add(cost, -1);
    }
    write(connection, &added).await
}

/// Locks these months, making those that do not exist, and reads what is used up.
async fn lock(
    connection: &mut PgConnection,
    mut months: Vec<Month>,
) -> Result<HashMap<Month, Count>, StoreError> {
    if months.is_empty() {
        return Ok(HashMap::new());
    }
    months.sort_unstable();
    months.dedup();
    let (tenants, dates): (Vec<Uuid>, Vec<Date>) = months.into_iter().unzip();
    sqlx::query!(
        "INSERT INTO usage (tenant_id, month, messages)
         SELECT tenant_id, month, 0 FROM unnest($1::uuid[], $2::date[]) AS wanted (tenant_id, month)
         ON CONFLICT (tenant_id, month) DO UPDATE SET messages = usage.messages",
        &tenants,
        &dates,
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    // A statement of its own, so that it sees what was committed while the locks were waited for.
    let rows = sqlx::query!(
        r#"SELECT u.tenant_id, u.month, u.messages, c.currency AS "currency?", c.micros AS "micros?"
           FROM unnest($1::uuid[], $2::date[]) AS wanted (tenant_id, month)
           JOIN usage u ON u.tenant_id = wanted.tenant_id AND u.month = wanted.month
           LEFT JOIN usage_costs c ON c.tenant_id = u.tenant_id AND c.month = u.month"#,
        &tenants,
        &dates,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    let mut used: HashMap<Month, Count> = HashMap::new();
    for row in rows {
        let count = used.entry((row.tenant_id, row.month)).or_default();
        count.messages = row.messages;
        if let (Some(currency), Some(micros)) = (row.currency, row.micros) {
            count.costs.insert(currency, micros);
        }
    }
    Ok(used)
}

/// Adds to what is used up.
pub(crate) async fn write(
    connection: &mut PgConnection,
    added: &BTreeMap<Month, Count>,
) -> Result<(), StoreError> {
    if added.is_empty() {
        return Ok(());
    }
    let (mut tenants, mut months, mut messages) = (Vec::new(), Vec::new(), Vec::new());
    let (mut paying, mut cost_months) = (Vec::new(), Vec::new());
    let (mut currencies, mut micros) = (Vec::new(), Vec::new());
    for ((tenant, month), count) in added {
        tenants.push(*tenant);
        months.push(*month);
        messages.push(count.messages);
        for (currency, sum) in &count.costs {
            paying.push(*tenant);
            cost_months.push(*month);
            currencies.push(currency.clone());
            micros.push(*sum);
        }
    }
    sqlx::query!(
        "INSERT INTO usage AS u (tenant_id, month, messages)
         SELECT * FROM unnest($1::uuid[], $2::date[], $3::bigint[])
         ON CONFLICT (tenant_id, month) DO UPDATE SET messages = u.messages + excluded.messages",
        &tenants,
        &months,
        &messages,
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    if paying.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO usage_costs AS u (tenant_id, month, currency, micros)
         SELECT * FROM unnest($1::uuid[], $2::date[], $3::text[], $4::bigint[])
         ON CONFLICT (tenant_id, month, currency) DO UPDATE SET micros = u.micros + excluded.micros",
        &paying,
        &cost_months,
        &currencies,
        &micros,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}
