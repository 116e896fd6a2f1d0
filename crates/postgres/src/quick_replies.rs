use crate::{
    Postgres,
    convert::Place,
    idempotency::write_answer,
    transaction::{store_error, violates},
    turnstile::Turnstile,
};
use async_trait::async_trait;
use tidings_conversations::{
    MOST_QUICK_REPLIES, QuickReplies, QuickReply, QuickReplyError, QuickText, Shortcut,
};
use tidings_kernel::{QuickReplyId, StoreError, TenantId};
use tidings_messaging::{Answer, Page, Paged};
use time::OffsetDateTime;
use uuid::Uuid;

const SHORTCUT: &str = "quick_replies_tenant_id_shortcut_key";

/// A row of `quick_replies`.
struct QuickReplyRow {
    tenant_id: Uuid,
    id: Uuid,
    shortcut: String,
    text: String,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl TryFrom<QuickReplyRow> for QuickReply {
    type Error = StoreError;

    fn try_from(row: QuickReplyRow) -> Result<Self, StoreError> {
        let place = Place::new("quick_replies", row.id);
        let shortcut = Shortcut::new(&row.shortcut);
        let text = QuickText::new(&row.text);
        Ok(Self {
            id: QuickReplyId::from_uuid(row.id),
            tenant: TenantId::from_uuid(row.tenant_id),
            shortcut: shortcut.map_err(|error| place.bad("shortcut", error))?,
            text: text.map_err(|error| place.bad("text", error))?,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// What a statement came to that may have met another one's shortcut.
fn unless_taken<T>(result: Result<T, sqlx::Error>) -> Result<T, QuickReplyError> {
    result.map_err(|error| {
        if violates(&error, SHORTCUT) {
            QuickReplyError::ShortcutTaken
        } else {
            store_error(error).into()
        }
    })
}

#[async_trait]
impl QuickReplies for Postgres {
    async fn add_quick_reply(
        &self,
        reply: &QuickReply,
        answer: Option<&Answer>,
    ) -> Result<(), QuickReplyError> {
        let mut transaction = self.begin_for(reply.tenant).await?;
        // Two at the same time are counted one after the other.
        let key = reply.tenant.uuid().to_string();
        Turnstile::QuickReplies.pass(&mut transaction, &key).await?;
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM quick_replies WHERE tenant_id = $1"#,
            reply.tenant.uuid(),
        )
        .fetch_one(&mut *transaction)
        .await
        .map_err(store_error)?;
        if count >= i64::from(MOST_QUICK_REPLIES) {
            return Err(QuickReplyError::TooMany);
        }
        let inserted = sqlx::query!(
            "INSERT INTO quick_replies (tenant_id, id, shortcut, text, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
            reply.tenant.uuid(),
            reply.id.uuid(),
            reply.shortcut.as_str(),
            reply.text.as_str(),
            reply.created_at,
            reply.updated_at,
        )
        .execute(&mut *transaction)
        .await;
        unless_taken(inserted)?;
        write_answer(&mut transaction, answer).await??;
        transaction.commit().await.map_err(store_error)?;
        Ok(())
    }

    async fn change_quick_reply(&self, reply: &QuickReply) -> Result<bool, QuickReplyError> {
        let mut transaction = self.begin_for(reply.tenant).await?;
        let updated = sqlx::query!(
            "UPDATE quick_replies SET shortcut = $3, text = $4, updated_at = $5
             WHERE tenant_id = $1 AND id = $2",
            reply.tenant.uuid(),
            reply.id.uuid(),
            reply.shortcut.as_str(),
            reply.text.as_str(),
            reply.updated_at,
        )
        .execute(&mut *transaction)
        .await;
        let updated = unless_taken(updated)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(updated.rows_affected() == 1)
    }

    async fn quick_reply(
        &self,
        tenant: TenantId,
        reply: QuickReplyId,
    ) -> Result<Option<QuickReply>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let row = sqlx::query_as!(
            QuickReplyRow,
            "SELECT tenant_id, id, shortcut, text, created_at, updated_at
             FROM quick_replies WHERE tenant_id = $1 AND id = $2",
            tenant.uuid(),
            reply.uuid(),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        row.map(QuickReply::try_from).transpose()
    }

    async fn quick_replies(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Paged<QuickReply>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let rows = sqlx::query_as!(
            QuickReplyRow,
            "SELECT tenant_id, id, shortcut, text, created_at, updated_at
             FROM quick_replies WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2)
             ORDER BY id DESC LIMIT $3",
            tenant.uuid(),
            page.after,
            i64::from(page.limit) + 1,
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        let replies: Result<Vec<QuickReply>, StoreError> =
            rows.into_iter().map(QuickReply::try_from).collect();
        Ok(Paged::cut(replies?, page.limit, |reply| reply.id.uuid()))
    }

    async fn remove_quick_reply(
        &self,
        tenant: TenantId,
        reply: QuickReplyId,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let removed = sqlx::query!(
            "DELETE FROM quick_replies WHERE tenant_id = $1 AND id = $2",
            tenant.uuid(),
            reply.uuid(),
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(removed.rows_affected() == 1)
    }
}
