use crate::Memory;
use async_trait::async_trait;
use tidings_kernel::{StoreError, TenantId};
use tidings_messaging::{AuthToken, AuthTokens};

#[async_trait]
impl AuthTokens for Memory {
    async fn put(&self, token: &AuthToken) -> Result<(), StoreError> {
        self.lock().auth_tokens.insert(token.tenant, token.clone());
        Ok(())
    }

    async fn get(&self, tenant: TenantId) -> Result<Option<AuthToken>, StoreError> {
        Ok(self.lock().auth_tokens.get(&tenant).cloned())
    }
}
