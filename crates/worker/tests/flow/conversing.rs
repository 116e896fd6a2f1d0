//! What contacts write, who is answered, and by whom.

use crate::support::World;
use tidings_conformance::fixtures;
use tidings_consent::Action;
use tidings_conversations::{
    AUTOMATIC, AutoReply, AutomationStore, Automations, ConversationChange, ConversationStatus,
    Conversing, Intent, Keyword, Label, Pause, Phrase, PhrasePlace, ReplyError, ReplyRequest,
    ReplyText, Substitute, Thread,
};
use tidings_kernel::{Channel, Clock, ContactId, ConversationId};
use tidings_messaging::{
    Contact, Contacts, InboundEvent, Message, Page, ProviderEvent, Status,
    send::{ContentWish, Prepared},
};
use time::Duration;

fn id(world: &World) -> ConversationId {
    ConversationId::from_uuid(world.contact.id.uuid())
}

fn conversing(world: &World) -> &Conversing {
    &world.worker.automating.conversing
}

async fn thread(world: &World) -> Thread {
    conversing(world)
        .get(world.tenant, id(world))
        .await
        .unwrap()
}

/// Everything in the thread, oldest first.
async fn messages(world: &World) -> Vec<Message> {
    let page = Page {
        limit: 50,
        after: None,
    };
    let found = conversing(world).messages(world.tenant, id(world), page);
    let mut found: Vec<Message> = found
        .await
        .unwrap()
        .data
        .into_iter()
        .map(|record| record.message)
        .collect();
    found.reverse();
    found
}

async fn texts(world: &World) -> Vec<String> {
    let messages = messages(world).await.into_iter();
    messages.map(|message| message.content.text).collect()
}

/// The contact writes, and everything that is due is done.
async fn writes(world: &World, channel: Channel, id: &str, text: &str) {
    let event = ProviderEvent::Inbound(InboundEvent {
        provider_message_id: id.into(),
        channel,
        from: world.address(),
        whatsapp_user: None,
        to: "+12025550199".into(),
        text: text.into(),
        media: Vec::new(),
        button: None,
        shopping: None,
        profile_name: None,
        provider_opt: None,
        at: Some(world.clock.now()),
    });
    world.calls_back(vec![event]).await;
}

fn text(text: &str) -> ReplyRequest {
    ReplyRequest {
        channel: None,
        content: ContentWish::Text(text.into()),
        substitute: None,
        media: Vec::new(),
        subject: None,
        tags: Vec::new(),
        scheduled_at: None,
        valid_until: None,
        trace: None,
    }
}

async fn replies(world: &World, reply: ReplyRequest) -> Result<Prepared, ReplyError> {
    conversing(world)
        .reply(world.tenant, id(world), &reply)
        .await
}

#[tokio::test]
async fn a_reply_goes_back_the_way_the_message_came() {
    let world = World::with_accounts(2).await;
    writes(&world, Channel::Whatsapp, "IN1", "Do you have it in blue?").await;
    let found = thread(&world).await;
    assert_eq!(found.conversation.unread, 1);
    let place = found.conversation.answers().unwrap();
    assert_eq!(
        (place.channel, place.account),
        (Channel::Whatsapp, world.accounts[0])
    );
    let sent = replies(&world, text("We do")).await.unwrap().new.message;
    assert_eq!(
        (sent.channel, sent.account),
        (Channel::Whatsapp, Some(world.accounts[0]))
    );
    world.work().await;
    assert_eq!(world.status(sent.id).await, Status::Sent);
    assert_eq!(thread(&world).await.conversation.unread, 0);
    assert_eq!(texts(&world).await, ["Do you have it in blue?", "We do"]);
}

#[tokio::test]
async fn a_thread_stays_when_another_contact_gets_the_number() {
    let world = World::new().await;
    writes(&world, Channel::Sms, "IN1", "Hello").await;
    let other = ContactId::from_uuid(fixtures::uuid(51, 2));
    let other = Contact {
        phone: world.contact.phone,
        ..fixtures::contact(world.tenant, other, 24)
    };
    Contacts::create(&*world.store, &other, None).await.unwrap();
    world.clock.advance(Duration::MINUTE);
    writes(&world, Channel::Sms, "IN2", "Are you there?").await;
    assert_eq!(texts(&world).await, ["Hello", "Are you there?"]);
}

#[tokio::test]
async fn a_closed_window_asks_for_a_template() {
    let world = World::new().await;
    writes(&world, Channel::Whatsapp, "IN1", "Hello").await;
    let window = thread(&world).await.conversation.windows()[0];
    assert!(window.is_open(world.clock.now()));
    world.clock.advance(Duration::hours(24));
    assert!(!window.is_open(world.clock.now()));
    let refused = replies(&world, text("Hi")).await;
    let Err(ReplyError::SessionClosed { closed_at, .. }) = refused else {
        panic!("free text was taken in after the window had closed");
    };
    assert_eq!(closed_at, Some(window.closes_at));
    assert_eq!(texts(&world).await, ["Hello"]);
    let missing = ReplyRequest {
        substitute: Some(Substitute {
            name: "nobody".into(),
            locale: None,
            data: serde_json::Map::new(),
        }),
        ..text("Hi")
    };
    let refused = replies(&world, missing).await;
    assert!(matches!(refused, Err(ReplyError::Send(_))));
}

