use super::world::{PASSWORD, World};
use tidings_kernel::Channel;
use tidings_messaging::{Members, Role, Tenant, Tenants};

async fn tenant(world: &World) -> Tenant {
    let found = Tenants::get(&*world.memory, world.ours.tenant).await;
    found.unwrap().unwrap()
}

#[tokio::test]
async fn the_business_is_changed_whole_or_not_at_all() {
    let world = World::new().await;
    let admin = world.ours.of(Role::Admin);
    world
        .get(admin, "/console/settings")
        .await
        .expect(200)
        .shows("value=\"Ours\"");
    let fields = [
        ("name", "Ours Ltd"),
        ("region", "DE"),
        ("time_zone", "Europe/Berlin"),
        ("locale", "de_DE"),
        ("brand", "Ours"),
        ("cap_most", "3"),
        ("cap_hours", "24"),
        ("medium_quality", "20"),
        ("read_receipts", "on"),
    ];
    world
        .post(admin, "/console/settings", &fields)
        .await
        .location();
    let stored = tenant(&world).await;
    assert_eq!((stored.name.as_str(), stored.brand()), ("Ours Ltd", "Ours"));
    assert_eq!(stored.settings.marketing_cap.unwrap().most, 3);
    let whatsapp = stored.settings.whatsapp;
    assert_eq!(
        (whatsapp.medium_quality_percent, whatsapp.read_receipts),
        (20, true)
    );
    let wrong = [
        ("name", ""),
        ("locale", "!"),
        ("time_zone", "Mars/Hill"),
        ("cap_most", "3"),
        ("medium_quality", "0"),
    ];
    let reply = world
        .post(admin, "/console/settings", &wrong)
        .await
        .expect(422);
    let reply = reply.shows("f-name-problem").shows("f-locale-problem");
    reply
        .shows("f-time_zone-problem")
        .shows("f-medium_quality-problem")
        .shows("f-cap_hours-problem");
    assert_eq!(tenant(&world).await, stored);
}

#[tokio::test]
async fn hours_need_a_clock() {
    let world = World::new().await;
    let admin = world.ours.of(Role::Admin);
    let hours = [("monday", "09:00-17:00"), ("dates", "2026-12-25")];
    let path = "/console/settings/hours";
    world.get(admin, path).await.shows("Choose its time zone");
    world
        .post(admin, path, &hours)
        .await
        .expect(422)
        .shows("f-monday-problem");
    let zone = [
        ("name", "Ours"),
        ("locale", "en"),
        ("time_zone", "Europe/Berlin"),
    ];
    world
        .post(admin, "/console/settings", &zone)
        .await
        .location();
    world.post(admin, path, &hours).await.location();
    assert!(tenant(&world).await.settings.business_hours.is_some());
    let page = world.get(admin, path).await.expect(200);
    page.shows("09:00-17:00").shows("2026-12-25");
    let without = [("name", "Ours"), ("locale", "en")];
    let reply = world
        .post(admin, "/console/settings", &without)
        .await
        .expect(422);
    reply.shows("remove them first");
    world.post(admin, path, &[]).await.location();
    assert!(tenant(&world).await.settings.business_hours.is_none());
}

#[tokio::test]
async fn a_channel_is_closed_and_opened_again() {
    let world = World::new().await;
    let admin = world.ours.of(Role::Admin);
    let path = "/console/settings/switches";
    let throw = |to| [("channel", "sms"), ("to", to)];
    let reply = world.post(admin, path, &throw("closed")).await;
    let page = world.get(admin, &reply.location()).await;
    page.shows("The switch is thrown").shows("Open SMS");
    assert_eq!(tenant(&world).await.disabled_channels, [Channel::Sms]);
    world.post(admin, path, &throw("closed")).await.location();
    assert_eq!(tenant(&world).await.disabled_channels, [Channel::Sms]);
    world.post(admin, path, &throw("open")).await.location();
    assert!(tenant(&world).await.disabled_channels.is_empty());
    world.post(admin, path, &throw("maybe")).await.expect(422);
    world
        .post(admin, path, &[("channel", "fax"), ("to", "open")])
        .await
        .expect(422);
}

#[tokio::test]
async fn a_key_is_shown_once_and_withdrawn() {
    let world = World::new().await;
    let admin = world.ours.of(Role::Admin);
    let path = "/console/settings/keys";
    world.get(admin, path).await.shows("No keys yet");
    let fields = [("name", "Shop"), ("scope", "send"), ("days", "30")];
    let reply = world.post(admin, path, &fields).await.expect(200);
    reply.shows("tk_test").shows("cannot be shown again");
    world
        .get(admin, path)
        .await
        .hides("tk_test")
        .shows("Shop")
        .shows("Works");
    let wrong = [("name", ""), ("scope", "root"), ("days", "soon")];
    let reply = world.post(admin, path, &wrong).await.expect(422);
    reply
        .shows("f-name-problem")
        .shows("f-scope-problem")
        .shows("f-days-problem");
    let key = world
        .memory
        .keys(world.ours.tenant)
        .await
        .unwrap()
        .remove(0);
    let revoke = format!("{path}/{}/revoke", key.id);
    world.post(admin, &revoke, &[]).await.location();
    world
        .get(admin, path)
        .await
        .shows("Withdrawn")
        .hides("Works");
}

#[tokio::test]
async fn nobody_gives_or_takes_more_than_their_own_role() {
    let world = World::new().await;
    let (admin, owner) = (world.ours.of(Role::Admin), world.ours.owner());
    let path = "/console/settings/members";
    let fields = |role| {
        [
            ("name", "Bo"),
            ("email", "Bo@Example.com"),
            ("role", role),
            ("password", PASSWORD),
        ]
    };
    let reply = world.post(admin, path, &fields("owner")).await.expect(422);
    reply.shows("f-role-problem").hides(PASSWORD);
    world.post(admin, path, &fields("viewer")).await.location();
    let taken = world.post(admin, path, &fields("viewer")).await.expect(422);
    taken.shows("f-email-problem");
    let login = [("email", "bo@example.com"), ("password", PASSWORD)];
    world
        .post_unknown("/console/login", &login)
        .await
        .location();
    let own = format!("{path}/{}", owner.member.id);
    let weaker = [("name", "x"), ("role", "viewer")];
    world.post(admin, &own, &weaker).await.expect(403);
    let last = world.post(owner, &own, &weaker).await.expect(422);
    last.shows("keeps at least one owner");
    let locked = [("name", "x"), ("role", "owner"), ("locked", "on")];
    world
        .post(owner, &own, &locked)
        .await
        .expect(422)
        .shows("lock yourself out");
}

#[tokio::test]
async fn whoever_is_locked_out_is_logged_out() {
    let world = World::new().await;
    let (owner, viewer) = (world.ours.owner(), world.ours.of(Role::Viewer));
    let path = format!("/console/settings/members/{}", viewer.member.id);
    world.get(owner, &path).await.expect(200);
    let locked = [("name", "x"), ("role", "viewer"), ("locked", "on")];
    world.post(owner, &path, &locked).await.location();
    world.get(viewer, "/console").await.location();
    let reset = [
        ("name", "x"),
        ("role", "member"),
        ("password", "another fine horse"),
    ];
    world.post(owner, &path, &reset).await.location();
    let stored = Members::get(&*world.memory, viewer.member.tenant, viewer.member.id).await;
    let stored = stored.unwrap().unwrap();
    assert!(stored.is_active() && stored.role == Role::Member);
    let login = [
        ("email", stored.email.as_str()),
        ("password", "another fine horse"),
    ];
    world
        .post_unknown("/console/login", &login)
        .await
        .location();
}
