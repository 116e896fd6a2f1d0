use super::world::World;
use crate::{
    door::{Door, Verb},
    routes::ROUTES,
};
use axum::http::Method;
use tidings_messaging::Role;

#[tokio::test]
async fn every_route_asks_for_its_role_before_anything_else() {
    let world = World::new().await;
    for route in ROUTES {
        let Door::Locked(needed, _) = route.door else {
            continue;
        };
        let path = route
            .path
            .replace("{id}", "nobody")
            .replace("{provider}", "nobody");
        let method = match route.verb {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
        };
        let unknown = World::request(method.clone(), &path, None, String::new());
        let status = world.raw(unknown).await.status.as_u16();
        let expected = match route.verb {
            Verb::Get => 303,
            Verb::Post => 401,
        };
        assert_eq!(status, expected, "{path} without a session");
        for role in Role::ALL {
            // Each asks in a world of its own: some routes end the session.
            let world = World::new().await;
            let login = world.ours.of(role);
            let reply = match route.verb {
                Verb::Get => world.get(login, &path).await,
                Verb::Post => world.post(login, &path, &[]).await,
            };
            let is_refused = reply.status.as_u16() == 403;
            assert_eq!(
                is_refused,
                !role.allows(needed),
                "{method} {path} as {role}"
            );
            assert!(reply.status.as_u16() < 500, "{method} {path} as {role}");
        }
    }
}

#[tokio::test]
async fn a_page_offers_only_what_its_reader_may_do() {
    let world = World::new().await;
    let account = world.account(world.ours.tenant, "Main").await;
    let path = format!("/console/accounts/{}", account.id);
    let reply = world
        .get(world.ours.of(Role::Member), &path)
        .await
        .expect(200);
    reply
        .hides("Switch off")
        .hides(&account.callback_token)
        .hides("sesame");
    let reply = world
        .get(world.ours.of(Role::Admin), &path)
        .await
        .expect(200);
    reply
        .shows("Switch off")
        .shows(&account.callback_token)
        .hides("sesame");
}
