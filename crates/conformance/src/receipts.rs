//! What `Inbox::apply` and `Inbox::subject` owe.

use crate::{
    works::Works,
    world::{LATER, World, error},
};
use tidings_kernel::{AttemptId, MessageId, Money, TenantId};
use tidings_messaging::{
    Attempt, OutcomeKind, ProviderAccount, Receipt, ReceiptEffect, ReceiptTarget, ReceiptUpdate,
    Status,
};
use tidings_routing::Class as ErrorClass;

pub(crate) async fn check(world: &World<'_>) {
    a_receipt_finds_its_attempt_by_our_reference(world).await;
    a_receipt_finds_its_attempt_by_the_provider_s_id(world).await;
    the_timeline_tells_who_said_so(world).await;
    costs_are_kept(world).await;
    a_late_cost_counts_once(world).await;
    any_order_and_repetition_ends_the_same(world).await;
    a_failure_keeps_its_error(world).await;
    another_account_cannot_speak(world).await;
    another_tenant_cannot_speak(world).await;
    what_is_unknown_is_given_back_by_index(world).await;
    the_subject_of_a_receipt_is_found(world).await;
}

/// A receipt of an attempt through its account.
pub(crate) fn update(
    account: &ProviderAccount,
    attempt: AttemptId,
    provider_message_id: &str,
    receipt: Receipt,
) -> ReceiptUpdate {
    ReceiptUpdate {
        target: ReceiptTarget {
            tenant: account.tenant,
            account: account.id,
            attempt: Some(attempt),
            provider_message_id: provider_message_id.into(),
        },
        receipt: Some(receipt),
        error: (receipt == Receipt::Failed).then(|| error(ErrorClass::Recipient)),
        cost: None,
        at: LATER,
        source: account.provider.clone(),
        ask_at: None,
    }
}

/// Applies receipts, and gives the places of those that were given back.
pub(crate) async fn apply(world: &World<'_>, updates: &[ReceiptUpdate]) -> Vec<usize> {
    let effects = effects(world, updates).await.into_iter().enumerate();
    effects
        .filter_map(|(place, effect)| effect.is_none().then_some(place))
        .collect()
}

/// Applies receipts, and gives what each came to.
pub(crate) async fn effects(
    world: &World<'_>,
    updates: &[ReceiptUpdate],
) -> Vec<Option<ReceiptEffect>> {
    let effects = world.stores.inbox.apply(updates).await.works();
    assert_eq!(
        effects.len(),
        updates.len(),
        "Inbox::apply: gives what each came to, in its place"
    );
    effects
}

