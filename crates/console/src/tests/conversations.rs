use super::world::{World, encoded};
use axum::http::Method;
use tidings_conversations::{ConversationStatus, Conversations};
use tidings_kernel::{Channel, ConversationId, MediaId, MessageId, Purpose};
use tidings_messaging::{
    Contact, Contacts, Content, Direction, InboundRecord, Inbox, Media, MediaOutcome, MediaRecords,
    MediaSettled, Message, MessageFilter, Messages, Page, ProductRef, ProviderAccount, Role,
    Shopping, Status, TemplateLibrary, Tenant, Tenants, fields_of,
    media::{MediaFile, MediaRecord, MediaState, media_address},
};
use tidings_quiet_hours::Zone;
use tidings_templates::VariantBody;
use time::macros::datetime;
use uuid::Uuid;

/// A contact who agreed, and an account to write through.
pub(super) async fn people(world: &World) -> (Contact, ProviderAccount) {
    let account = world.account(world.ours.tenant, "Main").await;
    let contact = world.contact(world.ours.tenant, "Ana").await;
    world.agreed(&contact).await;
    (contact, account)
}

pub(super) fn path(contact: &Contact) -> String {
    let own = ConversationId::from_uuid(contact.id.uuid());
    format!("/console/conversations/{own}")
}

/// The contact writes to our number.
pub(super) async fn writes(world: &World, people: &(Contact, ProviderAccount), text: &str) {
    says(world, people, Channel::Sms, Content::text(text)).await;
}

/// The contact says this to our number, by this channel.
pub(super) async fn says(
    world: &World,
    (contact, account): &(Contact, ProviderAccount),
    channel: Channel,
    content: Content,
) {
    let text = content.text.as_str();
    let wish = World::wish(contact, Purpose::Conversational, text);
    let prepared = world.console.sending.prepare(contact.tenant, &wish).await;
    let outbound = prepared.unwrap().new.message;
    let message = Message {
        id: MessageId::new(&*world.console.ids),
        direction: Direction::Inbound,
        channel,
        status: Status::Received,
        account: Some(account.id),
        sender: account.senders.first().map(|sender| sender.id),
        from: Some("+12025550123".into()),
        to: "+12025550100".into(),
        provider_message_id: Some(text.to_owned()),
        send_at: None,
        content,
        ..outbound
    };
    let record = InboundRecord {
        message,
        new_contact: None,
        consent: Vec::new(),
        media: Vec::new(),
    };
    assert!(world.memory.receive(&record).await.unwrap());
}

pub(super) async fn said(world: &World) -> Vec<Message> {
    let all = Page {
        limit: 200,
        after: None,
    };
    let anything = MessageFilter::default();
    let found = Messages::list(&*world.memory, world.ours.tenant, &anything, all).await;
    found
        .unwrap()
        .data
        .into_iter()
        .map(|record| record.message)
        .collect()
}

#[tokio::test]
async fn what_a_contact_writes_is_read_and_answered() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    world
        .get(member, "/console/conversations")
        .await
        .shows("Nothing here");
    let people = people(&world).await;
    writes(&world, &people, "Do you open at <b>nine</b>?").await;
    let home = world.get(member, "/console").await.expect(200);
    home.shows("All that is unread").shows("Ana");
    let list = world.get(member, "/console/conversations?unread=on").await;
    list.shows("Ana")
        .shows("1 new")
        .shows("nine")
        .hides("<b>nine");
    let path = path(&people.0);
    let page = world.get(member, &path).await.expect(200);
    page.shows("Mark as read")
        .shows("They wrote")
        .hides("<b>nine");
    let reply = world
        .post(member, &format!("{path}/reply"), &[("text", "We do.")])
        .await;
    let page = world.get(member, &reply.location()).await.expect(200);
    page.shows("We do.").shows("We wrote").hides("Mark as read");
    let ours = said(&world).await.remove(0);
    assert_eq!(
        (ours.content.text.as_str(), ours.to.as_str()),
        ("We do.", "+12025550123")
    );
    let empty = world
        .post(member, &format!("{path}/reply"), &[("text", " ")])
        .await;
    empty.expect(422).shows("Write something");
}

