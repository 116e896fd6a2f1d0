//! What `Messages::cancel`, `change` and `retry` owe.

use crate::{
    fixtures::NOW,
    works::Works,
    world::{LATER, LEASE, World, accepted, error, unknown},
};
use tidings_kernel::{MessageId, TenantId};
use tidings_messaging::{
    Change, ChangeError, Class, Contact, Content, Message, ProviderAccount, QueueEntry, Segments,
    Settlement, Stage, Status,
};
use tidings_routing::Class as ErrorClass;
use time::Duration;

pub(crate) async fn check(world: &World<'_>) {
    a_waiting_message_is_cancelled(world).await;
    what_has_been_called_is_not_cancelled(world).await;
    a_stranger_cannot_be_changed(world).await;
    a_waiting_message_is_changed(world).await;
    a_new_time_moves_it_in_the_queue(world).await;
    a_new_priority_moves_it_in_the_queue(world).await;
    what_has_been_called_is_not_changed(world).await;
    what_a_worker_holds_is_not_changed(world).await;
    a_failed_message_is_queued_again(world).await;
    a_failed_delivery_may_be_sent_again(world).await;
    only_what_failed_is_queued_again(world).await;
    what_may_have_arrived_is_not_sent_again(world).await;
    what_was_left_without_outcome_is_not_sent_again(world).await;
}

async fn status(world: &World<'_>, tenant: TenantId, message: MessageId) -> Status {
    world.record(tenant, message).await.message.status
}

async fn a_waiting_message_is_cancelled(world: &World<'_>) {
    let (contact, _) = world.people().await;
    let message = world.queued(&contact).await;
    world
        .stores
        .messages
        .cancel(message.tenant, message.id, NOW)
        .await
        .works();
    let sentence = "Messages::cancel: withdraws a message that no provider has been called for";
    assert_eq!(
        status(world, message.tenant, message.id).await,
        Status::Cancelled,
        "{sentence}"
    );
    assert_eq!(world.claims(message.tenant, LATER).await, [], "{sentence}");
    let again = world
        .stores
        .messages
        .cancel(message.tenant, message.id, NOW)
        .await;
    let is_refused = matches!(again, Err(ChangeError::WrongStatus(Status::Cancelled)));
    assert!(is_refused, "ChangeError::WrongStatus: it is too late");
}

async fn what_has_been_called_is_not_cancelled(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    let (tenant, message) = (contact.tenant, claim.held.message);
    let result = world.stores.messages.cancel(tenant, message, NOW).await;
    let sentence = "Messages::cancel: only a message that no provider has been called for";
    assert!(
        matches!(result, Err(ChangeError::WrongStatus(Status::Sending))),
        "{sentence}"
    );
    world
        .settle(claim.held, accepted(attempt, "SM-late", None), NOW)
        .await;
    let result = world.stores.messages.cancel(tenant, message, NOW).await;
    assert!(
        matches!(result, Err(ChangeError::WrongStatus(Status::Sent))),
        "{sentence}"
    );
    assert_eq!(
        status(world, tenant, message).await,
        Status::Sent,
        "{sentence}"
    );
}

async fn a_stranger_cannot_be_changed(world: &World<'_>) {
    let (contact, _) = world.people().await;
    let (tenant, stranger) = (contact.tenant, MessageId::new(&world.ids));
    let entry = QueueEntry {
        class: Class::Transactional,
        priority: 5,
        due_at: NOW,
        sender: None,
    };
    let port = &world.stores.messages;
    for result in [
        port.cancel(tenant, stranger, NOW).await,
        port.change(tenant, stranger, &Change::default(), NOW).await,
        port.retry(tenant, stranger, entry, NOW).await,
    ] {
        assert!(
            matches!(result, Err(ChangeError::NotFound)),
            "ChangeError::NotFound: there is none"
        );
    }
}

async fn change(world: &World<'_>, message: &Message, change: &Change) -> Result<(), ChangeError> {
    world
        .stores
        .messages
        .change(message.tenant, message.id, change, NOW)
        .await
}

