//! What `Dispatch::settle` owes when somebody else was faster: a receipt, or another worker.

use crate::{
    fixtures::NOW,
    receipts::update,
    settlement::{is_out_of_the_queue, last_attempt, record},
    works::Works,
    world::{LATER, LEASE_OVER, World, accepted, error, unknown},
};
use tidings_kernel::AttemptId;
use tidings_messaging::{
    Claim, Counts, OutcomeKind, ProviderAccount, Receipt, Settlement, Stage, Status,
};
use tidings_routing::Class as ErrorClass;

pub(crate) async fn check(world: &World<'_>) {
    an_earlier_receipt_is_not_overwritten(world).await;
    what_a_receipt_has_shown_stays_accepted(world).await;
    a_lost_hold_changes_the_attempt(world).await;
    an_acceptance_that_comes_late_takes_it_out_of_the_queue(world).await;
    an_earlier_attempt_that_was_accepted_late_is_sent(world).await;
    an_earlier_attempt_that_failed_late_is_history(world).await;
    a_lost_hold_does_not_change_the_queue(world).await;
}

async fn an_earlier_receipt_is_not_overwritten(world: &World<'_>) {
    for (receipt, status) in [
        (Receipt::Delivered, Status::Delivered),
        (Receipt::Read, Status::Read),
        (Receipt::Failed, Status::Failed),
    ] {
        let (contact, account) = world.people().await;
        let (claim, attempt) = world.begun(&contact, &account).await;
        let early = update(&account, attempt, "SM-early", receipt);
        world.stores.inbox.apply(&[early]).await.works();
        world
            .settle(claim.held, accepted(attempt, "SM-early", Some(LATER)), NOW)
            .await;
        let sentence = "Dispatch::settle: a receipt that came first is not overwritten";
        assert_eq!(
            record(world, &claim).await.message.status,
            status,
            "{sentence}"
        );
        let attempt = last_attempt(world, &claim).await;
        assert_eq!(attempt.receipt, Some(receipt), "{sentence}");
        is_out_of_the_queue(world, &claim, sentence).await;
    }
}

async fn what_a_receipt_has_shown_stays_accepted(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let retry = |attempt| Settlement::Retry {
        attempt,
        error: error(ErrorClass::Transient),
        due_at: NOW,
        counts: Counts::AsFailure,
        exhausted: None,
    };
    let unknown = |attempt| unknown(attempt, NOW);
    let late: [&dyn Fn(_) -> Settlement; 2] = [&retry, &unknown];
    for settlement in late {
        let (claim, attempt) = world.begun(&contact, &account).await;
        let id = format!("SM-{attempt}");
        let early = update(&account, attempt, &id, Receipt::Sent);
        world.stores.inbox.apply(&[early]).await.works();
        world.settle(claim.held, settlement(attempt), NOW).await;
        let sentence = "Dispatch::settle: what a receipt has shown to be accepted stays accepted";
        assert_eq!(
            record(world, &claim).await.message.status,
            Status::Sent,
            "{sentence}"
        );
        let attempt = last_attempt(world, &claim).await;
        assert_eq!(attempt.outcome, Some(OutcomeKind::Accepted), "{sentence}");
        is_out_of_the_queue(world, &claim, sentence).await;
    }
}

async fn a_lost_hold_changes_the_attempt(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (stale, attempt) = world.begun(&contact, &account).await;
    let fresh = world.claim(contact.tenant, LEASE_OVER).await;
    world
        .settle(stale.held, accepted(attempt, "SM-slow", None), LEASE_OVER)
        .await;
    let found = last_attempt(world, &fresh).await;
    let kept = (found.outcome, found.provider_message_id.as_deref());
    let sentence = "Dispatch::settle: a hold that was lost changes the attempt";
    assert_eq!(
        kept,
        (Some(OutcomeKind::Accepted), Some("SM-slow")),
        "{sentence}"
    );
    // Whoever holds it now must not send it a second time, whatever they believed.
    let error = error(ErrorClass::Transient);
    let again = Settlement::SendAgain {
        attempt,
        error,
        due_at: LEASE_OVER,
    };
    world.settle(fresh.held, again, LEASE_OVER).await;
    let sentence = "Dispatch::settle: what is known to be accepted is not sent again";
    for claim in world.claims(contact.tenant, LATER).await {
        let start = world.start(&claim, &account, LATER);
        assert_eq!(
            world.stores.dispatch.begin(&[start]).await.works(),
            [],
            "{sentence}"
        );
    }
    let outcome = last_attempt(world, &fresh).await.outcome;
    assert_eq!(outcome, Some(OutcomeKind::Accepted), "{sentence}");
}

