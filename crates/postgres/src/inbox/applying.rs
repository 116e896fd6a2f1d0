//! Writes down what receipts say.

use crate::{
    Postgres,
    convert::Place,
    progress::{Progress, settle_cost},
    transaction::store_error,
};
use sqlx::PgConnection;
use tidings_kernel::{AttemptId, Money, StoreError};
use tidings_messaging::{OutcomeKind, Receipt, ReceiptEffect, ReceiptTarget, ReceiptUpdate};
use uuid::Uuid;

/// What a receipt is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) attempt: Uuid,
    pub(super) message: Uuid,
}

impl Postgres {
    pub(super) async fn apply_receipts(
        &self,
        updates: &[ReceiptUpdate],
    ) -> Result<Vec<Option<ReceiptEffect>>, StoreError> {
        if updates.is_empty() {
            return Ok(Vec::new());
        }
        let mut transaction = self.begin_for_all().await?;
        let wanted: Vec<&ReceiptTarget> = updates.iter().map(|update| &update.target).collect();
        let targets = find_targets(&mut transaction, &wanted).await?;
        let mut messages: Vec<Uuid> = targets
            .iter()
            .flatten()
            .map(|found| found.message)
            .collect();
        messages.sort_unstable();
        messages.dedup();
        let tenants = updates.iter().map(|update| update.target.tenant);
        let mut progress = Progress::lock(&mut transaction, tenants, &messages).await?;
        let mut effects = Vec::with_capacity(updates.len());
        for (update, target) in updates.iter().zip(&targets) {
            effects.push(match target {
                Some(target) => apply_one(&mut progress, *target, update)?,
                None => None,
            });
        }
        let noted = progress.store(&mut transaction).await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(effects)
    }
}

/// The attempt and message of each, found by our reference, else by the provider's id.
pub(super) async fn find_targets(
    connection: &mut PgConnection,
    wanted: &[&ReceiptTarget],
) -> Result<Vec<Option<Target>>, StoreError> {
    let mut found = vec![None; wanted.len()];
    by_reference(connection, wanted, &mut found).await?;
    by_provider_id(connection, wanted, &mut found).await?;
    Ok(found)
}

/// The places of those that are not found, as the database counts them.
fn places(found: &[Option<Target>]) -> impl Iterator<Item = (usize, i64)> {
    (0_usize..)
        .zip(0_i64..)
        .zip(found)
        .filter_map(|(place, found)| found.is_none().then_some(place))
}

fn put(found: &mut [Option<Target>], place: i64, target: Target) {
    let place = usize::try_from(place).ok();
    if let Some(found) = place.and_then(|place| found.get_mut(place)) {
        *found = Some(target);
    }
}

// In both look-ups each row is asked for by index: LIMIT keeps the planner from a join that reads whole months.

async fn by_reference(
    connection: &mut PgConnection,
    wanted: &[&ReceiptTarget],
    found: &mut [Option<Target>],
) -> Result<(), StoreError> {
    let (mut numbers, mut tenants) = (Vec::new(), Vec::new());
    let (mut accounts, mut attempts) = (Vec::new(), Vec::new());
    for (place, number) in places(found) {
        let Some((target, attempt)) = wanted
            .get(place)
            .and_then(|target| Some((target, target.attempt?)))
        else {
            continue;
        };
        numbers.push(number);
        tenants.push(target.tenant.uuid());
        accounts.push(target.account.uuid());
        attempts.push(AttemptId::uuid(attempt));
    }
    if numbers.is_empty() {
        return Ok(());
    }
    let rows = sqlx::query!(
        r#"SELECT wanted.number AS "number!", a.id AS "attempt!", a.message_id AS "message!"
           FROM unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::uuid[])
               AS wanted (number, tenant_id, account_id, id)
           CROSS JOIN LATERAL (
               SELECT id, message_id FROM attempts
               WHERE tenant_id = wanted.tenant_id AND id = wanted.id AND account_id = wanted.account_id
               LIMIT 1
           ) AS a"#,
        &numbers,
        &tenants,
        &accounts,
        &attempts,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    for row in rows {
        let target = Target {
            attempt: row.attempt,
            message: row.message,
        };
        put(found, row.number, target);
    }
    Ok(())
}

