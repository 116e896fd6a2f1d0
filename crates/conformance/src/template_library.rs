use crate::{Stores, fixtures::NOW, pages, works::Works, world::World};
use std::collections::BTreeMap;
use tidings_kernel::{Channel, Purpose, TemplateId, TenantId};
use tidings_messaging::{Page, ProviderTemplate, StoredTemplate, TemplateError};
use tidings_templates::{ApprovalStatus, Variant, VariantBody};

/// Panics unless `stores.templates` keeps every promise of
/// [`TemplateLibrary`](tidings_messaging::TemplateLibrary).
pub async fn template_library(stores: &Stores) {
    let world = World::new(stores, 4);
    a_template_is_given_as_it_was_stored(&world).await;
    another_tenant_does_not_see_it(&world).await;
    a_name_is_taken_within_tenant_and_channel(&world).await;
    a_name_cannot_be_taken_by_an_update(&world).await;
    an_update_replaces_the_version_before(&world).await;
    an_update_of_another_version_changes_nothing(&world).await;
    a_name_finds_one_template_for_each_channel(&world).await;
    a_provider_s_id_finds_what_it_knows(&world).await;
    templates_are_listed_newest_first(&world).await;
    a_deleted_template_is_gone(&world).await;
    the_answer_is_stored_with_it(&world).await;
    nothing_is_stored_when_the_key_is_lost(&world).await;
}

/// A text template that is not stored.
pub(crate) fn new_template(world: &World<'_>, tenant: TenantId, name: &str) -> StoredTemplate {
    StoredTemplate {
        id: TemplateId::new(&world.ids),
        tenant,
        name: name.into(),
        category: "bookings".into(),
        channel: Channel::Sms,
        purpose: Purpose::Transactional,
        variants: vec![Variant {
            locale: "en_US".into(),
            body: VariantBody::Text("Your table is ready, {{first_name|there}}".into()),
        }],
        fields: Vec::new(),
        status: ApprovalStatus::Approved,
        provider_status: BTreeMap::from([("twilio".into(), ProviderTemplate::default())]),
        standings: Vec::new(),
        version: 1,
        created_at: NOW,
        updated_at: NOW,
    }
}

async fn stored(world: &World<'_>, tenant: TenantId, name: &str) -> StoredTemplate {
    let template = new_template(world, tenant, name);
    world.stores.templates.create(&template, None).await.works();
    template
}

async fn get(world: &World<'_>, template: &StoredTemplate) -> Option<StoredTemplate> {
    world
        .stores
        .templates
        .get(template.tenant, template.id)
        .await
        .works()
}

async fn a_template_is_given_as_it_was_stored(world: &World<'_>) {
    let template = stored(world, world.tenant().await, "table").await;
    let found = get(world, &template).await;
    assert_eq!(
        found,
        Some(template),
        "TemplateLibrary::get: the template, if the tenant has it"
    );
}

async fn another_tenant_does_not_see_it(world: &World<'_>) {
    let template = stored(world, world.tenant().await, "table").await;
    let other = world.tenant().await;
    let found = world.stores.templates.get(other, template.id).await.works();
    assert_eq!(found, None, "TemplateLibrary::get: if the tenant has it");
    let named = world.stores.templates.named(other, "table").await.works();
    assert_eq!(named, [], "TemplateLibrary::named: the tenant's templates");
    let changed = StoredTemplate {
        tenant: other,
        version: 2,
        ..template.clone()
    };
    let is_updated = world.stores.templates.update(&changed).await.works();
    let is_deleted = world
        .stores
        .templates
        .delete(other, template.id)
        .await
        .works();
    assert!(
        !is_updated && !is_deleted,
        "TemplateLibrary: another tenant's template is none"
    );
    assert_eq!(
        get(world, &template).await,
        Some(template),
        "TemplateLibrary: tenants are isolated"
    );
}

async fn a_provider_s_id_finds_what_it_knows(world: &World<'_>) {
    let (tenant, other) = (world.tenant().await, world.tenant().await);
    let known = |template: StoredTemplate, provider: &str, id: &str| {
        let status = ProviderTemplate {
            id: Some(id.into()),
            ..ProviderTemplate::default()
        };
        StoredTemplate {
            provider_status: BTreeMap::from([(provider.into(), status)]),
            ..template
        }
    };
    stored(world, tenant, "unknown").await;
    let wanted = known(new_template(world, tenant, "wanted"), "twilio", "HX1");
    for template in [
        wanted.clone(),
        known(new_template(world, tenant, "other id"), "twilio", "HX2"),
        known(
            new_template(world, tenant, "elsewhere"),
            "whatsapp_cloud",
            "HX1",
        ),
        known(new_template(world, other, "foreign"), "twilio", "HX1"),
    ] {
        world.stores.templates.create(&template, None).await.works();
    }
    let found = world.stores.templates.known_as(tenant, "twilio", "HX1");
    let sentence =
        "TemplateLibrary::known_as: the tenant's templates that a provider knows by this id";
    assert_eq!(found.await.works(), [wanted], "{sentence}");
    let none = world.stores.templates.known_as(tenant, "vonage", "HX1");
    assert_eq!(none.await.works(), [], "{sentence}");
}

async fn a_name_is_taken_within_tenant_and_channel(world: &World<'_>) {
    let template = stored(world, world.tenant().await, "table").await;
    let same = new_template(world, template.tenant, "table");
    let result = world.stores.templates.create(&same, None).await;
    let sentence = "TemplateError::NameTaken: another template of the channel has this name";
    assert!(
        matches!(result, Err(TemplateError::NameTaken)),
        "{sentence}"
    );
    assert_eq!(
        get(world, &same).await,
        None,
        "TemplateLibrary::create: nothing was stored"
    );
    let elsewhere = StoredTemplate {
        channel: Channel::Whatsapp,
        ..same
    };
    world
        .stores
        .templates
        .create(&elsewhere, None)
        .await
        .works();
    stored(world, world.tenant().await, "table").await;
}

