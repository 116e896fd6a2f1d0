//! What `Inbox::overdue` owes.

use crate::{
    fixtures::NOW,
    receipts::{apply, update},
    works::Works,
    world::{LATER, World, accepted},
};
use tidings_kernel::AttemptId;
use tidings_messaging::{Contact, ProviderAccount, QueryJob, Receipt, ReceiptUpdate, StatusQuery};
use time::{Duration, OffsetDateTime};

pub(crate) async fn check(world: &World<'_>) {
    an_overdue_receipt_is_asked_for(world).await;
    it_is_asked_for_again_and_not_for_ever(world).await;
    what_is_final_is_not_asked_for(world).await;
    what_a_receipt_alone_has_told_is_asked_for(world).await;
    ids_of_other_attempts_are_taken(world).await;
}

/// A message that was accepted, and whose receipt is overdue at [`LATER`].
async fn overdue(
    world: &World<'_>,
    contact: &Contact,
    account: &ProviderAccount,
    id: &str,
) -> AttemptId {
    let (claim, attempt) = world.begun(contact, account).await;
    world
        .settle(claim.held, accepted(attempt, id, Some(LATER)), NOW)
        .await;
    attempt
}

async fn ask(
    world: &World<'_>,
    account: &ProviderAccount,
    now: OffsetDateTime,
    most: u32,
) -> Vec<QueryJob> {
    let jobs = world
        .stores
        .inbox
        .overdue(1_000, now, now + Duration::HOUR, most)
        .await
        .works();
    jobs.into_iter()
        .filter(|job| job.account == account.id)
        .collect()
}

async fn an_overdue_receipt_is_asked_for(world: &World<'_>) {
    let (contact, account) = world.people().await;
    let attempt = overdue(world, &contact, &account, "SM-1").await;
    // One that nobody wants to be asked about.
    world
        .sent(&world.contact(contact.tenant, 2).await, &account, "SM-2")
        .await;
    let early = ask(world, &account, LATER - Duration::SECOND, 3).await;
    assert_eq!(
        early,
        [],
        "Inbox::overdue: takes attempts whose receipt is overdue at `now`"
    );
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
            from: account
                .senders
                .first()
                .map(|s| s.address.clone())
                .unwrap_or_default(),
            to: tidings_messaging::Address::Phone(crate::fixtures::phone(1)),
            text: "Your table is ready".into(),
            taken: Vec::new(),
        },
        asked: 0,
    };
    assert_eq!(
        jobs,
        [expected],
        "Inbox::overdue: takes accepted attempts whose receipt is overdue"
    );
}

async fn it_is_asked_for_again_and_not_for_ever(world: &World<'_>) {
    let (contact, account) = world.people().await;
    overdue(world, &contact, &account, "SM-1").await;
    let mut asked = Vec::new();
    for hour in 0..4 {
        let now = LATER + Duration::hours(hour);
        asked.push(
            ask(world, &account, now, 2)
                .await
                .iter()
                .map(|job| job.asked)
                .collect::<Vec<_>>(),
        );
        let soon = ask(world, &account, now + Duration::minutes(59), 2).await;
        assert_eq!(
            soon,
            [],
            "Inbox::overdue: asked again at `next_at` at the earliest"
        );
    }
    let sentence = "Inbox::overdue: after `most` times they are not asked any more";
    assert_eq!(asked, [vec![0], vec![1], vec![], vec![]], "{sentence}");
}

async fn what_is_final_is_not_asked_for(world: &World<'_>) {
    let (contact, account) = world.people().await;
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

async fn what_a_receipt_alone_has_told_is_asked_for(world: &World<'_>) {
    let sentence = "Inbox::apply: an acceptance that a receipt tells is asked about like any other";
    let (contact, account) = world.people().await;
    let told = |attempt, id: &str, receipt| ReceiptUpdate {
        ask_at: Some(LATER),
        ..update(&account, attempt, id, receipt)
    };
    let (_, lost) = world.begun(&contact, &account).await;
    let (early, settled) = world.begun(&contact, &account).await;
    let (_, over) = world.begun(&contact, &account).await;
    apply(world, &[told(lost, "SM-1", Receipt::Sent)]).await;
    apply(world, &[told(settled, "SM-2", Receipt::Sent)]).await;
    apply(world, &[told(over, "SM-3", Receipt::Delivered)]).await;
    let later = LATER + Duration::SECOND;
    let settlement = accepted(settled, "SM-2", Some(later));
    world.settle(early.held, settlement, NOW).await;
    let asked = |jobs: Vec<QueryJob>| jobs.iter().map(|job| job.query.attempt).collect::<Vec<_>>();
    assert_eq!(
        asked(ask(world, &account, LATER, 2).await),
        [lost],
        "{sentence}"
    );
    assert_eq!(
        asked(ask(world, &account, later, 2).await),
        [settled],
        "{sentence}"
    );
    // A repetition puts no earlier question.
    apply(world, &[told(lost, "SM-1", Receipt::Sent)]).await;
    assert_eq!(
        asked(ask(world, &account, later, 2).await),
        [],
        "{sentence}"
    );
}

async fn ids_of_other_attempts_are_taken(world: &World<'_>) {
    let (contact, account) = world.people().await;
    overdue(world, &contact, &account, "SM-1").await;
    world.sent(&contact, &account, "SM-2").await;
    let other = world.account(contact.tenant).await;
    world.sent(&contact, &other, "SM-3").await;
    let jobs = ask(world, &account, LATER, 3).await;
    let taken: Vec<_> = jobs.into_iter().map(|job| job.query.taken).collect();
    let sentence = "StatusQuery::taken: provider ids that other attempts already own";
    assert_eq!(taken, [vec!["SM-2".to_owned()]], "{sentence}");
}
