use super::world::World;
use tidings_kernel::PhoneNumber;
use tidings_messaging::{Contact, Contacts, Role};

async fn other(world: &World) -> Contact {
    let contact = world.contact(world.ours.tenant, "Anna").await;
    let contact = Contact {
        phone: Some(PhoneNumber::from_e164("+12025550124").unwrap()),
        ..contact
    };
    assert!(world.memory.update(&contact).await.unwrap());
    contact
}

#[tokio::test]
async fn a_merge_is_shown_before_it_is_done() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let one = world.contact(world.ours.tenant, "Ana").await;
    let two = other(&world).await;
    let path = format!("/console/contacts/{}", one.id);
    world
        .get(member, &path)
        .await
        .expect(200)
        .shows(&format!("{path}/merge"));
    let page = world.get(member, &format!("{path}/merge?q=anna")).await;
    page.expect(200)
        .shows(&format!("{path}/merge?from={}", two.id));
    let page = world
        .get(member, &format!("{path}/merge?from={}", two.id))
        .await;
    let page = page
        .expect(200)
        .shows("Merge for good")
        .shows("+12025550124");
    page.shows("<td>Ana</td>")
        .shows("<td>Anna</td>")
        .shows(&format!(
            "/console/contacts/{}/merge?from={}",
            two.id, one.id
        ));
    let gone = world.memory.get(world.ours.tenant, two.id).await.unwrap();
    assert!(gone.is_some(), "nothing is done yet");
    let from = two.id.to_string();
    let done = world
        .post(member, &format!("{path}/merge"), &[("from", &from)])
        .await;
    assert_eq!(done.location(), format!("{path}?done=merged"));
    let page = world
        .get(member, &format!("{path}?done=merged"))
        .await
        .expect(200);
    page.shows("They are one contact now.")
        .shows("+12025550124");
    let moved = world
        .get(member, &format!("/console/contacts/{}", two.id))
        .await;
    assert_eq!(moved.location(), path, "who has the old address comes here");
    let again = world
        .post(member, &format!("{path}/merge"), &[("from", &from)])
        .await;
    again.location();
}

#[tokio::test]
async fn nobody_merges_what_is_not_theirs() {
    let world = World::new().await;
    let member = world.ours.of(Role::Member);
    let one = world.contact(world.ours.tenant, "Ana").await;
    let theirs = world.contact(world.theirs.tenant, "Theirs").await;
    let path = format!("/console/contacts/{}/merge", one.id);
    let from = theirs.id.to_string();
    world
        .get(member, &format!("{path}?from={from}"))
        .await
        .expect(404);
    world
        .post(member, &path, &[("from", &from)])
        .await
        .expect(404);
    let found = world
        .memory
        .get(world.theirs.tenant, theirs.id)
        .await
        .unwrap();
    assert_eq!(found, Some(theirs));
}
