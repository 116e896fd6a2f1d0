//! Somebody from whom the business does not want to hear.

use super::{
    conversations::{path, people, says, writes},
    world::World,
};
use tidings_kernel::Channel;
use tidings_messaging::{Content, Role};

#[tokio::test]
async fn a_contact_is_blocked_on_every_channel_until_it_is_lifted() {
    let world = World::new().await;
    let (member, viewer) = (world.ours.of(Role::Member), world.ours.of(Role::Viewer));
    let people = people(&world).await;
    let own = format!("/console/contacts/{}", people.0.id);
    let block = format!("{own}/block");
    world.get(viewer, &own).await.expect(200).hides("/block\"");
    world.get(member, &own).await.expect(200).shows("/block\"");
    let place = world.post(member, &block, &[]).await.location();
    let page = world.get(member, &place).await.expect(200);
    page.shows("nobody is told of it")
        .shows("Do not block any more")
        .hides("/block\"");
    for channel in [Channel::Sms, Channel::Whatsapp] {
        let content = Content::text(format!("Hello by {channel}"));
        says(&world, &people, channel, content).await;
        for list in ["", "?status=any&unread=on"] {
            let list = format!("/console/conversations{list}");
            world.get(member, &list).await.hides("Hello by");
        }
    }
    let thread = world.get(member, &path(&people.0)).await;
    thread
        .shows("Hello by whatsapp")
        .shows("nothing is replied");
    world
        .get(viewer, &own)
        .await
        .shows("Blocked.")
        .hides("Do not block");
    let lift = format!("{own}/unblock");
    let place = world.post(member, &lift, &[]).await.location();
    let page = world.get(member, &place).await.expect(200);
    page.shows("/block\"").hides("Do not block any more");
    writes(&world, &people, "Hello again").await;
    let unread = world.get(member, "/console/conversations?unread=on").await;
    unread.shows("Hello again");
    for path in [block, lift] {
        world
            .post(world.theirs.owner(), &path, &[])
            .await
            .expect(404);
    }
}
