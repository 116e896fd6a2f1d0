//! What `Inbox::apply` and `Inbox::overdue` owe.

use crate::{
    fixtures::NOW,
    world::{LEASE, Works, World, accepted, error, unknown},
};
use tidings_kernel::{AttemptId, MessageId, Money, TenantId};
use tidings_messaging::{
    Attempt, Class, Contact, Counts, MessageRecord, OutcomeKind, ProviderAccount, QueryJob,
    QueueEntry, Receipt, ReceiptTarget, ReceiptUpdate, Settlement, Status, StatusQuery,
};
use tidings_routing::Class as ErrorClass;
use time::{Duration, OffsetDateTime};

const LATER: OffsetDateTime = NOW.saturating_add(Duration::HOUR);
const LEASE_OVER: OffsetDateTime = NOW.saturating_add(LEASE).saturating_add(Duration::SECOND);

pub(crate) async fn check(world: &World<'_>) {
    a_receipt_finds_its_attempt_by_our_reference(world).await;
    a_receipt_finds_its_attempt_by_the_provider_s_id(world).await;
    the_timeline_tells_who_said_so(world).await;
    costs_are_kept(world).await;
    any_order_and_repetition_ends_the_same(world).await;
    a_failure_keeps_its_error(world).await;
    another_account_cannot_speak(world).await;
    another_tenant_cannot_speak(world).await;
    what_is_unknown_is_given_back_by_index(world).await;
    a_receipt_settles_an_unknown_outcome(world).await;
    acceptance_alone_settles_an_unknown_outcome(world).await;
    a_receipt_settles_what_a_crash_left(world).await;
    a_repeated_failure_does_not_undo_a_retry(world).await;
    a_late_delivery_prevents_a_second_sending(world).await;
    of_an_earlier_attempt_only_a_delivery_counts(world).await;
    what_the_tenant_ended_stays_ended(world).await;
    an_overdue_receipt_is_asked_for(world).await;
    it_is_asked_for_again_and_not_for_ever(world).await;
    what_is_final_is_not_asked_for(world).await;
    ids_of_other_attempts_are_taken(world).await;
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
    }
}

async fn people(world: &World<'_>) -> (Contact, ProviderAccount) {
    let tenant = world.tenant().await;
    (world.contact(tenant, 1).await, world.account(tenant).await)
}

async fn apply(world: &World<'_>, updates: &[ReceiptUpdate]) -> Vec<usize> {
    world.stores.inbox.apply(updates).await.works()
}

async fn record(world: &World<'_>, tenant: TenantId, message: MessageId) -> MessageRecord {
    let record = world.record(tenant, message).await;
    let last = record.timeline.last().map(|entry| entry.status);
    let sentence = "MessageRecord::timeline: ends with the message's status";
    assert_eq!(last, Some(record.message.status), "{sentence}");
    record
}

async fn is_out_of_the_queue(world: &World<'_>, tenant: TenantId, sentence: &str) {
    assert_eq!(world.claims(tenant, NOW + Duration::days(3)).await, [], "{sentence}");
}

async fn a_receipt_finds_its_attempt_by_our_reference(world: &World<'_>) {
    let (contact, account) = people(world).await;
    // The receipt overtakes the answer to the call, which would have told the provider's id.
    let (claim, attempt) = world.begun(&contact, &account).await;
    let unknown = apply(world, &[update(&account, attempt, "SM-1", Receipt::Delivered)]).await;
    let record = record(world, contact.tenant, claim.held.message).await;
    let sentence = "ReceiptTarget::attempt: our reference, if the provider returned it";
    assert_eq!((unknown, record.message.status), (Vec::new(), Status::Delivered), "{sentence}");
    let kept: Vec<_> = record
        .attempts
        .iter()
        .map(|attempt| (attempt.receipt, attempt.outcome, attempt.provider_message_id.as_deref()))
        .collect();
    let expected = [(Some(Receipt::Delivered), Some(OutcomeKind::Accepted), Some("SM-1"))];
    assert_eq!(kept, expected, "{sentence}: the provider has it, under this id");
}