async fn by_provider_id(
    connection: &mut PgConnection,
    wanted: &[&ReceiptTarget],
    found: &mut [Option<Target>],
) -> Result<(), StoreError> {
    let (mut numbers, mut tenants) = (Vec::new(), Vec::new());
    let (mut accounts, mut provider_ids) = (Vec::new(), Vec::new());
    for (place, number) in places(found) {
        let Some(target) = wanted.get(place) else {
            continue;
        };
        // PostgreSQL has no text with U+0000, so no attempt has such an id.
        if target.provider_message_id.contains('\0') {
            continue;
        }
        numbers.push(number);
        tenants.push(target.tenant.uuid());
        accounts.push(target.account.uuid());
        provider_ids.push(target.provider_message_id.as_str());
    }
    if numbers.is_empty() {
        return Ok(());
    }
    let rows = sqlx::query!(
        r#"SELECT wanted.number AS "number!", a.id AS "attempt!", a.message_id AS "message!"
           FROM unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::text[])
               AS wanted (number, tenant_id, account_id, provider_message_id)
           CROSS JOIN LATERAL (
               SELECT id, message_id FROM attempts
               WHERE tenant_id = wanted.tenant_id AND account_id = wanted.account_id
                 AND provider_message_id = wanted.provider_message_id
               ORDER BY id DESC LIMIT 1
           ) AS a"#,
        &numbers,
        &tenants,
        &accounts,
        &provider_ids as &[&str],
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    for row in rows {
        let target = Target {
            attempt: row.attempt,
            message: row.message,
        };
        put(found, row.number, target);
    }
    Ok(())
}

/// Applies one receipt to the locked state, and says what it came to. What says nothing new writes nothing.
fn apply_one(
    progress: &mut Progress,
    target: Target,
    update: &ReceiptUpdate,
) -> Result<Option<ReceiptEffect>, StoreError> {
    let Some(state) = progress.attempts.get(&target.attempt) else {
        return Ok(None);
    };
    let Some(message) = progress.messages.get(&target.message) else {
        return Ok(None);
    };
    let receipt = state.receipt.max(update.receipt);
    let error = match receipt {
        // The first failure that is told.
        Some(Receipt::Failed) if receipt > state.receipt => update.error.clone(),
        Some(Receipt::Failed) => state.error.clone(),
        Some(Receipt::Sent | Receipt::Delivered | Receipt::Read) | None => None,
    };
    let effect = ReceiptEffect {
        before: state.receipt,
        after: receipt,
        started_at: state.started_at,
        asked: Place::new("attempts", target.attempt).number("asked", state.asked)?,
        to: message.address.clone(),
    };
    let is_decided = receipt >= Some(Receipt::Failed);
    let cost = greater(state.cost, update.cost);
    let is_first_told = state.outcome != Some(OutcomeKind::Accepted);
    let is_news = (state.outcome, state.receipt) != (Some(OutcomeKind::Accepted), receipt);
    let costs_more = state.cost != cost;
    let changes = is_news
        || costs_more
        || state.error != error
        || state.provider_message_id.is_none()
        || (is_decided && state.ask_at.is_some());
    if !changes {
        return Ok(Some(effect));
    }
    let Some(state) = progress.attempt(target.attempt) else {
        return Ok(None);
    };
    state.outcome = Some(OutcomeKind::Accepted);
    state
        .provider_message_id
        .get_or_insert_with(|| update.target.provider_message_id.clone());
    state.receipt = receipt;
    state.error = error;
    state.cost = cost;
    if is_decided {
        state.ask_at = None;
    } else if is_first_told {
        state.ask_at = update.ask_at;
    }
    // A repetition says nothing new: a message that was queued again since stays so.
    if is_news {
        progress.fold(target.attempt, update.at, &update.source);
    }
    if costs_more {
        settle_cost(progress, target.message);
    }
    Ok(Some(effect))
}

/// What an attempt cost, of all that was said about it: the greatest amount, whatever came first.
fn greater(known: Option<Money>, told: Option<Money>) -> Option<Money> {
    known
        .into_iter()
        .chain(told)
        .max_by_key(|cost| (cost.micros(), cost.currency().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_cost_counts_in_any_order() {
        let told = ["0.0079", "0.0083", "0.0079"].map(|text| Money::parse(text, "USD").ok());
        let forth = told.into_iter().fold(None, greater);
        let back = told.into_iter().rev().fold(None, greater);
        assert_eq!(forth, Money::parse("0.0083", "USD").ok());
        assert_eq!(forth, back);
        assert_eq!(greater(forth, None), forth);
        assert_eq!(greater(None, None), None);
    }
}
