use crate::{Stores, fixtures::NOW, works::Works, world::World};
use tidings_kernel::{ApiKeyId, TenantId};
use tidings_messaging::{AuthToken, Sealed};

/// Panics unless `stores.tokens` keeps every promise of [`AuthTokens`](tidings_messaging::AuthTokens).
pub async fn auth_tokens(stores: &Stores) {
    let world = World::new(stores, 41);
    a_tenant_without_a_token_has_none(&world).await;
    a_token_is_given_as_it_was_stored(&world).await;
    the_one_before_works_no_more(&world).await;
}

async fn get(world: &World<'_>, tenant: TenantId) -> Option<AuthToken> {
    world.stores.tokens.get(tenant).await.works()
}

async fn put(world: &World<'_>, tenant: TenantId, byte: u8) -> AuthToken {
    let token = AuthToken {
        tenant,
        key: ApiKeyId::new(&world.ids),
        hash: [byte; 32],
        sealed: Sealed(vec![byte, 0, 255]),
        created_at: NOW,
    };
    world.stores.tokens.put(&token).await.works();
    token
}

async fn a_tenant_without_a_token_has_none(world: &World<'_>) {
    let (tenant, other) = (world.tenant().await, world.tenant().await);
    put(world, other, 1).await;
    let sentence = "AuthTokens::get: the tenant's token, if it has one";
    assert_eq!(get(world, tenant).await, None, "{sentence}");
    let nobody = TenantId::new(&world.ids);
    assert_eq!(get(world, nobody).await, None, "{sentence}");
}

async fn a_token_is_given_as_it_was_stored(world: &World<'_>) {
    let (tenant, other) = (world.tenant().await, world.tenant().await);
    let (token, others) = (put(world, tenant, 1).await, put(world, other, 2).await);
    let sentence = "AuthTokens::put: stores a tenant's token";
    assert_eq!(get(world, tenant).await, Some(token), "{sentence}");
    assert_eq!(get(world, other).await, Some(others), "{sentence}");
}

async fn the_one_before_works_no_more(world: &World<'_>) {
    let tenant = world.tenant().await;
    put(world, tenant, 1).await;
    let second = put(world, tenant, 2).await;
    assert_eq!(
        get(world, tenant).await,
        Some(second),
        "AuthTokens::put: the one before works no more"
    );
}