async fn a_receipt_finds_its_attempt_by_the_provider_s_id(world: &World<'_>) {
    let (contact, account) = people(world).await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-2").await;
    world.sent(&contact, &account, "SM-3").await;
    let mut update = update(&account, attempt, "SM-2", Receipt::Delivered);
    update.target.attempt = None;
    let unknown = apply(world, &[update]).await;
    let status = record(world, contact.tenant, claim.held.message).await.message.status;
    let sentence = "ReceiptTarget::provider_message_id: the provider's id";
    assert_eq!((unknown, status), (Vec::new(), Status::Delivered), "{sentence}");
}

async fn the_timeline_tells_who_said_so(world: &World<'_>) {
    let (contact, account) = people(world).await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-1").await;
    apply(world, &[update(&account, attempt, "SM-1", Receipt::Delivered)]).await;
    let record = record(world, contact.tenant, claim.held.message).await;
    let last = record.timeline.last().map(|entry| (entry.at, entry.source.as_str()));
    assert_eq!(last, Some((LATER, "simulator")), "TimelineEntry: since when, and who said so");
    let statuses: Vec<_> = record.timeline.iter().map(|entry| entry.status).collect();
    let expected = [Status::Queued, Status::Sending, Status::Sent, Status::Delivered];
    assert!(statuses.ends_with(&expected), "MessageRecord::timeline: its statuses, oldest first: {statuses:?}");
}

async fn costs_are_kept(world: &World<'_>) {
    let (contact, account) = people(world).await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-1").await;
    let cost = Money::parse("0.0079", "USD").works();
    let told = ReceiptUpdate { cost: Some(cost), ..update(&account, attempt, "SM-1", Receipt::Sent) };
    apply(world, &[told, update(&account, attempt, "SM-1", Receipt::Delivered)]).await;
    let record = record(world, contact.tenant, claim.held.message).await;
    let costs: Vec<_> = record.attempts.iter().map(|attempt| attempt.cost).collect();
    assert_eq!(costs, [Some(cost)], "Attempt::cost: what the provider charged, once it said so");
    assert_eq!(record.message.cost_actual, Some(cost), "Message::cost_actual: what it did cost, once known");
}

async fn any_order_and_repetition_ends_the_same(world: &World<'_>) {
    let (contact, account) = people(world).await;
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
                let updates: Vec<_> = order.iter().map(|r| update(&account, attempt, &id, *r)).collect();
                for updates in updates.chunks(batch) {
                    apply(world, updates).await;
                    apply(world, updates).await;
                }
                apply(world, &updates).await;
                let mut record = record(world, contact.tenant, claim.held.message).await;
                let Some(end) = record.attempts.pop() else { panic!("MessageRecord::attempts") };
                ends.push((record.message.status, alike(end)));
            }
        }
        let sentence = "Inbox::apply: order and repetition do not matter";
        let greatest = set.iter().max().copied();
        for (status, attempt) in &ends {
            assert_eq!(attempt.receipt, greatest, "Inbox::apply: attempts take the greatest receipt");
            assert_eq!(Some(*status), greatest.map(Receipt::status), "Inbox::apply: messages take the status that follows");
            assert_eq!(Some(attempt), ends.first().map(|(_, first)| first), "{sentence}: {set:?}");
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
    let Some((first, rest)) = receipts.split_first() else { return vec![Vec::new()] };
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
    let (contact, account) = people(world).await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-1").await;
    apply(world, &[update(&account, attempt, "SM-1", Receipt::Failed)]).await;
    let record = record(world, contact.tenant, claim.held.message).await;
    let errors: Vec<_> = record.attempts.into_iter().map(|attempt| attempt.error).collect();
    assert_eq!(errors, [Some(error(ErrorClass::Recipient))], "Attempt::error: why delivery failed later");
}

