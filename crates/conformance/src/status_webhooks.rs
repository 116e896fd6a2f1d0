use crate::{
    Stores,
    fixtures::NOW,
    works::Works,
    world::{LATER, LEASE, LEASE_OVER, World, accepted},
};
use tidings_kernel::{AttemptId, MessageId, TenantId};
use tidings_messaging::{
    Claim, Contact, Message, NewMessage, ProviderAccount, Receipt, ReceiptTarget, ReceiptUpdate,
    Settlement, Stage, Status, StatusWebhook, WebhookShare,
};
use time::{Duration, OffsetDateTime};

const URL: &str = "https://hooks.example.com/status?a=1&b=2";

/// Panics unless `stores.webhooks` keeps every promise of [`StatusWebhooks`](tidings_messaging::StatusWebhooks).
pub async fn status_webhooks(stores: &Stores) {
    let world = World::new(stores, 42);
    nothing_is_kept_for_others(&world).await;
    every_change_after_the_first_is_told_in_order(&world).await;
    what_says_nothing_new_is_not_told(&world).await;
    sending_is_told_with_what_follows(&world).await;
    a_withdrawal_is_told(&world).await;
    what_the_gate_or_a_person_does_later_is_told(&world).await;
    nobody_else_gets_it_before_the_lease_is_over(&world).await;
    what_is_put_back_waits_and_what_comes_after_it_too(&world).await;
    a_share_is_kept_to(&world).await;
    forgetting_again_changes_nothing(&world).await;
    old_changes_are_forgotten(&world).await;
    an_erasure_forgets(&world).await;
}

/// A message whose changes are told, in the queue.
async fn watched(world: &World<'_>, contact: &Contact) -> Message {
    let new = NewMessage {
        status_webhook: Some(URL.into()),
        ..world.new_message(contact)
    };
    world.stores.messages.accept(&new, None).await.works();
    new.message
}

/// A watched message that was claimed, and whose attempt was begun.
async fn begun(
    world: &World<'_>,
    contact: &Contact,
    account: &ProviderAccount,
) -> (Claim, AttemptId) {
    let message = watched(world, contact).await;
    let claims = world.claims(contact.tenant, NOW).await;
    let claim = claims
        .into_iter()
        .find(|claim| claim.held.message == message.id);
    let Some(claim) = claim else {
        panic!("Dispatch::claim: takes messages that are due")
    };
    let attempt = world.begin(&claim, account, NOW).await;
    (claim, attempt)
}

async fn sent(world: &World<'_>, contact: &Contact, account: &ProviderAccount) -> Claim {
    let (claim, attempt) = begun(world, contact, account).await;
    let id = format!("SM-{}", claim.held.message);
    let settled = accepted(attempt, &id, None);
    world.settle(claim.held, settled, NOW).await;
    claim
}

/// A receipt of what [`sent`] gave its id.
async fn learn(world: &World<'_>, account: &ProviderAccount, message: MessageId, receipt: Receipt) {
    let update = ReceiptUpdate {
        target: ReceiptTarget {
            tenant: account.tenant,
            account: account.id,
            attempt: None,
            provider_message_id: format!("SM-{message}"),
        },
        receipt: Some(receipt),
        error: None,
        cost: None,
        at: NOW + Duration::SECOND,
        source: "simulator".into(),
        ask_at: None,
    };
    let effects = world.stores.inbox.apply(&[update]).await.works();
    assert!(
        effects.iter().all(Option::is_some),
        "Inbox::apply: applies receipts"
    );
}

async fn claim(world: &World<'_>, now: OffsetDateTime) -> Vec<StatusWebhook> {
    let share = WebhookShare {
        most: 100,
        per_tenant: 100,
        except: &[],
    };
    let claimed = world.stores.webhooks.claim(share, now, LEASE).await;
    claimed.works()
}

async fn finish(world: &World<'_>, webhook: &StatusWebhook) {
    world.stores.webhooks.finish(webhook).await.works();
}

/// What a tenant is told at `now`, one after the other.
async fn told(world: &World<'_>, tenant: TenantId, now: OffsetDateTime) -> Vec<StatusWebhook> {
    let mut told = Vec::new();
    loop {
        let webhooks = claim(world, now).await;
        if webhooks.is_empty() {
            return told;
        }
        for webhook in webhooks {
            finish(world, &webhook).await;
            if webhook.tenant == tenant {
                told.push(webhook);
            }
        }
    }
}

fn statuses(webhooks: &[StatusWebhook]) -> Vec<Status> {
    webhooks.iter().map(|webhook| webhook.status).collect()
}

