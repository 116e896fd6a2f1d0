use super::world::{NOW, World};
use tidings_kernel::CallbackId;
use tidings_messaging::{CallbackRequest, Inbox, PutBack, RawCallback, Role};
use time::Duration;

#[tokio::test]
async fn what_was_given_up_is_applied_anew_by_an_admin() {
    let world = World::new().await;
    let account = world.account(world.ours.tenant, "Main").await;
    let admin = world.ours.of(Role::Admin);
    world
        .get(admin, "/console/callbacks")
        .await
        .expect(200)
        .shows("Everything is applied");
    let raw = RawCallback {
        id: CallbackId::new(&*world.console.ids),
        tenant: account.tenant,
        account: account.id,
        provider: account.provider.clone(),
        request: CallbackRequest {
            method: "POST".into(),
            url: "https://console.example.com/callbacks/carrier/x".into(),
            headers: Vec::new(),
            body: "{}".into(),
            received_at: NOW,
        },
        failures: 0,
    };
    world.memory.store(&raw).await.unwrap();
    Inbox::claim(&*world.memory, 10, NOW, Duration::MINUTE)
        .await
        .unwrap();
    let put_back = PutBack {
        callback: raw.id,
        problem: "<script>no such thing</script>".into(),
        retry_at: None,
    };
    world.memory.put_back(&[put_back]).await.unwrap();
    let page = world.get(admin, "/console/callbacks").await.expect(200);
    let page = page.shows("Given up").shows("Main").hides("<script>no");
    page.shows("Apply it anew");
    world
        .get(world.ours.of(Role::Viewer), "/console/callbacks")
        .await
        .hides("Apply it anew");
    let path = format!("/console/callbacks/{}/replay", raw.id);
    world
        .post(world.theirs.owner(), &path, &[])
        .await
        .expect(404);
    let reply = world.post(admin, &path, &[]).await;
    world
        .get(admin, &reply.location())
        .await
        .shows("Waits")
        .hides("Apply it anew");
    world.post(admin, &path, &[]).await.expect(404);
}
