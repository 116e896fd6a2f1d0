//! Lets conversations be found by what was said before words were kept.

use super::moving::{learn, said};
use crate::{Postgres, messages::MessageRow, transaction::store_error};
use sqlx::PgConnection;
use tidings_conversations::is_part_of_thread;
use tidings_kernel::{StoreError, TenantId};
use tidings_messaging::Message;
use uuid::Uuid;

/// A conversation that is behind, and how far it has come.
struct Behind {
    tenant_id: Uuid,
    conversation_id: Uuid,
    contact_id: Uuid,
    learned_to: Option<Uuid>,
}

impl Postgres {
    /// Learns the words of up to so many messages of one conversation from before words were kept; `false` when no
    /// conversation is behind, or others see to those that are. Done twice it changes nothing.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was learned, and it is tried again.
    pub async fn learn_old_words(&self, most: u16) -> Result<bool, StoreError> {
        let mut transaction = self.begin_for_all().await?;
        // Whoever erases the conversation waits for this row, and takes along what is learned here.
        let behind = sqlx::query_as!(
            Behind,
            "SELECT b.tenant_id, b.conversation_id, c.contact_id, b.learned_to
             FROM conversation_backlog b
             JOIN conversations c ON c.tenant_id = b.tenant_id AND c.id = b.conversation_id
             ORDER BY b.tenant_id, b.conversation_id LIMIT 1
             FOR UPDATE OF b SKIP LOCKED",
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        let Some(behind) = behind else {
            return Ok(false);
        };
        if behind.learned_to.is_none() {
            let tenant = TenantId::from_uuid(behind.tenant_id);
            learn(&mut transaction, tenant, behind.contact_id).await?;
        }
        let last = learn_from(&mut transaction, &behind, most).await?;
        go_on(&mut transaction, &behind, last).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(true)
    }
}

/// Learns the words of the next messages, and gives the last of them, if there may be more.
async fn learn_from(
    connection: &mut PgConnection,
    behind: &Behind,
    most: u16,
) -> Result<Option<Uuid>, StoreError> {
    let rows = sqlx::query_as!(
        MessageRow,
        "SELECT m.* FROM messages m
         WHERE m.tenant_id = $1 AND m.contact_id = $2 AND ($3::uuid IS NULL OR m.id > $3)
         ORDER BY m.id LIMIT $4",
        behind.tenant_id,
        behind.contact_id,
        behind.learned_to,
        i64::from(most),
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(store_error)?;
    let is_all = rows.len() < usize::from(most);
    let messages = rows.into_iter().map(Message::try_from);
    let messages = messages.collect::<Result<Vec<_>, _>>()?;
    let (mut ids, mut documents) = (Vec::new(), Vec::new());
    for message in messages.iter().filter(|message| is_part_of_thread(message)) {
        ids.push(message.id.uuid());
        documents.push(said(message).join(" "));
    }
    sqlx::query!(
        "INSERT INTO conversation_words (tenant_id, conversation_id, document_id, words)
         SELECT $1::uuid, $2::uuid, id, array_to_tsvector(string_to_array(words, ' '))
         FROM unnest($3::uuid[], $4::text[]) AS m (id, words)
         ON CONFLICT (tenant_id, conversation_id, document_id) DO NOTHING",
        behind.tenant_id,
        behind.conversation_id,
        &ids,
        &documents,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    let last = messages.last().map(|message| message.id.uuid());
    Ok(last.filter(|_| !is_all))
}

/// Notes how far a conversation has come; nothing more is to be done without a last message.
async fn go_on(
    connection: &mut PgConnection,
    behind: &Behind,
    last: Option<Uuid>,
) -> Result<(), StoreError> {
    let statement = match last {
        Some(last) => sqlx::query!(
            "UPDATE conversation_backlog SET learned_to = $3
             WHERE tenant_id = $1 AND conversation_id = $2",
            behind.tenant_id,
            behind.conversation_id,
            last,
        ),
        None => sqlx::query!(
            "DELETE FROM conversation_backlog WHERE tenant_id = $1 AND conversation_id = $2",
            behind.tenant_id,
            behind.conversation_id,
        ),
    };
    statement.execute(connection).await.map_err(store_error)?;
    Ok(())
}
