use super::world::World;
use crate::openapi;
use axum::http::Method;
use serde_json::json;
use std::collections::BTreeSet;
use tidings_messaging::Scope;

/// The weakest scope of every route that needs a key.
const NEEDED: &[(&str, &str, Scope)] = &[
    ("POST", "/v1/contacts", Scope::Manage),
    ("GET", "/v1/contacts", Scope::Read),
    ("GET", "/v1/contacts/{id}", Scope::Read),
    ("PATCH", "/v1/contacts/{id}", Scope::Manage),
    ("DELETE", "/v1/contacts/{id}", Scope::Manage),
    ("GET", "/v1/contacts/{id}/export", Scope::Read),
    ("GET", "/v1/contacts/{id}/preferences", Scope::Read),
    ("PUT", "/v1/contacts/{id}/preferences", Scope::Manage),
    ("POST", "/v1/contacts/{id}/merge", Scope::Manage),
    ("POST", "/v1/contacts/{id}/consent", Scope::Manage),
    ("GET", "/v1/contacts/{id}/consent", Scope::Read),
    ("GET", "/v1/contacts/{id}/consent/export", Scope::Read),
    ("GET", "/v1/providers", Scope::Read),
    ("POST", "/v1/provider-accounts", Scope::Admin),
    ("GET", "/v1/provider-accounts", Scope::Read),
    ("GET", "/v1/provider-accounts/{id}", Scope::Read),
    ("PATCH", "/v1/provider-accounts/{id}", Scope::Admin),
    ("DELETE", "/v1/provider-accounts/{id}", Scope::Admin),
    ("POST", "/v1/provider-accounts/{id}/test", Scope::Admin),
    ("GET", "/v1/provider-accounts/{id}/health", Scope::Read),
    ("POST", "/v1/messages", Scope::Send),
    ("POST", "/v1/messages/bulk", Scope::Send),
    ("GET", "/v1/messages", Scope::Read),
    ("GET", "/v1/messages/{id}", Scope::Read),
    ("GET", "/v1/messages/{id}/explain", Scope::Read),
    ("GET", "/v1/messages/{id}/fallback", Scope::Read),
    ("POST", "/v1/messages/{id}/cancel", Scope::Send),
    ("PATCH", "/v1/messages/{id}", Scope::Send),
    ("POST", "/v1/messages/{id}/retry", Scope::Send),
    ("POST", "/v1/media", Scope::Send),
    ("GET", "/v1/media/{id}", Scope::Read),
    ("DELETE", "/v1/media/{id}", Scope::Manage),
    ("GET", "/v1/automations", Scope::Read),
    ("PUT", "/v1/automations", Scope::Manage),
    ("GET", "/v1/conversations", Scope::Read),
    ("GET", "/v1/conversations/{id}", Scope::Read),
    ("PATCH", "/v1/conversations/{id}", Scope::Send),
    ("GET", "/v1/conversations/{id}/messages", Scope::Read),
    ("POST", "/v1/conversations/{id}/reply", Scope::Send),
    ("POST", "/v1/conversations/{id}/read", Scope::Send),
    ("GET", "/v1/conversations/{id}/notes", Scope::Read),
    ("POST", "/v1/conversations/{id}/notes", Scope::Send),
    ("GET", "/v1/quick-replies", Scope::Read),
    ("POST", "/v1/quick-replies", Scope::Manage),
    ("GET", "/v1/quick-replies/{id}", Scope::Read),
    ("PATCH", "/v1/quick-replies/{id}", Scope::Manage),
    ("DELETE", "/v1/quick-replies/{id}", Scope::Manage),
    ("GET", "/v1/queue/stats", Scope::Read),
    ("GET", "/v1/dead-letters", Scope::Read),
    ("POST", "/v1/segments", Scope::Read),
    ("GET", "/v1/templates", Scope::Read),
    ("POST", "/v1/templates", Scope::Manage),
    ("GET", "/v1/templates/{id}", Scope::Read),
    ("PATCH", "/v1/templates/{id}", Scope::Manage),
    ("DELETE", "/v1/templates/{id}", Scope::Manage),
    ("POST", "/v1/templates/{id}/preview", Scope::Read),
    ("POST", "/v1/templates/{id}/submit", Scope::Manage),
    ("POST", "/v1/templates/{id}/withdraw", Scope::Manage),
    ("POST", "/v1/templates/sync", Scope::Manage),
    ("GET", "/v1/template-listings", Scope::Read),
    ("GET", "/v1/whatsapp/accounts", Scope::Admin),
    ("GET", "/v1/whatsapp/accounts/{id}", Scope::Admin),
    ("POST", "/v1/whatsapp/accounts/{id}/subscribe", Scope::Admin),
    ("POST", "/v1/whatsapp/accounts/{id}/register", Scope::Admin),
    ("GET", "/v1/whatsapp/accounts/{id}/profile", Scope::Read),
    ("PATCH", "/v1/whatsapp/accounts/{id}/profile", Scope::Manage),
    ("GET", "/v1/tenant", Scope::Read),
    ("PATCH", "/v1/tenant", Scope::Admin),
    ("PUT", "/v1/sources/{type}/{id}", Scope::Send),
    ("GET", "/v1/stream", Scope::Read),
    ("POST", "/v1/webhook-endpoints", Scope::Manage),
    ("GET", "/v1/webhook-endpoints", Scope::Read),
    ("GET", "/v1/webhook-endpoints/{id}", Scope::Read),
    ("PATCH", "/v1/webhook-endpoints/{id}", Scope::Manage),
    ("DELETE", "/v1/webhook-endpoints/{id}", Scope::Manage),
    (
        "POST",
        "/v1/webhook-endpoints/{id}/rotate-secret",
        Scope::Manage,
    ),
    ("POST", "/v1/webhook-endpoints/{id}/test", Scope::Manage),
    ("GET", "/v1/webhook-endpoints/{id}/deliveries", Scope::Read),
    ("POST", "/v1/webhook-endpoints/{id}/replay", Scope::Manage),
    ("GET", "/v1/twilio-facade", Scope::Read),
    ("POST", "/v1/twilio-facade/auth-token", Scope::Admin),
];

