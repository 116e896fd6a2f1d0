//! What `Dispatch::settle` owes.

use crate::{
    fixtures::NOW,
    works::Works,
    world::{LATER, World, accepted, error, unknown},
};
use tidings_kernel::SenderId;
use tidings_messaging::{
    Attempt, Claim, Counts, MessageRecord, OutcomeKind, ProviderAccount, Settlement, Stage, Status,
};
use tidings_routing::Class as ErrorClass;
use time::Duration;

pub(crate) async fn check(world: &World<'_>) {
    what_was_accepted_is_sent_and_leaves(world).await;
    a_refusal_is_tried_again_at_its_time(world).await;
    waiting_is_not_failing(world).await;
    exhausted_senders_add_up(world).await;
    what_failed_leaves(world).await;
    a_failure_without_attempt_keeps_its_decision(world).await;
    the_unknown_is_looked_at_again(world).await;
    the_unknown_may_be_sent_again(world).await;
    what_the_gate_defers_waits(world).await;
    what_the_gate_refuses_leaves(world).await;
    what_is_released_may_be_taken_by_anybody(world).await;
    a_batch_is_settled_as_a_whole(world).await;
}

fn sender_of(account: &ProviderAccount) -> SenderId {
    account.senders[0].id
}

pub(crate) async fn record(world: &World<'_>, claim: &Claim) -> MessageRecord {
    world.record(claim.held.tenant, claim.held.message).await
}

pub(crate) async fn last_attempt(world: &World<'_>, claim: &Claim) -> Attempt {
    let Some(attempt) = record(world, claim).await.attempts.pop() else {
        panic!("MessageRecord::attempts: its attempts, oldest first");
    };
    attempt
}

pub(crate) async fn is_out_of_the_queue(world: &World<'_>, claim: &Claim, sentence: &str) {
    let claims = world
        .claims(claim.held.tenant, NOW + Duration::days(3))
        .await;
    assert_eq!(claims, [], "{sentence}");
}

async fn what_was_accepted_is_sent_and_leaves(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, _) = world.sent(&contact, &account, "SM-accepted").await;
    let sentence = "Settlement::Accepted: the provider took it: `sent`. Leaves the queue";
    assert_eq!(
        record(world, &claim).await.message.status,
        Status::Sent,
        "{sentence}"
    );
    let attempt = last_attempt(world, &claim).await;
    let kept = (attempt.outcome, attempt.provider_message_id.as_deref());
    assert_eq!(
        kept,
        (Some(OutcomeKind::Accepted), Some("SM-accepted")),
        "{sentence}"
    );
    is_out_of_the_queue(world, &claim, sentence).await;
}

/// Refuses a claimed message whose attempt was begun.
async fn refuse(world: &World<'_>, claim: &Claim, attempt: &Attempt, counts: Counts) {
    let settlement = Settlement::Retry {
        attempt: attempt.id,
        error: error(ErrorClass::Account),
        due_at: LATER,
        counts,
        exhausted: Some(attempt.sender),
    };
    world.settle(claim.held, settlement, NOW).await;
}

async fn a_refusal_is_tried_again_at_its_time(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, _) = world.begun(&contact, &account).await;
    refuse(
        world,
        &claim,
        &last_attempt(world, &claim).await,
        Counts::AsFailure,
    )
    .await;
    let sentence = "Settlement::Retry: the provider refused it, and it is tried again: `queued`";
    assert_eq!(
        record(world, &claim).await.message.status,
        Status::Queued,
        "{sentence}"
    );
    let attempt = last_attempt(world, &claim).await;
    let kept = (attempt.outcome, attempt.error);
    assert_eq!(
        kept,
        (
            Some(OutcomeKind::Rejected),
            Some(error(ErrorClass::Account))
        ),
        "{sentence}"
    );
    let early = world.claims(contact.tenant, LATER - Duration::SECOND).await;
    assert_eq!(early, [], "Settlement::Retry: when it is due");
    let again = world.claim(contact.tenant, LATER).await;
    assert_eq!(again.failures, 1, "Counts::AsFailure: it does");
    assert_eq!(
        again.exhausted,
        [sender_of(&account)],
        "Claim::exhausted: senders that were refused for it"
    );
    assert_eq!(
        again.open_attempt, None,
        "Claim::open_attempt: a refusal leaves nothing open"
    );
    world.begin(&again, &account, LATER).await;
    let attempts = record(world, &again).await.attempts.len();
    assert_eq!(
        attempts, 2,
        "MessageRecord::attempts: its attempts, oldest first"
    );
}