async fn a_receipt_finds_its_attempt_by_our_reference(world: &World<'_>) {
    let (contact, account) = world.people().await;
    // The receipt overtakes the answer to the call, which would have told the provider's id.
    let (claim, attempt) = world.begun(&contact, &account).await;
    let unknown = apply(
        world,
        &[update(&account, attempt, "SM-1", Receipt::Delivered)],
    )
    .await;
    let record = world.record(contact.tenant, claim.held.message).await;
    let sentence = "ReceiptTarget::attempt: our reference, if the provider returned it";
    assert_eq!(
        (unknown, record.message.status),
        (Vec::new(), Status::Delivered),
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
    let expected = [(
        Some(Receipt::Delivered),
        Some(OutcomeKind::Accepted),
        Some("SM-1"),
    )];
    assert_eq!(
        kept, expected,
        "{sentence}: the provider has it, under this id"
    );
}

async fn a_receipt_finds_its_attempt_by_the_provider_s_id(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-2").await;
    world.sent(&contact, &account, "SM-3").await;
    let mut update = update(&account, attempt, "SM-2", Receipt::Delivered);
    update.target.attempt = None;
    let unknown = apply(world, &[update]).await;
    let status = world
        .record(contact.tenant, claim.held.message)
        .await
        .message
        .status;
    let sentence = "ReceiptTarget::provider_message_id: the provider's id";
    assert_eq!(
        (unknown, status),
        (Vec::new(), Status::Delivered),
        "{sentence}"
    );
}

async fn the_timeline_tells_who_said_so(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-1").await;
    apply(
        world,
        &[update(&account, attempt, "SM-1", Receipt::Delivered)],
    )
    .await;
    let record = world.record(contact.tenant, claim.held.message).await;
    let last = record
        .timeline
        .last()
        .map(|entry| (entry.at, entry.source.as_str()));
    assert_eq!(
        last,
        Some((LATER, "simulator")),
        "TimelineEntry: since when, and who said so"
    );
    let statuses: Vec<_> = record.timeline.iter().map(|entry| entry.status).collect();
    let expected = [
        Status::Queued,
        Status::Sending,
        Status::Sent,
        Status::Delivered,
    ];
    assert!(
        statuses.ends_with(&expected),
        "MessageRecord::timeline: its statuses, oldest first: {statuses:?}"
    );
}

async fn costs_are_kept(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-1").await;
    let cost = Money::parse("0.0079", "USD").works();
    let told = ReceiptUpdate {
        cost: Some(cost),
        ..update(&account, attempt, "SM-1", Receipt::Sent)
    };
    apply(
        world,
        &[told, update(&account, attempt, "SM-1", Receipt::Delivered)],
    )
    .await;
    let record = world.record(contact.tenant, claim.held.message).await;
    let costs: Vec<_> = record.attempts.iter().map(|attempt| attempt.cost).collect();
    assert_eq!(
        costs,
        [Some(cost)],
        "Attempt::cost: what the provider charged, once it said so"
    );
    assert_eq!(
        record.message.cost_actual,
        Some(cost),
        "Message::cost_actual: what it did cost, once known"
    );
}

async fn a_late_cost_counts_once(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let [lesser, greater] = ["0.0075", "0.0079"].map(|text| Money::parse(text, "USD").works());
    for order in [[lesser, greater], [greater, lesser]] {
        let id = format!("SM-{}", order[0].micros());
        let (claim, attempt) = world.sent(&contact, &account, &id).await;
        let delivered = update(&account, attempt, &id, Receipt::Delivered);
        apply(world, std::slice::from_ref(&delivered)).await;
        let before = world.record(contact.tenant, claim.held.message).await;
        assert_eq!(
            before.message.cost_actual, None,
            "Message::cost_actual: once known"
        );
        let told = order.map(|cost| ReceiptUpdate {
            cost: Some(cost),
            ..delivered.clone()
        });
        // In one batch, and in batches of their own.
        apply(world, &[told.clone(), told.clone()].concat()).await;
        for again in &told {
            apply(world, std::slice::from_ref(again)).await;
        }
        let after = world.record(contact.tenant, claim.held.message).await;
        let sentence =
            "ReceiptUpdate::cost: the greatest that was told of an attempt counts, and once";
        assert_eq!(after.message.cost_actual, Some(greater), "{sentence}");
        assert_eq!(after.attempts[0].cost, Some(greater), "{sentence}");
        assert_eq!(
            after.timeline, before.timeline,
            "{sentence}: nothing else happens"
        );
    }
}

async fn any_order_and_repetition_ends_the_same(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let sets: [&[Receipt]; 4] = [
        &[Receipt::Sent, Receipt::Delivered, Receipt::Read],
        &[Receipt::Sent, Receipt::Failed, Receipt::Delivered],
        &[Receipt::Sent, Receipt::Failed],
        &[Receipt::Failed, Receipt::Read, Receipt::Sent],
    ];
    for set in sets {
        let mut ends: Vec<(Status, Attempt)> = Vec::new();
        for order in orders(set) {
            for batch in [1, order.len()] {
                let (claim, attempt) = world.sent(&contact, &account, "").await;
                let id = format!("SM-{attempt}");
                let updates: Vec<_> = order
                    .iter()
                    .map(|r| update(&account, attempt, &id, *r))
                    .collect();
                for updates in updates.chunks(batch) {
                    apply(world, updates).await;
                    apply(world, updates).await;
                }
                apply(world, &updates).await;
                let mut record = world.record(contact.tenant, claim.held.message).await;
                let Some(end) = record.attempts.pop() else {
                    panic!("MessageRecord::attempts")
                };
                ends.push((record.message.status, alike(end)));
            }
        }
        let sentence = "Inbox::apply: order and repetition do not matter";
        let greatest = set.iter().max().copied();
        for (status, attempt) in &ends {
            assert_eq!(
                attempt.receipt, greatest,
                "Inbox::apply: attempts take the greatest receipt"
            );
            assert_eq!(
                Some(*status),
                greatest.map(Receipt::status),
                "Inbox::apply: messages take the status that follows"
            );
            assert_eq!(
                Some(attempt),
                ends.first().map(|(_, first)| first),
                "{sentence}: {set:?}"
            );
        }
    }
}

/// An attempt without what tells it from others.
fn alike(attempt: Attempt) -> Attempt {
    let nil = uuid::Uuid::nil();
    Attempt {
        id: AttemptId::from_uuid(nil),
        message: MessageId::from_uuid(nil),
        provider_message_id: None,
        ..attempt
    }
}

/// Every order of a few receipts.
fn orders(receipts: &[Receipt]) -> Vec<Vec<Receipt>> {
    let Some((first, rest)) = receipts.split_first() else {
        return vec![Vec::new()];
    };
    let mut all = Vec::new();
    for order in orders(rest) {
        for place in 0..=order.len() {
            let mut longer = order.clone();
            longer.insert(place, *first);
            all.push(longer);
        }
    }
    all
}

async fn a_failure_keeps_its_error(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-1").await;
    apply(world, &[update(&account, attempt, "SM-1", Receipt::Failed)]).await;
    let record = world.record(contact.tenant, claim.held.message).await;
    let errors: Vec<_> = record
        .attempts
        .into_iter()
        .map(|attempt| attempt.error)
        .collect();
    assert_eq!(
        errors,
        [Some(error(ErrorClass::Recipient))],
        "Attempt::error: why delivery failed later"
    );
}

/// Says that nothing follows from receipts that somebody else sent about this attempt.
async fn is_deaf_to(
    world: &World<'_>,
    stranger: &ProviderAccount,
    target: (TenantId, MessageId, AttemptId),
    sentence: &str,
) {
    let (tenant, message, attempt) = target;
    let before = world.record(tenant, message).await;
    let by_reference = update(stranger, attempt, "SM-other", Receipt::Delivered);
    let mut by_id = update(stranger, attempt, "SM-1", Receipt::Delivered);
    by_id.target.attempt = None;
    let by_both = update(stranger, attempt, "SM-1", Receipt::Failed);
    let unknown = apply(world, &[by_reference, by_id, by_both]).await;
    assert_eq!(unknown, [0, 1, 2], "{sentence}: it is given back");
    assert_eq!(world.record(tenant, message).await, before, "{sentence}");
}

async fn another_account_cannot_speak(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-1").await;
    let stranger = world.account(contact.tenant).await;
    let target = (contact.tenant, claim.held.message, attempt);
    let sentence = "ReceiptTarget::account: it cannot speak about another's messages";
    is_deaf_to(world, &stranger, target, sentence).await;
}

async fn another_tenant_cannot_speak(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-1").await;
    let stranger = ProviderAccount {
        tenant: world.tenant().await,
        ..account
    };
    let target = (contact.tenant, claim.held.message, attempt);
    is_deaf_to(
        world,
        &stranger,
        target,
        "Inbox::apply: tenants are isolated",
    )
    .await;
}

async fn what_is_unknown_is_given_back_by_index(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-1").await;
    let stranger = AttemptId::new(&world.ids);
    let mut nameless = update(&account, stranger, "SM-none", Receipt::Delivered);
    nameless.target.attempt = None;
    let updates = [
        update(&account, stranger, "SM-none", Receipt::Delivered),
        update(&account, attempt, "SM-1", Receipt::Delivered),
        nameless,
    ];
    let unknown = apply(world, &updates).await;
    let sentence =
        "Inbox::apply: receipts about attempts that do not exist (yet) are given back by index";
    assert_eq!(unknown, [0, 2], "{sentence}");
    let status = world
        .record(contact.tenant, claim.held.message)
        .await
        .message
        .status;
    assert_eq!(
        status,
        Status::Delivered,
        "{sentence}, and the others are applied"
    );
}

async fn the_subject_of_a_receipt_is_found(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-1").await;
    let message = world
        .record(contact.tenant, claim.held.message)
        .await
        .message;
    let by_reference = update(&account, attempt, "SM-1", Receipt::Sent).target;
    let by_id = ReceiptTarget {
        attempt: None,
        ..by_reference.clone()
    };
    let none = ReceiptTarget {
        provider_message_id: "SM-none".into(),
        ..by_id.clone()
    };
    let others = ReceiptTarget {
        account: world.account(contact.tenant).await.id,
        ..by_id.clone()
    };
    let elsewhere = ReceiptTarget {
        tenant: world.tenant().await,
        ..by_reference.clone()
    };
    let sentence = "Inbox::subject: the message that a receipt is about, if the account has it";
    let found = Some(message);
    for (target, expected) in [
        (by_reference, &found),
        (by_id, &found),
        (none, &None),
        (others, &None),
        (elsewhere, &None),
    ] {
        let subject = world.stores.inbox.subject(&target).await.works();
        assert_eq!(subject, *expected, "{sentence}: {target:?}");
    }
}
