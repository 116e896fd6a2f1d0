//! Templates at a provider, by the API.

use super::world::World;
use serde_json::{Value, json};
use tidings_messaging::RemoteTemplate;
use tidings_templates::{ApprovalStatus, Category};

fn template(text: &str) -> Value {
    json!({"name": "order_update", "channel": "whatsapp", "purpose": "transactional",
        "variants": [{"locale": "en_US", "components": [{"type": "BODY", "text": text}]}]})
}

/// A tenant with an account whose provider keeps templates, and a template's path.
async fn written(text: &str) -> (World, String) {
    let world = World::new().await;
    world.account().await;
    let made = world.post("/v1/templates", template(text)).await;
    let path = format!("/v1/templates/{}", made.expect(201).id());
    (world, path)
}

async fn sync(world: &World) -> Value {
    let looked = world.post("/v1/templates/sync", json!({})).await;
    looked.expect(200).body["data"][0].clone()
}

#[tokio::test]
async fn a_template_is_handed_in_and_followed() {
    let (world, path) = written("Hi {{name|there}}, it is here.").await;
    let submit = format!("{path}/submit");
    let handed_in = world.post(&submit, json!({})).await.expect(200);
    assert_eq!(handed_in.body["status"], "pending");
    let standing = &handed_in.body["standings"][0];
    assert_eq!(standing["locale"], "en_US");
    assert_eq!(standing["category"], "utility");
    assert_eq!(
        handed_in.body["provider_status"]["carrier"]["id"],
        standing["id"]
    );
    let again = world.post(&submit, json!({"locale": "en-us"})).await;
    assert_eq!(again.expect(200).body["status"], "pending");
    assert_eq!(world.shelf.templates().len(), 1);

    world.shelf.judge("order_update", ApprovalStatus::Approved);
    world.clock.advance(time::Duration::MINUTE);
    let look = sync(&world).await;
    assert_eq!((&look["seen"], &look["problem"]), (&json!(1), &Value::Null));
    assert_eq!(look["changed"][0], handed_in.body["id"]);
    assert_eq!(look["foreign"], json!([]));
    let found = world.get(&path).await.expect(200);
    assert_eq!(found.body["status"], "approved");
    let query = format!("/v1/template-listings?template_id={}", found.id());
    let listings = world.get(&query).await.expect(200);
    let listing = &listings.body["data"][0];
    assert_eq!(listing["word"], "APPROVED");
    assert_eq!(listing["is_current"], true);
    let theirs = world
        .get_as(&world.theirs.read, "/v1/template-listings")
        .await;
    assert_eq!(theirs.expect(200).body["data"], json!([]));
}

#[tokio::test]
async fn what_only_the_provider_has_is_listed_and_taken_over() {
    let world = World::new().await;
    world.account().await;
    let components = json!([{"type": "BODY", "text": "Sale for {{name}}"}]);
    world.shelf.put(RemoteTemplate {
        id: "77".into(),
        name: "sale".into(),
        locale: "de".into(),
        category: Some(Category::Marketing),
        status: ApprovalStatus::Approved,
        word: "APPROVED".into(),
        rejection_reason: None,
        quality: None,
        components: serde_json::from_value(components).unwrap(),
    });
    assert_eq!(sync(&world).await["foreign"][0]["name"], "sale");
    let foreign = world.get("/v1/template-listings?foreign=true").await;
    assert_eq!(
        foreign.expect(200).body["data"][0]["template_id"],
        Value::Null
    );
    let imported = world
        .post("/v1/templates/sync", json!({"import": true}))
        .await
        .expect(200);
    let id = imported.body["data"][0]["imported"][0].as_str().unwrap();
    let template = world.get(&format!("/v1/templates/{id}")).await.expect(200);
    assert_eq!(template.body["purpose"], "marketing");
    assert_eq!(template.body["status"], "approved");
    let foreign = world.get("/v1/template-listings?foreign=true").await;
    assert_eq!(foreign.expect(200).body["data"], json!([]));
}

#[tokio::test]
async fn what_cannot_be_handed_in_is_refused_with_advice() {
    let (world, path) = written("Hi {{name}}, it is here.").await;
    let submit = format!("{path}/submit");
    let refused = world.post(&submit, json!({})).await;
    let refused = refused.refused(422, "invalid_template");
    assert_eq!(refused["errors"][0]["code"], "not_reviewable");
    let unknown = world.post(&submit, json!({"locale": "fr"})).await;
    assert_eq!(
        unknown.refused(422, "invalid_request")["errors"][0]["code"],
        "unknown_locale"
    );
    let account = json!({"account_id": "acc_00000000000000000000000009"});
    let unknown = world.post(&submit, account).await;
    assert_eq!(
        unknown.refused(422, "invalid_request")["errors"][0]["code"],
        "no_account"
    );
    let text = json!({"name": "a", "channel": "sms", "purpose": "transactional",
        "variants": [{"locale": "en", "text": "Hi"}]});
    let text = world.post("/v1/templates", text).await.expect(201);
    let path = format!("/v1/templates/{}/submit", text.id());
    world
        .post(&path, json!({}))
        .await
        .refused(422, "invalid_request");
    world
        .post_as(&world.ours.send, &submit, json!({}))
        .await
        .refused(403, "forbidden");
    world
        .post_as(&world.theirs.manage, &submit, json!({}))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn what_a_provider_has_is_removed_and_ours_stays() {
    let (world, path) = written("It is here.").await;
    let withdraw = format!("{path}/withdraw");
    let nothing = world.post(&withdraw, json!({})).await;
    assert_eq!(
        nothing.refused(422, "invalid_request")["errors"][0]["code"],
        "not_listed"
    );
    let submit = format!("{path}/submit");
    world.post(&submit, json!({})).await.expect(200);
    world.shelf.judge("order_update", ApprovalStatus::Approved);
    world.clock.advance(time::Duration::MINUTE);
    sync(&world).await;
    for (key, status, code) in [
        (&world.ours.send, 403, "forbidden"),
        (&world.theirs.manage, 404, "not_found"),
    ] {
        world
            .post_as(key, &withdraw, json!({}))
            .await
            .refused(status, code);
    }
    world.shelf.go_away(true);
    world
        .post(&withdraw, json!({}))
        .await
        .refused(503, "provider_unavailable");
    world.shelf.go_away(false);
    world.clock.advance(time::Duration::MINUTE);
    let body = json!({"locale": "en-us"});
    for _ in 0..2 {
        let withdrawn = world.post(&withdraw, body.clone()).await.expect(200);
        assert_eq!(withdrawn.body["status"], "disabled");
        assert!(world.shelf.templates().is_empty());
    }
    let listings = world.get("/v1/template-listings").await.expect(200);
    let listing = &listings.body["data"][0];
    assert_eq!(
        (&listing["word"], &listing["is_gone"]),
        (&json!("DELETED"), &json!(true))
    );
    let again = world.post(&submit, json!({})).await.expect(200);
    assert_eq!(again.body["status"], "pending");
}

#[tokio::test]
async fn a_provider_that_is_away_is_said_to_be() {
    let (world, path) = written("It is here.").await;
    world.shelf.go_away(true);
    let submit = format!("{path}/submit");
    world
        .post(&submit, json!({}))
        .await
        .refused(503, "provider_unavailable");
    assert_eq!(
        sync(&world).await["problem"],
        "the provider could not be asked"
    );
    assert_eq!(world.get(&path).await.expect(200).body["status"], "draft");
}