async fn a_waiting_message_is_changed(world: &World<'_>) {
    let (contact, _) = world.people().await;
    let message = world.queued(&contact).await;
    let content = Content::text("Your table is free");
    let decision = world.decision(&message, Stage::Accept);
    let wanted = Change {
        content: Some((content.clone(), Some(Segments::of(&content.text)))),
        decision: Some(Box::new(decision.clone())),
        ..Change::default()
    };
    change(world, &message, &wanted).await.works();
    let found = world.record(message.tenant, message.id).await.message;
    let segments = Some(Segments::of(&content.text));
    assert_eq!(
        (found.content, found.segments),
        (content, segments),
        "Change::content: new content, with its segments"
    );
    assert_eq!(
        (found.priority, found.send_at),
        (message.priority, message.send_at),
        "Messages::change: what is not given stays"
    );
    let decisions = world
        .stores
        .messages
        .decisions(message.tenant, message.id)
        .await
        .works();
    assert_eq!(
        decisions.last(),
        Some(&decision),
        "Change::decision: the decision that allows the change, newest last"
    );
}

async fn a_new_time_moves_it_in_the_queue(world: &World<'_>) {
    let (contact, _) = world.people().await;
    let message = world.queued(&contact).await;
    let wish = Some(LATER - Duration::MINUTE);
    let wanted = Change {
        due_at: Some((LATER, wish)),
        ..Change::default()
    };
    change(world, &message, &wanted).await.works();
    let found = world.record(message.tenant, message.id).await.message;
    let sentence = "Change::due_at: when it is due, and the wish it came from";
    assert_eq!(
        (found.send_at, found.scheduled_at),
        (Some(LATER), wish),
        "{sentence}"
    );
    assert_eq!(
        status(world, message.tenant, message.id).await,
        Status::Deferred,
        "{sentence}"
    );
    let before = world.claims(message.tenant, LATER - Duration::SECOND).await;
    assert_eq!(before, [], "{sentence}");
    world.claim(message.tenant, LATER).await;
}

async fn a_new_priority_moves_it_in_the_queue(world: &World<'_>) {
    let (contact, _) = world.people().await;
    let (first, second) = (world.queued(&contact).await, world.queued(&contact).await);
    let wanted = Change {
        priority: Some(1),
        ..Change::default()
    };
    change(world, &second, &wanted).await.works();
    let claims = world.claims(contact.tenant, NOW).await;
    let order: Vec<_> = claims
        .iter()
        .map(|claim| (claim.message.id, claim.message.priority))
        .collect();
    assert_eq!(
        order,
        [(second.id, 1), (first.id, 5)],
        "Change::priority: a new priority"
    );
}

async fn what_has_been_called_is_not_changed(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, _) = world.begun(&contact, &account).await;
    let wanted = Change {
        priority: Some(1),
        ..Change::default()
    };
    let result = change(world, &claim.message, &wanted).await;
    let sentence = "Messages::change: only a message that no provider has been called for";
    assert!(
        matches!(result, Err(ChangeError::WrongStatus(Status::Sending))),
        "{sentence}"
    );
    let found = world
        .record(contact.tenant, claim.held.message)
        .await
        .message;
    assert_eq!(
        found.priority, claim.message.priority,
        "ChangeError: nothing was changed"
    );
}

async fn what_a_worker_holds_is_not_changed(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let message = world.queued(&contact).await;
    let stale = world.claim(contact.tenant, NOW).await;
    let wanted = Change {
        content: Some((Content::text("Other"), None)),
        ..Change::default()
    };
    let result = change(world, &message, &wanted).await;
    let sentence = "Messages::change: only a message that no worker holds";
    assert!(
        matches!(result, Err(ChangeError::WrongStatus(Status::Queued))),
        "{sentence}"
    );
    let found = world.record(message.tenant, message.id).await.message;
    assert_eq!(found.content, message.content, "{sentence}");
    let after = NOW + LEASE + Duration::SECOND;
    let result = world
        .stores
        .messages
        .change(message.tenant, message.id, &wanted, after)
        .await;
    assert!(
        result.is_ok(),
        "{sentence}; a hold that has run out is none"
    );
    let start = world.start(&stale, &account, after);
    assert_eq!(
        world.stores.dispatch.begin(&[start]).await.works(),
        [],
        "Dispatch::begin: who read the message before it was changed must not begin with it"
    );
}

