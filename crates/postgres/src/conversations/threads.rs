//! Conversations with their places, contacts and newest messages, in one statement each.

use super::row::{ConversationRow, PlaceRow};
use crate::{contacts::ContactRow, messages::MessageRow, transaction::store_error};
use sqlx::PgConnection;
use std::collections::HashMap;
use tidings_conversations::{Conversation, Place, Thread};
use tidings_kernel::{ContactId, ConversationId, StoreError, TenantId};
use tidings_messaging::{Contact, Message};
use uuid::Uuid;

/// Puts places to conversations.
pub(super) async fn conversations(
    connection: &mut PgConnection,
    tenant: TenantId,
    rows: Vec<ConversationRow>,
) -> Result<Vec<Conversation>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut places: HashMap<Uuid, Vec<Place>> = HashMap::new();
    let found = sqlx::query_as!(
        PlaceRow,
        "SELECT conversation_id, channel, account_id, sender_id, our_address, address_kind,
             address_value, written_at, free_until
         FROM conversation_places WHERE tenant_id = $1 AND conversation_id = ANY ($2)
         ORDER BY channel",
        tenant.uuid(),
        &ids,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    for row in found {
        let of = row.conversation_id;
        places.entry(of).or_default().push(Place::try_from(row)?);
    }
    rows.into_iter()
        .map(|row| {
            let places = places.remove(&row.id).unwrap_or_default();
            row.read(places)
        })
        .collect()
}

/// Puts contacts and newest messages to conversations.
pub(super) async fn of(
    connection: &mut PgConnection,
    tenant: TenantId,
    rows: Vec<ConversationRow>,
) -> Result<Vec<Thread>, StoreError> {
    let conversations = conversations(connection, tenant, rows).await?;
    let people: Vec<Uuid> = conversations.iter().map(|it| it.contact.uuid()).collect();
    let contacts = contacts(connection, tenant, &people).await?;
    let latest = latest(connection, tenant, &people).await?;
    // A contact that is gone takes its conversation along; between the two it is not shown.
    Ok(conversations
        .into_iter()
        .filter_map(|conversation| {
            Some(Thread {
                contact: contacts.get(&conversation.contact)?.clone(),
                latest: latest.get(&conversation.contact).cloned(),
                conversation,
            })
        })
        .collect())
}

/// The thread of a contact with whom nobody has spoken, if there is one.
pub(super) async fn blank(
    connection: &mut PgConnection,
    tenant: TenantId,
    conversation: ConversationId,
) -> Result<Option<Thread>, StoreError> {
    let person = conversation.uuid();
    let mut contacts = contacts(connection, tenant, &[person]).await?;
    let mut latest = latest(connection, tenant, &[person]).await?;
    let id = ContactId::from_uuid(person);
    Ok(contacts.remove(&id).map(|contact| Thread {
        conversation: Conversation::blank(&contact),
        contact,
        latest: latest.remove(&id),
    }))
}

pub(super) async fn contacts(
    connection: &mut PgConnection,
    tenant: TenantId,
    people: &[Uuid],
) -> Result<HashMap<ContactId, Contact>, StoreError> {
    let rows = sqlx::query_as!(
        ContactRow,
        "SELECT tenant_id, id, first_name, last_name, phone, whatsapp_phone, whatsapp_user,
             email, also, region, locale, time_zone, external_id, attributes, tags, created_at,
             updated_at
         FROM contacts WHERE tenant_id = $1 AND id = ANY ($2) AND erased_at IS NULL",
        tenant.uuid(),
        people,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    rows.into_iter()
        .map(|row| {
            let contact = Contact::try_from(row)?;
            Ok((contact.id, contact))
        })
        .collect()
}

async fn latest(
    connection: &mut PgConnection,
    tenant: TenantId,
    people: &[Uuid],
) -> Result<HashMap<ContactId, Message>, StoreError> {
    let rows = sqlx::query_as!(
        MessageRow,
        "SELECT newest.* FROM unnest($2::uuid[]) AS person (id)
         CROSS JOIN LATERAL (
             SELECT * FROM messages m WHERE m.tenant_id = $1 AND m.contact_id = person.id
             ORDER BY m.id DESC LIMIT 1) AS newest",
        tenant.uuid(),
        people,
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    rows.into_iter()
        .map(|row| {
            let message = Message::try_from(row)?;
            Ok((message.contact, message))
        })
        .collect()
}