/// Says that nothing follows from receipts that somebody else sent about this attempt.
async fn is_deaf_to(
    world: &World<'_>,
    stranger: &ProviderAccount,
    target: (TenantId, MessageId, AttemptId),
    sentence: &str,
) {
    let (tenant, message, attempt) = target;
    let before = record(world, tenant, message).await;
    let by_reference = update(stranger, attempt, "SM-other", Receipt::Delivered);
    let mut by_id = update(stranger, attempt, "SM-1", Receipt::Delivered);
    by_id.target.attempt = None;
    let by_both = update(stranger, attempt, "SM-1", Receipt::Failed);
    let unknown = apply(world, &[by_reference, by_id, by_both]).await;
    assert_eq!(unknown, [0, 1, 2], "{sentence}: it is given back");
    assert_eq!(record(world, tenant, message).await, before, "{sentence}");
}

async fn another_account_cannot_speak(world: &World<'_>) {
    let (contact, account) = people(world).await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-1").await;
    let stranger = world.account(contact.tenant).await;
    let target = (contact.tenant, claim.held.message, attempt);
    let sentence = "ReceiptTarget::account: it cannot speak about another's messages";
    is_deaf_to(world, &stranger, target, sentence).await;
}

async fn another_tenant_cannot_speak(world: &World<'_>) {
    let (contact, account) = people(world).await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-1").await;
    let stranger = ProviderAccount { tenant: world.tenant().await, ..account };
    let target = (contact.tenant, claim.held.message, attempt);
    is_deaf_to(world, &stranger, target, "Inbox::apply: tenants are isolated").await;
}

async fn what_is_unknown_is_given_back_by_index(world: &World<'_>) {
    let (contact, account) = people(world).await;
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
    let sentence = "Inbox::apply: receipts about attempts that do not exist (yet) are given back by index";
    assert_eq!(unknown, [0, 2], "{sentence}");
    let status = record(world, contact.tenant, claim.held.message).await.message.status;
    assert_eq!(status, Status::Delivered, "{sentence}, and the others are applied");
}

async fn a_receipt_settles_an_unknown_outcome(world: &World<'_>) {
    for receipt in Receipt::ALL {
        let (contact, account) = people(world).await;
        let (claim, attempt) = world.begun(&contact, &account).await;
        world.settle(claim.held, unknown(attempt, LATER), NOW).await;
        apply(world, &[update(&account, attempt, "SM-1", receipt)]).await;
        let record = record(world, contact.tenant, claim.held.message).await;
        let sentence = "Inbox::apply: a message whose outcome was unknown leaves the queue";
        assert_eq!(record.message.status, receipt.status(), "{sentence}");
        is_out_of_the_queue(world, contact.tenant, sentence).await;
    }
}

async fn acceptance_alone_settles_an_unknown_outcome(world: &World<'_>) {
    let (contact, account) = people(world).await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    world.settle(claim.held, unknown(attempt, LATER), NOW).await;
    let learned = ReceiptUpdate { receipt: None, ..update(&account, attempt, "SM-1", Receipt::Sent) };
    let unknown = apply(world, &[learned.clone(), learned]).await;
    let record = record(world, contact.tenant, claim.held.message).await;
    let sentence = "ReceiptUpdate::receipt: none when only its acceptance was learned";
    assert_eq!((unknown, record.message.status), (Vec::new(), Status::Sent), "{sentence}");
    let kept: Vec<_> = record
        .attempts
        .iter()
        .map(|attempt| (attempt.receipt, attempt.outcome, attempt.provider_message_id.as_deref()))
        .collect();
    assert_eq!(kept, [(None, Some(OutcomeKind::Accepted), Some("SM-1"))], "{sentence}");
    is_out_of_the_queue(world, contact.tenant, sentence).await;
}