async fn nothing_is_kept_for_others(world: &World<'_>) {
    let (contact, account) = world.people().await;
    world.sent(&contact, &account, "SM-unwatched").await;
    let others = world.queued(&contact).await;
    let cancelled = world.stores.messages.cancel(contact.tenant, others.id, NOW);
    cancelled.await.works();
    assert_eq!(
        told(world, contact.tenant, LATER).await,
        [],
        "StatusWebhooks: for messages that were taken in with a webhook and for no others"
    );
}

async fn every_change_after_the_first_is_told_in_order(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let message = sent(world, &contact, &account).await.held.message;
    learn(world, &account, message, Receipt::Delivered).await;
    learn(world, &account, message, Receipt::Read).await;
    let told = told(world, contact.tenant, LATER).await;
    let sentence = "StatusWebhooks: every change after the status that a message was taken in with";
    let expected = [
        Status::Sending,
        Status::Sent,
        Status::Delivered,
        Status::Read,
    ];
    assert_eq!(statuses(&told), expected, "{sentence}");
    assert!(
        told.iter()
            .all(|webhook| webhook.url == URL && webhook.message == message),
        "StatusWebhook: where it is told, and of which message"
    );
    assert!(
        told.windows(2).all(|pair| pair[0].number < pair[1].number),
        "StatusWebhook::number: grows with each"
    );
    let record = world.record(contact.tenant, message).await;
    let entries = record.timeline.iter().skip(2);
    let entries: Vec<_> = entries.map(|entry| (entry.status, entry.at)).collect();
    let changes: Vec<_> = told
        .iter()
        .map(|webhook| (webhook.status, webhook.at))
        .collect();
    assert_eq!(
        changes, entries,
        "StatusWebhook: what the status became, and when"
    );
}

async fn what_says_nothing_new_is_not_told(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let message = sent(world, &contact, &account).await.held.message;
    for receipt in [Receipt::Delivered, Receipt::Delivered, Receipt::Sent] {
        learn(world, &account, message, receipt).await;
    }
    let told = told(world, contact.tenant, LATER).await;
    assert_eq!(
        statuses(&told),
        [Status::Sending, Status::Sent, Status::Delivered],
        "StatusWebhooks: every change is kept once"
    );
}

async fn sending_is_told_with_what_follows(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let (claimed, attempt) = begun(world, &contact, &account).await;
    let sentence = "StatusWebhooks: `sending` together with what follows it";
    assert_eq!(told(world, contact.tenant, LATER).await, [], "{sentence}");
    world
        .settle(claimed.held, accepted(attempt, "SM-followed", None), NOW)
        .await;
    let told = told(world, contact.tenant, LATER).await;
    assert_eq!(
        statuses(&told),
        [Status::Sending, Status::Sent],
        "{sentence}"
    );
}

async fn a_withdrawal_is_told(world: &World<'_>) {
    let contact = world.contact(world.tenant().await, 1).await;
    let message = watched(world, &contact).await;
    let cancelled = world
        .stores
        .messages
        .cancel(contact.tenant, message.id, NOW);
    cancelled.await.works();
    let told = told(world, contact.tenant, LATER).await;
    assert_eq!(
        statuses(&told),
        [Status::Cancelled],
        "StatusWebhooks: every change, in the same step as the change itself"
    );
}

async fn what_the_gate_or_a_person_does_later_is_told(world: &World<'_>) {
    let contact = world.contact(world.tenant().await, 1).await;
    let message = watched(world, &contact).await;
    let claimed = world.claim(contact.tenant, NOW).await;
    let decision = Box::new(world.decision(&message, Stage::Dispatch));
    let refused = Settlement::Refused {
        decision,
        status: Status::Blocked,
    };
    world.settle(claimed.held, refused, NOW).await;
    let told = told(world, contact.tenant, LATER).await;
    assert_eq!(
        statuses(&told),
        [Status::Blocked],
        "StatusWebhooks: every change after the status that a message was taken in with"
    );
}

async fn nobody_else_gets_it_before_the_lease_is_over(world: &World<'_>) {
    let (contact, account) = world.people().await;
    sent(world, &contact, &account).await;
    let first = claim(world, NOW).await;
    assert_eq!(
        statuses(&first),
        [Status::Sending],
        "StatusWebhooks::claim: of each message the oldest alone"
    );
    let sentence = "StatusWebhooks::claim: nobody else gets them before `lease` has passed";
    assert_eq!(claim(world, NOW).await, [], "{sentence}");
    assert_eq!(claim(world, LEASE_OVER).await, first, "{sentence}");
    finish(world, &first[0]).await;
    let second = claim(world, NOW).await;
    assert_eq!(
        statuses(&second),
        [Status::Sent],
        "StatusWebhooks::finish: the next of its message may be taken at once"
    );
    finish(world, &second[0]).await;
}

