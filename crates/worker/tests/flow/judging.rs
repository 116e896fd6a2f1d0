//! What the gate's further rules look at, from settings and announcements to the provider's door.

use crate::support::{World, error, lost, refusal};
use tidings_kernel::{Channel, Clock, Purpose};
use tidings_messaging::{
    ConsentLedger, Context, GateOutcome, InboundEvent, MarketingCap, Messages, Monthly, Outcome,
    ProviderEvent, Reproduction, Settings, SourceKey, Sources, Status, Tenants, UsRegistration,
    Wording, send::SendRequest,
};
use tidings_quiet_hours::{Override, Urgency};
use tidings_routing::Class;
use time::Duration;

impl World {
    async fn chooses(&self, change: impl FnOnce(&mut Settings)) {
        let mut tenant = Tenants::get(&*self.store, self.tenant)
            .await
            .unwrap()
            .unwrap();
        change(&mut tenant.settings);
        Tenants::put(&*self.store, &tenant).await.unwrap();
    }

    async fn rules(&self, request: &SendRequest) -> Vec<String> {
        let prepared = self.sending.dry_run(self.tenant, request).await.unwrap();
        let reasons = prepared.decision().decisive();
        reasons
            .into_iter()
            .map(|reason| reason.rule.to_string())
            .collect()
    }

    fn text_of_call(&self, number: usize) -> String {
        self.script.sent.lock().unwrap()[number].clone()
    }
}

#[tokio::test]
async fn marketing_leaves_with_brand_and_stop_line_and_nothing_is_said_twice() {
    let world = World::new().await;
    world
        .send(Channel::Sms, Purpose::Marketing, "Spring sale, 20% off")
        .await;
    let complete = "Example Ltd: 20% off. Reply STOP to opt out";
    world.send(Channel::Sms, Purpose::Marketing, complete).await;
    world.work().await;
    assert_eq!(
        world.text_of_call(0),
        "Example Ltd: Spring sale, 20% off Reply STOP to opt out"
    );
    assert_eq!(world.text_of_call(1), complete);
}

#[tokio::test]
async fn a_tenant_may_prefer_a_refusal_to_a_completed_text() {
    let world = World::new().await;
    world
        .chooses(|settings| settings.wording = Wording::Require)
        .await;
    let request = world.request(Channel::Sms, Purpose::Marketing, "20% off");
    assert_eq!(world.rules(&request).await, ["content.brand_missing"]);
    let named = world.request(Channel::Sms, Purpose::Marketing, "Example Ltd: 20% off");
    assert_eq!(world.rules(&named).await, ["content.stop_missing"]);
}

#[tokio::test]
async fn what_promotes_something_is_judged_as_marketing_whatever_it_is_called() {
    let world = World::new().await;
    world
        .chooses(|settings| settings.marketing_cap = Some(MarketingCap { most: 0, hours: 24 }))
        .await;
    let plain = world.request(Channel::Sms, Purpose::Transactional, "Your table is ready");
    assert_eq!(world.rules(&plain).await, ["consent.granted"]);
    let disguised = "Your table is ready. Use code SPRING for 20% off all desserts";
    let request = world.request(Channel::Sms, Purpose::Transactional, disguised);
    assert_eq!(world.rules(&request).await, ["frequency.cap"]);
}

#[tokio::test]
async fn a_cap_holds_over_a_day_and_counts_what_may_have_arrived() {
    let world = World::new().await;
    world.answers([
        refusal(Class::Recipient),
        lost(),
        Outcome::Accepted {
            provider_message_id: "P1".into(),
        },
    ]);
    let mut sent = Vec::new();
    for number in 0..5 {
        let text = format!("Example Ltd: offer {number}. Reply STOP to opt out");
        sent.push(world.send(Channel::Sms, Purpose::Marketing, &text).await.id);
        world.work().await;
    }
    // The refused one does not count; the lost one does.
    let mut statuses = Vec::new();
    for id in sent {
        statuses.push(world.status(id).await);
    }
    let expected = [
        Status::Failed,
        Status::Sending,
        Status::Sent,
        Status::Sent,
        Status::Blocked,
    ];
    assert_eq!(statuses, expected);
    let request = world.request(Channel::Sms, Purpose::Marketing, "more");
    assert_eq!(world.rules(&request).await, ["frequency.cap"]);
    world.clock.advance(Duration::hours(25));
    assert_eq!(world.rules(&request).await, ["consent.granted"]);
}

