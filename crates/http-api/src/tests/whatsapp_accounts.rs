//! WhatsApp accounts at their provider, by the API.

use super::world::World;
use serde_json::{Value, json};

const ACCOUNTS: &str = "/v1/whatsapp/accounts";

async fn world() -> (World, String) {
    let world = World::new().await;
    let path = format!("{ACCOUNTS}/{}", world.account().await.id());
    (world, path)
}

#[tokio::test]
async fn an_account_is_shown_and_subscribed() {
    let (world, path) = world().await;
    let all = world.get_as(&world.ours.admin, ACCOUNTS).await.expect(200);
    let callback = all.body["data"][0]["callback_url"].as_str().unwrap();
    assert!(callback.starts_with("https://api.example.com/callbacks/carrier/"));
    let found = world
        .get_as(&world.ours.admin, &path)
        .await
        .expect(200)
        .body;
    assert_eq!(found["numbers"][0]["is_own"], true);
    assert_eq!(found["numbers"][1]["quality"], "yellow");
    assert_eq!(found["subscribed_apps"], json!([]));
    let subscribe = format!("{path}/subscribe");
    world.post(&subscribe, json!({})).await.expect(204);
    let found = world
        .get_as(&world.ours.admin, &path)
        .await
        .expect(200)
        .body;
    assert_eq!(found["subscribed_apps"], json!(["Our app"]));
    let pin = json!({"pin": "123456"});
    let register = format!("{path}/register");
    world.post(&register, pin).await.expect(204);
    assert_eq!(world.shelf.registered(), 1);
    let manage = &world.ours.manage;
    let refused = world.post_as(manage, &subscribe, json!({})).await;
    refused.refused(403, "forbidden");
    let theirs = world.get_as(&world.theirs.admin, &path).await;
    theirs.refused(404, "not_found");
    world.shelf.go_away(true);
    let away = world.get_as(&world.ours.admin, &path).await;
    away.refused(503, "provider_unavailable");
}

#[tokio::test]
async fn a_profile_is_read_and_changed() {
    let (world, path) = world().await;
    let profile = format!("{path}/profile");
    let empty = world
        .get_as(&world.ours.admin, &profile)
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&empty["about"], &empty["websites"]),
        (&Value::Null, &json!([]))
    );
    let change = json!({"about": "Flowers", "websites": ["https://example.com"]});
    let after = world.patch(&profile, change).await.expect(200).body;
    assert_eq!(after["about"], "Flowers");
    let after = world
        .patch(&profile, json!({"email": "a@example.com"}))
        .await;
    let after = after.expect(200).body;
    assert_eq!(after["about"], "Flowers", "what is absent stays");
    let unknown = json!({"picture": "x"});
    let refused = world.patch(&profile, unknown).await;
    refused.refused(422, "unknown_field");
}
