//! Messages that have failed, and those that have not after all.

use super::{MessageState, Progress};
use crate::{
    Postgres,
    convert::{Place, without_nul},
    transaction::store_error,
};
use sqlx::PgConnection;
use tidings_kernel::{MessageId, StoreError, TenantId};
use tidings_messaging::{DeadLetter, Failure, OutcomeKind, Page, Paged, Receipt, Status};
use time::OffsetDateTime;
use uuid::Uuid;

/// The columns of what has failed.
#[derive(Default)]
struct Columns {
    tenants: Vec<Uuid>,
    ids: Vec<Uuid>,
    instants: Vec<OffsetDateTime>,
    classes: Vec<String>,
    codes: Vec<String>,
    details: Vec<String>,
    may_retry: Vec<bool>,
}

impl Progress {
    /// Remembers what has failed, and forgets what was found to have arrived.
    pub(super) async fn store_dead_letters(
        &self,
        connection: &mut PgConnection,
    ) -> Result<(), StoreError> {
        let mut failed = Columns::default();
        let (mut risen_tenants, mut risen) = (Vec::new(), Vec::new());
        for (id, message) in &self.messages {
            let was_failed = message.stored == Status::Failed;
            if message.status == Status::Failed && (!was_failed || self.is_told_more(message)) {
                let failure = self.why(*id);
                failed.tenants.push(message.tenant.uuid());
                failed.ids.push(*id);
                failed.instants.push(message.status_at);
                failed.classes.push(failure.class.as_str().to_owned());
                failed.codes.push(without_nul(&failure.code));
                failed.details.push(without_nul(&failure.detail));
                let outcome = message
                    .latest
                    .and_then(|latest| self.attempts.get(&latest)?.outcome);
                failed.may_retry.push(outcome != Some(OutcomeKind::Unknown));
            } else if was_failed && message.status != Status::Failed {
                risen_tenants.push(message.tenant.uuid());
                risen.push(*id);
            }
        }
        insert(connection, &failed).await?;
        if !risen.is_empty() {
            sqlx::query!(
                "DELETE FROM dead_letters d USING unnest($1::uuid[], $2::uuid[])
                     AS risen (tenant_id, message_id)
                 WHERE d.tenant_id = risen.tenant_id AND d.message_id = risen.message_id",
                &risen_tenants,
                &risen,
            )
            .execute(connection)
            .await
            .map_err(store_error)?;
        }
        Ok(())
    }

    fn is_told_more(&self, message: &MessageState) -> bool {
        message
            .latest
            .is_some_and(|latest| self.changed_attempts.contains(&latest))
    }

    /// Why a message failed: what a receipt of its latest attempt tells, else what ended it.
    pub(super) fn why(&self, message: Uuid) -> Failure {
        let latest = self
            .messages
            .get(&message)
            .and_then(|message| message.latest);
        let attempt = latest.and_then(|latest| self.attempts.get(&latest));
        match (attempt, self.reasons.get(&message)) {
            (Some(attempt), _) if attempt.receipt == Some(Receipt::Failed) => {
                Failure::told_by(attempt.error.as_ref())
            }
            (_, Some(reason)) => Failure::from(reason),
            (attempt, None) => Failure::told_by(attempt.and_then(|it| it.error.as_ref())),
        }
    }
}

async fn insert(connection: &mut PgConnection, failed: &Columns) -> Result<(), StoreError> {
    if failed.ids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO dead_letters AS d (tenant_id, message_id, failed_at, class, code, detail,
             may_retry)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[],
             $6::text[], $7::boolean[])
         ON CONFLICT (tenant_id, message_id) DO UPDATE SET failed_at = excluded.failed_at,
             class = excluded.class, code = excluded.code, detail = excluded.detail,
             may_retry = excluded.may_retry",
        &failed.tenants,
        &failed.ids,
        &failed.instants,
        &failed.classes,
        &failed.codes,
        &failed.details,
        &failed.may_retry,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

impl Postgres {
    /// Messages that have failed, newest first by their ids.
    pub(crate) async fn failed(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Paged<DeadLetter>, StoreError> {
        let mut transaction = self.begin_list(tenant).await?;
        let rows = sqlx::query!(
            "SELECT message_id, failed_at, class, code, detail, may_retry FROM dead_letters
             WHERE tenant_id = $1 AND ($2::uuid IS NULL OR message_id < $2)
             ORDER BY message_id DESC LIMIT $3",
            tenant.uuid(),
            page.after,
            i64::from(page.limit) + 1,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let letters: Result<Vec<DeadLetter>, StoreError> = rows
            .into_iter()
            .map(|row| {
                let place = Place::new("dead_letters", row.message_id);
                Ok(DeadLetter {
                    message: MessageId::from_uuid(row.message_id),
                    failed_at: row.failed_at,
                    error: Failure {
                        class: place.parse("class", &row.class)?,
                        code: row.code,
                        detail: row.detail,
                    },
                    may_retry: row.may_retry,
                })
            })
            .collect();
        Ok(Paged::cut(letters?, page.limit, |letter| {
            letter.message.uuid()
        }))
    }
}