async fn a_receipt_settles_what_a_crash_left(world: &World<'_>) {
    let (contact, account) = people(world).await;
    let (_, attempt) = world.begun(&contact, &account).await;
    let claim = world.claim(contact.tenant, LEASE_OVER).await;
    apply(world, &[update(&account, attempt, "SM-1", Receipt::Delivered)]).await;
    // The worker that took over was asking meanwhile, and learned nothing.
    world.settle(claim.held, unknown(attempt, LATER), LEASE_OVER).await;
    let status = record(world, contact.tenant, claim.held.message).await.message.status;
    let sentence = "Inbox::apply: a message whose outcome was unknown leaves the queue, held or not";
    assert_eq!(status, Status::Delivered, "{sentence}");
    is_out_of_the_queue(world, contact.tenant, sentence).await;
}

async fn a_repeated_failure_does_not_undo_a_retry(world: &World<'_>) {
    let (contact, account) = people(world).await;
    let (claim, attempt) = world.sent(&contact, &account, "SM-1").await;
    let failure = update(&account, attempt, "SM-1", Receipt::Failed);
    apply(world, std::slice::from_ref(&failure)).await;
    let entry = QueueEntry { class: Class::Transactional, priority: 5, due_at: NOW };
    world.stores.messages.retry(contact.tenant, claim.held.message, entry, NOW).await.works();
    apply(world, std::slice::from_ref(&failure)).await;
    let sentence = "Inbox::apply: repetition does not matter, after a retry neither";
    let status = record(world, contact.tenant, claim.held.message).await.message.status;
    assert_eq!(status, Status::Queued, "{sentence}");
    let claim = world.claim(contact.tenant, NOW).await;
    world.begin(&claim, &account, NOW).await;
}

async fn a_late_delivery_prevents_a_second_sending(world: &World<'_>) {
    let (contact, account) = people(world).await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    world.settle(claim.held, unknown(attempt, NOW), NOW).await;
    let claim = world.claim(contact.tenant, NOW).await;
    let error = error(ErrorClass::Transient);
    world.settle(claim.held, Settlement::SendAgain { attempt, error, due_at: LATER }, NOW).await;
    apply(world, &[update(&account, attempt, "SM-1", Receipt::Delivered)]).await;
    let sentence = "Inbox::apply: what has arrived is not sent again";
    let status = record(world, contact.tenant, claim.held.message).await.message.status;
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
        let (contact, account) = people(world).await;
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
        let record = record(world, contact.tenant, claim.held.message).await;
        let sentence = "Inbox::apply: of an attempt that is not the message's latest only a delivery changes the message";
        assert_eq!(record.message.status, expected, "{sentence}");
        let kept: Vec<_> = record.attempts.iter().map(|attempt| attempt.receipt).collect();
        assert_eq!(kept, [Some(receipt), None], "Inbox::apply: attempts take the greatest receipt");
    }
}

async fn what_the_tenant_ended_stays_ended(world: &World<'_>) {
    let (contact, account) = people(world).await;
    let (claim, attempt) = world.begun(&contact, &account).await;
    let refused = Settlement::Retry {
        attempt,
        error: error(ErrorClass::Transient),
        due_at: LATER,
        counts: Counts::AsFailure,
        exhausted: None,
    };
    world.settle(claim.held, refused, NOW).await;
    world.stores.messages.cancel(contact.tenant, claim.held.message, NOW).await.works();
    apply(world, &[update(&account, attempt, "SM-1", Receipt::Failed)]).await;
    let status = record(world, contact.tenant, claim.held.message).await.message.status;
    assert_eq!(status, Status::Cancelled, "Status::apply: what the tenant ended stays ended");
}

/// A message that was accepted, and whose receipt is overdue at [`LATER`].
async fn overdue(
    world: &World<'_>,
    contact: &Contact,
    account: &ProviderAccount,
    id: &str,
) -> AttemptId {
    let (claim, attempt) = world.begun(contact, account).await;
    world.settle(claim.held, accepted(attempt, id, Some(LATER)), NOW).await;
    attempt
}

