//! One contact's threads become another's.

use super::moving::{Moved, begin};
use crate::transaction::store_error;
use sqlx::PgConnection;
use tidings_conversations::MOST_LABELS;
use tidings_kernel::{ConversationId, StoreError, TenantId};
use tidings_messaging::Merge;

/// What the contact that goes has of threads becomes the other's, as `Contacts::merge` says; gives the conversation that
/// stays, if there was anything. To be called when the messages and the contact are merged.
pub(crate) async fn merged(
    connection: &mut PgConnection,
    tenant: TenantId,
    merge: &Merge,
) -> Result<Option<Moved>, StoreError> {
    let gone = sqlx::query_scalar!(
        "SELECT id FROM conversations WHERE tenant_id = $1 AND contact_id = $2 ORDER BY id FOR UPDATE",
        tenant.uuid(),
        merge.from.uuid(),
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(store_error)?;
    if gone.is_empty() {
        return Ok(None);
    }
    let own = merge.into.uuid();
    begin(connection, tenant, ConversationId::from_uuid(own)).await?;
    for statement in [
        sqlx::query!(
            "UPDATE conversation_notes SET conversation_id = $2
             WHERE tenant_id = $1 AND conversation_id = ANY ($3)",
            tenant.uuid(),
            own,
            &gone
        ),
        sqlx::query!(
            "UPDATE conversation_words SET conversation_id = $2
             WHERE tenant_id = $1 AND conversation_id = ANY ($3)",
            tenant.uuid(),
            own,
            &gone
        ),
        sqlx::query!(
            "UPDATE automation_queue SET conversation_id = $2
             WHERE tenant_id = $1 AND conversation_id = ANY ($3)",
            tenant.uuid(),
            own,
            &gone
        ),
        sqlx::query!(
            "WITH behind AS (
                 DELETE FROM conversation_backlog
                 WHERE tenant_id = $1 AND conversation_id = ANY ($3) RETURNING tenant_id
             )
             INSERT INTO conversation_backlog (tenant_id, conversation_id)
             SELECT DISTINCT tenant_id, $2::uuid FROM behind
             ON CONFLICT (tenant_id, conversation_id) DO UPDATE SET learned_to = NULL",
            tenant.uuid(),
            own,
            &gone
        ),
        sqlx::query!(
            "INSERT INTO conversation_places (tenant_id, conversation_id, channel, account_id,
                 sender_id, our_address, address_kind, address_value, written_at, free_until)
             SELECT tenant_id, $2::uuid, channel, account_id, sender_id, our_address, address_kind,
                 address_value, written_at, free_until
             FROM conversation_places
             WHERE tenant_id = $1 AND conversation_id = ANY ($3)
             ORDER BY conversation_id
             ON CONFLICT (tenant_id, conversation_id, channel) DO NOTHING",
            tenant.uuid(),
            own,
            &gone
        ),
    ] {
        statement
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
    }
    let stays = sqlx::query!(
        "UPDATE conversations c SET
             unread = c.unread + gone.unread, activity = greatest(c.activity, gone.activity),
             assignee = coalesce(c.assignee, gone.assignee),
             status = CASE WHEN c.status = 'archived' AND gone.is_open THEN 'open' ELSE c.status END,
             labels = (c.labels || ARRAY(
                 SELECT new.label FROM unnest(gone.labels) WITH ORDINALITY AS new (label, place)
                 WHERE new.label <> ALL (c.labels)
                 GROUP BY new.label ORDER BY min(new.place)))[1:$4],
             updated_at = greatest(c.updated_at, $5)
         FROM (
             SELECT sum(g.unread)::integer AS unread,
                 (array_agg(g.activity ORDER BY g.activity DESC))[1] AS activity,
                 (array_agg(g.assignee ORDER BY g.id) FILTER (WHERE g.assignee IS NOT NULL))[1] AS assignee,
                 bool_or(g.status = 'open') AS is_open,
                 ARRAY(SELECT l.label FROM conversations o
                       CROSS JOIN unnest(o.labels) WITH ORDINALITY AS l (label, place)
                       WHERE o.tenant_id = $1 AND o.id = ANY ($3) ORDER BY o.id, l.place) AS labels
             FROM conversations g WHERE g.tenant_id = $1 AND g.id = ANY ($3)) AS gone
         WHERE c.tenant_id = $1 AND c.id = $2
         RETURNING c.tenant_id, c.contact_id, c.status, c.unread",
        tenant.uuid(),
        own,
        &gone,
        i32::try_from(MOST_LABELS).unwrap_or(i32::MAX),
        merge.at,
    )
    .fetch_one(&mut *connection)
    .await
    .map_err(store_error)?;
    sqlx::query!(
        "UPDATE conversations SET contact_id = $2, unread = 0,
             status = CASE status WHEN 'open' THEN 'archived' ELSE status END
         WHERE tenant_id = $1 AND id = ANY ($3)",
        tenant.uuid(),
        own,
        &gone,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(Some(Moved {
        tenant: stays.tenant_id,
        contact: stays.contact_id,
        status: stays.status,
        unread: stays.unread,
        at: merge.at,
    }))
}