async fn waiting_is_not_failing(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    let settlement = Settlement::Retry {
        attempt,
        error: error(ErrorClass::RateLimited),
        due_at: LATER,
        counts: Counts::AsWaiting,
        exhausted: None,
    };
    world.settle(claim.held, settlement, NOW).await;
    let again = world.claim(contact.tenant, LATER).await;
    let state = (again.failures, again.exhausted);
    assert_eq!(
        state,
        (0, Vec::new()),
        "Counts::AsWaiting: the provider only asked to wait"
    );
}

async fn exhausted_senders_add_up(world: &World<'_>) {
    let (contact, first) = world.people().await;
    let second = world.account(contact.tenant).await;
    let (claim, _) = world.begun(&contact, &first).await;
    refuse(
        world,
        &claim,
        &last_attempt(world, &claim).await,
        Counts::AsFailure,
    )
    .await;
    let claim = world.claim(contact.tenant, LATER).await;
    world.begin(&claim, &second, LATER).await;
    refuse(
        world,
        &claim,
        &last_attempt(world, &claim).await,
        Counts::AsFailure,
    )
    .await;
    let mut claim = world.claim(contact.tenant, LATER).await;
    claim.exhausted.sort_unstable();
    let state = (claim.failures, claim.exhausted);
    let mut senders = vec![sender_of(&first), sender_of(&second)];
    senders.sort_unstable();
    assert_eq!(
        state,
        (2, senders),
        "Claim: calls so far, and senders that were refused for it"
    );
}

async fn what_failed_leaves(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    let error = error(ErrorClass::Recipient);
    let settlement = Settlement::Failed {
        attempt: Some(attempt),
        error: error.clone(),
        decision: None,
    };
    world.settle(claim.held, settlement, NOW).await;
    let sentence = "Settlement::Failed: it will not be sent any more: `failed`. Leaves the queue";
    assert_eq!(
        record(world, &claim).await.message.status,
        Status::Failed,
        "{sentence}"
    );
    let attempt = last_attempt(world, &claim).await;
    let kept = (attempt.outcome, attempt.error);
    assert_eq!(
        kept,
        (Some(OutcomeKind::Rejected), Some(error)),
        "{sentence}"
    );
    is_out_of_the_queue(world, &claim, sentence).await;
}

async fn a_failure_without_attempt_keeps_its_decision(world: &World<'_>) {
    let (contact, _) = world.people().await;
    world.queued(&contact).await;
    let claim = world.claim(contact.tenant, NOW).await;
    let decision = world.decision(&claim.message, Stage::Dispatch);
    let settlement = Settlement::Failed {
        attempt: None,
        error: error(ErrorClass::Account),
        decision: Some(Box::new(decision.clone())),
    };
    world.settle(claim.held, settlement, NOW).await;
    let found = world
        .stores
        .messages
        .decisions(contact.tenant, claim.held.message)
        .await
        .works();
    let sentence =
        "Settlement::Failed: the decision and the routes considered, where no attempt was begun";
    assert_eq!(found.last(), Some(&decision), "{sentence}");
    is_out_of_the_queue(world, &claim, sentence).await;
}

async fn the_unknown_is_looked_at_again(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    world.settle(claim.held, unknown(attempt, LATER), NOW).await;
    let sentence = "Settlement::Unknown: nobody knows: stays `sending`, and is looked at again";
    assert_eq!(
        record(world, &claim).await.message.status,
        Status::Sending,
        "{sentence}"
    );
    let outcome = last_attempt(world, &claim).await.outcome;
    assert_eq!(outcome, Some(OutcomeKind::Unknown), "{sentence}");
    let early = world.claims(contact.tenant, LATER - Duration::SECOND).await;
    assert_eq!(early, [], "{sentence}");
    let again = world.claim(contact.tenant, LATER).await;
    let open = again.open_attempt.as_ref().map(|attempt| attempt.id);
    assert_eq!(
        open,
        Some(attempt),
        "Claim::open_attempt: its answer was lost"
    );
    assert_eq!(
        again.failures, 0,
        "Claim::failures: what is not known is no failure"
    );
}