async fn an_acceptance_that_comes_late_takes_it_out_of_the_queue(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (stale, attempt) = world.begun(&contact, &account).await;
    let fresh = world.claim(contact.tenant, LEASE_OVER).await;
    let again = Settlement::SendAgain {
        attempt,
        error: error(ErrorClass::Transient),
        due_at: LEASE_OVER,
    };
    world.settle(fresh.held, again, LEASE_OVER).await;
    world
        .settle(stale.held, accepted(attempt, "SM-late", None), LEASE_OVER)
        .await;
    let sentence = "Dispatch::settle: what is known to be accepted is not sent again, however late";
    assert_eq!(
        record(world, &fresh).await.message.status,
        Status::Sent,
        "{sentence}"
    );
    is_out_of_the_queue(world, &fresh, sentence).await;
}

/// The claim of a message that a provider refused on its second attempt, after this was heard of the first one,
/// whose outcome had been unknown.
async fn heard_late(world: &World<'_>, receipt: Receipt) -> (Claim, AttemptId, ProviderAccount) {
    let (contact, account) = world.people().await;
    let (claim, first) = world.begun(&contact, &account).await;
    world.settle(claim.held, unknown(first, NOW), NOW).await;
    let claim = world.claim(contact.tenant, NOW).await;
    let again = Settlement::SendAgain {
        attempt: first,
        error: error(ErrorClass::Transient),
        due_at: NOW,
    };
    world.settle(claim.held, again, NOW).await;
    let claim = world.claim(contact.tenant, NOW).await;
    let second = world.begin(&claim, &account, NOW).await;
    let retry = Settlement::Retry {
        attempt: second,
        error: error(ErrorClass::Transient),
        due_at: NOW,
        counts: Counts::AsFailure,
        exhausted: None,
    };
    world.settle(claim.held, retry, NOW).await;
    let late = update(&account, first, "SM-first", receipt);
    world.stores.inbox.apply(&[late]).await.works();
    (world.claim(contact.tenant, NOW).await, first, account)
}

async fn an_earlier_attempt_that_was_accepted_late_is_sent(world: &World<'_>) {
    let (claim, first, _) = heard_late(world, Receipt::Sent).await;
    let open = claim.open_attempt.as_ref();
    assert_eq!(
        open.map(|attempt| (attempt.id, attempt.outcome)),
        Some((first, Some(OutcomeKind::Accepted))),
        "Claim::open_attempt: an earlier one that was accepted after all must not be sent again"
    );
    world
        .settle(claim.held, accepted(first, "SM-first", None), NOW)
        .await;
    let sentence = "Settlement::Accepted: of an earlier attempt, too: `sent`. Leaves the queue";
    assert_eq!(
        record(world, &claim).await.message.status,
        Status::Sent,
        "{sentence}"
    );
    is_out_of_the_queue(world, &claim, sentence).await;
}

async fn an_earlier_attempt_that_failed_late_is_history(world: &World<'_>) {
    let (claim, _, account) = heard_late(world, Receipt::Failed).await;
    assert_eq!(
        claim.open_attempt, None,
        "Claim::open_attempt: what failed on its way is sent again"
    );
    world.begin(&claim, &account, NOW).await;
}

async fn a_lost_hold_does_not_change_the_queue(world: &World<'_>) {
    let (contact, account) = world.people().await;
    world.queued(&contact).await;
    let stale = world.claim(contact.tenant, NOW).await;
    let fresh = world.claim(contact.tenant, LEASE_OVER).await;
    let decision = Box::new(world.decision(&stale.message, Stage::Dispatch));
    let refused = Settlement::Refused {
        decision: decision.clone(),
        status: Status::Blocked,
    };
    for settlement in [
        Settlement::Released { due_at: NOW },
        Settlement::Deferred {
            decision,
            until: LATER,
        },
        Settlement::Failed {
            attempt: None,
            error: error(ErrorClass::Account),
            decision: None,
        },
        refused,
    ] {
        world.settle(stale.held, settlement, LEASE_OVER).await;
    }
    let sentence =
        "Dispatch::settle: a hold that was lost does not change the message's place in the queue";
    assert_eq!(
        record(world, &stale).await.message.status,
        Status::Queued,
        "{sentence}"
    );
    assert_eq!(
        world.claims(contact.tenant, LEASE_OVER).await,
        [],
        "{sentence}"
    );
    world.begin(&fresh, &account, LEASE_OVER).await;
}
