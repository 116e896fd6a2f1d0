use crate::Memory;
use async_trait::async_trait;
use tidings_kernel::{StoreError, TenantId};
use tidings_messaging::{ApiKey, Tenant, Tenants};

#[async_trait]
impl Tenants for Memory {
    async fn put(&self, tenant: &Tenant) -> Result<(), StoreError> {
        self.lock().tenants.insert(tenant.id, tenant.clone());
        Ok(())
    }

    async fn change(&self, before: &Tenant, after: &Tenant) -> Result<bool, StoreError> {
        match self.lock().tenants.get_mut(&before.id) {
            Some(stored) if stored == before => {
                *stored = Tenant {
                    id: before.id,
                    created_at: before.created_at,
                    ..after.clone()
                };
                Ok(true)
            }
            Some(_) | None => Ok(false),
        }
    }

    async fn get(&self, tenant: TenantId) -> Result<Option<Tenant>, StoreError> {
        Ok(self.lock().tenants.get(&tenant).cloned())
    }

    async fn list(&self) -> Result<Vec<Tenant>, StoreError> {
        let mut all: Vec<Tenant> = self.lock().tenants.values().cloned().collect();
        all.sort_by_key(|tenant| (tenant.created_at, tenant.id));
        Ok(all)
    }

    async fn put_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        self.lock().keys.insert(key.id, key.clone());
        Ok(())
    }

    async fn keys(&self, tenant: TenantId) -> Result<Vec<ApiKey>, StoreError> {
        let state = self.lock();
        let own = state.keys.values().filter(|key| key.tenant == tenant);
        let mut keys: Vec<ApiKey> = own.cloned().collect();
        keys.sort_by_key(|key| std::cmp::Reverse((key.created_at, key.id)));
        Ok(keys)
    }

    async fn find_key(&self, hash: [u8; 32]) -> Result<Option<ApiKey>, StoreError> {
        Ok(self
            .lock()
            .keys
            .values()
            .find(|key| key.hash == hash)
            .cloned())
    }
}
