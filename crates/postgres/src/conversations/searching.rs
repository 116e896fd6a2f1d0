//! Words as the index of them has them.

use super::{asked, is_unread};
use crate::transaction::store_error;
use sqlx::PgConnection;
use std::fmt::Write;
use tidings_conversations::{ConversationFilter, ConversationStatus, Label, SearchQuery, words};
use tidings_kernel::{Channel, StoreError, TenantId};
use tidings_messaging::{Contact, Page};
use uuid::Uuid;

/// What a tenant's words begin with: the random end of its id.
fn mark(tenant: TenantId) -> String {
    let id = tenant.uuid().simple().to_string();
    id.get(20..).unwrap_or(&id).to_owned()
}

/// The words of texts, for `array_to_tsvector`.
pub(super) fn lexemes<'a>(
    tenant: TenantId,
    texts: impl IntoIterator<Item = &'a str>,
) -> Vec<String> {
    let mark = mark(tenant);
    let mut all: Vec<String> = texts
        .into_iter()
        .flat_map(words)
        .map(|word| format!("{mark}{word}"))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The words that a contact is found by.
pub(super) fn contact_lexemes(contact: &Contact) -> Vec<String> {
    let addresses: Vec<String> = contact
        .addresses()
        .iter()
        .map(ToString::to_string)
        .collect();
    let names = [
        &contact.first_name,
        &contact.last_name,
        &contact.external_id,
    ];
    let names = names.into_iter().flatten().map(String::as_str);
    lexemes(
        contact.tenant,
        names.chain(addresses.iter().map(String::as_str)),
    )
}

/// A search in the language of `tsquery`. Words are letters and digits alone, so that none of them can leave
/// its quotes.
fn tsquery(tenant: TenantId, query: &SearchQuery) -> String {
    let mark = mark(tenant);
    let mut text = String::new();
    for word in query.words() {
        let and = if text.is_empty() { "" } else { " & " };
        let end = if word.is_beginning { ":*" } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(text, "{and}'{mark}{}'{end}", word.text);
    }
    text
}

/// The conversations of a page that say what is looked for, if something is.
pub(super) async fn find(
    connection: &mut PgConnection,
    tenant: TenantId,
    filter: &ConversationFilter,
    page: Page,
) -> Result<Option<Vec<Uuid>>, StoreError> {
    let Some(query) = &filter.query else {
        return Ok(None);
    };
    let found = sqlx::query_scalar!(
        r#"SELECT id AS "id!" FROM search_conversations(
               $1, $2::text::tsquery, $3, $4, $5, $6, $7, $8, $9) AS found (id)"#,
        tenant.uuid(),
        tsquery(tenant, query),
        page.after,
        i32::from(page.limit) + 1,
        filter.status.map(ConversationStatus::as_str),
        filter.channel.map(Channel::as_str),
        filter.turn.map(is_unread),
        filter.assignee.as_ref().map(asked),
        filter.label.as_ref().map(Label::as_str),
    )
    .fetch_all(connection)
    .await
    .map_err(store_error)?;
    Ok(Some(found))
}