#[tokio::test]
async fn a_question_about_a_product_names_it() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let people = people(&world).await;
    let product = ProductRef {
        catalog: "42".into(),
        product: "<b>SKU-1</b>".into(),
    };
    let asked = Content {
        shopping: Some(Shopping {
            product: Some(product),
            ..Shopping::default()
        }),
        ..Content::text("Is it still there?")
    };
    says(&world, &people, Channel::Sms, asked).await;
    let page = world.get(member, &path(&people.0)).await.expect(200);
    page.shows("Is it still there?")
        .shows("About product &lt;b&gt;SKU-1&lt;/b&gt; of catalog 42")
        .hides("<b>SKU-1");
    let message = said(&world).await.remove(0);
    let page = world
        .get(member, &format!("/console/messages/{}", message.id))
        .await;
    page.expect(200).shows("of catalog 42");
}

#[tokio::test]
async fn a_form_that_is_sent_twice_sends_one_answer() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let people = people(&world).await;
    writes(&world, &people, "Hello").await;
    let path = path(&people.0);
    let page = world.get(member, &path).await.expect(200);
    let rest = page.text.split("name=\"once\" value=\"").nth(1).unwrap();
    let once = rest.split('"').next().unwrap();
    let reply = format!("{path}/reply");
    let before = said(&world).await.len();
    let form = [("text", "We do."), ("once", once)];
    for _ in 0..2 {
        let place = world.post(member, &reply, &form).await.location();
        assert!(place.ends_with("?done=sent"), "{place}");
    }
    assert_eq!(said(&world).await.len(), before + 1);
    let other = [("text", "We do not."), ("once", once)];
    let page = world.post(member, &reply, &other).await.expect(422);
    page.shows("An earlier version").shows("We do not.");
    assert_eq!(said(&world).await.len(), before + 1);

    // What was refused may be sent again when the reason is gone.
    let form = [
        ("text", "Third"),
        ("template", "nothing"),
        ("once", "third"),
    ];
    world.post(member, &reply, &form).await.expect(422);
    let form = [("text", "Third"), ("template", ""), ("once", "third")];
    world.post(member, &reply, &form).await.location();
    assert_eq!(said(&world).await.len(), before + 2);
}

#[tokio::test]
async fn a_refused_answer_keeps_what_was_typed() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let people = people(&world).await;
    writes(&world, &people, "Hello").await;
    let path = path(&people.0);
    let before = said(&world).await.len();
    let wrong = [
        ("text", "A long & careful answer"),
        ("media", "http://x"),
        ("template", "nothing"),
    ];
    let page = world
        .post(member, &format!("{path}/reply"), &wrong)
        .await
        .expect(422);
    page.shows("A long &amp; careful answer")
        .shows("f-media-problem");
    let unknown = [("text", "A long & careful answer"), ("template", "nothing")];
    let page = world
        .post(member, &format!("{path}/reply"), &unknown)
        .await
        .expect(422);
    page.shows("A long &amp; careful answer")
        .shows("f-template-problem");
    assert_eq!(said(&world).await.len(), before, "nothing was sent");
}

#[tokio::test]
async fn an_answer_to_somebody_who_was_erased_is_given_back() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let people = people(&world).await;
    writes(&world, &people, "Hello").await;
    let path = path(&people.0);
    let contacts: &dyn Contacts = &*world.memory;
    let now = world.console.clock.now();
    contacts
        .erase(people.0.tenant, people.0.id, &[], now)
        .await
        .unwrap();
    let typed = [("text", "A long & careful answer")];
    let page = world
        .post(member, &format!("{path}/reply"), &typed)
        .await
        .expect(404);
    page.shows("was erased while you wrote")
        .shows("A long &amp; careful answer");
    world.get(member, &path).await.expect(404);
    // What is live in the open page tells it, and brings no page into the page.
    let mut live = World::request(Method::GET, &path, Some(member), String::new());
    live.headers_mut()
        .insert("hx-request", "true".parse().unwrap());
    let part = world.raw(live).await.expect(404);
    part.shows("no such conversation").hides("<html");
}