/// A message that its provider has refused for good.
async fn failed(world: &World<'_>, contact: &Contact, account: &ProviderAccount) -> MessageId {
    let (claim, attempt) = world.begun(contact, account).await;
    let error = error(ErrorClass::Content);
    let settlement = Settlement::Failed {
        attempt: Some(attempt),
        error,
        decision: None,
    };
    world.settle(claim.held, settlement, NOW).await;
    claim.held.message
}

async fn retry(world: &World<'_>, tenant: TenantId, message: MessageId) -> Result<(), ChangeError> {
    let entry = QueueEntry {
        class: Class::Transactional,
        priority: 5,
        due_at: LATER,
        sender: None,
    };
    world
        .stores
        .messages
        .retry(tenant, message, entry, NOW)
        .await
}

async fn a_failed_message_is_queued_again(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let message = failed(world, &contact, &account).await;
    retry(world, contact.tenant, message).await.works();
    let sentence = "Messages::retry: puts a failed message into the queue again";
    assert_eq!(
        status(world, contact.tenant, message).await,
        Status::Queued,
        "{sentence}"
    );
    assert_eq!(
        world.claims(contact.tenant, LATER - Duration::SECOND).await,
        [],
        "{sentence}, at its time"
    );
    let claim = world.claim(contact.tenant, LATER).await;
    let state = (
        claim.failures,
        claim.exhausted.clone(),
        claim.open_attempt.clone(),
    );
    assert_eq!(
        state,
        (0, Vec::new(), None),
        "{sentence}, as if for the first time"
    );
    assert_eq!(
        claim.message.send_at,
        Some(LATER),
        "{sentence}, at its time"
    );
    world.begin(&claim, &account, LATER).await;
}

async fn a_failed_delivery_may_be_sent_again(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-undelivered").await;
    let update = crate::receipts::update(
        &account,
        attempt,
        "SM-undelivered",
        tidings_messaging::Receipt::Failed,
    );
    world.stores.inbox.apply(&[update]).await.works();
    retry(world, contact.tenant, claim.held.message)
        .await
        .works();
    let sentence = "Messages::retry: a delivery that is known to have failed has not arrived";
    assert_eq!(
        status(world, contact.tenant, claim.held.message).await,
        Status::Queued,
        "{sentence}"
    );
}

async fn only_what_failed_is_queued_again(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (sent, _) = world.sent(&contact, &account, "SM-fine").await;
    let queued = world.queued(&contact).await;
    for (message, status) in [
        (sent.held.message, Status::Sent),
        (queued.id, Status::Queued),
    ] {
        let result = retry(world, contact.tenant, message).await;
        let is_refused = matches!(result, Err(ChangeError::WrongStatus(found)) if found == status);
        assert!(is_refused, "Messages::retry: only a failed message");
    }
}

async fn what_may_have_arrived_is_not_sent_again(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    world.settle(claim.held, unknown(attempt, LATER), NOW).await;
    let claim = world.claim(contact.tenant, LATER).await;
    let error = error(ErrorClass::Transient);
    let given_up = Settlement::Failed {
        attempt: Some(attempt),
        error,
        decision: None,
    };
    world.settle(claim.held, given_up, LATER).await;
    let sentence = "Messages::retry: refused for one whose last attempt may have arrived";
    assert_eq!(
        status(world, contact.tenant, claim.held.message).await,
        Status::Failed,
        "{sentence}"
    );
    let result = retry(world, contact.tenant, claim.held.message).await;
    assert!(
        matches!(result, Err(ChangeError::WrongStatus(Status::Failed))),
        "{sentence}"
    );
}

async fn what_was_left_without_outcome_is_not_sent_again(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (_, attempt) = world.begun(&contact, &account).await;
    // Its process died. Another one finds the attempt, and gives up.
    let claim = world.claim(contact.tenant, LATER).await;
    let error = error(ErrorClass::Transient);
    let given_up = Settlement::Failed {
        attempt: Some(attempt),
        error,
        decision: None,
    };
    world.settle(claim.held, given_up, LATER).await;
    let result = retry(world, contact.tenant, claim.held.message).await;
    let sentence =
        "Messages::retry: refused for one whose last attempt may have arrived, as after a crash";
    assert!(
        matches!(result, Err(ChangeError::WrongStatus(Status::Failed))),
        "{sentence}"
    );
}
