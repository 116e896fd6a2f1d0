//! Numbers of which people take badly what they send, and how many people they may write to.

use crate::{routing::account_of, support::World};
use std::collections::BTreeMap;
use tidings_conformance::fixtures;
use tidings_consent::{Action, Channels, ConsentEvent, Evidence, Method, Purposes};
use tidings_kernel::{
    Channel, Clock as _, ConsentEventId, ContactId, MessageId, PhoneNumber, Purpose, TemplateId,
};
use tidings_messaging::{
    AccountEvent, AccountStanding, Accounts, Address, ConsentLedger as _, Contact, Contacts,
    InboundEvent, LearnedBy, Message, Messages as _, NumberStanding, NumberWord, ProviderAccount,
    ProviderEvent, Ratings as _, Reproduction, SenderLimits, SenderWord, Status, StoredTemplate,
    TemplateLibrary, Tenants, Tier, Upkeeps as _, gate,
    send::{ContentWish, Recipient, SendRequest},
};
use tidings_routing::Objection;
use tidings_templates::{ApprovalStatus, Quality};
use time::Duration;

const OFFER: &str = "Example Ltd: 20% off today. Reply STOP to opt out";
const TABLE: &str = "Your table is ready";

/// Somebody in Ottawa who has agreed to everything, and has just written: marketing to numbers of the United States is
/// not delivered on WhatsApp.
async fn reader(world: &World, number: u64) -> Contact {
    let id = ContactId::from_uuid(fixtures::uuid(71, number));
    let phone = PhoneNumber::from_e164(&format!("+16135550{number:03}")).unwrap();
    let contact = Contact {
        phone: Some(phone),
        email: None,
        ..fixtures::contact(world.tenant, id, 0)
    };
    Contacts::create(&*world.store, &contact, None)
        .await
        .unwrap();
    let then = world.clock.now() - Duration::days(1);
    let agreed = ConsentEvent {
        id: ConsentEventId::new(&*world.ids),
        contact: id,
        action: Action::OptIn,
        channels: Channels::All,
        purposes: Purposes::All,
        method: Method::WebForm,
        occurred_at: then,
        recorded_at: then,
        evidence: Evidence::default(),
    };
    world
        .store
        .record(world.tenant, &agreed, None)
        .await
        .unwrap();
    let wrote = ProviderEvent::Inbound(InboundEvent {
        provider_message_id: format!("IN{number}"),
        channel: Channel::Whatsapp,
        from: Address::Phone(phone),
        whatsapp_user: None,
        to: fixtures::phone(99).to_string(),
        text: "Hello".into(),
        media: Vec::new(),
        button: None,
        shopping: None,
        profile_name: None,
        provider_opt: None,
        at: Some(world.clock.now()),
    });
    world.calls_back(vec![wrote]).await;
    contact
}

impl World {
    async fn to_reader(&self, contact: &Contact, purpose: Purpose, text: &str) -> Message {
        let request = SendRequest {
            to: Recipient::Contact(contact.id),
            ..self.request(Channel::Whatsapp, purpose, text)
        };
        self.taken_in(&request).await
    }

    async fn taken_in(&self, request: &SendRequest) -> Message {
        let prepared = self.sending.prepare(self.tenant, request).await.unwrap();
        self.sending.commit(&prepared, None).await.unwrap();
        prepared.new.message
    }

    async fn the_account(&self, place: usize) -> ProviderAccount {
        let found = Accounts::get(&*self.store, self.tenant, self.accounts[place]).await;
        found.unwrap().unwrap()
    }

    /// How the number of an account stands.
    async fn standing(&self, place: usize) -> NumberStanding {
        self.the_account(place).await.senders[0].standing.clone()
    }

    /// The provider says something of one account's number.
    async fn says(&self, place: usize, quality: Option<Quality>, tier: &str) {
        self.clock.advance(Duration::SECOND);
        let account = self.the_account(place).await;
        let word = SenderWord {
            tenant: self.tenant,
            account: account.id,
            sender: account.senders[0].id,
            address: account.senders[0].address.clone(),
            word: NumberWord {
                quality,
                tier: Tier::new(tier),
                at: self.clock.now(),
                by: LearnedBy::Look,
            },
        };
        self.store.rate(&[word]).await.unwrap();
    }

    /// The provider calls back about a number.
    async fn tells_of(&self, number: &str, quality: Option<Quality>, tier: &str) {
        self.clock.advance(Duration::SECOND);
        let event = AccountEvent {
            name: "phone_number_quality_update".into(),
            standing: AccountStanding::Unchanged,
            number: Some(number.into()),
            quality,
            tier: Tier::new(tier),
            detail: "the number is seen otherwise".into(),
            at: Some(self.clock.now()),
        };
        self.calls_back(vec![ProviderEvent::Account(event)]).await;
    }

    /// What the last decision about a message names first.
    async fn first_reason(&self, message: MessageId) -> String {
        let decisions = self.store.decisions(self.tenant, message).await.unwrap();
        let last = decisions.last().unwrap();
        last.decision.reasons[0].rule.to_string()
    }

