//! `tidings tenant …` and `tidings key …`.

use crate::{SystemClock, SystemIds, SystemSecrets};
use secrecy::SecretString;
use tidings_http_api::{Secrets, new_key_text};
use tidings_kernel::{ApiKeyId, BoxError, Clock, Locale, Region, TenantId};
use tidings_messaging::{ApiKey, Scope, Tenant, Tenants};
use tidings_postgres::{Postgres, Role};
use tidings_quiet_hours::Zone;

/// There is no such tenant.
#[derive(Debug, thiserror::Error)]
#[error("there is no tenant {0}: see `tidings tenant list`")]
pub struct NoTenant(TenantId);

/// What a new tenant is told by its operator.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// The name that recipients know.
    pub name: String,
    /// Where national phone numbers are read.
    pub region: Option<Region>,
    /// The clock of the business.
    pub time_zone: Option<Zone>,
    /// The language to fall back to.
    pub locale: Locale,
}

/// Connects for a command: every tenant is seen, one statement after the other.
///
/// # Errors
/// The database cannot be reached, or is behind.
pub async fn open(database_url: &SecretString) -> Result<Postgres, BoxError> {
    let postgres = Postgres::connect(database_url, Role::Worker, 2).await?;
    crate::require_migrations(&postgres).await?;
    Ok(postgres)
}

/// Makes a tenant.
///
/// # Errors
/// It could not be stored.
pub async fn create_tenant(tenants: &dyn Tenants, new: NewTenant) -> Result<Tenant, BoxError> {
    let tenant = Tenant {
        id: TenantId::new(&SystemIds),
        name: new.name,
        default_region: new.region,
        time_zone: new.time_zone,
        locale: new.locale,
        disabled_channels: Vec::new(),
        settings: tidings_messaging::Settings::default(),
        created_at: SystemClock.now(),
    };
    tenants.put(&tenant).await?;
    Ok(tenant)
}

/// Makes a key and gives its text, which is kept nowhere.
///
/// # Errors
/// There is no such tenant, or the key could not be stored.
pub async fn create_key(
    tenants: &dyn Tenants,
    tenant: TenantId,
    name: String,
    scope: Scope,
) -> Result<String, BoxError> {
    if tenants.get(tenant).await?.is_none() {
        return Err(NoTenant(tenant).into());
    }
    let (text, hash) = new_key_text(SystemSecrets::new()?.random());
    let key = ApiKey {
        id: ApiKeyId::new(&SystemIds),
        tenant,
        name,
        hash,
        scope,
        created_at: SystemClock.now(),
        expires_at: None,
        revoked_at: None,
    };
    tenants.put_key(&key).await?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_http_api::key_hash;
    use tidings_memory::Memory;

    #[tokio::test]
    async fn a_key_opens_its_tenant_and_its_text_is_not_kept() {
        let memory = Memory::new();
        let new = NewTenant {
            name: "Example Ltd".into(),
            region: None,
            time_zone: None,
            locale: Locale::parse("en").unwrap(),
        };
        let tenant = create_tenant(&memory, new).await.unwrap();
        let text = create_key(&memory, tenant.id, "CI".into(), Scope::Send)
            .await
            .unwrap();
        let key = memory.find_key(key_hash(&text)).await.unwrap().unwrap();
        assert_eq!((key.tenant, key.scope), (tenant.id, Scope::Send));
        assert!(!format!("{key:?}").contains(&text));
    }

    #[tokio::test]
    async fn a_key_needs_a_tenant() {
        let stranger = TenantId::new(&SystemIds);
        let refused = create_key(&Memory::new(), stranger, "CI".into(), Scope::Read).await;
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("tidings tenant list")
        );
    }
}
