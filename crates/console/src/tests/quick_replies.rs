//! What people say often.

use super::{
    conversations::{path, people, said, writes},
    world::{Reply, World},
};
use tidings_conversations::{QuickReplies, QuickReply};
use tidings_messaging::{Page, Role};

const PATH: &str = "/console/quick-replies";

async fn stored(world: &World) -> Vec<QuickReply> {
    let page = Page {
        limit: 200,
        after: None,
    };
    let found = world.memory.quick_replies(world.ours.tenant, page).await;
    found.unwrap().data
}

async fn added(world: &World, shortcut: &str, text: &str) -> QuickReply {
    let member = world.ours.of(Role::Member);
    let fields = [("shortcut", shortcut), ("text", text)];
    let place = world.post(member, PATH, &fields).await.location();
    assert_eq!(place, format!("{PATH}?done=added"));
    stored(world).await.remove(0)
}

/// What stands in the field of the text.
fn typed(page: &Reply) -> &str {
    let rest = page.text.split("name=\"text\"").nth(1).unwrap();
    let rest = rest.split_once('>').unwrap().1;
    rest.split_once("</textarea>")
        .unwrap()
        .0
        .trim_start_matches('\n')
}

#[tokio::test]
async fn they_are_added_changed_and_removed() {
    let world = World::new().await;
    let (member, viewer) = (world.ours.of(Role::Member), world.ours.of(Role::Viewer));
    world.get(member, PATH).await.shows("No quick replies yet");
    let reply = added(&world, "Hours", "We open at <b>nine</b>.\r\nSee you").await;
    assert_eq!(reply.shortcut.as_str(), "/hours");
    assert_eq!(reply.text.as_str(), "We open at <b>nine</b>.\nSee you");
    world
        .get(viewer, PATH)
        .await
        .expect(200)
        .shows("/hours")
        .shows("&lt;b&gt;nine")
        .hides("New quick reply");
    for (shortcut, text, problem) in [
        ("hours", "Twice", "Another quick reply has this shortcut."),
        ("our hours", "Kept", "Use letters, digits"),
        ("new", "Hi {{first_name", "f-text-problem"),
        ("new", " ", "f-text-problem"),
    ] {
        let fields = [("shortcut", shortcut), ("text", text)];
        let page = world.post(member, PATH, &fields).await.expect(422);
        page.shows(problem).shows(text.trim()).shows(shortcut);
    }
    let own = format!("{PATH}/{}", reply.id);
    world.get(member, &own).await.expect(200).shows("/hours");
    let fields = [("shortcut", "times"), ("text", "At ten.")];
    world.post(member, &own, &fields).await.location();
    let changed = stored(&world).await;
    assert_eq!(
        (changed[0].id, changed[0].text.as_str()),
        (reply.id, "At ten.")
    );
    let theirs = world.theirs.owner();
    world.get(theirs, PATH).await.hides("/times");
    world.get(theirs, &own).await.expect(404);
    world.post(theirs, &own, &fields).await.expect(404);
    let remove = format!("{own}/remove");
    world.post(theirs, &remove, &[]).await.expect(404);
    assert_eq!(stored(&world).await, changed);
    world.post(member, &remove, &[]).await.location();
    assert_eq!(stored(&world).await, []);
    world.post(member, &remove, &[]).await.expect(404);
}

#[tokio::test]
async fn one_is_put_into_what_is_typed() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let people = people(&world).await;
    writes(&world, &people, "When?").await;
    let (path, before) = (path(&people.0), said(&world).await.len());
    world.get(member, &path).await.hides("Put it in");
    let hours = added(&world, "hours", "{{first_name|there}}, we open at nine.").await;
    let field = added(&world, "field", "Your {{color}}").await;
    world
        .get(member, &path)
        .await
        .shows("Put it in")
        .shows("/hours: {{first_name|there}}, we open");
    let quick = format!("{path}/quick");
    let id = hours.id.to_string();
    for (text, chosen) in [("Hi", id.as_str()), ("Hi /HOURS", ""), ("Hi ", &id)] {
        let fields = [("text", text), ("quick", chosen), ("channel", "sms")];
        let page = world.post(member, &quick, &fields).await.expect(200);
        assert_eq!(typed(&page), "Hi Ana, we open at nine.", "{text}");
        page.shows("value=\"sms\" selected");
    }
    let unknown = field.id.to_string();
    for (chosen, problem) in [
        ("", "end the text with its shortcut"),
        ("nonsense", "Choose a quick reply"),
        (
            &unknown,
            "/field cannot be filled: a value is missing for: color.",
        ),
    ] {
        let fields = [("text", "A long answer"), ("quick", chosen)];
        let page = world.post(member, &quick, &fields).await.expect(422);
        assert_eq!(typed(&page), "A long answer");
        page.shows(problem).shows("f-quick-problem");
    }
    // A script asks for the field alone, and is told to count anew.
    let seal = member.token.seal();
    let fields = [("text", "/hours"), ("seal", seal.as_str())];
    let body = super::world::encoded(fields);
    let mut part = World::request(axum::http::Method::POST, &quick, Some(member), body);
    part.headers_mut()
        .insert("hx-request", "true".parse().unwrap());
    let part = world.raw(part).await.expect(200).hides("<html");
    assert_eq!(part.header("hx-trigger-after-settle"), "filled");
    assert_eq!(typed(&part), "Ana, we open at nine.");
    assert_eq!(said(&world).await.len(), before, "nothing was sent");
}
