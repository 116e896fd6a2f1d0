//! Threads with contacts.

use super::world::{Reply, World};
use serde_json::{Value, json};
use tidings_conformance::fixtures;
use tidings_kernel::{AccountId, Channel, MessageId, PhoneNumber};
use tidings_messaging::{Address, Contacts, InboundRecord, Inbox, Message};
use time::Duration;

/// A world with an account, a contact, and the path of the conversation with it.
async fn world() -> (World, String) {
    let world = World::new().await;
    world.account().await;
    let contact = world.contact().await;
    let path = format!("/v1/conversations/{}", contact.replace("con_", "cnv_"));
    (world, path)
}

/// The contact writes to the account's number.
async fn wrote(world: &World, channel: Channel, text: &str) -> MessageId {
    let accounts = world.get("/v1/provider-accounts").await.body;
    let account = &accounts["data"][0];
    let id: AccountId = account["id"].as_str().unwrap().parse().unwrap();
    let number = Address::Phone(PhoneNumber::from_e164("+12025550123").unwrap());
    let tenant = world.ours.tenant;
    let holders = world.memory.holders(tenant, std::slice::from_ref(&number));
    let contact = holders.await.unwrap()[0][0].clone();
    let message = MessageId::new(&*world.api.ids);
    let known = format!("IN-{message}");
    let now = world.clock_now();
    let message = Message {
        channel,
        to: "+12025550100".into(),
        contact_address: number,
        sender: account["senders"][0]["id"]
            .as_str()
            .map(|id| id.parse().unwrap()),
        created_at: now,
        status_at: now,
        ..fixtures::inbound(&contact, message, id, &known, text)
    };
    let inbound = InboundRecord {
        message,
        new_contact: None,
        consent: Vec::new(),
        media: Vec::new(),
    };
    assert!(world.memory.receive(&inbound).await.unwrap());
    inbound.message.id
}

async fn reply(world: &World, path: &str, body: Value) -> Reply {
    world.post(&format!("{path}/reply"), body).await
}

