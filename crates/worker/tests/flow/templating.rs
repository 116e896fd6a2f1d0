//! Templates at a provider: handed in, judged, paused, and what waits for them.

use crate::support::World;
use serde_json::json;
use std::collections::BTreeMap;
use tidings_consent::{Action, Purposes};
use tidings_kernel::{Channel, Clock as _, Purpose, TemplateId};
use tidings_messaging::{
    Accounts, Message, Messages as _, ProviderEvent, RemoteTemplate, Status, StoredTemplate,
    TemplateEvent, TemplateLibrary, TemplateListing, TemplateListings as _, Upkeeps as _,
    send::{ContentWish, SendRequest},
    sync::{Look, SubmitError, SyncError},
};
use tidings_templates::{
    ApprovalStatus, Category, PauseRung, Quality, StandingEvent, StandingEventKind, Variant,
    VariantBody,
};
use time::Duration;

const NAME: &str = "order_update";

fn variant(locale: &str, text: &str) -> Variant {
    let components = json!([{"type": "BODY", "text": text}]);
    serde_json::from_value(json!({"locale": locale, "components": components})).unwrap()
}

impl World {
    /// A template that nobody has seen yet.
    async fn written(&self, text: &str) -> StoredTemplate {
        let now = self.clock.now();
        let template = StoredTemplate {
            id: TemplateId::new(&*self.ids),
            tenant: self.tenant,
            name: NAME.into(),
            category: "utility".into(),
            channel: Channel::Whatsapp,
            purpose: Purpose::Transactional,
            variants: vec![variant("en_US", text)],
            fields: Vec::new(),
            status: ApprovalStatus::Draft,
            provider_status: BTreeMap::new(),
            standings: Vec::new(),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        TemplateLibrary::create(&*self.store, &template, None)
            .await
            .unwrap();
        template
    }

    async fn now_of(&self, id: TemplateId) -> StoredTemplate {
        let found = TemplateLibrary::get(&*self.store, self.tenant, id).await;
        found.unwrap().unwrap()
    }

    async fn hand_in(&self, template: &StoredTemplate) -> StoredTemplate {
        let syncing = &self.worker.syncing;
        let handed_in = syncing.submit(self.tenant, template.id, None, None).await;
        handed_in.unwrap()
    }

    /// The provider tells something about the template, a second later.
    async fn tells(&self, kind: StandingEventKind) {
        self.clock.advance(Duration::SECOND);
        let event = TemplateEvent {
            id: Some("901".into()),
            name: NAME.into(),
            locale: "en_US".into(),
            event: StandingEvent {
                at: self.clock.now(),
                kind,
            },
            reason: Some("people report it".into()),
        };
        self.calls_back(vec![ProviderEvent::Template(event)]).await;
    }

    /// A message that calls the template in half a minute.
    async fn call(&self, valid_for: Option<Duration>) -> Message {
        let request = SendRequest {
            content: ContentWish::Template {
                name: NAME.into(),
                locale: None,
                data: serde_json::Map::new(),
            },
            scheduled_at: Some(self.clock.now() + Duration::seconds(30)),
            valid_until: valid_for.map(|valid_for| self.clock.now() + valid_for),
            ..self.request(Channel::Whatsapp, Purpose::Transactional, "")
        };
        let prepared = self.sending.prepare(self.tenant, &request).await.unwrap();
        self.sending.commit(&prepared, None).await.unwrap();
        prepared.new.message
    }

    /// Lets a message come up.
    async fn due(&self) {
        self.pass(Duration::seconds(35)).await;
    }

    /// Whether a message would be refused now.
    async fn refuses(&self) -> bool {
        self.call(None).await.status == Status::Blocked
    }

    /// A template that the provider has approved.
    async fn approved(&self) -> StoredTemplate {
        let template = self.written("Your order is on its way.").await;
        self.hand_in(&template).await;
        self.tells(APPROVED).await;
        let template = self.now_of(template.id).await;
        assert_eq!(template.status, ApprovalStatus::Approved);
        template
    }

    async fn reasons_of(&self, message: &Message) -> Vec<String> {
        let decisions = self.store.decisions(self.tenant, message.id).await;
        let decisions = decisions.unwrap();
        let last = decisions.last().unwrap();
        let reasons = last.decision.reasons.iter();
        reasons.map(|reason| reason.rule.to_string()).collect()
    }

    async fn listings(&self) -> Vec<TemplateListing> {
        self.store.of_tenant(self.tenant).await.unwrap()
    }

    async fn look(&self) -> Look {
        let accounts = Accounts::of_tenants(&*self.store, &[self.tenant]).await;
        let looked = self.worker.syncing.look(&accounts.unwrap()[0]).await;
        looked.unwrap()
    }
}

const APPROVED: StandingEventKind = StandingEventKind::Approved { category: None };
const PAUSED: StandingEventKind = StandingEventKind::Paused {
    rung: PauseRung::RateLimiting,
};

#[tokio::test]
async fn a_message_waits_for_a_paused_template_and_goes_on_when_it_is_resumed() {
    let world = World::new().await;
    let template = world.written("Your order is on its way.").await;
    assert!(world.refuses().await, "nobody has approved it");
    let handed_in = world.hand_in(&template).await;
    assert_eq!(handed_in.status, ApprovalStatus::Pending);
    world.tells(APPROVED).await;
    let first = world.call(None).await;
    world.due().await;
    assert_eq!(world.status(first.id).await, Status::Sent);

    let next = world.call(None).await;
    world.tells(PAUSED).await;
    world.due().await;
    assert_eq!(world.status(next.id).await, Status::Deferred);
    assert_eq!(world.reasons_of(&next).await[0], "template.held");
    assert!(world.refuses().await, "not while it is paused");
    world.pass(Duration::HOUR).await;
    assert_eq!(world.status(next.id).await, Status::Deferred);
    assert_eq!(world.calls(), 1);

    world.tells(StandingEventKind::Reinstated).await;
    assert_eq!(world.status(next.id).await, Status::Sent, "it is woken");
    assert_eq!(world.calls(), 2);
}

#[tokio::test]
async fn a_message_waits_for_a_paused_template_until_it_matters_no_more() {
    let world = World::new().await;
    world.approved().await;
    let message = world.call(Some(Duration::minutes(20))).await;
    world.tells(PAUSED).await;
    world.pass(Duration::minutes(19)).await;
    assert_eq!(world.status(message.id).await, Status::Deferred);
    world.pass(Duration::minutes(2)).await;
    assert_eq!(world.status(message.id).await, Status::Expired);
    assert_eq!(world.calls(), 0);
}

#[tokio::test]
async fn a_message_does_not_wait_for_a_template_that_is_disabled() {
    let world = World::new().await;
    world.approved().await;
    let message = world.call(None).await;
    world.tells(StandingEventKind::Disabled).await;
    world.due().await;
    assert_eq!(world.status(message.id).await, Status::Blocked);
    assert_eq!(world.reasons_of(&message).await[0], "template.not_approved");
}

#[tokio::test]
async fn what_waits_is_judged_by_the_new_category() {
    let world = World::new().await;
    world.approved().await;
    let message = world.call(None).await;
    // Agreed to is everything but marketing.
    let purposes = Purposes::only([Purpose::Marketing]).unwrap();
    world.consents_to(Action::OptOut, purposes).await;
    let category = Category::Marketing;
    world
        .tells(StandingEventKind::Recategorized { category })
        .await;
    world.due().await;
    assert_eq!(world.status(message.id).await, Status::Blocked);
    let rules = world.reasons_of(&message).await;
    assert!(rules.contains(&"consent.opted_out".to_owned()), "{rules:?}");
    assert!(rules.contains(&"purpose.raised".to_owned()), "{rules:?}");
}

#[tokio::test]
async fn an_older_word_does_not_overrule_a_newer_one() {
    let world = World::new().await;
    let template = world.approved().await;
    world.tells(PAUSED).await;
    let event = |at| TemplateEvent {
        id: Some("901".into()),
        name: NAME.into(),
        locale: "en_US".into(),
        event: StandingEvent { at, kind: APPROVED },
        reason: None,
    };
    let late = world.clock.now() - Duration::MINUTE;
    let before = world.now_of(template.id).await;
    world
        .calls_back(vec![ProviderEvent::Template(event(late))])
        .await;
    assert_eq!(world.now_of(template.id).await, before);
    assert_eq!(before.status, ApprovalStatus::Paused);
}

#[tokio::test]
async fn handing_in_again_changes_nothing_and_another_text_is_reviewed_anew() {
    let world = World::new().await;
    let template = world.approved().await;
    world.shelf.judge(NAME, ApprovalStatus::Approved);
    let again = world.hand_in(&template).await;
    assert_eq!(again.status, ApprovalStatus::Approved);
    assert_eq!(world.shelf.templates().len(), 1);
    let mut edited = again;
    edited.reword(vec![variant("en_US", "It is here!")]);
    edited.status = ApprovalStatus::Draft;
    edited.version += 1;
    assert!(
        TemplateLibrary::update(&*world.store, &edited)
            .await
            .unwrap()
    );
    // The provider still lets out the text of before, which is not ours any more.
    world.look().await;
    assert_eq!(
        world.now_of(template.id).await.status,
        ApprovalStatus::Draft
    );
    world.clock.advance(Duration::MINUTE);
    let handed_in = world.hand_in(&edited).await;
    assert_eq!(handed_in.status, ApprovalStatus::Pending);
    assert_eq!(world.shelf.templates().len(), 1, "changed, not made anew");
}

#[tokio::test]
async fn what_is_removed_at_the_provider_stops_what_waits_and_can_be_handed_in_again() {
    let world = World::new().await;
    let template = world.approved().await;
    let message = world.call(None).await;
    world.clock.advance(Duration::SECOND);
    let syncing = &world.worker.syncing;
    let withdraw = async || {
        let (account, locale) = (Some(world.accounts[0]), Some("en-us"));
        syncing
            .withdraw(world.tenant, template.id, account, locale)
            .await
            .unwrap()
    };
    let after = withdraw().await;
    assert_eq!(after.status, ApprovalStatus::Disabled);
    assert!(world.shelf.templates().is_empty());
    assert_eq!(withdraw().await, after, "again is harmless");
    world.due().await;
    assert_eq!(world.status(message.id).await, Status::Blocked);
    assert_eq!(world.reasons_of(&message).await[0], "template.not_approved");
    assert_eq!(world.calls(), 0);

    world.clock.advance(Duration::MINUTE);
    let handed_in = world.hand_in(&template).await;
    assert_eq!(handed_in.status, ApprovalStatus::Pending);
    assert_eq!(world.shelf.templates().len(), 1);
    let nowhere = syncing
        .withdraw(world.tenant, template.id, None, Some("de"))
        .await;
    assert!(matches!(nowhere, Err(SubmitError::NotListed)));
}

#[tokio::test]
async fn what_the_provider_does_not_remove_stays_as_it_is() {
    let world = World::new().await;
    let template = world.approved().await;
    world.shelf.go_away(true);
    let syncing = &world.worker.syncing;
    let asked = syncing
        .withdraw(world.tenant, template.id, None, None)
        .await;
    assert!(matches!(
        asked,
        Err(SubmitError::Sync(SyncError::Provider(_)))
    ));
    assert_eq!(world.now_of(template.id).await, template);
}

#[tokio::test]
async fn what_a_provider_has_without_us_is_foreign_until_it_is_imported() {
    let world = World::new().await;
    for (id, name, text) in [
        ("1", "welcome", "Hi {{name}}, welcome!"),
        ("2", "broken", "{{"),
        ("3", NAME, "Another text"),
    ] {
        world.shelf.put(RemoteTemplate {
            id: id.into(),
            name: name.into(),
            locale: "en_US".into(),
            category: Some(Category::Marketing),
            status: ApprovalStatus::Approved,
            word: "APPROVED".into(),
            rejection_reason: None,
            quality: Some(Quality::Green),
            components: match variant("en_US", text).body {
                VariantBody::Components(components) => Some(components),
                VariantBody::Text(_) => None,
            },
        });
    }
    let ours = world.written("Your order is on its way.").await;
    let look = world.look().await;
    assert_eq!(look.seen, 3, "all pages are read");
    let foreign: Vec<&str> = look.foreign.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(foreign, ["1", "2"]);
    let ours = world.now_of(ours.id).await;
    assert_eq!(
        ours.status,
        ApprovalStatus::Draft,
        "there it says something else"
    );

    let account = world.accounts[0];
    let syncing = &world.worker.syncing;
    let imported = syncing.import(world.tenant, account).await.unwrap();
    let [welcome] = imported.as_slice() else {
        panic!("one can be read: {imported:?}");
    };
    assert_eq!(welcome.status, ApprovalStatus::Approved);
    assert_eq!(welcome.purpose, Purpose::Marketing);
    assert_eq!(welcome.fields[0].name.as_str(), "name");
    world.look().await;
    assert_eq!(
        &world.now_of(welcome.id).await,
        welcome,
        "no news, no change"
    );

    world.shelf.clear();
    world.clock.advance(Duration::MINUTE);
    let look = world.look().await;
    assert_eq!(look.gone.len(), 2);
    assert_eq!(
        world.now_of(welcome.id).await.status,
        ApprovalStatus::Disabled
    );
    assert!(world.listings().await.iter().all(|listing| listing.is_gone));
}

#[tokio::test]
async fn accounts_are_looked_at_in_turn_and_less_often_when_that_fails() {
    let world = World::new().await;
    let syncing = &world.worker.syncing;
    let looked = async || syncing.look_after(10).await.unwrap();
    assert_eq!(looked().await, 1);
    assert_eq!(looked().await, 0, "it is nobody's turn");
    world.shelf.go_away(true);
    world.clock.advance(syncing.every + Duration::SECOND);
    assert_eq!(looked().await, 1);
    let states = world.store.upkeep(world.tenant).await.unwrap();
    assert_eq!(
        states[0].problem.as_deref(),
        Some("the provider could not be asked")
    );
    for wait in [1, 2, 4] {
        let wait = Duration::minutes(wait);
        world.clock.advance(wait - Duration::SECOND);
        assert_eq!(looked().await, 0);
        world.clock.advance(Duration::SECOND * 2);
        assert_eq!(looked().await, 1);
    }
    world.shelf.go_away(false);
    world.clock.advance(Duration::HOUR);
    assert_eq!(looked().await, 1);
    let states = world.store.upkeep(world.tenant).await.unwrap();
    assert_eq!(states[0].problem, None);
    assert_eq!(states[0].looked_at, Some(world.clock.now()));
}