async fn ask(
    world: &World<'_>,
    account: &ProviderAccount,
    now: OffsetDateTime,
    most: u32,
) -> Vec<QueryJob> {
    let jobs = world.stores.inbox.overdue(1_000, now, now + Duration::HOUR, most).await.works();
    jobs.into_iter().filter(|job| job.account == account.id).collect()
}

async fn an_overdue_receipt_is_asked_for(world: &World<'_>) {
    let (contact, account) = people(world).await;
    let attempt = overdue(world, &contact, &account, "SM-1").await;
    // One that nobody wants to be asked about.
    world.sent(&world.contact(contact.tenant, 2).await, &account, "SM-2").await;
    let early = ask(world, &account, LATER - Duration::SECOND, 3).await;
    assert_eq!(early, [], "Inbox::overdue: takes attempts whose receipt is overdue at `now`");
    let jobs = ask(world, &account, LATER, 3).await;
    let expected = QueryJob {
        tenant: contact.tenant,
        account: account.id,
        provider: account.provider.clone(),
        query: StatusQuery {
            attempt,
            started_at: NOW,
            provider_message_id: Some("SM-1".into()),
            channel: tidings_kernel::Channel::Sms,
            from: account.senders.first().map(|s| s.address.clone()).unwrap_or_default(),
            to: tidings_messaging::Address::Phone(crate::fixtures::phone(1)),
            text: "Your table is ready".into(),
            taken: Vec::new(),
        },
        asked: 0,
    };
    assert_eq!(jobs, [expected], "Inbox::overdue: takes accepted attempts whose receipt is overdue");
}

async fn it_is_asked_for_again_and_not_for_ever(world: &World<'_>) {
    let (contact, account) = people(world).await;
    overdue(world, &contact, &account, "SM-1").await;
    let mut asked = Vec::new();
    for hour in 0..4 {
        let now = LATER + Duration::hours(hour);
        asked.push(ask(world, &account, now, 2).await.iter().map(|job| job.asked).collect::<Vec<_>>());
        let soon = ask(world, &account, now + Duration::minutes(59), 2).await;
        assert_eq!(soon, [], "Inbox::overdue: asked again at `next_at` at the earliest");
    }
    let sentence = "Inbox::overdue: after `most` times they are not asked any more";
    assert_eq!(asked, [vec![0], vec![1], vec![], vec![]], "{sentence}");
}

async fn what_is_final_is_not_asked_for(world: &World<'_>) {
    let (contact, account) = people(world).await;
    for receipt in [Receipt::Failed, Receipt::Delivered, Receipt::Read] {
        let id = format!("SM-{receipt:?}");
        let attempt = overdue(world, &contact, &account, &id).await;
        apply(world, &[update(&account, attempt, &id, receipt)]).await;
    }
    let (_, open) = world.begun(&contact, &account).await;
    let jobs = ask(world, &account, LATER + Duration::DAY, 3).await;
    let sentence = "Inbox::overdue: takes accepted attempts, and not those whose end is known";
    assert_eq!(jobs, [], "{sentence} ({open} is not accepted yet)");
}

async fn ids_of_other_attempts_are_taken(world: &World<'_>) {
    let (contact, account) = people(world).await;
    overdue(world, &contact, &account, "SM-1").await;
    world.sent(&contact, &account, "SM-2").await;
    let other = world.account(contact.tenant).await;
    world.sent(&contact, &other, "SM-3").await;
    let jobs = ask(world, &account, LATER, 3).await;
    let taken: Vec<_> = jobs.into_iter().map(|job| job.query.taken).collect();
    let sentence = "StatusQuery::taken: provider ids that other attempts already own";
    assert_eq!(taken, [vec!["SM-2".to_owned()]], "{sentence}");
}