    async fn sent_of(&self, messages: &[Message]) -> usize {
        let mut sent = 0;
        for message in messages {
            sent += usize::from(self.status(message.id).await == Status::Sent);
        }
        sent
    }
}

#[tokio::test]
async fn a_look_learns_how_a_number_is_seen_and_a_callback_what_is_new() {
    let world = World::new().await;
    world.shelf.rate(Quality::Green, "TIER_250");
    assert_eq!(world.worker.syncing.look_after(5).await.unwrap(), 1);
    let standing = world.standing(0).await;
    assert_eq!(
        (standing.quality(), standing.people_per_day()),
        (Quality::Green, Some(250))
    );
    assert_eq!(standing.quality.unwrap().by, LearnedBy::Look);
    // Written as the provider does.
    world
        .tells_of("1 202-555-0199", Some(Quality::Red), "TIER_NEXT")
        .await;
    let standing = world.standing(0).await;
    assert_eq!(
        (standing.quality(), standing.people_per_day()),
        (Quality::Red, None)
    );
    assert_eq!(standing.quality.unwrap().by, LearnedBy::Callback);
    world
        .tells_of("12025550198", Some(Quality::Green), "TIER_50")
        .await;
    assert_eq!(world.standing(0).await.quality(), Quality::Red, "another's");
    // What is said of the whole account is so of each of its numbers.
    world.clock.advance(Duration::SECOND);
    let event = AccountEvent {
        name: "business_capability_update".into(),
        standing: AccountStanding::Unchanged,
        number: None,
        quality: None,
        tier: Tier::new("TIER_10K"),
        detail: "the business may write to more people".into(),
        at: None,
    };
    world.calls_back(vec![ProviderEvent::Account(event)]).await;
    assert_eq!(world.standing(0).await.people_per_day(), Some(10_000));
}

#[tokio::test]
async fn a_provider_that_is_away_is_asked_again() {
    let world = World::new().await;
    world.shelf.go_away(true);
    world.worker.syncing.look_after(5).await.unwrap();
    assert!(world.standing(0).await.is_empty());
    let state = world.store.upkeep(world.tenant).await.unwrap();
    assert!(state[0].problem.is_some());
    world.shelf.go_away(false);
    world.clock.advance(Duration::minutes(2));
    world.worker.syncing.look_after(5).await.unwrap();
    assert!(!world.standing(0).await.is_empty());
}

#[tokio::test]
async fn marketing_waits_for_a_number_of_low_quality_and_goes_on_when_it_recovers() {
    let world = World::new().await;
    let contact = reader(&world, 100).await;
    world.says(0, Some(Quality::Red), "").await;
    let offer = world.to_reader(&contact, Purpose::Marketing, OFFER).await;
    let table = world
        .to_reader(&contact, Purpose::Transactional, TABLE)
        .await;
    let code = world
        .to_reader(&contact, Purpose::Authentication, "Your code is 123456")
        .await;
    world.work().await;
    assert_eq!(world.status(table.id).await, Status::Sent);
    assert_eq!(world.status(code.id).await, Status::Sent);
    assert_eq!(world.status(offer.id).await, Status::Deferred);
    assert_eq!(world.first_reason(offer.id).await, gate::LOW_QUALITY);
    let decisions = world.store.decisions(world.tenant, offer.id).await.unwrap();
    let last = decisions.last().unwrap();
    assert_eq!(last.reproduce(), Reproduction::Same);
    let considered = &last.route.as_ref().unwrap().considered;
    assert_eq!(considered[0].objection, Some(Objection::LowQuality));
    world.pass(Duration::HOUR).await;
    assert_eq!(world.status(offer.id).await, Status::Deferred);
    assert_eq!(world.calls(), 2);

    world
        .tells_of("12025550199", Some(Quality::Yellow), "")
        .await;
    world.pass(Duration::seconds(10)).await;
    assert_eq!(world.status(offer.id).await, Status::Sent, "it is woken");
}

#[tokio::test]
async fn marketing_takes_another_number_where_there_is_one() {
    let world = World::with_accounts(2).await;
    let contact = reader(&world, 101).await;
    world.says(0, Some(Quality::Red), "").await;
    let offer = world.to_reader(&contact, Purpose::Marketing, OFFER).await;
    let table = world
        .to_reader(&contact, Purpose::Transactional, TABLE)
        .await;
    world.work().await;
    assert_eq!(account_of(&world, offer.id).await, Some(world.accounts[1]));
    assert_eq!(account_of(&world, table.id).await, Some(world.accounts[0]));
}

#[tokio::test]
async fn by_text_message_nobody_asks_how_a_number_does_on_whatsapp() {
    let world = World::new().await;
    let contact = reader(&world, 102).await;
    world.says(0, Some(Quality::Red), "").await;
    let request = SendRequest {
        to: Recipient::Contact(contact.id),
        ..world.request(Channel::Sms, Purpose::Marketing, OFFER)
    };
    let offer = world.taken_in(&request).await;
    world.work().await;
    assert_eq!(world.status(offer.id).await, Status::Sent);
}

