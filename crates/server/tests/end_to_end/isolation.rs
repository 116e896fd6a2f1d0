//! A tenant cannot see, change or use what belongs to another one.

use crate::{
    business::{Answer, Business, list, sms, word},
    system::System,
};
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Things of a business, by the path that leads to them.
type Things = BTreeMap<String, String>;

#[tokio::test]
async fn the_ids_of_another_tenant_are_unknown_on_every_route() {
    let system = System::start().await;
    let (lumen, harbor) = (&system.lumen, &system.harbor);
    let things = things(harbor).await;
    let before = read_all(harbor, &things).await;

    let document = system
        .anonymous(Method::GET, "/openapi.json")
        .await
        .expect(200);
    let mut tried = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        if !path.starts_with("/v1/") || !path.contains('{') {
            continue;
        }
        // A tenant names the records of its own system itself: the same name is another record, which the
        // suite of the stores checks.
        if path == "/v1/sources/{type}/{id}" {
            continue;
        }
        let (collection, _) = path.split_once("/{id}").unwrap_or_else(|| panic!("{path}"));
        let thing = things
            .get(collection)
            .unwrap_or_else(|| panic!("nothing for {path}"));
        let path = path.replace("{id}", thing);
        for method in methods(operations.as_object().unwrap()) {
            let body = body_for(&method, &path);
            let stranger = Answer::of(lumen.request(method.clone(), &path).json(&body)).await;
            // What does not exist is answered in the same words.
            let nothing = path.replace(thing, &unknown(thing));
            let nothing = Answer::of(lumen.request(method.clone(), &nothing).json(&body)).await;
            let what = format!("{method} {path}");
            assert_eq!(stranger.status, 404, "{what}: {:#}", stranger.body);
            let detail = word(&stranger.body, "/detail").to_owned();
            stranger.refused(404, "not_found");
            assert_eq!(
                word(&nothing.refused(404, "not_found"), "/detail"),
                detail,
                "{what}"
            );
            tried += 1;
        }
    }
    assert!(tried >= 20, "only {tried} operations were found");
    assert_eq!(
        read_all(harbor, &things).await,
        before,
        "something has changed"
    );
}

#[tokio::test]
async fn the_ids_of_another_tenant_cannot_be_used_in_a_request() {
    let system = System::start().await;
    let (lumen, harbor) = (&system.lumen, &system.harbor);
    let ines = &harbor.people[0];
    lumen
        .post("/v1/messages", &sms(ines, "Hello"))
        .await
        .refused(404, "not_found");

    let with = |name: &str, value: &str| {
        let mut body = sms(&lumen.people[0], "Hello");
        body[name] = value.into();
        body
    };
    let account = word(&harbor.planted, "/accounts/0/id");
    let answer = lumen
        .post("/v1/messages", &with("account_id", account))
        .await;
    answer.refused(422, "no_route");
    let sender = word(&harbor.planted, "/accounts/0/senders/0/id");
    let answer = lumen.post("/v1/messages", &with("sender_id", sender)).await;
    answer.refused(422, "no_route");

    let mut body = sms(&lumen.people[0], "");
    body.as_object_mut().unwrap().remove("text");
    body["template"] = json!({"name": "tour_reminder", "data": {}});
    lumen
        .post("/v1/messages", &body)
        .await
        .refused(422, "no_template");
    assert!(system.simulator.asked().await.is_empty());
}

#[tokio::test]
async fn lists_show_the_own_things_only() {
    let system = System::start().await;
    let (lumen, harbor) = (&system.lumen, &system.harbor);
    let things = things(harbor).await;
    // Of files there is no list.
    for collection in things.keys().filter(|path| *path != "/v1/media") {
        let listed = lumen
            .get(&format!("{collection}?limit=200"))
            .await
            .expect(200);
        assert!(
            !listed.to_string().contains(&things[collection]),
            "{listed:#}"
        );
    }
    let of_contact = format!("/v1/messages?contact_id={}", harbor.people[0].id);
    assert!(list(&lumen.get(&of_contact).await.expect(200), "/data").is_empty());
    // Both know the same number, each as its own contact.
    let number = &harbor.people[0].phone;
    let mine = lumen.befriend(number).await;
    let path = format!("/v1/contacts?phone={}", number.replace('+', "%2B"));
    let found = lumen.get(&path).await.expect(200);
    assert_eq!(
        crate::business::words(list(&found, "/data"), "/id"),
        [mine.id]
    );
}