#[tokio::test]
async fn promotion_in_disguise_uses_the_cap_up_too() {
    let world = World::new().await;
    for number in 0..4 {
        let text = format!("Order {number}: use code SPRING for 20% off your next order");
        world
            .send(Channel::Sms, Purpose::Transactional, &text)
            .await;
        world.work().await;
    }
    assert_eq!(world.calls(), 3);
}

#[tokio::test]
async fn a_cap_holds_within_one_batch() {
    let world = World::new().await;
    for number in 0..6 {
        let text = format!("Example Ltd: offer {number}. Reply STOP to opt out");
        world.send(Channel::Sms, Purpose::Marketing, &text).await;
    }
    world.work().await;
    assert_eq!(world.calls(), 3, "three in a day, by the safe setting");
}

#[tokio::test]
async fn a_message_about_an_older_version_of_its_record_is_not_sent() {
    let world = World::new().await;
    let booking = SourceKey {
        kind: "booking".into(),
        id: "B-7".into(),
    };
    let mut request = world.request(Channel::Sms, Purpose::Transactional, "See you at 5");
    request.context = Some(Context {
        kind: booking.kind.clone(),
        id: booking.id.clone(),
        version: Some(3),
    });
    let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
    world.sending.commit(&prepared, None).await.unwrap();
    let now = world.clock.now();
    for version in [4, 2] {
        world
            .store
            .announce(world.tenant, &booking, version, now)
            .await
            .unwrap();
    }
    world.work().await;
    let id = prepared.new.message.id;
    assert_eq!(world.status(id).await, Status::Blocked);
    assert_eq!(world.rules(&request).await, ["freshness.stale_source"]);
    assert_eq!(world.calls(), 0);
}

#[tokio::test]
async fn a_month_s_messages_are_counted_when_they_are_taken_in_and_not_again() {
    let world = World::new().await;
    world
        .chooses(|settings| {
            settings.monthly = Monthly {
                messages: Some(2),
                budget: None,
            };
        })
        .await;
    let first = world.sms("one").await;
    let second = world.sms("two").await;
    assert_eq!(world.sms("three").await.status, Status::Blocked);
    world.work().await;
    assert_eq!(world.status(first.id).await, Status::Sent);
    assert_eq!(world.status(second.id).await, Status::Sent);
}

#[tokio::test]
async fn without_the_carriers_registration_nothing_goes_to_the_united_states() {
    let world = World::new().await;
    world
        .chooses(|settings| settings.us_registration = UsRegistration::Pending)
        .await;
    let request = world.request(Channel::Sms, Purpose::Transactional, "Hello");
    assert_eq!(world.rules(&request).await, ["registration.required"]);
    let whatsapp = world.request(Channel::Whatsapp, Purpose::Transactional, "Hello");
    assert!(
        !world
            .rules(&whatsapp)
            .await
            .contains(&"registration.required".to_owned())
    );
}

#[tokio::test]
async fn marketing_on_whatsapp_to_the_united_states_goes_another_way() {
    let world = World::new().await;
    let mut request = world.request(Channel::Sms, Purpose::Marketing, "Spring sale");
    request.channel =
        tidings_messaging::send::ChannelWish::Order(vec![Channel::Whatsapp, Channel::Sms]);
    let prepared = world.sending.dry_run(world.tenant, &request).await.unwrap();
    let decision = prepared.decision();
    assert_eq!(decision.outcome, GateOutcome::UseChannel);
    assert_eq!(decision.channel, Some(Channel::Sms));
    assert!(
        decision
            .reasons
            .iter()
            .any(|reason| reason.rule == "jurisdiction.channel_paused")
    );
    // What was asked of the other channel is kept, so that the choice can be made again.
    assert_eq!(prepared.new.decision.others.len(), 1);
    assert_eq!(prepared.new.decision.reproduce(), Reproduction::Same);
}