async fn the_unknown_may_be_sent_again(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    world.settle(claim.held, unknown(attempt, NOW), NOW).await;
    let claim = world.claim(contact.tenant, NOW).await;
    let error = error(ErrorClass::Transient);
    let again = Settlement::SendAgain {
        attempt,
        error: error.clone(),
        due_at: LATER,
    };
    world.settle(claim.held, again, NOW).await;
    let sentence = "Settlement::SendAgain: `queued` again";
    assert_eq!(
        record(world, &claim).await.message.status,
        Status::Queued,
        "{sentence}"
    );
    assert_eq!(
        last_attempt(world, &claim).await.error,
        Some(error),
        "{sentence}: why it is closed"
    );
    assert_eq!(
        world.claims(contact.tenant, LATER - Duration::SECOND).await,
        [],
        "{sentence}"
    );
    let claim = world.claim(contact.tenant, LATER).await;
    assert_eq!(
        claim.open_attempt, None,
        "{sentence}: the attempt is closed"
    );
    world.begin(&claim, &account, LATER).await;
}

async fn what_the_gate_defers_waits(world: &World<'_>) {
    let (contact, _) = world.people().await;
    world.queued(&contact).await;
    let claim = world.claim(contact.tenant, NOW).await;
    let decision = world.decision(&claim.message, Stage::Dispatch);
    let settlement = Settlement::Deferred {
        decision: Box::new(decision.clone()),
        until: LATER,
    };
    world.settle(claim.held, settlement, NOW).await;
    let sentence = "Settlement::Deferred: the gate says later: `deferred`";
    let message = record(world, &claim).await.message;
    assert_eq!(
        (message.status, message.send_at),
        (Status::Deferred, Some(LATER)),
        "{sentence}"
    );
    let decisions = world
        .stores
        .messages
        .decisions(contact.tenant, message.id)
        .await
        .works();
    assert_eq!(decisions.last(), Some(&decision), "{sentence}");
    assert_eq!(
        world.claims(contact.tenant, LATER - Duration::SECOND).await,
        [],
        "{sentence}"
    );
    let again = world.claim(contact.tenant, LATER).await;
    assert_eq!(again.failures, 0, "{sentence}, which is no failure");
}

async fn what_the_gate_refuses_leaves(world: &World<'_>) {
    for status in [Status::Blocked, Status::Expired] {
        let (contact, _) = world.people().await;
        world.queued(&contact).await;
        let claim = world.claim(contact.tenant, NOW).await;
        let decision = world.decision(&claim.message, Stage::Dispatch);
        let settlement = Settlement::Refused {
            decision: Box::new(decision.clone()),
            status,
        };
        world.settle(claim.held, settlement, NOW).await;
        let sentence = "Settlement::Refused: the gate says never. Leaves the queue";
        assert_eq!(
            record(world, &claim).await.message.status,
            status,
            "{sentence}"
        );
        let decisions = world
            .stores
            .messages
            .decisions(contact.tenant, claim.held.message)
            .await
            .works();
        assert_eq!(decisions.last(), Some(&decision), "{sentence}");
        is_out_of_the_queue(world, &claim, sentence).await;
    }
}

async fn what_is_released_may_be_taken_by_anybody(world: &World<'_>) {
    let (contact, _) = world.people().await;
    world.queued(&contact).await;
    let claim = world.claim(contact.tenant, NOW).await;
    let before = record(world, &claim).await;
    let due_at = NOW + Duration::SECOND;
    world
        .settle(claim.held, Settlement::Released { due_at }, NOW)
        .await;
    let sentence = "Settlement::Released: nothing was done; anybody may take it from this instant";
    assert_eq!(
        record(world, &claim).await.timeline,
        before.timeline,
        "{sentence}"
    );
    assert_eq!(world.claims(contact.tenant, NOW).await, [], "{sentence}");
    let again = world.claim(contact.tenant, due_at).await;
    assert_eq!(again.failures, 0, "{sentence}");
    assert!(
        again.held.fence > claim.held.fence,
        "Held::fence: grows with every claim"
    );
}

async fn a_batch_is_settled_as_a_whole(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (one, first) = world.begun(&contact, &account).await;
    let (two, second) = world.begun(&contact, &account).await;
    let batch = [
        (one.held, accepted(first, "SM-one", None)),
        (two.held, unknown(second, LATER)),
    ];
    world.stores.dispatch.settle(&batch, NOW).await.works();
    let statuses = [
        record(world, &one).await.message.status,
        record(world, &two).await.message.status,
    ];
    let sentence = "Dispatch::settle: writes what became of claimed messages";
    assert_eq!(statuses, [Status::Sent, Status::Sending], "{sentence}");
    world.stores.dispatch.settle(&[], NOW).await.works();
}
