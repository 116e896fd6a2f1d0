//! What `Inbox::apply` says of each receipt.

use crate::{
    fixtures::NOW,
    receipts::{effects, update},
    works::Works,
    world::{LATER, World, accepted},
};
use tidings_kernel::{AttemptId, TenantId};
use tidings_messaging::{Receipt, ReceiptEffect};
use time::Duration;

pub(crate) async fn check(world: &World<'_>) {
    each_receipt_says_what_it_came_to(world).await;
    a_question_is_told_with_it(world).await;
}

async fn each_receipt_says_what_it_came_to(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-1").await;
    let stranger = AttemptId::new(&world.ids);
    let mut unknown = update(&account, stranger, "SM-none", Receipt::Delivered);
    unknown.target.attempt = None;
    let mut by_id = update(&account, attempt, "SM-1", Receipt::Failed);
    by_id.target.attempt = None;
    let updates = [
        update(&account, attempt, "SM-1", Receipt::Sent),
        unknown,
        update(&account, attempt, "SM-1", Receipt::Delivered),
        by_id,
        update(&account, attempt, "SM-1", Receipt::Delivered),
    ];
    let found = effects(world, &updates).await;
    let steps: Vec<_> = found
        .iter()
        .map(|effect| effect.as_ref().map(|it| (it.before, it.after)))
        .collect();
    let delivered = Some(Receipt::Delivered);
    let expected = [
        Some((None, Some(Receipt::Sent))),
        None,
        Some((Some(Receipt::Sent), delivered)),
        Some((delivered, delivered)),
        Some((delivered, delivered)),
    ];
    assert_eq!(
        steps, expected,
        "Inbox::apply: gives what each came to, in its place"
    );
    let again = effects(world, &updates[2..3]).await;
    let expected = ReceiptEffect {
        before: delivered,
        after: delivered,
        started_at: NOW,
        asked: 0,
        to: claim.message.contact_address,
    };
    assert_eq!(
        again,
        [Some(expected)],
        "ReceiptEffect: a repetition leaves it"
    );
}

/// Asks about what is overdue of a tenant.
async fn ask(world: &World<'_>, tenant: TenantId) {
    let next = LATER + Duration::HOUR;
    let jobs = world.stores.inbox.overdue(5_000, LATER, next, 5).await;
    let jobs = jobs.works();
    let is_there = jobs.iter().any(|job| job.tenant == tenant);
    assert!(is_there, "Inbox::overdue: takes what is overdue");
}

async fn a_question_is_told_with_it(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    let settlement = accepted(attempt, "SM-1", Some(NOW));
    world.settle(claim.held, settlement, NOW).await;
    ask(world, contact.tenant).await;
    let delivered = update(&account, attempt, "SM-1", Receipt::Delivered);
    let found = effects(world, &[delivered]).await;
    let asked: Vec<_> = found.into_iter().flatten().map(|it| it.asked).collect();
    assert_eq!(
        asked,
        [1],
        "ReceiptEffect::asked: how often the provider had been asked"
    );
}