/// One of each kind.
async fn things(business: &Business) -> Things {
    let message = business
        .delivered(&business.sms(&business.people[0], "Mine").await)
        .await;
    let templates = business.get("/v1/templates").await.expect(200);
    let mut said = sms(&business.people[0], "On our way.");
    said["purpose"] = "conversational".into();
    let said = business.post("/v1/messages", &said).await.expect(202);
    business.delivered(&said).await;
    let conversations = business.get("/v1/conversations").await.expect(200);
    // Nobody is called.
    let endpoint = json!({"url": "https://hooks.example.com/", "enabled": false});
    let endpoint = business
        .post("/v1/webhook-endpoints", &endpoint)
        .await
        .expect(201);
    let picture = business
        .request(Method::POST, "/v1/media")
        .header("content-type", "image/gif")
        .body("GIF89a of theirs");
    let picture = Answer::of(picture).await.expect(201);
    let quick = json!({"shortcut": "/theirs", "text": "Ours alone"});
    let quick = business.post("/v1/quick-replies", &quick).await.expect(201);
    let account = word(&business.planted, "/accounts/0/id");
    [
        ("/v1/contacts", business.people[0].id.as_str()),
        ("/v1/media", word(&picture, "/id")),
        ("/v1/whatsapp/accounts", account),
        ("/v1/provider-accounts", account),
        ("/v1/messages", word(&message, "/id")),
        ("/v1/conversations", word(&conversations, "/data/0/id")),
        ("/v1/quick-replies", word(&quick, "/id")),
        ("/v1/templates", word(&templates, "/data/0/id")),
        ("/v1/webhook-endpoints", word(&endpoint, "/id")),
    ]
    .into_iter()
    .map(|(path, id)| (path.to_owned(), id.to_owned()))
    .collect()
}

async fn read_all(business: &Business, things: &Things) -> Vec<Value> {
    let mut all = Vec::new();
    // What its provider says of a WhatsApp account is not ours.
    let ours = things
        .iter()
        .filter(|(path, _)| *path != "/v1/whatsapp/accounts");
    for (collection, id) in ours {
        let found = business.get(&format!("{collection}/{id}")).await;
        let mut found = found.expect(200);
        // The link to a file is a new one each time.
        if let Some(file) = found.as_object_mut().filter(|_| collection == "/v1/media") {
            file.remove("url");
        }
        all.push(found);
    }
    let contact = &things["/v1/contacts"];
    for more in ["preferences", "consent"] {
        all.push(
            business
                .get(&format!("/v1/contacts/{contact}/{more}"))
                .await
                .expect(200),
        );
    }
    all
}

fn methods(operations: &Map<String, Value>) -> Vec<Method> {
    operations
        .keys()
        .filter_map(|word| word.to_uppercase().parse().ok())
        .filter(|method| {
            [
                Method::GET,
                Method::POST,
                Method::PUT,
                Method::PATCH,
                Method::DELETE,
            ]
            .contains(method)
        })
        .collect()
}

/// A body that would be right for a thing of one's own.
fn body_for(method: &Method, path: &str) -> Value {
    if path.ends_with("/consent") && method == Method::POST {
        return json!({"action": "opt_out", "channels": "all", "purposes": "all",
            "method": "manual"});
    }
    if path.ends_with("/preferences") && method == Method::PUT {
        return json!({"sms_enabled": false});
    }
    if path.ends_with("/notes") || path.ends_with("/reply") {
        return json!({"text": "Mine too"});
    }
    if path.ends_with("/register") {
        return json!({"pin": "123456"});
    }
    if path.ends_with("/profile") {
        return json!({"about": "Mine"});
    }
    if path.ends_with("/merge") {
        return json!({"from": "con_01h2xcejqtf2nbrexx3vqjhp42"});
    }
    if path.starts_with("/v1/messages/") && method == Method::PATCH {
        return json!({"priority": 1});
    }
    json!({})
}

/// An id of the same kind that nobody has.
fn unknown(id: &str) -> String {
    let (kind, _) = id.split_once('_').unwrap();
    format!("{kind}_01h2xcejqtf2nbrexx3vqjhp41")
}