/// Four offers and two other messages by a number that may send four in any minute.
async fn of_medium_quality(percent: u8) -> (World, Vec<Message>, Vec<Message>) {
    let world = World::new().await;
    let tenant = Tenants::get(&*world.store, world.tenant).await.unwrap();
    let mut tenant = tenant.unwrap();
    tenant.settings.whatsapp.medium_quality_percent = percent;
    Tenants::put(&*world.store, &tenant).await.unwrap();
    let mut account = world.the_account(0).await;
    account.senders[0].limits = SenderLimits {
        per_minute: Some(4),
        ..SenderLimits::default()
    };
    Accounts::update(&*world.store, &account).await.unwrap();
    let (mut offers, mut others) = (Vec::new(), Vec::new());
    let mut readers = Vec::new();
    for number in 110..114 {
        readers.push(reader(&world, number).await);
    }
    world.says(0, Some(Quality::Yellow), "").await;
    for contact in &readers {
        offers.push(world.to_reader(contact, Purpose::Marketing, OFFER).await);
    }
    for contact in readers.iter().take(2) {
        others.push(
            world
                .to_reader(contact, Purpose::Transactional, TABLE)
                .await,
        );
    }
    world.work().await;
    (world, offers, others)
}

#[tokio::test]
async fn a_number_of_medium_quality_is_left_at_half_its_pace_to_marketing() {
    let (world, offers, others) = of_medium_quality(50).await;
    assert_eq!(world.sent_of(&offers).await, 2, "half of four in a minute");
    assert_eq!(world.sent_of(&others).await, 2, "nothing else is slowed");
    world.pass(Duration::seconds(70)).await;
    assert_eq!(world.sent_of(&offers).await, 4);
}

#[tokio::test]
async fn a_tenant_says_how_much_slower_marketing_is() {
    let (world, offers, others) = of_medium_quality(25).await;
    assert_eq!(world.sent_of(&offers).await, 1);
    assert_eq!(world.sent_of(&others).await, 2);
}

#[tokio::test]
async fn a_better_rating_gives_marketing_its_pace_back() {
    let (world, offers, _) = of_medium_quality(25).await;
    world
        .tells_of("12025550199", Some(Quality::Green), "")
        .await;
    world.pass(Duration::seconds(70)).await;
    assert_eq!(world.sent_of(&offers).await, 4);
}

impl World {
    /// A template that the provider has let out, for what is written first.
    async fn reminder(&self) -> String {
        let now = self.clock.now();
        let name = "table_ready".to_owned();
        let variant =
            serde_json::json!({"locale": "en_US", "components": [{"type": "BODY", "text": TABLE}]});
        let template = StoredTemplate {
            id: TemplateId::new(&*self.ids),
            tenant: self.tenant,
            name: name.clone(),
            category: "utility".into(),
            channel: Channel::Whatsapp,
            purpose: Purpose::Transactional,
            variants: vec![serde_json::from_value(variant).unwrap()],
            fields: Vec::new(),
            status: ApprovalStatus::Approved,
            provider_status: BTreeMap::new(),
            standings: Vec::new(),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        TemplateLibrary::create(&*self.store, &template, None)
            .await
            .unwrap();
        name
    }

    /// Writes first to three people; so many are reached at once.
    async fn reaches(&self) -> (usize, Vec<Message>) {
        let name = self.reminder().await;
        let mut messages = Vec::new();
        for number in 120..123 {
            let contact = reader(self, number).await;
            messages.push((contact.id, name.clone()));
        }
        // They wrote too long ago to be answered.
        self.clock.advance(Duration::days(1) + Duration::SECOND);
        let mut sent = Vec::new();
        for (contact, name) in messages {
            let request = SendRequest {
                to: Recipient::Contact(contact),
                content: ContentWish::Template {
                    name,
                    locale: None,
                    data: serde_json::Map::new(),
                },
                ..self.request(Channel::Whatsapp, Purpose::Transactional, "")
            };
            sent.push(self.taken_in(&request).await);
        }
        self.work().await;
        (self.sent_of(&sent).await, sent)
    }
}

#[tokio::test]
async fn a_number_writes_first_to_as_many_people_as_its_provider_lets_it() {
    let world = World::new().await;
    world.says(0, None, "TIER_2").await;
    let (reached, messages) = world.reaches().await;
    assert_eq!(reached, 2);
    world.tells_of("12025550199", None, "TIER_UNLIMITED").await;
    world.pass(Duration::seconds(10)).await;
    assert_eq!(world.sent_of(&messages).await, 3, "it is woken");
}

#[tokio::test]
async fn a_provider_never_raises_what_a_tenant_has_allowed() {
    let world = World::new().await;
    let mut account = world.the_account(0).await;
    account.senders[0].limits.people_per_day = Some(1);
    Accounts::update(&*world.store, &account).await.unwrap();
    world.says(0, None, "TIER_100K").await;
    assert_eq!(world.reaches().await.0, 1);
}