#[test]
fn no_route_with_a_key_is_left_out_of_the_table() {
    let document = serde_json::to_value(openapi()).unwrap();
    let mut served = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        if path.starts_with("/v1") {
            for method in item.as_object().unwrap().keys() {
                served.insert((method.to_uppercase(), path.clone()));
            }
        }
    }
    let listed: BTreeSet<_> = NEEDED
        .iter()
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(served, listed);
}

#[tokio::test]
async fn every_route_asks_for_its_scope_before_anything_else() {
    let world = World::new().await;
    let keys = &world.ours;
    for (method, path, needed) in NEEDED {
        // A stream that is granted has no end, so one is asked for that is refused later.
        let path = match *path {
            "/v1/stream" => "/v1/stream?types=nothing".to_owned(),
            path => path.replace("{id}", "nobody"),
        };
        let method: Method = method.parse().unwrap();
        let ask = |key| world.ask(method.clone(), &path, key, None);
        ask("").await.refused(401, "unauthenticated");
        let (weaker, exact) = match needed {
            Scope::Read => (None, &keys.read),
            Scope::Send => (Some(&keys.read), &keys.send),
            Scope::Manage => (Some(&keys.send), &keys.manage),
            Scope::Admin => (Some(&keys.manage), &keys.admin),
        };
        if let Some(weaker) = weaker {
            ask(weaker).await.refused(403, "forbidden");
        }
        let answer = ask(exact).await;
        assert!(
            ![401, 403].contains(&answer.status.as_u16()),
            "{method} {path}"
        );
        assert!(answer.status.as_u16() < 500, "{method} {path}");
        assert_ne!(answer.body, json!(null), "{method} {path}");
    }
}
