//! One record that makes no sense must not hold up the others that are asked for together with it.

use crate::{
    Accounts, Dispatch, FactStore, FactsQuery, Held, Inbox, Known, ProviderAccount, ReceiptEffect,
    ReceiptUpdate, Settlement,
};
use tidings_kernel::{StoreError, TenantId};
use time::OffsetDateTime;

/// What is stored about one of several, which may make no sense.
pub(crate) enum Readable<T> {
    /// It does.
    Yes(T),
    /// It does not, and will not until somebody has repaired it.
    No,
}

/// The accounts of several tenants, and the tenants whose accounts cannot be read.
pub(crate) async fn accounts(
    store: &dyn Accounts,
    tenants: &[TenantId],
) -> Result<(Vec<ProviderAccount>, Vec<TenantId>), StoreError> {
    match store.of_tenants(tenants).await {
        Ok(found) => return Ok((found, Vec::new())),
        Err(error @ StoreError::Unavailable(_)) => return Err(error),
        Err(StoreError::Inconsistent { .. }) => {}
    }
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    for tenant in tenants {
        match alone(store.of_tenants(&[*tenant]).await)? {
            Readable::Yes(accounts) => found.extend(accounts),
            Readable::No => unreadable.push(*tenant),
        }
    }
    Ok((found, unreadable))
}

/// What is known for each query, in its order.
pub(crate) async fn facts(
    store: &dyn FactStore,
    queries: &[FactsQuery],
    now: OffsetDateTime,
) -> Result<Vec<Readable<Option<Known>>>, StoreError> {
    match store.load(queries, now).await {
        Ok(known) => return Ok(known.into_iter().map(Readable::Yes).collect()),
        Err(error @ StoreError::Unavailable(_)) => return Err(error),
        Err(StoreError::Inconsistent { .. }) => {}
    }
    let mut found = Vec::with_capacity(queries.len());
    for query in queries {
        found.push(
            match alone(store.load(std::slice::from_ref(query), now).await)? {
                Readable::Yes(known) => Readable::Yes(known.into_iter().next().flatten()),
                Readable::No => Readable::No,
            },
        );
    }
    Ok(found)
}

/// Applies receipts, and gives what each came to: nothing where its attempt is not known.
pub(crate) async fn apply(
    inbox: &dyn Inbox,
    updates: &[ReceiptUpdate],
) -> Result<Vec<Readable<Option<ReceiptEffect>>>, StoreError> {
    match inbox.apply(updates).await {
        Ok(effects) => return Ok(effects.into_iter().map(Readable::Yes).collect()),
        Err(error @ StoreError::Unavailable(_)) => return Err(error),
        Err(StoreError::Inconsistent { .. }) => {}
    }
    let mut effects = Vec::with_capacity(updates.len());
    for update in updates {
        effects.push(
            match alone(inbox.apply(std::slice::from_ref(update)).await)? {
                Readable::Yes(one) => Readable::Yes(one.into_iter().next().flatten()),
                Readable::No => Readable::No,
            },
        );
    }
    Ok(effects)
}

/// Settles what can be settled. What makes no sense is left alone until its hold runs out.
pub(crate) async fn settle(
    dispatch: &dyn Dispatch,
    settlements: &[(Held, Settlement)],
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    match dispatch.settle(settlements, now).await {
        Ok(()) => return Ok(()),
        Err(error @ StoreError::Unavailable(_)) => return Err(error),
        Err(StoreError::Inconsistent { .. }) => {}
    }
    for settlement in settlements {
        alone(dispatch.settle(std::slice::from_ref(settlement), now).await)?;
    }
    Ok(())
}

/// Turns what makes no sense into a log line.
fn alone<T>(result: Result<T, StoreError>) -> Result<Readable<T>, StoreError> {
    match result {
        Ok(value) => Ok(Readable::Yes(value)),
        Err(error @ StoreError::Unavailable(_)) => Err(error),
        Err(error @ StoreError::Inconsistent { .. }) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "what is stored makes no sense: it is left alone"
            );
            Ok(Readable::No)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Address, Contact, Settings, Suppression, Tenant, Usage};
    use async_trait::async_trait;
    use tidings_kernel::{ContactId, Locale};
    use uuid::Uuid;

    /// A store in which the contact with the number 2 makes no sense.
    struct Broken;

    fn known(query: &FactsQuery) -> Known {
        let now = OffsetDateTime::UNIX_EPOCH;
        Known {
            tenant: Tenant {
                id: query.tenant,
                name: "Example Ltd".into(),
                default_region: None,
                time_zone: None,
                locale: Locale::parse("en_US").unwrap(),
                disabled_channels: Vec::new(),
                settings: Settings::default(),
                created_at: now,
            },
            contact: Contact::blank(query.contact, query.tenant, now),
            preferences: None,
            consent: Vec::new(),
            suppressions: Vec::new(),
            absences: Vec::new(),
            template: None,
            last_inbound: Vec::new(),
            marketing_sent: Vec::new(),
            source_version: None,
            usage: Usage::default(),
        }
    }

    #[async_trait]
    impl FactStore for Broken {
        async fn load(
            &self,
            queries: &[FactsQuery],
            _: OffsetDateTime,
        ) -> Result<Vec<Option<Known>>, StoreError> {
            if queries.contains(&query(2)) {
                return Err(StoreError::inconsistent("contacts.time_zone"));
            }
            Ok(queries.iter().map(|query| Some(known(query))).collect())
        }

        async fn suppressions(
            &self,
            _: TenantId,
            _: &Address,
        ) -> Result<Vec<Suppression>, StoreError> {
            Ok(Vec::new())
        }
    }

    fn query(number: u128) -> FactsQuery {
        FactsQuery::of(
            TenantId::from_uuid(Uuid::from_u128(number)),
            ContactId::from_uuid(Uuid::from_u128(number)),
        )
    }

    #[tokio::test]
    async fn one_contact_that_makes_no_sense_leaves_the_others_readable() {
        let queries = [query(1), query(2), query(3)];
        let found = facts(&Broken, &queries, OffsetDateTime::UNIX_EPOCH)
            .await
            .unwrap();
        let readable: Vec<Option<ContactId>> = found
            .into_iter()
            .map(|known| match known {
                Readable::Yes(known) => known.map(|known| known.contact.id),
                Readable::No => None,
            })
            .collect();
        assert_eq!(
            readable,
            [Some(query(1).contact), None, Some(query(3).contact)]
        );
    }
}