async fn listed(world: &World, query: &str) -> Vec<Value> {
    let path = format!("/v1/conversations{query}");
    let found = world.get(&path).await.expect(200);
    found.body["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn what_a_contact_writes_is_a_conversation() {
    let (world, path) = world().await;
    assert!(listed(&world, "").await.is_empty());
    let written = wrote(&world, Channel::Whatsapp, "When do you open?").await;
    let found = world.get(&path).await.expect(200).body;
    assert_eq!(found["contact"]["first_name"], "Ana");
    assert_eq!(found["status"], "open");
    assert_eq!(found["unread"], 1);
    assert_eq!(found["answers_by"], "whatsapp");
    assert_eq!(found["places"][0]["ours"], "+12025550100");
    assert_eq!(found["places"][0]["theirs"], "+12025550123");
    assert_eq!(found["last_message"]["id"], written.to_string());
    assert_eq!(found["last_message"]["text"], "When do you open?");
    // The gate's window: a minute less than WhatsApp's.
    let window = json!({"channel": "whatsapp", "kind": "service", "is_open": true,
        "closes_at": "2026-07-16T14:59:00Z"});
    assert_eq!(found["windows"], json!([window]));
    assert_eq!(listed(&world, "").await, [found]);
    let message = format!("/v1/messages/{written}");
    let message = world.get(&message).await.expect(200).body;
    assert_eq!(
        Some(message["conversation_id"].as_str().unwrap()),
        path.rsplit('/').next()
    );
}

#[tokio::test]
async fn the_thread_has_everything_to_and_from_the_contact() {
    let (world, path) = world().await;
    let contact = world.get(&path).await.expect(200).body["contact"]["id"].clone();
    let reminder = json!({"to": {"contact_id": contact}, "channel": "sms", "purpose": "reminder", "text": "Tomorrow!"});
    world.post("/v1/messages", reminder).await.expect(202);
    wrote(&world, Channel::Sms, "Can we make it later?").await;
    reply(&world, &path, json!({"text": "Of course"}))
        .await
        .expect(202);
    let found = world
        .get(&format!("{path}/messages?limit=2"))
        .await
        .expect(200)
        .body;
    let texts = |found: &Value| -> Vec<String> {
        let data = found["data"].as_array().unwrap().iter();
        data.map(|message| message["text"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(texts(&found), ["Of course", "Can we make it later?"]);
    let next = found["next"].as_str().unwrap();
    let rest = world
        .get(&format!("{path}/messages?after={next}"))
        .await
        .expect(200)
        .body;
    assert_eq!(texts(&rest), ["Tomorrow!"]);
}

#[tokio::test]
async fn a_reply_leaves_from_where_the_contact_wrote_to_and_reads_the_thread() {
    let (world, path) = world().await;
    wrote(&world, Channel::Sms, "Hello?").await;
    let sent = reply(&world, &path, json!({"text": "Hello!"}))
        .await
        .expect(202);
    assert_eq!(sent.body["channel"], "sms");
    assert_eq!(sent.body["purpose"], "conversational");
    assert_eq!(sent.body["to"], "+12025550123");
    assert_eq!(
        sent.header("location"),
        format!("/v1/messages/{}", sent.id())
    );
    let found = world.get(&path).await.expect(200).body;
    assert_eq!(found["unread"], 0);
    assert_eq!(found["last_message"]["text"], "Hello!");
    // The same request again sends nothing.
    let path = format!("{path}/reply");
    let once = world
        .once(&path, "r-1", json!({"text": "Again"}))
        .await
        .expect(202);
    let again = world
        .once(&path, "r-1", json!({"text": "Again"}))
        .await
        .expect(202);
    assert_eq!(once.id(), again.id());
    assert_eq!(again.header("idempotent-replay"), "true");
}

#[tokio::test]
async fn a_reply_keeps_to_the_address_that_wrote() {
    let (world, path) = world().await;
    wrote(&world, Channel::Sms, "Hello?").await;
    let contact = path.replace("conversations/cnv_", "contacts/con_");
    // The number stays theirs, and another one is written to first from now on.
    let moved = json!({"phone": "+12025550145", "whatsapp_phone": "+12025550123"});
    world.patch(&contact, moved).await.expect(200);
    let sent = reply(&world, &path, json!({"text": "Hello!"}))
        .await
        .expect(202);
    assert_eq!(sent.body["to"], "+12025550123");
    // Then it is theirs no more.
    let moved = json!({"whatsapp_phone": null});
    world.patch(&contact, moved).await.expect(200);
    let problem = reply(&world, &path, json!({"text": "Hello!"})).await;
    let problem = problem.refused(422, "invalid_request");
    assert_eq!(problem["errors"][0]["code"], "address_gone");
    let sent = reply(&world, &path, json!({"text": "Hello!", "channel": "sms"})).await;
    assert_eq!(sent.expect(202).body["to"], "+12025550145");
}

#[tokio::test]
async fn free_text_outside_the_window_is_refused_with_templates() {
    let (world, path) = world().await;
    let template = json!({
        "name": "come_back", "channel": "whatsapp", "purpose": "transactional", "category": "utility",
        "status": "approved",
        "variants": [{"locale": "en", "components": [{"type": "BODY", "text": "Shall we go on?"}]}],
    });
    let template = world.post("/v1/templates", template).await.expect(201);
    wrote(&world, Channel::Whatsapp, "Hello?").await;
    world.clock.advance(Duration::hours(24));
    let text = json!({"text": "Sorry for the wait"});
    let problem = reply(&world, &path, text)
        .await
        .refused(422, "session_closed");
    assert_eq!(problem["closed_at"], "2026-07-16T14:59:00Z");
    assert_eq!(problem["templates"][0]["id"], template.id());
    assert_eq!(problem["templates"][0]["locales"], json!(["en"]));
    let found = world.get(&path).await.expect(200).body;
    assert_eq!(found["windows"][0]["is_open"], false);
    assert_eq!(found["last_message"]["text"], "Hello?");
    let both = json!({"text": "Sorry for the wait", "substitute": {"name": "come_back"}});
    let sent = reply(&world, &path, both).await.expect(202);
    assert_eq!(sent.body["text"], "Shall we go on?");
    assert_eq!(sent.body["template"]["name"], "come_back");
}

#[tokio::test]
async fn what_the_contact_refused_is_no_closed_window() {
    let (world, path) = world().await;
    wrote(&world, Channel::Whatsapp, "Hello?").await;
    let contact = path.replace("conversations/cnv_", "contacts/con_");
    let stop =
        json!({"action": "opt_out", "channels": "all", "purposes": "all", "method": "manual"});
    world.clock.advance(Duration::hours(25));
    world
        .post(&format!("{contact}/consent"), stop)
        .await
        .expect(201);
    let problem = reply(&world, &path, json!({"text": "Hello!"}))
        .await
        .refused(422, "blocked");
    assert!(
        problem["decision"]["reasons"]
            .to_string()
            .contains("consent.opted_out")
    );
}

#[tokio::test]
async fn a_blocked_conversation_is_not_replied_to() {
    let (world, path) = world().await;
    wrote(&world, Channel::Sms, "Spam").await;
    let blocked = world
        .patch(&path, json!({"status": "blocked"}))
        .await
        .expect(200)
        .body;
    assert_eq!(blocked["status"], "blocked");
    let problem = reply(&world, &path, json!({"text": "No"})).await;
    problem.refused(409, "conversation_blocked");
    world
        .patch(&path, json!({"status": "open"}))
        .await
        .expect(200);
    reply(&world, &path, json!({"text": "Yes"}))
        .await
        .expect(202);
}

#[tokio::test]
async fn it_is_sorted_assigned_and_found_again() {
    let (world, path) = world().await;
    wrote(&world, Channel::Sms, "Do you have it in blue?").await;
    let change = json!({"assignee": " Front desk ", "labels": ["vip", "vip", "summer"]});
    let changed = world.patch(&path, change).await.expect(200).body;
    assert_eq!(changed["assignee"], "Front desk");
    assert_eq!(changed["labels"], json!(["vip", "summer"]));
    for fits in [
        "?status=open",
        "?channel=sms",
        "?unread=true",
        "?assignee=Front%20desk",
        "?label=summer",
        "?q=BLUE",
        "?q=ana%205550123",
        "?status=open&channel=sms&unread=true&q=blue",
    ] {
        assert_eq!(listed(&world, fits).await.len(), 1, "{fits}");
    }
    for differs in [
        "?status=archived",
        "?channel=whatsapp",
        "?unread=false",
        "?assignee=none",
        "?label=winter",
        "?q=red",
        "?q=blue&unread=false",
    ] {
        assert!(listed(&world, differs).await.is_empty(), "{differs}");
    }
    let cleared = world
        .patch(&path, json!({"assignee": null}))
        .await
        .expect(200)
        .body;
    assert_eq!(cleared["assignee"], Value::Null);
    assert_eq!(cleared["labels"], json!(["vip", "summer"]));
}

#[tokio::test]
async fn reading_leaves_what_came_after() {
    let (world, path) = world().await;
    let first = wrote(&world, Channel::Sms, "One").await;
    wrote(&world, Channel::Sms, "Two").await;
    let read = format!("{path}/read");
    let seen = json!({"up_to": first.to_string()});
    assert_eq!(
        world.post(&read, seen).await.expect(200).body,
        json!({"unread": 1})
    );
    assert_eq!(
        world.post(&read, json!({})).await.expect(200).body,
        json!({"unread": 0})
    );
}

#[tokio::test]
async fn notes_stand_beside_it() {
    let (world, path) = world().await;
    let path = format!("{path}/notes");
    let note = json!({"text": "Called back", "author": "Ana"});
    let note = world.post(&path, note).await.expect(201);
    assert!(note.id().starts_with("note_"));
    assert_eq!(note.header("location"), path);
    let by_key = world
        .post(&path, json!({"text": "Wants blue"}))
        .await
        .expect(201)
        .body;
    assert!(by_key["author"].as_str().unwrap().starts_with("key_"));
    let found = world.get(&path).await.expect(200).body;
    assert_eq!(found["data"], json!([by_key, note.body]));
    assert_eq!(listed(&world, "?q=blue").await.len(), 1);
}

#[tokio::test]
async fn mistakes_are_pointed_at() {
    let (world, path) = world().await;
    wrote(&world, Channel::Sms, "Hello").await;
    for (field, value, pointer) in [
        ("assignee", json!("none"), "/assignee"),
        ("assignee", json!(""), "/assignee"),
        ("labels", json!(["ok", "a\nb"]), "/labels/1"),
        ("labels", json!(["x".repeat(65)]), "/labels/0"),
        ("status", json!("snoozed"), "/status"),
    ] {
        let mut body = json!({});
        body[field] = value;
        let problem = world
            .patch(&path, body)
            .await
            .refused(422, "invalid_request");
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    world
        .patch(&path, json!({"snooze": true}))
        .await
        .refused(422, "unknown_field");
    let both = json!({"text": "a", "template": {"name": "b"}});
    reply(&world, &path, both)
        .await
        .refused(422, "invalid_request");
    reply(&world, &path, json!({}))
        .await
        .refused(422, "invalid_request");
    let unknown = json!({"media": [{"media_id": "med_01h2xcejqtf2nbrexx3vqjhp41"}]});
    let refused = reply(&world, &path, unknown)
        .await
        .refused(422, "invalid_request");
    assert_eq!(refused["errors"][0]["code"], "media_not_found");
    let note = format!("{path}/notes");
    world
        .post(&note, json!({"text": " "}))
        .await
        .refused(422, "invalid_request");
    for query in ["?q=%3F", "?status=new", "?unread=maybe", "?colour=red"] {
        let found = world.get(&format!("/v1/conversations{query}")).await;
        assert_eq!(found.status.as_u16(), 422, "{query}");
    }
}

#[tokio::test]
async fn another_tenant_finds_nothing() {
    let (world, path) = world().await;
    wrote(&world, Channel::Sms, "A secret").await;
    let key = &world.theirs.admin;
    for path in [
        path.clone(),
        format!("{path}/messages"),
        format!("{path}/notes"),
    ] {
        world.get_as(key, &path).await.refused(404, "not_found");
    }
    for (end, body) in [
        ("reply", json!({"text": "Hi"})),
        ("read", json!({})),
        ("notes", json!({"text": "Hi"})),
    ] {
        let path = format!("{path}/{end}");
        world
            .post_as(key, &path, body)
            .await
            .refused(404, "not_found");
    }
    let found = world
        .get_as(key, "/v1/conversations?q=secret")
        .await
        .expect(200);
    assert_eq!(found.body["data"], json!([]));
}