#[tokio::test]
async fn an_answer_is_counted_while_it_is_written() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let people = people(&world).await;
    writes(&world, &people, "Hello").await;
    let path = format!("{}/count", path(&people.0));
    let before = said(&world).await.len();
    let page = world
        .post(member, &path, &[("text", "See you at nine…")])
        .await
        .expect(200);
    page.shows("1 part")
        .shows("“…” makes it so")
        .shows("It may be sent now by SMS")
        .hides("<html");
    assert_eq!(said(&world).await.len(), before, "nothing was sent");
}

#[tokio::test]
async fn a_template_s_fields_are_filled_with_what_is_known() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let people = people(&world).await;
    let mut template = world.template(world.ours.tenant, "ready").await;
    let text = "Hi {{first_name}}, {{what}} is ready.";
    template.variants[0].body = VariantBody::Text(text.into());
    template.fields = fields_of(&[template.variants[0].body.parse().unwrap()]);
    let library: &dyn TemplateLibrary = &*world.memory;
    template.version += 1;
    assert!(library.update(&template).await.unwrap());
    writes(&world, &people, "Hello").await;
    let path = path(&people.0);
    let chosen = [("template", "ready"), ("text", "Kept")];
    let page = world.post(member, &format!("{path}/fields"), &chosen).await;
    page.expect(200)
        .shows("name=\"value_first_name\" type=\"text\" value=\"Ana\"")
        .shows("name=\"value_what\"")
        .shows("Kept");
    let half = [("template", "ready"), ("value_first_name", "Ana")];
    let page = world.post(member, &format!("{path}/count"), &half).await;
    page.expect(200).shows("what").hides("is ready");
    let page = world.post(member, &format!("{path}/reply"), &half).await;
    page.expect(422).shows("f-template-problem");
    let whole = [&half[..], &[("value_what", "a <b>bunch</b>")]].concat();
    let page = world.post(member, &format!("{path}/count"), &whole).await;
    page.expect(200)
        .shows("Hi Ana, a &lt;b&gt;bunch&lt;/b&gt; is ready.");
    let reply = world.post(member, &format!("{path}/reply"), &whole).await;
    reply.location();
    let ours = said(&world).await.remove(0);
    assert_eq!(ours.content.text, "Hi Ana, a <b>bunch</b> is ready.");
}

#[tokio::test]
async fn an_answer_for_later_goes_by_the_clock_of_the_business() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let people = people(&world).await;
    let tenants: &dyn Tenants = &*world.memory;
    let tenant = tenants.get(world.ours.tenant).await.unwrap().unwrap();
    let tenant = Tenant {
        time_zone: Some(Zone::parse("America/New_York").unwrap()),
        ..tenant
    };
    tenants.put(&tenant).await.unwrap();
    writes(&world, &people, "Hello").await;
    let reply = format!("{}/reply", path(&people.0));
    let before = said(&world).await.len();
    // Neither is ever shown by that clock.
    for wrong in ["tomorrow", "2027-03-14T02:30"] {
        let form = [("text", "Later"), ("later", wrong)];
        let page = world.post(member, &reply, &form).await.expect(422);
        page.shows("Choose a day and a time").shows("Later");
    }
    assert_eq!(said(&world).await.len(), before);
    for (shown, at) in [
        ("2026-07-16T09:30", datetime!(2026-07-16 13:30 UTC)),
        ("2026-11-01T09:30:00", datetime!(2026-11-01 14:30 UTC)),
    ] {
        let form = [("text", shown), ("later", shown)];
        world.post(member, &reply, &form).await.location();
        let messages = said(&world).await;
        let message = messages.iter().find(|one| one.content.text == shown);
        assert_eq!(message.unwrap().scheduled_at, Some(at));
    }
}

#[tokio::test]
async fn a_thread_is_live_and_silent_while_nothing_happens() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let people = people(&world).await;
    writes(&world, &people, "Hello").await;
    let path = path(&people.0);
    let page = world.get(member, &path).await.expect(200);
    let part = page.text.split("hx-get=\"").nth(1).unwrap();
    let live = part.split('"').next().unwrap().to_owned();
    let ask = || {
        let mut request = World::request(Method::GET, &live, Some(member), String::new());
        request
            .headers_mut()
            .insert("hx-request", "true".parse().unwrap());
        world.raw(request)
    };
    ask().await.expect(204);
    writes(&world, &people, "Are you there?").await;
    ask()
        .await
        .expect(200)
        .shows("Are you there?")
        .hides("<html");
}