#[tokio::test]
async fn stop_is_seen_in_the_thread_and_ends_replies() {
    let world = World::new().await;
    writes(&world, Channel::Sms, "IN1", "STOP").await;
    assert_eq!(texts(&world).await[0], "STOP");
    world.clock.advance(Duration::hours(1));
    let prepared = replies(&world, text("Why?")).await;
    assert!(prepared.unwrap().is_blocked());
}

async fn automate(world: &World, automations: Automations) {
    let now = world.clock.now();
    let set = world.store.set_automations(world.tenant, &automations, now);
    set.await.unwrap();
}

fn usual(text: &str) -> AutoReply {
    AutoReply {
        text: ReplyText::new(text).unwrap(),
        pause: Pause::USUAL,
    }
}

fn keyword() -> Keyword {
    Keyword {
        phrases: vec![Phrase::new("prices").unwrap()],
        place: PhrasePlace::Anywhere,
        reply: Some(ReplyText::new("See example.com").unwrap()),
        labels: vec![Label::new("prices").unwrap()],
        assignee: None,
    }
}

#[tokio::test]
async fn a_machine_answers_once_and_says_so() {
    let world = World::new().await;
    automate(
        &world,
        Automations {
            while_open: Some(usual("We are on it.")),
            ..Automations::default()
        },
    )
    .await;
    writes(&world, Channel::Sms, "IN1", "Hello, is anybody there?").await;
    let found = messages(&world).await;
    assert_eq!(found.len(), 2);
    assert_eq!(found[1].content.text, "We are on it.");
    assert_eq!(found[1].tags, [AUTOMATIC]);
    assert_eq!(world.status(found[1].id).await, Status::Sent);
    let conversation = thread(&world).await.conversation;
    // A machine does not read for people.
    assert_eq!(conversation.unread, 1);
    assert_eq!(conversation.intent, Some(Intent::Question));
    world.clock.advance(Duration::MINUTE);
    writes(&world, Channel::Sms, "IN2", "Hello?").await;
    writes(&world, Channel::Sms, "IN2", "Hello?").await;
    assert_eq!(messages(&world).await.len(), 3);
    world.clock.advance(Duration::hours(4));
    writes(&world, Channel::Sms, "IN3", "Hello?").await;
    assert_eq!(messages(&world).await.len(), 5);
}

#[tokio::test]
async fn two_machines_do_not_talk_forever() {
    let world = World::new().await;
    automate(
        &world,
        Automations {
            while_open: Some(usual("We are on it.")),
            keywords: vec![keyword()],
            ..Automations::default()
        },
    )
    .await;
    writes(
        &world,
        Channel::Sms,
        "M0",
        "Automatic reply: I am out of office",
    )
    .await;
    assert_eq!(messages(&world).await.len(), 1);
    for number in 1..20 {
        world.clock.advance(Duration::minutes(10));
        let id = format!("M{number}");
        writes(&world, Channel::Sms, &id, "Our prices are the best").await;
    }
    let answers = messages(&world).await;
    let answers = answers
        .iter()
        .filter(|it| it.tags.iter().any(|tag| tag == AUTOMATIC));
    assert_eq!(answers.count(), 5);
}

#[tokio::test]
async fn a_keyword_sorts_and_what_is_about_consent_is_left_alone() {
    let world = World::new().await;
    automate(
        &world,
        Automations {
            keywords: vec![keyword()],
            ..Automations::default()
        },
    )
    .await;
    writes(&world, Channel::Sms, "IN1", "PRICES please").await;
    let found = thread(&world).await.conversation;
    assert_eq!(found.labels, [Label::new("prices").unwrap()]);
    assert_eq!(texts(&world).await, ["PRICES please", "See example.com"]);
    world.clock.advance(Duration::MINUTE);
    writes(&world, Channel::Sms, "IN2", "STOP sending prices").await;
    let found = thread(&world).await.conversation;
    assert_eq!(found.intent, Some(Intent::OptOut));
    let automatic = messages(&world).await;
    let automatic = automatic
        .iter()
        .filter(|it| it.tags.iter().any(|tag| tag == AUTOMATIC));
    assert_eq!(automatic.count(), 1);
}

#[tokio::test]
async fn nobody_is_answered_who_is_blocked_or_has_opted_out() {
    let world = World::new().await;
    automate(
        &world,
        Automations {
            while_open: Some(usual("We are on it.")),
            ..Automations::default()
        },
    )
    .await;
    let block = ConversationChange {
        status: Some(ConversationStatus::Blocked),
        ..ConversationChange::default()
    };
    let changed = conversing(&world).change(world.tenant, id(&world), &block);
    changed.await.unwrap();
    writes(&world, Channel::Sms, "IN1", "Hello?").await;
    assert_eq!(texts(&world).await, ["Hello?"]);
    let open = ConversationChange {
        status: Some(ConversationStatus::Open),
        ..ConversationChange::default()
    };
    let changed = conversing(&world).change(world.tenant, id(&world), &open);
    changed.await.unwrap();
    world.consents(Action::OptOut).await;
    world.clock.advance(Duration::MINUTE);
    writes(&world, Channel::Sms, "IN2", "Hello again").await;
    let automatic = messages(&world).await;
    let automatic = automatic
        .iter()
        .filter(|it| it.tags.iter().any(|tag| tag == AUTOMATIC));
    // What is written after an opt-out may be answered where the law of replies says so; never when it
    // does not.
    assert!(automatic.count() <= 1);
}
