//! What `Settlement::Stranded` and `Dispatch::wake` owe.

use crate::{fixtures::NOW, settlement::record, works::Works, world::World};
use tidings_messaging::{Change, Claim, GateOutcome, Reason, Settlement, Stage};
use time::Duration;

pub(crate) async fn check(world: &World<'_>) {
    what_is_stranded_waits_until_it_is_woken(world).await;
    what_is_claimed_or_rescheduled_is_stranded_no_more(world).await;
    what_waits_for_news_is_woken(world).await;
}

async fn what_is_stranded_waits_until_it_is_woken(world: &World<'_>) {
    let (contact, _) = world.people().await;
    let (other, _) = world.people().await;
    let until = NOW + Duration::HOUR;
    let strand = async |claim: &Claim| {
        world
            .settle(claim.held, Settlement::Stranded { until }, NOW)
            .await;
    };
    let mut stranded = Vec::new();
    for contact in [&contact, &contact, &other] {
        world.queued(contact).await;
        let claim = world.claim(contact.tenant, NOW).await;
        let before = record(world, &claim).await;
        strand(&claim).await;
        let sentence = "Settlement::Stranded: nothing was done";
        assert_eq!(record(world, &claim).await, before, "{sentence}");
        stranded.push(claim.held.message);
    }
    // What sleeps for a reason of its own is not touched.
    world.queued(&contact).await;
    let released = world.claim(contact.tenant, NOW).await;
    let settlement = Settlement::Released { due_at: until };
    world.settle(released.held, settlement, NOW).await;
    let wake = async |at, most| {
        let woken = world.stores.dispatch.wake(contact.tenant, at, most).await;
        woken.works()
    };
    let claimed = async |tenant, at| -> Vec<_> {
        let claims = world.claims(tenant, at).await;
        claims.iter().map(|claim| claim.held.message).collect()
    };
    let sentence =
        "Settlement::Stranded: anybody may take it from this instant, or when it is woken";
    assert_eq!(claimed(contact.tenant, NOW).await, [], "{sentence}");
    let soon = NOW + Duration::SECOND;
    assert_eq!(wake(soon, 1).await, 1, "Dispatch::wake: up to `most`");
    assert_eq!(claimed(contact.tenant, NOW).await, [], "{sentence}");
    assert_eq!(
        wake(NOW, 10).await,
        2,
        "Dispatch::wake: of those that are due later"
    );
    assert_eq!(
        wake(soon, 10).await,
        0,
        "Dispatch::wake: nothing becomes due later than it was"
    );
    let mut woken = claimed(contact.tenant, NOW).await;
    woken.sort_unstable();
    assert_eq!(
        woken,
        stranded[..2],
        "Dispatch::wake: messages of the tenant that are stranded, and nothing else that sleeps"
    );
    let due = claimed(other.tenant, until).await;
    assert_eq!(due, stranded[2..], "{sentence}");
}

async fn what_is_claimed_or_rescheduled_is_stranded_no_more(world: &World<'_>) {
    let (contact, _) = world.people().await;
    let later = NOW + Duration::HOUR;
    let until = NOW + Duration::MINUTE;
    let mut messages = Vec::new();
    for _ in 0..2 {
        world.queued(&contact).await;
        let claim = world.claim(contact.tenant, NOW).await;
        world
            .settle(claim.held, Settlement::Stranded { until }, NOW)
            .await;
        messages.push(claim.held.message);
    }
    let dispatch = &world.stores.dispatch;
    // The first one is put off by its sender, the second deferred by whoever takes it next.
    let change = Change {
        due_at: Some((later, Some(later))),
        ..Change::default()
    };
    let changed = &world.stores.messages;
    changed
        .change(contact.tenant, messages[0], &change, NOW)
        .await
        .works();
    let again = world.claim(contact.tenant, until).await;
    assert_eq!(again.held.message, messages[1]);
    let due_at = later;
    world
        .settle(again.held, Settlement::Released { due_at }, until)
        .await;
    assert_eq!(
        dispatch.wake(contact.tenant, until, 10).await.works(),
        0,
        "Dispatch::wake: what waits for another reason by now is not touched"
    );
}

async fn what_waits_for_news_is_woken(world: &World<'_>) {
    let (contact, _) = world.people().await;
    let until = NOW + Duration::HOUR;
    let mut waiting = Vec::new();
    for rule in ["template.held", "sender.low_quality", "quiet_hours.window"] {
        let message = world.queued(&contact).await;
        let claim = world.claim(contact.tenant, NOW).await;
        let mut decision = world.decision(&message, Stage::Dispatch);
        decision.decision.outcome = GateOutcome::Defer;
        decision.decision.until = Some(until);
        decision.decision.reasons = vec![Reason::new(rule, "it waits")];
        let decision = Box::new(decision);
        world
            .settle(claim.held, Settlement::Deferred { decision, until }, NOW)
            .await;
        waiting.push(claim.held.message);
    }
    let woken = world.stores.dispatch.wake(contact.tenant, NOW, 10).await;
    let sentence = "Settlement::Deferred: what waits for news is woken, and nothing else";
    assert_eq!(woken.works(), 2, "{sentence}");
    let claims = world.claims(contact.tenant, NOW).await;
    let claimed: Vec<_> = claims.iter().map(|claim| claim.held.message).collect();
    assert_eq!(claimed, waiting[..2], "{sentence}");
}