async fn what_is_put_back_waits_and_what_comes_after_it_too(world: &World<'_>) {
    let (contact, account) = world.people().await;
    sent(world, &contact, &account).await;
    let first = claim(world, NOW).await.remove(0);
    let put_back = world.stores.webhooks.put_back(&first, LATER);
    put_back.await.works();
    let sentence = "StatusWebhooks::put_back: to be taken again at this instant";
    let before = LATER - Duration::SECOND;
    assert_eq!(
        claim(world, before).await,
        [],
        "{sentence}, and what came after it waits with it"
    );
    let again = claim(world, LATER).await;
    let expected = StatusWebhook {
        failures: 1,
        ..first
    };
    assert_eq!(again, [expected], "{sentence}, with one failure more");
    finish(world, &again[0]).await;
    let rest = told(world, contact.tenant, LATER).await;
    assert_eq!(
        statuses(&rest),
        [Status::Sent],
        "StatusWebhooks::finish: the next may be taken"
    );
    assert_eq!(
        rest[0].failures, 0,
        "StatusWebhook::failures: how often telling it has failed"
    );
}

async fn a_share_is_kept_to(world: &World<'_>) {
    let mut tenants = Vec::new();
    for _ in 0..3 {
        let contact = world.contact(world.tenant().await, 1).await;
        tenants.push(contact.tenant);
        for _ in 0..3 {
            let message = watched(world, &contact).await;
            let cancelled = world
                .stores
                .messages
                .cancel(contact.tenant, message.id, NOW);
            cancelled.await.works();
        }
    }
    let of = |webhooks: &[StatusWebhook], tenant| {
        let own = webhooks.iter().filter(|webhook| webhook.tenant == tenant);
        own.count()
    };
    let except = [tenants[2]];
    let share = WebhookShare {
        most: 3,
        per_tenant: 2,
        except: &except,
    };
    let taken = world.stores.webhooks.claim(share, NOW, LEASE).await.works();
    assert_eq!(taken.len(), 3, "WebhookShare: at most so many in all");
    assert!(
        tenants.iter().all(|tenant| of(&taken, *tenant) <= 2),
        "WebhookShare: at most so many of one tenant"
    );
    assert_eq!(of(&taken, tenants[2]), 0, "WebhookShare: none of these");
    let rest = claim(world, NOW).await;
    assert_eq!(
        rest.len(),
        6,
        "StatusWebhooks::claim: takes changes that are to be told"
    );
    for webhook in taken.iter().chain(&rest) {
        finish(world, webhook).await;
    }
}

async fn forgetting_again_changes_nothing(world: &World<'_>) {
    let (contact, account) = world.people().await;
    sent(world, &contact, &account).await;
    let first = claim(world, NOW).await.remove(0);
    finish(world, &first).await;
    finish(world, &first).await;
    let put_back = world.stores.webhooks.put_back(&first, LATER);
    put_back.await.works();
    let rest = told(world, contact.tenant, LATER).await;
    assert_eq!(
        statuses(&rest),
        [Status::Sent],
        "StatusWebhooks::finish: forgetting it again changes nothing"
    );
}

async fn old_changes_are_forgotten(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let message = sent(world, &contact, &account).await.held.message;
    learn(world, &account, message, Receipt::Delivered).await;
    let sentence = "StatusWebhooks::forget: the changes of before an instant";
    let forget = |before| world.stores.webhooks.forget(before);
    assert_eq!(forget(NOW).await.works(), 0, "{sentence}");
    let forgotten = forget(NOW + Duration::SECOND).await.works();
    assert_eq!(forgotten, 2, "{sentence}, and says how many there were");
    let told = told(world, contact.tenant, LATER).await;
    assert_eq!(statuses(&told), [Status::Delivered], "{sentence}");
}

async fn an_erasure_forgets(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let message = sent(world, &contact, &account).await.held.message;
    watched(world, &contact).await;
    let erased = world
        .stores
        .contacts
        .erase(contact.tenant, contact.id, &[], NOW);
    erased.await.works();
    let sentence = "StatusWebhooks: an erasure forgets what was still to be told";
    assert_eq!(told(world, contact.tenant, LATER).await, [], "{sentence}");
    learn(world, &account, message, Receipt::Delivered).await;
    assert_eq!(
        told(world, contact.tenant, LATER).await,
        [],
        "{sentence}, and nothing more is kept"
    );
}
