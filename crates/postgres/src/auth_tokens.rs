use crate::{Postgres, convert::Place, transaction::store_error};
use async_trait::async_trait;
use tidings_kernel::{ApiKeyId, StoreError, TenantId};
use tidings_messaging::{AuthToken, AuthTokens, Sealed};

#[async_trait]
impl AuthTokens for Postgres {
    async fn put(&self, token: &AuthToken) -> Result<(), StoreError> {
        let mut transaction = self.begin_for(token.tenant).await?;
        sqlx::query!(
            "INSERT INTO auth_tokens (tenant_id, key_id, hash, sealed, created_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant_id) DO UPDATE SET key_id = excluded.key_id, hash = excluded.hash,
                 sealed = excluded.sealed, created_at = excluded.created_at",
            token.tenant.uuid(),
            token.key.uuid(),
            token.hash.as_slice(),
            token.sealed.0,
            token.created_at,
        )
        .execute(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)
    }

    async fn get(&self, tenant: TenantId) -> Result<Option<AuthToken>, StoreError> {
        let mut transaction = self.begin_for(tenant).await?;
        let row = sqlx::query!(
            "SELECT key_id, hash, sealed, created_at FROM auth_tokens WHERE tenant_id = $1",
            tenant.uuid(),
        )
        .fetch_optional(&mut *transaction)
        .await
        .map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        row.map(|row| {
            let place = Place::new("auth_tokens", tenant.uuid());
            Ok(AuthToken {
                tenant,
                key: ApiKeyId::from_uuid(row.key_id),
                hash: place.bytes("hash", &row.hash)?,
                sealed: Sealed(row.sealed),
                created_at: row.created_at,
            })
        })
        .transpose()
    }
}