#[tokio::test]
async fn a_conversation_is_kept_in_order() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let people = people(&world).await;
    writes(&world, &people, "Hello").await;
    let path = path(&people.0);
    let act = async |what: &str, fields: &[(&str, &str)]| {
        let reply = world.post(member, &format!("{path}/{what}"), fields).await;
        reply.location()
    };
    act("take", &[]).await;
    act("labels", &[("labels", "vip, blue, vip")]).await;
    act("notes", &[("note", "Wants it in <i>blue</i>")]).await;
    let page = world.get(member, &path).await;
    page.shows("Ours member")
        .shows("vip, blue")
        .shows("Wants it in &lt;i&gt;blue");
    let mine = world
        .get(member, "/console/conversations?assignee=me")
        .await;
    mine.shows("Ana");
    act("status", &[("to", "blocked")]).await;
    let blocked = world
        .post(member, &format!("{path}/reply"), &[("text", "Hi")])
        .await;
    blocked.expect(422).shows("blocked");
    let own = ConversationId::from_uuid(people.0.id.uuid());
    let kept = Conversations::get(&*world.memory, people.0.tenant, own).await;
    let kept = kept.unwrap().unwrap().conversation;
    assert_eq!(kept.status, ConversationStatus::Blocked);
    act("status", &[("to", "open")]).await;
    act("leave", &[]).await;
    act("read", &[]).await;
    world
        .get(member, &path)
        .await
        .shows("Nobody")
        .hides("Mark as read");
    let body = encoded([("to", "nowhere"), ("seal", member.token.seal().as_str())]);
    let wrong = World::request(Method::POST, &format!("{path}/status"), Some(member), body);
    world.raw(wrong).await.expect(422);
}

#[tokio::test]
async fn pictures_are_shown_and_everything_else_is_offered() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let people = people(&world).await;
    writes(&world, &people, "Look").await;
    let message = said(&world).await.remove(0);
    let file = |n: u128| MediaId::from_uuid(Uuid::from_u128(n));
    let attached: Vec<Media> = (1..=4)
        .map(|n| Media {
            url: media_address(file(n)),
            content_type: None,
        })
        .collect();
    let message = Message {
        id: MessageId::new(&*world.console.ids),
        provider_message_id: Some("P2".into()),
        content: Content {
            media: attached,
            ..Content::default()
        },
        ..message
    };
    let tenant = message.tenant;
    let record = InboundRecord {
        message,
        new_contact: None,
        consent: Vec::new(),
        media: Vec::new(),
    };
    assert!(world.memory.receive(&record).await.unwrap());
    let now = world.console.clock.now();
    for (n, content_type) in [(1, "image/png"), (2, "text/html"), (3, "image/svg+xml")] {
        let record = MediaRecord {
            id: file(n),
            tenant,
            origin: None,
            state: MediaState::Pending,
            attempts: 0,
            created_at: now,
        };
        world.memory.add(&record, now).await.unwrap();
        let file = MediaFile {
            content_type: content_type.into(),
            bytes: 12_000,
            sha256: [0; 32],
        };
        let stored = MediaOutcome::Stored {
            file,
            small: None,
            quota: u64::MAX,
        };
        let settled = world.memory.settle(tenant, record.id, &stored).await;
        assert_eq!(settled.unwrap(), MediaSettled::Noted);
    }
    let page = world.get(member, &path(&people.0)).await.expect(200);
    let shown = format!("src=\"/media/{tenant}/{}.png?expires=", file(1));
    assert!(page.text.contains(&shown), "{}", page.text);
    for (n, extension) in [(2, "html"), (3, "svg")] {
        let address = format!("\"/media/{tenant}/{}.{extension}?expires=", file(n));
        assert!(
            page.text.contains(&format!("href={address}")),
            "{extension}"
        );
        assert!(
            !page.text.contains(&format!("src={address}")),
            "{extension}"
        );
    }
    assert!(page.text.contains("An attachment that was deleted"));
    assert!(!page.text.contains("tidings-media:"));
}
