use super::world::World;
use tidings_messaging::{Accounts, ProviderTemplate, Role, StoredTemplate, TemplateLibrary};
use tidings_templates::{ApprovalStatus, Variant, VariantBody};

const NEW: &str = "/console/templates/new";

fn fields<'a>(channel: &'a str, name: &'a str, text: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("channel", channel),
        ("name", name),
        ("purpose", "transactional"),
        ("locale_0", "en_US"),
        ("text_0", text),
    ]
}

#[tokio::test]
async fn a_template_is_written_and_changed_as_it_was_read() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    world
        .get(member, "/console/templates")
        .await
        .shows("No templates yet");
    world
        .get(member, NEW)
        .await
        .expect(200)
        .shows("As readers get it");
    let mut both = fields("sms", "order", "Hi {{first_name|there}}, it ships {{day}}.");
    both.extend([
        ("locale_1", "de"),
        ("text_1", "Hallo {{first_name|du}}, Versand {{day}}."),
    ]);
    let reply = world.post(member, NEW, &both).await;
    let path = reply.location().replace("?done=added", "");
    let page = world.get(member, &path).await.expect(200);
    page.shows("en_US")
        .shows("Hallo")
        .shows("1 part")
        .shows("Ready");
    let list = world.get(member, "/console/templates?channel=sms").await;
    list.shows("order").shows("utility");
    let form = world.get(member, &format!("{path}/edit")).await.expect(200);
    form.shows("field_0").shows("{{day}}");
    let mut change = fields("sms", "order", "Hi {{first_name|there}}, on {{day}}.");
    change.extend([
        ("version", "1"),
        ("field_0", "day"),
        ("kind_0", "date"),
        ("required_0", "on"),
        ("example_0", "2026-11-21"),
    ]);
    world
        .post(member, &format!("{path}/edit"), &change)
        .await
        .location();
    let page = world.get(member, &path).await;
    page.shows("on 2026-11-21.").hides("Hallo");
    let stale = world.post(member, &format!("{path}/edit"), &change).await;
    stale.expect(409).shows("changed this template");
    let taken = world.post(member, NEW, &fields("sms", "order", "x")).await;
    taken.expect(422).shows("f-name-problem");
    world
        .get(member, &format!("{path}/remove"))
        .await
        .expect(200);
    world
        .post(member, &format!("{path}/remove"), &[])
        .await
        .location();
    world.get(member, &path).await.expect(404);
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_text() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let reply = world
        .post(member, NEW, &fields("sms", "", "Hi {{first_name"))
        .await;
    reply
        .expect(422)
        .shows("f-name-problem")
        .shows("f-text_0-problem");
    let reply = world.post(member, NEW, &fields("fax", "a", "Hi")).await;
    reply.expect(422).shows("f-channel-problem");
    let mut twice = fields("sms", "a", "Hi");
    twice.extend([("locale_1", "en_US"), ("text_1", "Hello")]);
    twice.extend([("locale_2", "!"), ("text_2", "Hello")]);
    let reply = world.post(member, NEW, &twice).await.expect(422);
    reply
        .shows("This language is there twice.")
        .shows("f-locale_2-problem");
    let reply = world
        .post(member, NEW, &fields("whatsapp", "Not Plain", "[1]"))
        .await;
    let reply = reply.expect(422).shows("lower case letters");
    reply.shows("This is no list of components");
    let none = world.post(
        member,
        NEW,
        &[("channel", "sms"), ("name", "a"), ("purpose", "reminder")],
    );
    none.await.expect(422).shows("Write at least one text.");
}

#[tokio::test]
async fn the_lint_speaks_while_one_writes() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let text = "Your table is ready — see you at {{time}}…";
    let reply = world
        .post(member, "/console/templates/check", &fields("sms", "", text))
        .await;
    let reply = reply
        .expect(200)
        .shows("Your table is ready")
        .hides("<html");
    reply
        .shows("1 part")
        .shows("UCS-2")
        .shows("Give it a name.");
    let broken = fields("sms", "a", "Hi {{first_name");
    let reply = world
        .post(member, "/console/templates/check", &broken)
        .await;
    reply.expect(200).shows("class=\"error\"");
}

#[tokio::test]
async fn a_rejection_is_shown_with_its_reason() {
    let world = World::new().await;
    let template = world.template(world.ours.tenant, "order").await;
    let rejected = StoredTemplate {
        id: tidings_kernel::TemplateId::new(&*world.console.ids),
        channel: tidings_kernel::Channel::Whatsapp,
        status: ApprovalStatus::Rejected,
        variants: vec![Variant {
            locale: "en".into(),
            body: VariantBody::Text("Hi {{first_name|there}}!".into()),
        }],
        provider_status: [(
            "twilio".to_owned(),
            ProviderTemplate {
                id: Some("HX1".into()),
                status: Some("rejected".into()),
                rejection_reason: Some("It promotes <b>something</b>.".into()),
            },
        )]
        .into(),
        ..template
    };
    TemplateLibrary::create(&*world.memory, &rejected, None)
        .await
        .unwrap();
    let path = format!("/console/templates/{}", rejected.id);
    let page = world.get(world.ours.owner(), &path).await.expect(200);
    let page = page.shows("It promotes &lt;b&gt;something&lt;/b&gt;.");
    page.shows("change the text, and submit it again");
}

#[tokio::test]
async fn a_template_is_submitted_and_followed() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let mut account = world.account(world.ours.tenant, "WhatsApp").await;
    account.senders[0].channels = vec![tidings_kernel::Channel::Whatsapp];
    Accounts::update(&*world.memory, &account).await.unwrap();
    let components = r#"[{"type": "BODY", "text": "It is here."}]"#;
    let form = fields("whatsapp", "order_update", components);
    let path = world.post(member, NEW, &form).await.location();
    let path = path.split('?').next().unwrap().to_owned();
    world.get(member, &path).await.shows("Not submitted.");
    let submit = format!("{path}/submit");
    let after = world.post(member, &submit, &[]).await.location();
    let page = world.get(member, &after).await.expect(200);
    page.shows("The provider looks at it now.").shows("PENDING");
    world.shelf.judge("order_update", ApprovalStatus::Paused);
    world.clock.advance(time::Duration::MINUTE);
    let after = world.post(member, "/console/templates/sync", &[]).await;
    assert!(after.location().ends_with("done=synced"));
    let page = world.get(member, &path).await.expect(200);
    let page = page.shows("what waits goes on then").shows("PAUSED");
    let withdraw = format!("{path}/withdraw");
    page.shows(&format!("{withdraw}?locale=en_US"));
    let asked = world
        .get(member, &format!("{withdraw}?locale=%22en%22"))
        .await;
    asked.expect(200).shows("value=\"&quot;en&quot;\"");
    let nothing = world.post(member, &withdraw, &[("locale", "de")]).await;
    nothing.expect(422).shows("there is nothing to remove");
    let after = world.post(member, &withdraw, &[("locale", "en_US")]).await;
    let page = world.get(member, &after.location()).await.expect(200);
    page.shows("It stays here.")
        .shows("No provider has it any more.")
        .hides(&withdraw);
    assert!(world.shelf.templates().is_empty());
    let all = world.post(member, &withdraw, &[]).await;
    assert!(
        all.location().ends_with("done=withdrawn"),
        "again is harmless"
    );
    world.shelf.go_away(true);
    let away = world.post(member, "/console/templates/sync", &[]).await;
    away.expect(422).shows("The provider gave no answer.");
}
