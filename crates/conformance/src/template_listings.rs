use crate::{Stores, fixtures::NOW, template_library::new_template, works::Works, world::World};
use tidings_kernel::{Channel, TemplateId, TenantId};
use tidings_messaging::{
    ProviderAccount, RemoteTemplate, Sameness, Sighting, StoredTemplate, TemplateListing,
};
use tidings_templates::{ApprovalStatus, Category, Quality};
use time::{Duration, OffsetDateTime};

/// Panics unless `stores.listings` keeps every promise of [`TemplateListings`](tidings_messaging::TemplateListings).
pub async fn template_listings(stores: &Stores) {
    let world = World::new(stores, 63);
    sightings_are_put_to_what_is_known(&world).await;
    simultaneous_sightings_are_both_kept(&world).await;
    an_account_that_is_gone_sees_nothing(&world).await;
    another_tenant_does_not_see_it(&world).await;
    what_was_not_seen_is_gone(&world).await;
    what_was_removed_is_gone(&world).await;
    a_removed_template_leaves_its_listings_behind(&world).await;
}

fn shown(account: &ProviderAccount, id: &str, at: OffsetDateTime) -> Sighting {
    let remote = RemoteTemplate {
        id: id.into(),
        name: "order_update".into(),
        locale: "en_US".into(),
        category: Some(Category::Utility),
        status: ApprovalStatus::Rejected,
        word: "REJECTED".into(),
        rejection_reason: Some("INVALID_FORMAT".into()),
        quality: Some(Quality::Green),
        components: Some(Vec::new()),
    };
    let whose = (account.tenant, account.id, account.provider.as_str());
    Sighting::shown(whose, &remote, at, at)
}

async fn see(world: &World<'_>, sightings: &[Sighting]) -> Vec<TemplateListing> {
    world.stores.listings.see(sightings).await.works()
}

async fn all(world: &World<'_>, tenant: TenantId) -> Vec<TemplateListing> {
    world.stores.listings.of_tenant(tenant).await.works()
}

async fn account(world: &World<'_>) -> ProviderAccount {
    world.account(world.tenant().await).await
}

async fn template(world: &World<'_>, tenant: TenantId) -> StoredTemplate {
    let template = StoredTemplate {
        channel: Channel::Whatsapp,
        ..new_template(world, tenant, "order_update")
    };
    world.stores.templates.create(&template, None).await.works();
    template
}

/// A sighting of what was handed in.
fn linked(account: &ProviderAccount, template: &StoredTemplate, id: &str) -> Sighting {
    let variant = template.variants.first();
    Sighting {
        template: Some(template.id),
        sameness: variant.map_or(Sameness::Unknown, |variant| {
            Sameness::HandedIn(variant.body.clone())
        }),
        ..shown(account, id, NOW)
    }
}

async fn sightings_are_put_to_what_is_known(world: &World<'_>) {
    let account = account(world).await;
    let template = template(world, account.tenant).await;
    let first = linked(&account, &template, "2");
    let other = shown(&account, "1", NOW);
    let later = Sighting {
        events: Vec::new(),
        ..shown(&account, "2", NOW + Duration::HOUR)
    };
    let expected = TemplateListing::after(None, &first);
    let found = see(world, &[first, other.clone()]).await;
    let sentence = "TemplateListings::see: gives what is known now, in their order";
    let other = TemplateListing::after(None, &other);
    assert_eq!(found, [expected.clone(), other.clone()], "{sentence}");
    let after = TemplateListing::after(Some(expected), &later);
    let seen = see(world, &[later]).await;
    assert_eq!(seen, std::slice::from_ref(&after), "{sentence}");
    let listings = &world.stores.listings;
    let own = listings.of_template(account.tenant, template.id).await;
    let own = own.works();
    let sentence = "TemplateListings::of_template: the listings of one template of ours";
    assert_eq!(own, std::slice::from_ref(&after), "{sentence}");
    let sentence = "TemplateListings::of_tenant: by name, locale, provider and id";
    assert_eq!(
        all(world, account.tenant).await,
        [other, after],
        "{sentence}"
    );
}

async fn simultaneous_sightings_are_both_kept(world: &World<'_>) {
    let account = account(world).await;
    let green = shown(&account, "1", NOW);
    let linked = linked(&account, &template(world, account.tenant).await, "1");
    let listings = &world.stores.listings;
    let (one, two) = ([green], [linked]);
    let (first, second) = tokio::join!(listings.see(&one), listings.see(&two));
    first.works();
    second.works();
    let [green, linked] = [one, two].map(|[sighting]| sighting);
    let expected = TemplateListing::after(Some(TemplateListing::after(None, &green)), &linked);
    let sentence = "TemplateListings::see: of two about the same template neither is lost";
    assert_eq!(all(world, account.tenant).await, [expected], "{sentence}");
}

