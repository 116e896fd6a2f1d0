use super::world::World;
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{ConsentLedger, Contacts, Role};

#[tokio::test]
async fn a_contact_is_added_found_and_changed() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let fields = [
        ("first_name", "Ana"),
        ("phone", "202-555-0123"),
        ("email", "ana@example.com"),
        ("tags", "vip, new"),
        ("attributes", "wedding_date: 2026-09-12"),
    ];
    let reply = world.post(member, "/console/contacts/new", &fields).await;
    let path = reply.location().replace("?done=added", "");
    let page = world.get(member, &format!("{path}?done=added")).await;
    let page = page.expect(200).shows("+12025550123").shows("Added.");
    page.shows("wedding_date")
        .shows("2026-09-12")
        .shows("Never set");
    for query in ["q=an", "q=5550123", "tag=vip"] {
        let page = world
            .get(member, &format!("/console/contacts?{query}"))
            .await;
        page.expect(200).shows("Ana");
    }
    let page = world.get(member, "/console/contacts?q=zzz").await;
    page.shows("Nobody fits").hides(">Ana<");
    let form = world.get(member, &format!("{path}/edit")).await.expect(200);
    let version = form.text.split("name=\"version\" value=\"").nth(1).unwrap();
    let version = version.split('"').next().unwrap().to_owned();
    let change = [("first_name", "Anna"), ("version", version.as_str())];
    world.clock.advance(time::Duration::MINUTE);
    world
        .post(member, &format!("{path}/edit"), &change)
        .await
        .location();
    let stale = world.post(member, &format!("{path}/edit"), &change).await;
    stale
        .expect(409)
        .shows("changed this contact while you had it open");
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let fields = [
        ("phone", "12"),
        ("email", "ana"),
        ("region", "USA"),
        ("time_zone", "Mars/Hill"),
        ("attributes", "none"),
    ];
    let reply = world.post(member, "/console/contacts/new", &fields).await;
    let mut reply = reply.expect(422).shows("Nothing is saved yet");
    for field in ["phone", "email", "region", "time_zone", "attributes"] {
        reply = reply.shows(&format!("id=\"f-{field}-problem\""));
    }
    reply.shows("value=\"Mars/Hill\"");
    let nobody = world.post(member, "/console/contacts/new", &[]).await;
    nobody.expect(422).shows("Give at least a name");
}

#[tokio::test]
async fn consent_is_recorded_with_its_evidence() {
    let world = World::new().await;
    let contact = world.contact(world.ours.tenant, "Ana").await;
    let member = world.ours.of(Role::Member);
    let path = format!("/console/contacts/{}", contact.id);
    let fields = [
        ("action", "consent_given"),
        ("channels", "sms"),
        ("purposes", "marketing"),
        ("method", "web_form"),
        ("text_shown", "Yes, text me."),
    ];
    let reply = world
        .post(member, &format!("{path}/consent"), &fields)
        .await;
    let page = world.get(member, &reply.location()).await.expect(200);
    let page = page.shows("Consent given").shows("Yes, text me.");
    page.shows("The chain holds").shows("Granted");
    let links = world
        .memory
        .history(contact.tenant, contact.id)
        .await
        .unwrap();
    let event = &links[0].event;
    assert!(event.covers(Channel::Sms, Purpose::Marketing));
    assert!(!event.covers(Channel::Email, Purpose::Marketing));
    let late = [
        ("action", "erasure"),
        ("method", "fax"),
        ("occurred_at", "2027-01-01T00:00"),
    ];
    let reply = world.post(member, &format!("{path}/consent"), &late).await;
    let reply = reply.expect(422).shows("f-action-problem");
    reply
        .shows("f-method-problem")
        .shows("It cannot have happened yet.");
}

#[tokio::test]
async fn preferences_are_replaced() {
    let world = World::new().await;
    let contact = world.contact(world.ours.tenant, "Ana").await;
    let member = world.ours.of(Role::Member);
    let path = format!("/console/contacts/{}/preferences", contact.id);
    world.get(member, &path).await.expect(200).shows("checked");
    let fields = [
        ("sms", "on"),
        ("quiet", "on"),
        ("start", "21:00"),
        ("end", "08:00"),
    ];
    world.post(member, &path, &fields).await.location();
    let stored = world.memory.preferences(contact.tenant, contact.id).await;
    let stored = stored.unwrap().unwrap();
    assert!(stored.sms_enabled && !stored.email_enabled && stored.quiet_hours.enabled);
    let wrong = world
        .post(member, &path, &[("start", "25:00"), ("end", "08:00")])
        .await;
    wrong.expect(422).shows("f-start-problem");
}

#[tokio::test]
async fn an_erasure_is_asked_about_and_leaves_the_message() {
    let world = World::new().await;
    world.account(world.ours.tenant, "Main").await;
    let contact = world.contact(world.ours.tenant, "Ana").await;
    let message = world
        .message(&contact, Purpose::Transactional, "Hello Ana")
        .await;
    let member = world.ours.of(Role::Member);
    let path = format!("/console/contacts/{}", contact.id);
    let export = world
        .get(member, &format!("{path}/export"))
        .await
        .expect(200);
    assert!(
        export
            .header("content-disposition")
            .starts_with("attachment")
    );
    let document: serde_json::Value = serde_json::from_str(&export.text).unwrap();
    assert_eq!(document["contact"]["first_name"], "Ana");
    assert_eq!(document["messages"][0]["text"], "Hello Ana");
    world
        .get(member, &format!("{path}/erase"))
        .await
        .expect(200);
    let slip = world
        .post(member, &format!("{path}/erase"), &[("word", "yes")])
        .await;
    slip.expect(422).shows("Type the word");
    let reply = world
        .post(member, &format!("{path}/erase"), &[("word", "Erase")])
        .await;
    let list = world.get(member, &reply.location()).await.expect(200);
    list.shows("The person is erased").hides(">Ana<");
    world
        .get(member, &path)
        .await
        .expect(404)
        .shows("There is no such contact");
    let page = world
        .get(member, &format!("/console/messages/{message}"))
        .await;
    page.expect(200)
        .shows("This person is erased")
        .hides("Hello Ana");
}

#[tokio::test]
async fn a_part_of_the_list_is_given_to_scripts() {
    let world = World::new().await;
    world.contact(world.ours.tenant, "Ana").await;
    let owner = world.ours.owner();
    let mut request = World::request(
        axum::http::Method::GET,
        "/console/contacts?q=ana",
        Some(owner),
        String::new(),
    );
    request
        .headers_mut()
        .insert("hx-request", "true".parse().unwrap());
    let reply = world.raw(request).await.expect(200);
    reply.shows("Ana").hides("<html").hides("<nav class");
}
