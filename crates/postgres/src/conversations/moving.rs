//! What moves conversations, in the transactions of what does.

use super::{
    searching::{contact_lexemes, lexemes},
    threads,
};
use crate::{
    convert::Place,
    event_log::{self, Noted},
    read_receipts,
    transaction::store_error,
};
use sqlx::PgConnection;
use std::collections::BTreeMap;
use tidings_conversations::is_part_of_thread;
use tidings_kernel::{
    AccountId, ContactId, ConversationId, MessageId, SenderId, StoreError, TenantId,
};
use tidings_messaging::{
    Contact, ConversationPart, ConversationUpdated, FreeWindowEvent, Happening, Message,
};
use time::OffsetDateTime;
use uuid::Uuid;

/// A conversation after a step, for those who are told.
pub(crate) struct Moved {
    pub(crate) tenant: Uuid,
    pub(crate) contact: Uuid,
    pub(crate) status: String,
    pub(crate) unread: i32,
    pub(crate) at: OffsetDateTime,
}

impl Moved {
    /// What is told when these parts are new.
    pub(crate) fn news(self, changed: Vec<ConversationPart>) -> Result<Noted, StoreError> {
        let news = ConversationUpdated {
            conversation_id: ConversationId::from_uuid(self.contact),
            contact_id: ContactId::from_uuid(self.contact),
            changed,
            status: self.status,
            unread: Place::new("conversations", self.contact).number("unread", self.unread)?,
        };
        let tenant = TenantId::from_uuid(self.tenant);
        Ok(Noted::new(
            tenant,
            self.at,
            Happening::ConversationUpdated(news),
        ))
    }
}

/// Puts a message from a contact into its thread, as `Conversation::take` says; one statement, but for the
/// first message of a contact.
pub(crate) async fn received(
    connection: &mut PgConnection,
    message: &Message,
) -> Result<Moved, StoreError> {
    let tenant = message.tenant;
    let thread = sqlx::query!(
        r#"WITH thread AS (
               INSERT INTO conversations AS c (tenant_id, id, contact_id, status, unread, activity,
                   created_at, updated_at)
               SELECT $1, $2::uuid, k.id, 'open', 1, greatest(k.id, $4::uuid), k.created_at,
                   greatest(k.created_at, $5::timestamptz)
               FROM contacts k WHERE k.tenant_id = $1 AND k.id = $3
               ON CONFLICT (tenant_id, id) DO UPDATE SET
                   status = CASE c.status WHEN 'archived' THEN 'open' ELSE c.status END,
                   unread = c.unread + CASE c.status WHEN 'blocked' THEN 0 ELSE 1 END,
                   activity = CASE c.status WHEN 'blocked' THEN c.activity
                       ELSE greatest(c.activity, excluded.activity) END,
                   intent = NULL, updated_at = greatest(c.updated_at, $5)
               RETURNING c.tenant_id, c.contact_id, c.status, c.unread, c.words = '' AS lacks_words
           ), place AS (
               INSERT INTO conversation_places AS p (tenant_id, conversation_id, channel, account_id,
                   sender_id, our_address, address_kind, address_value, written_at)
               SELECT $1, $2, $6::text, $7::uuid, $8::uuid, $9::text, $10::text, $11::text,
                   $12::timestamptz
               WHERE $7::uuid IS NOT NULL
               ON CONFLICT (tenant_id, conversation_id, channel) DO UPDATE SET
                   account_id = excluded.account_id, sender_id = excluded.sender_id,
                   our_address = excluded.our_address, address_kind = excluded.address_kind,
                   address_value = excluded.address_value, written_at = excluded.written_at
               WHERE p.written_at <= excluded.written_at
           ), document AS (
               INSERT INTO conversation_words (tenant_id, conversation_id, document_id, words)
               VALUES ($1, $2, $4, array_to_tsvector($13))
           ), task AS (
               INSERT INTO automation_queue (tenant_id, message_id, conversation_id, due_at)
               SELECT $1, $4, $2, $5 FROM thread
               WHERE thread.status <> 'blocked' AND EXISTS (
                   SELECT FROM automations a WHERE a.tenant_id = $1 AND a.is_active)
           )
           SELECT tenant_id, contact_id, status, unread, lacks_words AS "lacks_words!" FROM thread"#,
        tenant.uuid(),
        message.conversation().uuid(),
        message.contact.uuid(),
        message.id.uuid(),
        message.created_at,
        message.channel.as_str(),
        message.account.map(AccountId::uuid),
        message.sender.map(SenderId::uuid),
        message.to,
        message.contact_address.kind(),
        message.contact_address.to_string(),
        message.status_at,
        &said(message),
    )
    .fetch_one(&mut *connection)
    .await
    .map_err(store_error)?;
    if thread.lacks_words {
        learn(connection, tenant, message.contact.uuid()).await?;
    }
    Ok(Moved {
        tenant: thread.tenant_id,
        contact: thread.contact_id,
        status: thread.status,
        unread: thread.unread,
        at: message.created_at,
    })
}

