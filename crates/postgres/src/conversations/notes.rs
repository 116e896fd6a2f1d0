//! What people write down beside conversations.

use super::{moving::Moved, searching::lexemes};
use crate::{convert::Place, transaction::store_error};
use sqlx::PgConnection;
use tidings_conversations::{Assignee, Note, NoteText};
use tidings_kernel::{ConversationId, NoteId, StoreError, TenantId};
use tidings_messaging::{Page, Paged};

/// Stores a note with its words, and gives the conversation, if there is one.
pub(super) async fn insert(
    connection: &mut PgConnection,
    tenant: TenantId,
    note: &Note,
) -> Result<Option<Moved>, StoreError> {
    let noted = sqlx::query!(
        "WITH thread AS (
             SELECT tenant_id, id, contact_id, status, unread FROM conversations
             WHERE tenant_id = $1 AND id = $2 FOR UPDATE
         ), note AS (
             INSERT INTO conversation_notes (tenant_id, conversation_id, id, author, text, created_at)
             SELECT tenant_id, id, $3, $4, $5, $6 FROM thread
             RETURNING tenant_id, conversation_id, id
         ), document AS (
             INSERT INTO conversation_words (tenant_id, conversation_id, document_id, words)
             SELECT tenant_id, conversation_id, id, array_to_tsvector($7) FROM note
         )
         SELECT tenant_id, contact_id, status, unread FROM thread",
        tenant.uuid(),
        note.conversation.uuid(),
        note.id.uuid(),
        note.author.as_str(),
        note.text.as_str(),
        note.created_at,
        &lexemes(tenant, [note.text.as_str()]),
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?;
    Ok(noted.map(|thread| Moved {
        tenant: thread.tenant_id,
        contact: thread.contact_id,
        status: thread.status,
        unread: thread.unread,
        at: note.created_at,
    }))
}

pub(super) async fn list(
    connection: &mut PgConnection,
    tenant: TenantId,
    conversation: ConversationId,
    page: Page,
) -> Result<Paged<Note>, StoreError> {
    let rows = sqlx::query!(
        "SELECT id, author, text, created_at FROM conversation_notes
         WHERE tenant_id = $1 AND conversation_id = $2 AND ($3::uuid IS NULL OR id < $3)
         ORDER BY id DESC LIMIT $4",
        tenant.uuid(),
        conversation.uuid(),
        page.after,
        i64::from(page.limit) + 1,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    let mut notes = Vec::with_capacity(rows.len());
    for row in rows {
        let place = Place::new("conversation_notes", row.id);
        notes.push(Note {
            id: NoteId::from_uuid(row.id),
            conversation,
            author: Assignee::new(&row.author).map_err(|error| place.bad("author", error))?,
            text: NoteText::new(&row.text).map_err(|error| place.bad("text", error))?,
            created_at: row.created_at,
        });
    }
    Ok(Paged::cut(notes, page.limit, |note| note.id.uuid()))
}