#[tokio::test]
async fn what_is_of_today_or_never_is_not_held_back_by_hours() {
    let world = World::new().await;
    // 23:00 in New York.
    world.clock.advance(Duration::hours(12));
    let mut request = world.request(
        Channel::Sms,
        Purpose::Reminder,
        "Your train leaves in an hour",
    );
    let held = world.sending.dry_run(world.tenant, &request).await.unwrap();
    assert_eq!(held.decision().outcome, GateOutcome::Defer);
    request.urgency = Urgency::TimeCritical;
    let urgent = world.sending.dry_run(world.tenant, &request).await.unwrap();
    assert_eq!(urgent.decision().outcome, GateOutcome::Send);
}

#[tokio::test]
async fn an_override_is_for_emergencies_and_is_kept_with_the_message() {
    let world = World::new().await;
    let by = Override::new("mem_dana", "the river is rising").unwrap();
    let mut request = world.request(Channel::Sms, Purpose::Emergency, "Leave the river bank now");
    request.override_by = Some(by.clone());
    let prepared = world.sending.prepare(world.tenant, &request).await.unwrap();
    world.sending.commit(&prepared, None).await.unwrap();
    world.work().await;
    let record = world.record(prepared.new.message.id).await;
    assert_eq!(record.message.override_by, Some(by.clone()));
    assert_eq!(record.message.status, Status::Sent);
    let mut other = world.request(Channel::Sms, Purpose::Marketing, "Sale");
    other.override_by = Some(by);
    assert!(world.sending.dry_run(world.tenant, &other).await.is_err());
}

#[tokio::test]
async fn every_decision_of_a_message_can_be_made_again() {
    let world = World::new().await;
    for purpose in Purpose::FOR_TENANTS {
        world.send(Channel::Sms, purpose, "Hello there").await;
    }
    world.work().await;
    let all = Messages::list(
        &*world.store,
        world.tenant,
        &tidings_messaging::MessageFilter::default(),
        tidings_messaging::Page {
            limit: 50,
            after: None,
        },
    )
    .await
    .unwrap();
    let mut decisions = 0;
    for record in all.data {
        for decision in world
            .store
            .decisions(world.tenant, record.message.id)
            .await
            .unwrap()
        {
            assert_eq!(decision.reproduce(), Reproduction::Same);
            decisions += 1;
        }
    }
    assert!(decisions >= Purpose::FOR_TENANTS.len());
}

#[tokio::test]
async fn one_wrong_code_of_a_provider_does_not_opt_out_a_whole_list() {
    let world = World::new().await;
    let recorded = || async {
        world
            .store
            .history(world.tenant, world.contact.id)
            .await
            .unwrap()
            .len()
    };
    let before = recorded().await;
    for number in 0..40 {
        world.answers([Outcome::Rejected(error(Class::OptedOut))]);
        let message = world
            .send(Channel::Sms, Purpose::Emergency, &format!("{number}"))
            .await;
        world.work().await;
        assert_eq!(world.status(message.id).await, Status::Failed);
    }
    assert_eq!(
        recorded().await - before,
        20,
        "the rest is held for a person"
    );
}

#[tokio::test]
async fn help_is_answered_with_the_tenant_s_own_text_also_after_stop() {
    let world = World::new().await;
    let help = "Example Ltd: help at example.com/help. Reply STOP to opt out.";
    world
        .chooses(|settings| settings.help_text = Some(help.into()))
        .await;
    for (id, text) in [("IN1", "STOP"), ("IN2", "help")] {
        world.clock.advance(Duration::seconds(10));
        let event = ProviderEvent::Inbound(InboundEvent {
            provider_message_id: id.into(),
            channel: Channel::Whatsapp,
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
    let texts: Vec<String> = (0..world.calls()).map(|n| world.text_of_call(n)).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].contains("unsubscribed"));
    assert_eq!(texts[1], help);
}
