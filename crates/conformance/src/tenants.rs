use crate::{
    Stores,
    fixtures::{self, NOW},
    works::Works,
    world::World,
};
use tidings_kernel::{AccountId, ApiKeyId, Channel, Money, Purpose, Region, TenantId};
use tidings_messaging::{
    ApiKey, ChannelSwitch, ConsentSettings, DoubleOptIn, FactsQuery, MarketingCap, Monthly, Scope,
    Settings, Tenant, TwilioFacade, UsRegistration, WhatsappSettings, Wording,
};
use tidings_routing::{AccountWeight, Policy, Rule, Strategy};
use time::Duration;

/// Panics unless `stores.tenants` keeps every promise of [`Tenants`](tidings_messaging::Tenants).
pub async fn tenants(stores: &Stores) {
    let world = World::new(stores, 1);
    a_tenant_is_given_as_it_was_stored(&world).await;
    what_a_tenant_has_chosen_is_kept(&world).await;
    a_stranger_is_absent(&world).await;
    storing_again_replaces(&world).await;
    a_change_replaces_what_is_as_it_was_read(&world).await;
    a_change_of_what_somebody_changed_meanwhile_is_refused(&world).await;
    tenants_are_listed_oldest_first(&world).await;
    a_key_is_found_by_its_hash(&world).await;
    expired_and_revoked_keys_are_found_too(&world).await;
    storing_a_key_again_replaces_it(&world).await;
    keys_are_listed_newest_first(&world).await;
}

async fn a_tenant_is_given_as_it_was_stored(world: &World<'_>) {
    let tenant = fixtures::tenant(TenantId::new(&world.ids));
    world.stores.tenants.put(&tenant).await.works();
    let found = world.stores.tenants.get(tenant.id).await.works();
    assert_eq!(
        found,
        Some(tenant),
        "Tenants::get: the tenant, if it exists"
    );
}

async fn what_a_tenant_has_chosen_is_kept(world: &World<'_>) {
    let plain = fixtures::tenant(TenantId::new(&world.ids));
    let hours = serde_json::json!({"windows": {"monday": ["09:00-17:30"]}});
    let tenant = Tenant {
        settings: Settings {
            help_text: Some("Example Ltd: help at example.com".into()),
            brand: Some("Café Example".into()),
            wording: Wording::Require,
            link_domains: vec!["example.com".into()],
            marketing_cap: Some(MarketingCap { most: 3, hours: 24 }),
            consent: ConsentSettings {
                double_opt_in: DoubleOptIn::Everywhere,
                soft_opt_in: vec![Region::parse("GB").works()],
                single_opt_in: vec![Region::parse("AT").works()],
                max_age_days: Some(365),
            },
            business_hours: serde_json::from_value(hours).works(),
            us_registration: UsRegistration::Approved,
            monthly: Monthly {
                messages: Some(u64::MAX),
                budget: Some(Money::parse("12.345678", "EUR").works()),
            },
            channel_switch: ChannelSwitch {
                after: 5,
                count_unconfirmed: true,
                tell: false,
                notice: Some("Example Ltd: by SMS from now on".into()),
            },
            whatsapp: WhatsappSettings {
                medium_quality_percent: 30,
                read_receipts: false,
            },
            routing: Policy {
                rules: vec![Rule {
                    purposes: vec![Purpose::Marketing],
                    regions: vec![Region::parse("GB").works()],
                    channels: vec![Channel::Sms],
                    strategy: Strategy::Weighted,
                    weights: vec![AccountWeight {
                        account: AccountId::new(&world.ids),
                        weight: 3,
                    }],
                    sticky: true,
                }],
            },
            twilio_facade: TwilioFacade {
                purpose: Some(Purpose::Reminder),
                services: [("MG1".to_owned(), Purpose::Marketing)].into(),
                any_sender: true,
            },
        },
        ..plain.clone()
    };
    let sentence = "Tenant::settings: as they were stored, and stored again";
    for settled in [tenant, plain] {
        world.stores.tenants.put(&settled).await.works();
        let found = world.stores.tenants.get(settled.id).await.works();
        assert_eq!(found.as_ref(), Some(&settled), "{sentence}");
        let all = world.stores.tenants.list().await.works();
        assert!(all.contains(&settled), "{sentence}");
        let contact = world.contact(settled.id, 1).await.id;
        let query = FactsQuery::of(settled.id, contact);
        let known = world.stores.facts.load(&[query], NOW).await.works();
        let known = known.into_iter().next().flatten();
        assert_eq!(
            known.map(|known| known.tenant),
            Some(settled),
            "Known::tenant: the tenant"
        );
    }
}

async fn a_stranger_is_absent(world: &World<'_>) {
    let found = world
        .stores
        .tenants
        .get(TenantId::new(&world.ids))
        .await
        .works();
    assert_eq!(found, None, "Tenants::get: the tenant, if it exists");
}

async fn storing_again_replaces(world: &World<'_>) {
    let tenant = fixtures::tenant(world.tenant().await);
    let renamed = Tenant {
        name: "Renamed".into(),
        ..tenant
    };
    world.stores.tenants.put(&renamed).await.works();
    let found = world.stores.tenants.get(renamed.id).await.works();
    assert_eq!(
        found,
        Some(renamed),
        "Tenants::put: storing the same id again replaces it"
    );
}

