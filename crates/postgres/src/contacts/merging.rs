//! Makes two contacts one.

use super::{
    erasure,
    writing::{clear, replace, write_preferences},
};
use crate::{
    consent_ledger::append,
    conversations,
    event_log::{self, Noted},
    transaction::store_error,
};
use sqlx::PgConnection;
use tidings_kernel::{ContactId, StoreError, TenantId};
use tidings_messaging::{
    ContactError, ContactMerged, ConversationPart, FactsQuery, Happening, Merge, MergePlan, Merging,
};

/// Merges, and says how many events were noted.
pub(super) async fn merge(
    connection: &mut PgConnection,
    tenant: TenantId,
    merge: &Merge,
) -> Result<(Merging, u64), StoreError> {
    let Merge { into, from, at, .. } = *merge;
    // In one order, so that two merges of the same people wait for each other.
    let mut people = [into, from];
    people.sort_unstable();
    let mut are_there = into != from;
    for person in people {
        are_there &= erasure::lock(connection, tenant, person).await?;
    }
    if !are_there {
        let gone = self::into(connection, tenant, from).await?;
        let is_before = gone == Some(into);
        return Ok((
            if is_before {
                Merging::Before
            } else {
                Merging::NotFound
            },
            0,
        ));
    }
    let queries = [into, from].map(|contact| FactsQuery::of(tenant, contact));
    let mut known = crate::fact_store::load(connection, &queries, at)
        .await?
        .into_iter();
    let (Some(Some(own)), Some(Some(other))) = (known.next(), known.next()) else {
        return Ok((Merging::NotFound, 0));
    };
    let plan = MergePlan::of(&own, &other, merge);
    leave_addresses(connection, tenant, merge).await?;
    clear(connection, tenant, from, Some(into), at).await?;
    pass_on(connection, tenant, merge).await?;
    replace(connection, &plan.contact)
        .await
        .map_err(|error| match error {
            ContactError::Store(error) => error,
            ContactError::ExternalIdTaken | ContactError::KeyLost(_) => {
                StoreError::inconsistent("a merged contact took somebody else's external id")
            }
        })?;
    if let Some(preferences) = &plan.preferences {
        write_preferences(connection, tenant, into, preferences).await?;
    }
    let mut noted = 0;
    for event in &plan.consent {
        noted += append(connection, tenant, event).await?.unwrap_or(0);
    }
    let mut news = Vec::with_capacity(2);
    if let Some(moved) = conversations::merged(connection, tenant, merge).await? {
        news.push(moved.news(vec![ConversationPart::Messages])?);
        // Those that were the other's are found by what this one is called now.
        conversations::renamed(connection, &plan.contact).await?;
    }
    let happening = Happening::ContactMerged(ContactMerged {
        contact_id: into,
        merged_id: from,
    });
    news.push(Noted::new(tenant, at, happening));
    noted += event_log::note(connection, &news).await?;
    Ok((Merging::Done(Box::new(plan)), noted))
}

/// The contact that this one was merged into.
pub(super) async fn into(
    connection: &mut PgConnection,
    tenant: TenantId,
    contact: ContactId,
) -> Result<Option<ContactId>, StoreError> {
    let into = sqlx::query_scalar!(
        "SELECT merged_into FROM contacts WHERE tenant_id = $1 AND id = $2",
        tenant.uuid(),
        contact.uuid(),
    )
    .fetch_optional(connection)
    .await
    .map_err(store_error)?;
    Ok(into.flatten().map(ContactId::from_uuid))
}

/// The contact that goes, and those that went into it, are found no more by addresses which the one that stays did not
/// have: only what counted for both before, since they shared an address, counts on.
async fn leave_addresses(
    connection: &mut PgConnection,
    tenant: TenantId,
    merge: &Merge,
) -> Result<(), StoreError> {
    sqlx::query!(
        "DELETE FROM addresses a
         WHERE a.tenant_id = $1
           AND (a.contact_id = $3 OR a.contact_id IN (
               SELECT id FROM contacts WHERE tenant_id = $1 AND merged_into = $3))
           AND NOT EXISTS (
               SELECT FROM addresses own
               WHERE own.tenant_id = $1 AND own.kind = a.kind AND own.value = a.value
                 AND own.contact_id = $2)",
        tenant.uuid(),
        merge.into.uuid(),
        merge.from.uuid(),
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}

/// What is kept of one contact is another's.
async fn pass_on(
    connection: &mut PgConnection,
    tenant: TenantId,
    merge: &Merge,
) -> Result<(), StoreError> {
    let (tenant, into, from) = (tenant.uuid(), merge.into.uuid(), merge.from.uuid());
    for statement in [
        sqlx::query!(
            "UPDATE contacts SET merged_into = $2 WHERE tenant_id = $1 AND merged_into = $3",
            tenant,
            into,
            from
        ),
        sqlx::query!(
            "UPDATE messages SET contact_id = $2 WHERE tenant_id = $1 AND contact_id = $3",
            tenant,
            into,
            from
        ),
        sqlx::query!(
            "UPDATE marketing_sends SET contact_id = $2 WHERE tenant_id = $1 AND contact_id = $3",
            tenant,
            into,
            from
        ),
        sqlx::query!(
            "UPDATE media SET contact_id = $2 WHERE tenant_id = $1 AND contact_id = $3",
            tenant,
            into,
            from
        ),
        sqlx::query!(
            "UPDATE absences SET contact_id = $2 WHERE tenant_id = $1 AND contact_id = $3",
            tenant,
            into,
            from
        ),
        sqlx::query!(
            "WITH gone AS (
                 DELETE FROM last_inbound WHERE tenant_id = $1 AND contact_id = $3
                 RETURNING channel, at
             )
             INSERT INTO last_inbound AS l (tenant_id, contact_id, channel, at)
             SELECT $1::uuid, $2::uuid, channel, at FROM gone
             ON CONFLICT (tenant_id, contact_id, channel)
             DO UPDATE SET at = greatest(l.at, excluded.at)",
            tenant,
            into,
            from
        ),
    ] {
        statement
            .execute(&mut *connection)
            .await
            .map_err(store_error)?;
    }
    sqlx::query!(
        "DELETE FROM preferences WHERE tenant_id = $1 AND contact_id = $2",
        tenant,
        from,
    )
    .execute(connection)
    .await
    .map_err(store_error)?;
    Ok(())
}
