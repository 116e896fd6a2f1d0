//! Contacts are shown that somebody has read what they wrote.

use crate::support::World;
use tidings_kernel::{Channel, Clock as _, ConversationId, MessageId};
use tidings_messaging::{InboundEvent, ProviderEvent, Tenants};
use time::Duration;

impl World {
    async fn writes_by(&self, channel: Channel, id: &str) {
        self.clock.advance(Duration::SECOND);
        let event = InboundEvent {
            provider_message_id: id.into(),
            channel,
            from: self.address(),
            whatsapp_user: None,
            to: "+12025550199".into(),
            text: "Are you open today?".into(),
            media: Vec::new(),
            button: None,
            shopping: None,
            profile_name: None,
            provider_opt: None,
            at: Some(self.clock.now()),
        };
        self.calls_back(vec![ProviderEvent::Inbound(event)]).await;
    }

    /// Somebody opens the thread; gives how much is unread then.
    async fn opens_thread(&self, up_to: Option<MessageId>) -> u32 {
        let thread = ConversationId::from_uuid(self.contact.id.uuid());
        let conversing = &self.worker.automating.conversing;
        let left = conversing.read(self.tenant, thread, up_to).await.unwrap();
        self.work().await;
        left
    }

    async fn shows_reading(&self, does: bool) {
        let tenant = Tenants::get(&*self.store, self.tenant).await.unwrap();
        let mut tenant = tenant.unwrap();
        tenant.settings.whatsapp.read_receipts = does;
        Tenants::put(&*self.store, &tenant).await.unwrap();
    }
}

#[tokio::test]
async fn a_contact_sees_once_that_their_newest_message_was_read() {
    let world = World::new().await;
    world.writes_by(Channel::Whatsapp, "wamid.1").await;
    world.writes_by(Channel::Whatsapp, "wamid.2").await;
    world.writes_by(Channel::Sms, "SM3").await;
    assert!(world.shelf.read().is_empty());
    assert_eq!(world.opens_thread(None).await, 0);
    assert_eq!(world.shelf.read(), ["wamid.2"]);
    world.opens_thread(None).await;
    world.pass(Duration::HOUR).await;
    assert_eq!(world.shelf.read(), ["wamid.2"], "once");
    world.writes_by(Channel::Whatsapp, "wamid.4").await;
    world.opens_thread(None).await;
    assert_eq!(world.shelf.read(), ["wamid.2", "wamid.4"]);
}

#[tokio::test]
async fn a_tenant_that_does_not_want_it_shows_nothing() {
    let world = World::new().await;
    world.shows_reading(false).await;
    world.writes_by(Channel::Whatsapp, "wamid.1").await;
    assert_eq!(world.opens_thread(None).await, 0);
    assert!(world.shelf.read().is_empty());
    // What was read then stays unshown.
    world.shows_reading(true).await;
    world.pass(Duration::HOUR).await;
    assert!(world.shelf.read().is_empty());
}

#[tokio::test]
async fn a_provider_that_fails_keeps_nobody_from_reading_and_is_told_later() {
    let world = World::new().await;
    world.writes_by(Channel::Whatsapp, "wamid.1").await;
    world.shelf.go_away(true);
    assert_eq!(world.opens_thread(None).await, 0);
    world.pass(Duration::seconds(20)).await;
    assert!(world.shelf.read().is_empty());
    world.shelf.go_away(false);
    world.pass(Duration::MINUTE).await;
    assert_eq!(world.shelf.read(), ["wamid.1"]);
}

#[tokio::test]
async fn what_could_not_be_shown_for_long_is_not_shown_any_more() {
    let world = World::new().await;
    world.writes_by(Channel::Whatsapp, "wamid.1").await;
    world.shelf.go_away(true);
    world.opens_thread(None).await;
    world.pass(Duration::HOUR).await;
    world.shelf.go_away(false);
    world.pass(Duration::HOUR).await;
    assert!(world.shelf.read().is_empty());
}