async fn a_change_replaces_what_is_as_it_was_read(world: &World<'_>) {
    let tenants = &world.stores.tenants;
    let before = fixtures::tenant(world.tenant().await);
    tenants.put(&before).await.works();
    let after = Tenant {
        name: "Changed".into(),
        disabled_channels: vec![Channel::Sms],
        created_at: NOW + Duration::DAY,
        ..before.clone()
    };
    assert!(
        tenants.change(&before, &after).await.works(),
        "Tenants::change: replaces a tenant if the stored one still is as `before`"
    );
    let expected = Tenant {
        created_at: before.created_at,
        ..after
    };
    assert_eq!(
        tenants.get(before.id).await.works(),
        Some(expected),
        "Tenants::change: when it was made stays"
    );
    let stranger = fixtures::tenant(TenantId::new(&world.ids));
    assert!(
        !tenants.change(&stranger, &stranger).await.works(),
        "Tenants::change: `false` if there is none"
    );
}

async fn a_change_of_what_somebody_changed_meanwhile_is_refused(world: &World<'_>) {
    let tenants = &world.stores.tenants;
    let before = fixtures::tenant(world.tenant().await);
    let closed = Tenant {
        disabled_channels: Channel::ALL.to_vec(),
        ..before.clone()
    };
    tenants.put(&closed).await.works();
    let renamed = Tenant {
        name: "Renamed".into(),
        ..before.clone()
    };
    assert!(
        !tenants.change(&before, &renamed).await.works(),
        "Tenants::change: `false` if somebody else changed it meanwhile"
    );
    assert_eq!(
        tenants.get(before.id).await.works(),
        Some(closed),
        "Tenants::change: then nothing is changed"
    );
}

async fn tenants_are_listed_oldest_first(world: &World<'_>) {
    let young = fixtures::tenant(TenantId::new(&world.ids));
    let id = TenantId::new(&world.ids);
    let old = Tenant {
        created_at: NOW - Duration::DAY,
        ..fixtures::tenant(id)
    };
    world.stores.tenants.put(&young).await.works();
    world.stores.tenants.put(&old).await.works();
    let all = world.stores.tenants.list().await.works();
    let ours: Vec<TenantId> = all
        .iter()
        .map(|t| t.id)
        .filter(|id| [young.id, old.id].contains(id))
        .collect();
    assert_eq!(
        ours,
        [old.id, young.id],
        "Tenants::list: every tenant, oldest first"
    );
}

fn new_key(world: &World<'_>, tenant: TenantId, first: u8) -> ApiKey {
    let mut hash = [first; 32];
    hash[..16].copy_from_slice(tenant.uuid().as_bytes());
    ApiKey {
        id: ApiKeyId::new(&world.ids),
        tenant,
        name: "Shop".into(),
        hash,
        scope: Scope::Send,
        created_at: NOW,
        expires_at: None,
        revoked_at: None,
    }
}

async fn a_key_is_found_by_its_hash(world: &World<'_>) {
    let key = new_key(world, world.tenant().await, 1);
    let other = new_key(world, world.tenant().await, 1);
    world.stores.tenants.put_key(&key).await.works();
    world.stores.tenants.put_key(&other).await.works();
    let unknown = new_key(world, key.tenant, 2);
    for (hash, expected) in [
        (key.hash, Some(key)),
        (other.hash, Some(other)),
        (unknown.hash, None),
    ] {
        let found = world.stores.tenants.find_key(hash).await.works();
        assert_eq!(
            found, expected,
            "Tenants::find_key: the key with this hash, whatever tenant it opens"
        );
    }
}

async fn expired_and_revoked_keys_are_found_too(world: &World<'_>) {
    let key = new_key(world, world.tenant().await, 3);
    let ended = Some(NOW - Duration::DAY);
    let key = ApiKey {
        expires_at: ended,
        revoked_at: ended,
        ..key
    };
    world.stores.tenants.put_key(&key).await.works();
    let found = world.stores.tenants.find_key(key.hash).await.works();
    assert_eq!(
        found,
        Some(key),
        "Tenants::find_key: expired and revoked ones too"
    );
}

async fn storing_a_key_again_replaces_it(world: &World<'_>) {
    let key = new_key(world, world.tenant().await, 4);
    world.stores.tenants.put_key(&key).await.works();
    let revoked = ApiKey {
        revoked_at: Some(NOW),
        ..key
    };
    world.stores.tenants.put_key(&revoked).await.works();
    let found = world.stores.tenants.find_key(revoked.hash).await.works();
    assert_eq!(
        found,
        Some(revoked),
        "Tenants::put_key: storing the same id again replaces it"
    );
}

async fn keys_are_listed_newest_first(world: &World<'_>) {
    let (tenant, other) = (world.tenant().await, world.tenant().await);
    let older = ApiKey {
        created_at: NOW - Duration::DAY,
        revoked_at: Some(NOW),
        ..new_key(world, tenant, 5)
    };
    let newer = new_key(world, tenant, 6);
    for key in [&older, &newer, &new_key(world, other, 7)] {
        world.stores.tenants.put_key(key).await.works();
    }
    assert_eq!(
        world.stores.tenants.keys(tenant).await.works(),
        [newer, older],
        "Tenants::keys: the tenant's keys, newest first; expired and revoked ones too"
    );
}
