use crate::{
    Postgres,
    conversations::Moved,
    convert::{Place, to_json},
    event_log,
    transaction::store_error,
};
use async_trait::async_trait;
use tidings_conversations::{AutomationStore, Automations, Intent, MOST_LABELS, Sorting, Unheard};
use tidings_kernel::{ConversationId, MessageId, StoreError, TenantId};
use time::{Duration, OffsetDateTime};

#[async_trait]
impl AutomationStore for Postgres {
    async fn automations(&self, tenant: TenantId) -> Result<Automations, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let definition = sqlx::query_scalar!(
            "SELECT definition FROM automations WHERE tenant_id = $1",
            tenant.uuid(),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let place = Place::new("automations", tenant.uuid());
        definition.map_or_else(
            || Ok(Automations::default()),
            |definition| place.json("definition", definition),
        )
    }

    async fn set_automations(
        &self,
        tenant: TenantId,
        automations: &Automations,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        sqlx::query!(
            "INSERT INTO automations (tenant_id, definition, is_active, updated_at)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (tenant_id) DO UPDATE SET definition = excluded.definition,
                 is_active = excluded.is_active, updated_at = excluded.updated_at",
            tenant.uuid(),
            to_json("automations", automations)?,
            !automations.is_empty(),
            now,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }

    async fn claim_unheard(
        &self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Result<Vec<Unheard>, StoreError> {
        let mut transaction = self.begin_for_all().await?;
        let rows = sqlx::query!(
            r#"UPDATE automation_queue q SET due_at = $3, failures = least(q.failures, 32766) + 1
               FROM (SELECT tenant_id, message_id, due_at FROM automation_queue
                     WHERE due_at <= $2 ORDER BY due_at, message_id LIMIT $1
                     FOR UPDATE SKIP LOCKED) AS due
               WHERE q.tenant_id = due.tenant_id AND q.message_id = due.message_id
               RETURNING q.tenant_id, q.conversation_id, q.message_id, q.failures,
                   due.due_at AS "was_due_at!""#,
            i64::from(limit),
            now,
            now + lease,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let mut claimed = Vec::with_capacity(rows.len());
        for row in rows {
            let place = Place::new("automation_queue", row.message_id);
            let unheard = Unheard {
                tenant: TenantId::from_uuid(row.tenant_id),
                conversation: ConversationId::from_uuid(row.conversation_id),
                message: MessageId::from_uuid(row.message_id),
                failures: place.number("failures", row.failures - 1)?,
            };
            claimed.push((row.was_due_at, unheard));
        }
        claimed.sort_by_key(|(due_at, unheard)| (*due_at, unheard.message));
        Ok(claimed.into_iter().map(|(_, unheard)| unheard).collect())
    }

    async fn finish_unheard(
        &self,
        unheard: &Unheard,
        sorting: &Sorting,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin_for(unheard.tenant).await?;
        let labels: Vec<String> = sorting.labels.iter().map(ToString::to_string).collect();
        // Only whoever removes it from the queue sorts.
        let sorted = sqlx::query!(
            "WITH done AS (
                 DELETE FROM automation_queue
                 WHERE tenant_id = $1 AND message_id = $3 RETURNING conversation_id
             )
             UPDATE conversations c SET
                 intent = CASE WHEN $3 = (
                     SELECT m.id FROM messages m
                     WHERE m.tenant_id = $1 AND m.contact_id = c.contact_id AND m.direction = 'inbound'
                     ORDER BY m.id DESC LIMIT 1) THEN $4 ELSE c.intent END,
                 labels = (c.labels || ARRAY(
                     SELECT new.label FROM unnest($5::text[]) WITH ORDINALITY AS new (label, place)
                     WHERE new.label <> ALL (c.labels) ORDER BY new.place))[1:$6],
                 assignee = coalesce(c.assignee, $7)
             FROM done WHERE c.tenant_id = $1 AND c.id = $2 AND c.id = done.conversation_id
             RETURNING c.tenant_id, c.contact_id, c.status, c.unread",
            unheard.tenant.uuid(),
            unheard.conversation.uuid(),
            unheard.message.uuid(),
            sorting.intent.map(Intent::as_str),
            &labels,
            i32::try_from(MOST_LABELS).unwrap_or(i32::MAX),
            sorting
                .assignee
                .as_ref()
                .map(|assignee| assignee.as_str().to_owned()),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        let parts = sorting.parts();
        let sorted = sorted.filter(|_| !parts.is_empty());
        let news = sorted.map(|thread| {
            let moved = Moved {
                tenant: thread.tenant_id,
                contact: thread.contact_id,
                status: thread.status,
                unread: thread.unread,
                at: now,
            };
            moved.news(parts)
        });
        let news = news.transpose()?;
        let noted = event_log::note(&mut transaction, news.as_slice()).await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(())
    }
}
