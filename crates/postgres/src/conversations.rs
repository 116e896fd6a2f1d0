mod learning;
mod merging;
mod moving;
mod notes;
mod row;
mod searching;
mod threads;

pub(crate) use merging::merged;
pub(crate) use moving::{Moved, answered, forget, free_until, received, renamed};

use crate::{
    Postgres,
    event_log::{self, Noted},
    transaction::store_error,
};
use async_trait::async_trait;
use row::ConversationRow;
use sqlx::PgConnection;
use tidings_conversations::{
    Assignee, Assignment, Conversation, ConversationChange, ConversationFilter, Conversations,
    Label, Note, Thread, WhoseTurn,
};
use tidings_kernel::{Channel, ConversationId, MessageId, StoreError, TenantId};
use tidings_messaging::{ConversationPart, Happening, Page, Paged};
use time::OffsetDateTime;

#[async_trait]
impl Conversations for Postgres {
    async fn get(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
    ) -> Result<Option<Thread>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let row = load(&mut transaction, tenant, conversation).await?;
        let thread = match row {
            Some(row) => threads::of(&mut transaction, tenant, vec![row])
                .await?
                .pop(),
            None => threads::blank(&mut transaction, tenant, conversation).await?,
        };
        transaction.commit().await.map_err(store_error)?;
        Ok(thread)
    }

    async fn list(
        &self,
        tenant: TenantId,
        filter: &ConversationFilter,
        page: Page,
    ) -> Result<Paged<Thread>, StoreError> {
        let mut transaction = self.begin_list(tenant).await?;
        let found = searching::find(&mut transaction, tenant, filter, page).await?;
        let assignee = filter.assignee.as_ref().map(asked);
        let rows = sqlx::query_as!(
            ConversationRow,
            "SELECT tenant_id, id, contact_id, status, assignee, labels, unread, read_to, intent, activity,
                 created_at, updated_at
             FROM conversations c
             WHERE tenant_id = $1
               AND ($2::uuid IS NULL OR activity < $2)
               AND ($3::text IS NULL OR status = $3)
               AND ($4::boolean IS NULL OR (unread > 0) = $4)
               AND ($5::text IS NULL OR coalesce(assignee, 'none') = $5)
               AND ($6::text IS NULL OR $6 = ANY (labels))
               AND ($7::text IS NULL OR EXISTS (
                   SELECT FROM conversation_places p
                   WHERE p.tenant_id = $1 AND p.conversation_id = c.id AND p.channel = $7))
               AND ($8::uuid[] IS NULL OR id = ANY ($8))
             ORDER BY activity DESC LIMIT $9",
            tenant.uuid(),
            page.after,
            filter.status.map(tidings_conversations::ConversationStatus::as_str),
            filter.turn.map(is_unread),
            assignee,
            filter.label.as_ref().map(Label::as_str),
            filter.channel.map(Channel::as_str),
            found.as_deref(),
            i64::from(page.limit) + 1,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        let threads = threads::of(&mut transaction, tenant, rows).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(Paged::cut(threads, page.limit, |thread| {
            thread.conversation.activity
        }))
    }

    async fn change(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        change: &ConversationChange,
        now: OffsetDateTime,
    ) -> Result<Option<Conversation>, StoreError> {
        let mut transaction = self.begin_intake([tenant], false).await?;
        moving::begin(&mut transaction, tenant, conversation).await?;
        let (is_assigned, assignee) = match &change.assignee {
            None => (false, None),
            Some(Assignment::Nobody) => (true, None),
            Some(Assignment::To(assignee)) => (true, Some(assignee.as_str())),
        };
        let labels: Option<Vec<String>> = change
            .labels
            .as_ref()
            .map(|labels| labels.iter().map(ToString::to_string).collect());
        let row = sqlx::query_as!(
            ConversationRow,
            "UPDATE conversations SET status = coalesce($3, status),
                 assignee = CASE WHEN $4 THEN $5 ELSE assignee END,
                 labels = coalesce($6, labels), updated_at = greatest(updated_at, $7)
             WHERE tenant_id = $1 AND id = $2
             RETURNING tenant_id, id, contact_id, status, assignee, labels, unread, read_to, intent, activity,
                 created_at, updated_at",
            tenant.uuid(),
            conversation.uuid(),
            change.status.map(tidings_conversations::ConversationStatus::as_str),
            is_assigned,
            assignee,
            labels.as_deref(),
            now,
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        let Some(row) = row else {
            return Ok(None);
        };
        let changed = threads::conversations(&mut transaction, tenant, vec![row]).await?;
        let changed = changed.into_iter().next();
        let parts = change.parts();
        let news = changed.as_ref().filter(|_| !parts.is_empty());
        let news = news.map(|changed| {
            let news = Happening::ConversationUpdated(changed.news(parts));
            Noted::new(tenant, now, news)
        });
        let noted = event_log::note(&mut transaction, news.as_slice()).await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(changed)
    }

    async fn mark_read(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        up_to: Option<MessageId>,
        now: OffsetDateTime,
    ) -> Result<Option<u32>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let (left, noted) =
            moving::read(&mut transaction, tenant, conversation, up_to, now).await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(left)
    }

    async fn add_note(&self, tenant: TenantId, note: &Note) -> Result<bool, StoreError> {
        let mut transaction = self.begin_intake([tenant], false).await?;
        moving::begin(&mut transaction, tenant, note.conversation).await?;
        let moved = notes::insert(&mut transaction, tenant, note).await?;
        let is_there = moved.is_some();
        let changed = vec![ConversationPart::Notes];
        let news = moved.map(|moved| moved.news(changed)).transpose()?;
        let noted = event_log::note(&mut transaction, news.as_slice()).await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        Ok(is_there)
    }

    async fn notes(
        &self,
        tenant: TenantId,
        conversation: ConversationId,
        page: Page,
    ) -> Result<Paged<Note>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let found = notes::list(&mut transaction, tenant, conversation, page).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(found)
    }
}

/// What the column of the assignee is compared with.
fn asked(assignment: &Assignment) -> &str {
    match assignment {
        Assignment::To(assignee) => assignee.as_str(),
        Assignment::Nobody => Assignee::NOBODY,
    }
}

const fn is_unread(turn: WhoseTurn) -> bool {
    matches!(turn, WhoseTurn::Unread)
}

async fn load(
    connection: &mut PgConnection,
    tenant: TenantId,
    conversation: ConversationId,
) -> Result<Option<ConversationRow>, StoreError> {
    sqlx::query_as!(
        ConversationRow,
        "SELECT tenant_id, id, contact_id, status, assignee, labels, unread, read_to, intent, activity,
             created_at, updated_at
         FROM conversations WHERE tenant_id = $1 AND id = $2",
        tenant.uuid(),
        conversation.uuid(),
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)
}
