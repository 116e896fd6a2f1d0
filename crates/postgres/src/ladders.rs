use crate::{
    Postgres,
    convert::{Place, names, to_json},
    transaction::store_error,
};
use async_trait::async_trait;
use sqlx::PgConnection;
use tidings_kernel::{Channel, MessageId, StoreError, TenantId};
use tidings_messaging::{
    HeldLadder, Ladder, LadderRest, LadderStep, LadderView, Ladders, NewMessage,
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Stores what new messages have to do with chains.
pub(crate) async fn insert_steps(
    connection: &mut PgConnection,
    stored: &[&NewMessage],
) -> Result<(), StoreError> {
    for new in stored {
        let message = &new.message;
        let (first, rung) = match &new.ladder {
            None => continue,
            Some(LadderStep::Begins(fallback)) => {
                sqlx::query!(
                    "INSERT INTO ladders (tenant_id, first_id, fallback, channels_left, check_at)
                     VALUES ($1, $2, $3, $4, $5)",
                    message.tenant.uuid(),
                    message.id.uuid(),
                    to_json("fallback", fallback)?,
                    &names(&fallback.channels),
                    message.created_at,
                )
                .execute(&mut *connection)
                .await
                .map_err(store_error)?;
                (message.id, 0)
            }
            Some(LadderStep::Continues { first, rung, left }) => {
                sqlx::query!(
                    "UPDATE ladders SET channels_left = $3 WHERE tenant_id = $1 AND first_id = $2",
                    message.tenant.uuid(),
                    first.uuid(),
                    &names(left),
                )
                .execute(&mut *connection)
                .await
                .map_err(store_error)?;
                (*first, *rung)
            }
        };
        sqlx::query!(
            "INSERT INTO ladder_rungs (tenant_id, first_id, rung, message_id) VALUES ($1, $2, $3, $4)",
            message.tenant.uuid(),
            first.uuid(),
            i16::from(rung),
            message.id.uuid(),
        )
        .execute(&mut *connection)
        .await
        .map_err(store_error)?;
    }
    Ok(())
}

/// Makes the chains of messages due to which something has happened.
pub(crate) async fn wake(
    connection: &mut PgConnection,
    messages: &[Uuid],
    at: OffsetDateTime,
) -> Result<(), StoreError> {
    if messages.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE ladders l SET check_at = least(l.check_at, $2), has_news = true
         FROM ladder_rungs r
         WHERE r.message_id = ANY ($1) AND l.tenant_id = r.tenant_id AND l.first_id = r.first_id
             AND NOT l.is_over",
        messages,
        at,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

#[async_trait]
impl Ladders for Postgres {
    async fn claim(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<HeldLadder>, StoreError> {
        let mut transaction = self.begin_for_all().await?;
        let rows = sqlx::query!(
            r#"WITH due AS (
                   SELECT tenant_id, first_id FROM ladders
                   WHERE check_at <= $1 AND NOT is_over AND (held_until IS NULL OR held_until <= $1)
                   ORDER BY check_at LIMIT $2 FOR UPDATE SKIP LOCKED)
               UPDATE ladders l SET held_until = $3, fence = l.fence + 1, has_news = false
               FROM due WHERE l.tenant_id = due.tenant_id AND l.first_id = due.first_id
               RETURNING l.tenant_id, l.first_id, l.fallback, l.channels_left, l.fence,
                   ARRAY(SELECT r.message_id FROM ladder_rungs r
                         WHERE r.tenant_id = l.tenant_id AND r.first_id = l.first_id ORDER BY r.rung)
                       AS "messages!""#,
            now,
            i64::from(limit),
            now + lease,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        rows.into_iter()
            .map(|row| {
                let place = Place::new("ladders", row.first_id);
                Ok(HeldLadder {
                    ladder: Ladder {
                        tenant: TenantId::from_uuid(row.tenant_id),
                        first: MessageId::from_uuid(row.first_id),
                        fallback: place.json("fallback", row.fallback)?,
                    },
                    messages: ids(row.messages),
                    left: place.parse_all::<Channel>("channels_left", &row.channels_left)?,
                    fence: row.fence,
                })
            })
            .collect()
    }

    async fn rest(&self, held: &HeldLadder, rest: LadderRest) -> Result<(), StoreError> {
        let until = match rest {
            LadderRest::Until(until) => Some(until),
            LadderRest::Over => None,
        };
        let mut transaction = self.begin_for_all().await?;
        sqlx::query!(
            "UPDATE ladders SET held_until = NULL, is_over = $4::timestamptz IS NULL,
                 check_at = CASE WHEN has_news OR $4 IS NULL THEN check_at ELSE $4 END
             WHERE tenant_id = $1 AND first_id = $2 AND fence = $3",
            held.ladder.tenant.uuid(),
            held.ladder.first.uuid(),
            held.fence,
            until,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }

    async fn skip(&self, held: &HeldLadder) -> Result<(), StoreError> {
        let mut transaction = self.begin_for_all().await?;
        sqlx::query!(
            "UPDATE ladders SET channels_left = channels_left[2:]
             WHERE tenant_id = $1 AND first_id = $2 AND fence = $3",
            held.ladder.tenant.uuid(),
            held.ladder.first.uuid(),
            held.fence,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }

    async fn of_message(
        &self,
        tenant: TenantId,
        message: MessageId,
    ) -> Result<Option<LadderView>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let row = sqlx::query!(
            r#"SELECT l.fallback, l.is_over,
                   ARRAY(SELECT r.message_id FROM ladder_rungs r
                         WHERE r.tenant_id = l.tenant_id AND r.first_id = l.first_id ORDER BY r.rung)
                       AS "messages!"
               FROM ladder_rungs own
               JOIN ladders l ON l.tenant_id = own.tenant_id AND l.first_id = own.first_id
               WHERE own.tenant_id = $1 AND own.message_id = $2"#,
            tenant.uuid(),
            message.uuid(),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let place = Place::new("ladders", message.uuid());
        row.map(|row| {
            Ok(LadderView {
                fallback: place.json("fallback", row.fallback)?,
                messages: ids(row.messages),
                is_over: row.is_over,
            })
        })
        .transpose()
    }
}

fn ids(uuids: Vec<Uuid>) -> Vec<MessageId> {
    uuids.into_iter().map(MessageId::from_uuid).collect()
}
