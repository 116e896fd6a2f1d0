//! Accounts by the tokens of their callback addresses.

use super::{AccountRow, SenderRow};
use crate::{Postgres, convert::Place, transaction::store_error};
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use tidings_kernel::StoreError;
use tidings_messaging::{ProviderAccount, Sender};
use uuid::Uuid;

/// A sender as the database tells it beside its account.
#[derive(Deserialize)]
struct SenderText {
    id: String,
    address: String,
    channels: Vec<String>,
    region: Option<String>,
    limits: serde_json::Value,
}

/// The account of each token, in its place. One that makes no sense does not hold up the others.
pub(crate) async fn by_tokens(
    store: Postgres,
    tokens: Vec<String>,
) -> Vec<Result<Option<ProviderAccount>, StoreError>> {
    let accounts = match store.accounts_by_tokens(&tokens).await {
        Ok(accounts) => accounts,
        Err(error) => {
            return tokens
                .iter()
                .map(|_| Err(StoreError::unavailable(error.to_string())))
                .collect();
        }
    };
    tokens
        .iter()
        .map(|token| match accounts.get(token) {
            Some(Ok(account)) => Ok(Some(account.clone())),
            Some(Err(StoreError::Inconsistent { context, .. })) => {
                Err(StoreError::inconsistent(context.clone()))
            }
            Some(Err(error @ StoreError::Unavailable(_))) => {
                Err(StoreError::unavailable(error.to_string()))
            }
            None => Ok(None),
        })
        .collect()
}

impl Postgres {
    /// By token; nothing for a token that nobody has.
    async fn accounts_by_tokens(
        &self,
        tokens: &[String],
    ) -> Result<HashMap<String, Result<ProviderAccount, StoreError>>, StoreError> {
        let unique: BTreeSet<&str> = tokens.iter().map(String::as_str).collect();
        let unique: Vec<&str> = unique.into_iter().collect();
        let rows = sqlx::query!(
            r#"SELECT tenant_id AS "tenant_id!", id AS "id!", provider AS "provider!", name AS "name!",
                   sealed_credentials AS "sealed_credentials!", callback_token AS "callback_token!",
                   is_enabled AS "is_enabled!", priority AS "priority!", daily_limit, rate_per_second,
                   prices AS "prices!", created_at AS "created_at!", senders AS "senders!"
               FROM find_accounts_by_tokens($1)"#,
            &unique as &[&str],
        )
        .fetch_all(&self.pool)
        .await
        .map_err(store_error)?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let token = row.callback_token.clone();
                let senders = senders(row.id, row.senders);
                let row = AccountRow {
                    tenant_id: row.tenant_id,
                    id: row.id,
                    provider: row.provider,
                    name: row.name,
                    sealed_credentials: row.sealed_credentials,
                    callback_token: row.callback_token,
                    is_enabled: row.is_enabled,
                    priority: row.priority,
                    daily_limit: row.daily_limit,
                    rate_per_second: row.rate_per_second,
                    prices: row.prices,
                    created_at: row.created_at,
                };
                (token, senders.and_then(|senders| row.with(senders)))
            })
            .collect())
    }
}

fn senders(account: Uuid, told: serde_json::Value) -> Result<Vec<Sender>, StoreError> {
    let place = Place::new("provider_accounts", account);
    let told: Vec<SenderText> = place.json("senders", told)?;
    told.into_iter()
        .map(|text| {
            let row = SenderRow {
                id: place.parse("senders", &text.id)?,
                address: text.address,
                channels: text.channels,
                region: text.region,
                limits: text.limits,
                standing: None,
            };
            row.sender()
        })
        .collect()
}