async fn a_name_cannot_be_taken_by_an_update(world: &World<'_>) {
    let template = stored(world, world.tenant().await, "table").await;
    let other = stored(world, template.tenant, "booking").await;
    let renamed = StoredTemplate {
        name: "table".into(),
        version: 2,
        ..other.clone()
    };
    let result = world.stores.templates.update(&renamed).await;
    let sentence = "TemplateError::NameTaken: another template of the channel has this name";
    assert!(
        matches!(result, Err(TemplateError::NameTaken)),
        "{sentence}"
    );
    assert_eq!(
        get(world, &other).await,
        Some(other),
        "TemplateLibrary::update: nothing was changed"
    );
}

async fn an_update_replaces_the_version_before(world: &World<'_>) {
    let template = stored(world, world.tenant().await, "table").await;
    let changed = StoredTemplate {
        name: "table ready".into(),
        purpose: Purpose::Marketing,
        status: ApprovalStatus::Paused,
        version: 2,
        ..template
    };
    let is_updated = world.stores.templates.update(&changed).await.works();
    let sentence =
        "TemplateLibrary::update: replaces a template if the stored one has the version before it";
    assert_eq!(
        (is_updated, get(world, &changed).await),
        (true, Some(changed)),
        "{sentence}"
    );
}

async fn an_update_of_another_version_changes_nothing(world: &World<'_>) {
    let template = stored(world, world.tenant().await, "table").await;
    let sentence =
        "TemplateLibrary::update: false if somebody else changed it meanwhile, or there is none";
    for version in [1, 3] {
        let stale = StoredTemplate {
            name: "late".into(),
            version,
            ..template.clone()
        };
        assert!(
            !world.stores.templates.update(&stale).await.works(),
            "{sentence}"
        );
    }
    let stranger = StoredTemplate {
        version: 2,
        ..new_template(world, template.tenant, "none")
    };
    assert!(
        !world.stores.templates.update(&stranger).await.works(),
        "{sentence}"
    );
    assert_eq!(get(world, &stranger).await, None, "{sentence}");
    assert_eq!(get(world, &template).await, Some(template), "{sentence}");
}

async fn a_name_finds_one_template_for_each_channel(world: &World<'_>) {
    let sms = stored(world, world.tenant().await, "table").await;
    let whatsapp = StoredTemplate {
        channel: Channel::Whatsapp,
        ..new_template(world, sms.tenant, "table")
    };
    world.stores.templates.create(&whatsapp, None).await.works();
    stored(world, sms.tenant, "tables").await;
    let mut found = world
        .stores
        .templates
        .named(sms.tenant, "table")
        .await
        .works();
    found.sort_by_key(|template| template.channel);
    let sentence =
        "TemplateLibrary::named: the tenant's templates of this name, one for each channel at most";
    assert_eq!(found, [sms, whatsapp], "{sentence}");
}

async fn templates_are_listed_newest_first(world: &World<'_>) {
    let tenant = world.tenant().await;
    let mut newest_first = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        newest_first.insert(0, stored(world, tenant, name).await.id.uuid());
    }
    stored(world, world.tenant().await, "z").await;
    let whatsapp = StoredTemplate {
        channel: Channel::Whatsapp,
        ..new_template(world, tenant, "f")
    };
    world.stores.templates.create(&whatsapp, None).await.works();
    let id = |template: &StoredTemplate| template.id.uuid();
    pages::check("TemplateLibrary::list", &newest_first, id, async |page| {
        world
            .stores
            .templates
            .list(tenant, Some(Channel::Sms), page)
            .await
            .works()
    })
    .await;
    let all = world
        .stores
        .templates
        .list(
            tenant,
            None,
            Page {
                limit: 200,
                after: None,
            },
        )
        .await
        .works();
    assert_eq!(
        all.data.len(),
        6,
        "TemplateLibrary::list: of one channel if given"
    );
}

async fn a_deleted_template_is_gone(world: &World<'_>) {
    let template = stored(world, world.tenant().await, "table").await;
    let first = world
        .stores
        .templates
        .delete(template.tenant, template.id)
        .await
        .works();
    let second = world
        .stores
        .templates
        .delete(template.tenant, template.id)
        .await
        .works();
    assert_eq!(
        (first, second),
        (true, false),
        "TemplateLibrary::delete: false if there was none"
    );
    assert_eq!(
        get(world, &template).await,
        None,
        "TemplateLibrary::delete: removes a template"
    );
    stored(world, template.tenant, "table").await;
}

async fn the_answer_is_stored_with_it(world: &World<'_>) {
    let template = new_template(world, world.tenant().await, "table");
    let answer = world.answer(template.tenant).await;
    world
        .stores
        .templates
        .create(&template, Some(&answer))
        .await
        .works();
    let sentence = "TemplateLibrary::create: stores the answer that reports it, in one step";
    assert!(world.is_answered(&answer).await, "{sentence}");
}

async fn nothing_is_stored_when_the_key_is_lost(world: &World<'_>) {
    let template = new_template(world, world.tenant().await, "table");
    let lost = world.lost_answer(template.tenant).await;
    let result = world.stores.templates.create(&template, Some(&lost)).await;
    let sentence = "TemplateError::KeyLost: nothing was stored";
    assert!(
        matches!(result, Err(TemplateError::KeyLost(_))),
        "{sentence}"
    );
    assert_eq!(get(world, &template).await, None, "{sentence}");
}