async fn an_account_that_is_gone_sees_nothing(world: &World<'_>) {
    let account = account(world).await;
    see(world, &[shown(&account, "1", NOW)]).await;
    let accounts = &world.stores.accounts;
    accounts.delete(account.tenant, account.id).await.works();
    let sentence = "TemplateListings::see: one of an account that is gone is left out";
    let found = see(world, &[shown(&account, "2", NOW)]).await;
    assert_eq!(found, [], "{sentence}");
    assert_eq!(all(world, account.tenant).await, [], "{sentence}");
}

async fn another_tenant_does_not_see_it(world: &World<'_>) {
    let account = account(world).await;
    let template = template(world, account.tenant).await;
    see(world, &[linked(&account, &template, "1")]).await;
    let other = world.tenant().await;
    let found = world.stores.listings.of_template(other, template.id).await;
    assert_eq!(found.works(), [], "TemplateListings: within its tenant");
    assert_eq!(all(world, other).await, [], "TemplateListings: of a tenant");
    let theirs = world.account(other).await;
    let forged = Sighting {
        template: Some(template.id),
        ..shown(&theirs, "1", NOW)
    };
    let found = see(world, &[forged]).await;
    let links: Vec<Option<TemplateId>> = found.iter().map(|it| it.template).collect();
    let sentence = "TemplateListings: a listing belongs to no template of another tenant's";
    assert_eq!(links, [None], "{sentence}");
}

async fn what_was_not_seen_is_gone(world: &World<'_>) {
    let account = account(world).await;
    let template = template(world, account.tenant).await;
    let foreign = shown(&account, "2", NOW);
    let seen = shown(&account, "3", NOW + Duration::HOUR);
    see(world, &[linked(&account, &template, "1"), foreign, seen]).await;
    let before = NOW + Duration::HOUR;
    let vanish = async || {
        let listings = &world.stores.listings;
        listings
            .vanish(account.tenant, account.id, before)
            .await
            .works()
    };
    let gone = vanish().await;
    let ids = |listings: &[TemplateListing]| -> Vec<(String, bool)> {
        listings
            .iter()
            .map(|it| (it.id.clone(), it.is_gone))
            .collect()
    };
    let sentence = "TemplateListings::vanish: those of ours are gone, others are forgotten";
    assert_eq!(ids(&gone), [("1".to_owned(), true)], "{sentence}");
    assert_eq!(
        ids(&all(world, account.tenant).await),
        [("1".to_owned(), true), ("3".to_owned(), false)],
        "{sentence}"
    );
    let sentence = "TemplateListings::vanish: gives those that were not gone yet";
    assert_eq!(vanish().await, [], "{sentence}");
}

async fn what_was_removed_is_gone(world: &World<'_>) {
    let account = account(world).await;
    let template = template(world, account.tenant).await;
    let there = see(world, &[linked(&account, &template, "1")]).await;
    let Some(there) = there.into_iter().next() else {
        panic!("TemplateListings::see: gives what is known now");
    };
    let removed = Sighting::removed(&there, NOW + Duration::HOUR);
    let before = shown(&account, "1", NOW + Duration::MINUTE);
    see(world, std::slice::from_ref(&removed)).await;
    see(world, std::slice::from_ref(&before)).await;
    let expected = TemplateListing::after(Some(there), &removed);
    let expected = TemplateListing::after(Some(expected), &before);
    let sentence =
        "TemplateListings::see: what was removed stays gone for a look that asked before";
    assert!(expected.is_gone, "{sentence}");
    assert_eq!(all(world, account.tenant).await, [expected], "{sentence}");
}

async fn a_removed_template_leaves_its_listings_behind(world: &World<'_>) {
    let account = account(world).await;
    let template = template(world, account.tenant).await;
    see(world, &[linked(&account, &template, "1")]).await;
    let templates = &world.stores.templates;
    templates.delete(account.tenant, template.id).await.works();
    let left = all(world, account.tenant).await;
    let links: Vec<Option<TemplateId>> = left.iter().map(|it| it.template).collect();
    let sentence = "TemplateListings::of_tenant: a template that was removed leaves its own behind";
    assert_eq!(links, [None], "{sentence}");
}