/// Puts answers into their threads; costs nothing for messages that are none.
pub(crate) async fn answered(
    connection: &mut PgConnection,
    messages: &[&Message],
) -> Result<Vec<Moved>, StoreError> {
    let moving: Vec<&Message> = messages
        .iter()
        .copied()
        .filter(|message| is_part_of_thread(message))
        .collect();
    if moving.is_empty() {
        return Ok(Vec::new());
    }
    // Each once, in the order in which everybody locks them.
    let mut latest: BTreeMap<(TenantId, ContactId), &Message> = BTreeMap::new();
    for message in &moving {
        let known = latest
            .entry((message.tenant, message.contact))
            .or_insert(message);
        if known.id < message.id {
            *known = message;
        }
    }
    let tenants: Vec<Uuid> = latest.keys().map(|(tenant, _)| tenant.uuid()).collect();
    let people: Vec<Uuid> = latest.keys().map(|(_, contact)| contact.uuid()).collect();
    let ids: Vec<Uuid> = latest.values().map(|message| message.id.uuid()).collect();
    let at: Vec<OffsetDateTime> = latest.values().map(|message| message.created_at).collect();
    let threads = sqlx::query!(
        r#"INSERT INTO conversations AS c (tenant_id, id, contact_id, status, activity, created_at,
               updated_at)
           SELECT m.tenant_id, m.contact_id, m.contact_id, 'open', greatest(k.id, m.id), k.created_at,
               greatest(k.created_at, m.at)
           FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[])
               AS m (tenant_id, contact_id, id, at)
           JOIN contacts k ON k.tenant_id = m.tenant_id AND k.id = m.contact_id
           ORDER BY m.tenant_id, m.contact_id
           ON CONFLICT (tenant_id, id) DO UPDATE SET
               activity = CASE c.status WHEN 'blocked' THEN c.activity
                   ELSE greatest(c.activity, excluded.activity) END,
               updated_at = greatest(c.updated_at, excluded.updated_at)
           RETURNING c.tenant_id, c.contact_id, c.status, c.unread, c.words = '' AS "lacks_words!""#,
        &tenants,
        &people,
        &ids,
        &at,
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(store_error)?;
    let documents: Vec<String> = moving
        .iter()
        .map(|message| said(message).join(" "))
        .collect();
    sqlx::query!(
        "INSERT INTO conversation_words (tenant_id, conversation_id, document_id, words)
         SELECT tenant_id, conversation_id, id, array_to_tsvector(string_to_array(words, ' '))
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])
             AS m (tenant_id, conversation_id, id, words)",
        &moving.iter().map(|it| it.tenant.uuid()).collect::<Vec<_>>(),
        &moving
            .iter()
            .map(|it| it.conversation().uuid())
            .collect::<Vec<_>>(),
        &moving.iter().map(|it| it.id.uuid()).collect::<Vec<_>>(),
        &documents,
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    for thread in threads.iter().filter(|thread| thread.lacks_words) {
        let tenant = TenantId::from_uuid(thread.tenant_id);
        learn(connection, tenant, thread.contact_id).await?;
    }
    let of = |tenant, contact| (TenantId::from_uuid(tenant), ContactId::from_uuid(contact));
    Ok(threads
        .into_iter()
        .filter_map(|thread| {
            let at = latest.get(&of(thread.tenant_id, thread.contact_id))?;
            Some(Moved {
                tenant: thread.tenant_id,
                contact: thread.contact_id,
                status: thread.status,
                unread: thread.unread,
                at: at.created_at,
            })
        })
        .collect())
}

/// What a message is found by.
pub(super) fn said(message: &Message) -> Vec<String> {
    let content = &message.content;
    let texts = [Some(content.text.as_str()), content.subject.as_deref()];
    lexemes(message.tenant, texts.into_iter().flatten())
}

/// Lets a conversation be found by its contact's names and addresses.
pub(super) async fn learn(
    connection: &mut PgConnection,
    tenant: TenantId,
    contact: Uuid,
) -> Result<(), StoreError> {
    let found = threads::contacts(connection, tenant, &[contact]).await?;
    match found.get(&ContactId::from_uuid(contact)) {
        Some(contact) => renamed(connection, contact).await,
        None => Ok(()),
    }
}

