use super::world::World;
use tidings_kernel::Purpose;
use tidings_messaging::{Messages, Role, Status};

#[tokio::test]
async fn a_blocked_message_says_why_in_one_sentence() {
    let world = World::new().await;
    world.account(world.ours.tenant, "Main").await;
    let contact = world.contact(world.ours.tenant, "Ana").await;
    let message = world
        .message(&contact, Purpose::Marketing, "Sale! Half price.")
        .await;
    let viewer = world.ours.of(Role::Viewer);
    let page = world
        .get(viewer, &format!("/console/messages/{message}"))
        .await;
    let page = page.expect(200).shows("It may not be sent by SMS");
    page.shows("Blocked")
        .shows("consent.")
        .hides("Send it again");
    let list = world.get(viewer, "/console/messages?status=blocked").await;
    list.shows("Sale! Half price.");
    let list = world
        .get(viewer, "/console/messages?status=delivered")
        .await;
    list.shows("Nothing fits").hides("Half price");
}

#[tokio::test]
async fn a_waiting_message_is_cancelled_once() {
    let world = World::new().await;
    world.account(world.ours.tenant, "Main").await;
    let contact = world.contact(world.ours.tenant, "Ana").await;
    world.agreed(&contact).await;
    let message = world
        .message(&contact, Purpose::Transactional, "Your table is ready.")
        .await;
    let member = world.ours.of(Role::Member);
    let path = format!("/console/messages/{message}");
    world
        .get(member, "/console/queue")
        .await
        .expect(200)
        .shows("Transactional");
    let reply = world.post(member, &format!("{path}/cancel"), &[]).await;
    let page = world.get(member, &reply.location()).await.expect(200);
    page.shows("Cancelled: it will not be sent.");
    let record = Messages::get(&*world.memory, world.ours.tenant, message).await;
    assert_eq!(record.unwrap().unwrap().message.status, Status::Cancelled);
    let again = world.post(member, &format!("{path}/cancel"), &[]).await;
    again.expect(422).shows("It is cancelled by now");
    let retry = world.post(member, &format!("{path}/retry"), &[]).await;
    retry.expect(422);
}

#[tokio::test]
async fn empty_places_say_what_to_do_next() {
    let world = World::new().await;
    let owner = world.ours.owner();
    for (path, expected) in [
        ("/console", "First steps"),
        ("/console/contacts", "Add a contact"),
        ("/console/accounts", "Connect an account"),
        ("/console/messages", "To the contacts"),
        ("/console/queue", "Nothing has failed"),
    ] {
        world.get(owner, path).await.expect(200).shows(expected);
    }
}
