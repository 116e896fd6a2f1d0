//! What `Inbox::apply` owes to messages that wait for an outcome, or are sent again.

use crate::{
    fixtures::NOW,
    receipts::{apply, update},
    works::Works,
    world::{LATER, LEASE_OVER, World, error, unknown},
};
use tidings_kernel::TenantId;
use tidings_messaging::{
    Class, Counts, OutcomeKind, QueueEntry, Receipt, ReceiptUpdate, Settlement, Status,
};
use tidings_routing::Class as ErrorClass;
use time::Duration;

pub(crate) async fn check(world: &World<'_>) {
    a_receipt_settles_an_unknown_outcome(world).await;
    acceptance_alone_settles_an_unknown_outcome(world).await;
    a_receipt_settles_what_a_crash_left(world).await;
    a_repeated_failure_does_not_undo_a_retry(world).await;
    a_late_delivery_prevents_a_second_sending(world).await;
    of_an_earlier_attempt_only_a_delivery_counts(world).await;
    what_the_tenant_ended_stays_ended(world).await;
}

async fn a_receipt_settles_an_unknown_outcome(world: &World<'_>) {
    for receipt in Receipt::ALL {
        let (contact, account) = world.people().await;
        let (claim, attempt) = world.begun(&contact, &account).await;
        world.settle(claim.held, unknown(attempt, LATER), NOW).await;
        apply(world, &[update(&account, attempt, "SM-1", receipt)]).await;
        let record = world.record(contact.tenant, claim.held.message).await;
        let sentence = "Inbox::apply: a message whose outcome was unknown leaves the queue";
        assert_eq!(record.message.status, receipt.status(), "{sentence}");
        is_out_of_the_queue(world, contact.tenant, sentence).await;
    }
}

async fn acceptance_alone_settles_an_unknown_outcome(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    world.settle(claim.held, unknown(attempt, LATER), NOW).await;
    let learned = ReceiptUpdate {
        receipt: None,
        ..update(&account, attempt, "SM-1", Receipt::Sent)
    };
    let unknown = apply(world, &[learned.clone(), learned]).await;
    let record = world.record(contact.tenant, claim.held.message).await;
    let sentence = "ReceiptUpdate::receipt: none when only its acceptance was learned";
    assert_eq!(
        (unknown, record.message.status),
        (Vec::new(), Status::Sent),
        "{sentence}"
    );
    let kept: Vec<_> = record
        .attempts
        .iter()
        .map(|attempt| {
            (
                attempt.receipt,
                attempt.outcome,
                attempt.provider_message_id.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        kept,
        [(None, Some(OutcomeKind::Accepted), Some("SM-1"))],
        "{sentence}"
    );
    is_out_of_the_queue(world, contact.tenant, sentence).await;
}

async fn a_receipt_settles_what_a_crash_left(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (_, attempt) = world.begun(&contact, &account).await;
    let claim = world.claim(contact.tenant, LEASE_OVER).await;
    apply(
        world,
        &[update(&account, attempt, "SM-1", Receipt::Delivered)],
    )
    .await;
    // The worker that took over was asking meanwhile, and learned nothing.
    world
        .settle(claim.held, unknown(attempt, LATER), LEASE_OVER)
        .await;
    let status = world
        .record(contact.tenant, claim.held.message)
        .await
        .message
        .status;
    let sentence =
        "Inbox::apply: a message whose outcome was unknown leaves the queue, held or not";
    assert_eq!(status, Status::Delivered, "{sentence}");
    is_out_of_the_queue(world, contact.tenant, sentence).await;
}

async fn a_repeated_failure_does_not_undo_a_retry(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-1").await;
    let failure = update(&account, attempt, "SM-1", Receipt::Failed);
    apply(world, std::slice::from_ref(&failure)).await;
    let entry = QueueEntry {
        class: Class::Transactional,
        priority: 5,
        due_at: NOW,
        sender: None,
    };
    world
        .stores
        .messages
        .retry(contact.tenant, claim.held.message, entry, NOW)
        .await
        .works();
    apply(world, std::slice::from_ref(&failure)).await;
    let sentence = "Inbox::apply: repetition does not matter, after a retry neither";
    let status = world
        .record(contact.tenant, claim.held.message)
        .await
        .message
        .status;
    assert_eq!(status, Status::Queued, "{sentence}");
    let claim = world.claim(contact.tenant, NOW).await;
    world.begin(&claim, &account, NOW).await;
}

async fn a_late_delivery_prevents_a_second_sending(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    world.settle(claim.held, unknown(attempt, NOW), NOW).await;
    let claim = world.claim(contact.tenant, NOW).await;
    let error = error(ErrorClass::Transient);
    world
        .settle(
            claim.held,
            Settlement::SendAgain {
                attempt,
                error,
                due_at: LATER,
            },
            NOW,
        )
        .await;
    apply(
        world,
        &[update(&account, attempt, "SM-1", Receipt::Delivered)],
    )
    .await;
    let sentence = "Inbox::apply: what has arrived is not sent again";
    let status = world
        .record(contact.tenant, claim.held.message)
        .await
        .message
        .status;
    assert_eq!(status, Status::Delivered, "{sentence}");
    is_out_of_the_queue(world, contact.tenant, sentence).await;
}

async fn of_an_earlier_attempt_only_a_delivery_counts(world: &World<'_>) {
    for (receipt, expected) in [
        (Receipt::Sent, Status::Sending),
        (Receipt::Failed, Status::Sending),
        (Receipt::Delivered, Status::Delivered),
        (Receipt::Read, Status::Read),
    ] {
        let (contact, account) = world.people().await;
        let (claim, first) = world.begun(&contact, &account).await;
        let refused = Settlement::Retry {
            attempt: first,
            error: error(ErrorClass::Transient),
            due_at: NOW,
            counts: Counts::AsFailure,
            exhausted: None,
        };
        world.settle(claim.held, refused, NOW).await;
        let claim = world.claim(contact.tenant, NOW).await;
        world.begin(&claim, &account, NOW).await;
        apply(world, &[update(&account, first, "SM-1", receipt)]).await;
        let record = world.record(contact.tenant, claim.held.message).await;
        let sentence = "Inbox::apply: of an attempt that is not the message's latest only a delivery changes the message";
        assert_eq!(record.message.status, expected, "{sentence}");
        let kept: Vec<_> = record
            .attempts
            .iter()
            .map(|attempt| attempt.receipt)
            .collect();
        assert_eq!(
            kept,
            [Some(receipt), None],
            "Inbox::apply: attempts take the greatest receipt"
        );
    }
}

async fn what_the_tenant_ended_stays_ended(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    let refused = Settlement::Retry {
        attempt,
        error: error(ErrorClass::Transient),
        due_at: LATER,
        counts: Counts::AsFailure,
        exhausted: None,
    };
    world.settle(claim.held, refused, NOW).await;
    world
        .stores
        .messages
        .cancel(contact.tenant, claim.held.message, NOW)
        .await
        .works();
    apply(world, &[update(&account, attempt, "SM-1", Receipt::Failed)]).await;
    let status = world
        .record(contact.tenant, claim.held.message)
        .await
        .message
        .status;
    assert_eq!(
        status,
        Status::Cancelled,
        "Status::apply: what the tenant ended stays ended"
    );
}

async fn is_out_of_the_queue(world: &World<'_>, tenant: TenantId, sentence: &str) {
    assert_eq!(
        world.claims(tenant, NOW + Duration::days(3)).await,
        [],
        "{sentence}"
    );
}