/// A contact has other names or addresses now.
pub(crate) async fn renamed(
    connection: &mut PgConnection,
    contact: &Contact,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE conversations SET words = array_to_tsvector($3)
         WHERE tenant_id = $1 AND contact_id = $2",
        contact.tenant.uuid(),
        contact.id.uuid(),
        &contact_lexemes(contact),
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Makes the row of a conversation that was blank, if its contact is there.
pub(super) async fn begin(
    connection: &mut PgConnection,
    tenant: TenantId,
    conversation: ConversationId,
) -> Result<(), StoreError> {
    let begun = sqlx::query!(
        "INSERT INTO conversations (tenant_id, id, contact_id, status, activity, created_at,
             updated_at)
         SELECT tenant_id, id, id, 'open', id, created_at, created_at FROM contacts
         WHERE tenant_id = $1 AND id = $2 AND erased_at IS NULL
         ON CONFLICT (tenant_id, id) DO NOTHING",
        tenant.uuid(),
        conversation.uuid(),
    )
    .execute(&mut *connection)
    .await
    .map_err(store_error)?;
    if begun.rows_affected() == 1 {
        learn(connection, tenant, conversation.uuid()).await?;
    }
    Ok(())
}

/// Notes up to where a conversation was read. What comes in meanwhile waits for the row, and is counted by
/// whoever comes second. Gives how many are unread, and how many events were noted.
pub(super) async fn read(
    connection: &mut PgConnection,
    tenant: TenantId,
    conversation: ConversationId,
    up_to: Option<MessageId>,
    now: OffsetDateTime,
) -> Result<(Option<u32>, u64), StoreError> {
    let row = sqlx::query!(
        "SELECT contact_id, read_to, unread FROM conversations WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
        tenant.uuid(),
        conversation.uuid(),
    )
    .fetch_optional(&mut *connection)
    .await
    .map_err(store_error)?;
    let Some(row) = row else {
        let blank = threads::contacts(connection, tenant, &[conversation.uuid()]).await?;
        return Ok(((!blank.is_empty()).then_some(0), 0));
    };
    // A statement of its own, so that it sees what was committed while the row was waited for.
    let read = sqlx::query!(
        r#"UPDATE conversations c SET read_to = seen.up_to, unread = (
               SELECT count(*) FROM messages m
               WHERE m.tenant_id = $1 AND m.contact_id = $3 AND m.direction = 'inbound'
                 AND (seen.up_to IS NULL OR m.id > seen.up_to))
           FROM (SELECT greatest($4::uuid, coalesce($5::uuid, (
               SELECT m.id FROM messages m
               WHERE m.tenant_id = $1 AND m.contact_id = $3 AND m.direction = 'inbound'
               ORDER BY m.id DESC LIMIT 1))) AS up_to) AS seen
           WHERE c.tenant_id = $1 AND c.id = $2
           RETURNING c.status, c.read_to, c.unread"#,
        tenant.uuid(),
        conversation.uuid(),
        row.contact_id,
        row.read_to,
        up_to.map(MessageId::uuid),
    )
    .fetch_one(&mut *connection)
    .await
    .map_err(store_error)?;
    let is_new = (row.read_to, row.unread) != (read.read_to, read.unread);
    let left = Place::new("conversations", conversation.uuid()).number("unread", read.unread)?;
    if !is_new {
        return Ok((Some(left), 0));
    }
    let whose = (tenant, conversation, row.contact_id);
    read_receipts::note(connection, whose, row.read_to, read.read_to, now).await?;
    let moved = Moved {
        tenant: tenant.uuid(),
        contact: row.contact_id,
        status: read.status,
        unread: read.unread,
        at: now,
    };
    let news = moved.news(vec![ConversationPart::Read])?;
    let noted = event_log::note(connection, &[news]).await?;
    Ok((Some(left), noted))
}

/// Removes everything of a contact's conversations.
pub(crate) async fn forget(
    connection: &mut PgConnection,
    tenant: TenantId,
    contact: ContactId,
) -> Result<(), StoreError> {
    sqlx::query!(
        "DELETE FROM conversations WHERE tenant_id = $1 AND contact_id = $2",
        tenant.uuid(),
        contact.uuid(),
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// Notes until when everything to a contact is free, where it is answered through the account.
pub(crate) async fn free_until(
    connection: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
    window: &FreeWindowEvent,
) -> Result<(), StoreError> {
    sqlx::query!(
        "UPDATE conversation_places SET free_until = greatest(free_until, $6)
         WHERE tenant_id = $1 AND account_id = $2 AND channel = $3 AND address_kind = $4
           AND address_value = $5",
        tenant.uuid(),
        account.uuid(),
        window.channel.as_str(),
        window.contact.kind(),
        window.contact.to_string(),
        window.closes_at,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}
