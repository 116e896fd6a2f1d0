use crate::{
    Stores,
    event_log::{happened, reader},
    fixtures::{NOW, phone},
    works::Works,
    world::{LATER, World},
};
use tidings_messaging::{
    AccountHealth, Happening, LearnedBy, NumberStanding, NumberWord, ProviderAccount, RatedNumber,
    Rerated, SenderWord, Tier,
};
use tidings_templates::Quality;
use time::OffsetDateTime;

/// Panics unless `stores.ratings` keeps every promise of [`Ratings`](tidings_messaging::Ratings).
pub async fn ratings(stores: &Stores) {
    let world = World::new(stores, 66);
    words_are_put_to_what_is_known(&world).await;
    simultaneous_words_are_both_kept(&world).await;
    a_sender_that_is_not_there_is_left_out(&world).await;
    a_change_of_the_account_leaves_its_numbers_alone(&world).await;
    another_number_begins_anew(&world).await;
    what_is_new_is_told(&world).await;
}

fn word(
    account: &ProviderAccount,
    quality: Option<Quality>,
    tier: &str,
    at: OffsetDateTime,
) -> SenderWord {
    let Some(sender) = account.senders.first() else {
        panic!("an account of the suites has a sender");
    };
    SenderWord {
        tenant: account.tenant,
        account: account.id,
        sender: sender.id,
        address: sender.address.clone(),
        word: NumberWord {
            quality,
            tier: Tier::new(tier),
            at,
            by: LearnedBy::Callback,
        },
    }
}

async fn rate(world: &World<'_>, words: &[SenderWord]) -> Vec<Rerated> {
    world.stores.ratings.rate(words).await.works()
}

/// How the account's number stands, told both ways.
async fn standing(world: &World<'_>, account: &ProviderAccount) -> NumberStanding {
    let accounts = &world.stores.accounts;
    let found = accounts.get(account.tenant, account.id).await.works();
    let all = accounts.of_tenants(&[account.tenant]).await.works();
    let listed = all.into_iter().find(|it| it.id == account.id);
    let [found, listed] = [found, listed].map(|it| it.map(|account| account.senders));
    let sentence = "Accounts: how senders stand is told with them";
    assert_eq!(found, listed, "{sentence}");
    let sender = found.and_then(|senders| senders.into_iter().next());
    sender.map(|sender| sender.standing).unwrap_or_default()
}

async fn account(world: &World<'_>) -> ProviderAccount {
    world.account(world.tenant().await).await
}

async fn words_are_put_to_what_is_known(world: &World<'_>) {
    let account = account(world).await;
    let low = word(&account, Some(Quality::Red), "TIER_2K", LATER);
    let before = NumberStanding::default();
    let after = before.clone().after(&low.word);
    let sentence = "Ratings::rate: gives the senders of which something else is said";
    let expected = Rerated {
        account: account.id,
        sender: low.sender,
        before,
        after: after.clone(),
    };
    assert_eq!(
        rate(world, std::slice::from_ref(&low)).await,
        [expected],
        "{sentence}"
    );
    assert_eq!(standing(world, &account).await, after, "{sentence}");
    let late = word(&account, Some(Quality::Green), "TIER_250", NOW);
    let sentence = "Ratings::rate: as NumberStanding::after, so that an older word changes nothing";
    assert_eq!(rate(world, &[late]).await, [], "{sentence}");
    assert_eq!(standing(world, &account).await, after, "{sentence}");
    let same = word(
        &account,
        Some(Quality::Red),
        "",
        LATER + time::Duration::SECOND,
    );
    let sentence = "Ratings::rate: the same said again is nothing else, and counts from then";
    assert_eq!(
        rate(world, std::slice::from_ref(&same)).await,
        [],
        "{sentence}"
    );
    let after = after.after(&same.word);
    assert_eq!(standing(world, &account).await, after, "{sentence}");
    let token = &account.callback_token;
    let found = world.stores.accounts.by_callback_token(token).await.works();
    let senders = found.map(|account| account.senders).unwrap_or_default();
    assert!(
        senders.iter().all(|sender| sender.standing.is_empty()),
        "Accounts::by_callback_token: how its senders stand is not told"
    );
}

async fn simultaneous_words_are_both_kept(world: &World<'_>) {
    let account = account(world).await;
    let one = [word(&account, Some(Quality::Yellow), "", NOW)];
    let two = [word(&account, None, "TIER_10K", NOW)];
    let ratings = &world.stores.ratings;
    let (first, second) = tokio::join!(ratings.rate(&one), ratings.rate(&two));
    first.works();
    second.works();
    let [one, two] = [one, two].map(|[word]| word.word);
    let expected = NumberStanding::default().after(&one).after(&two);
    let sentence = "Ratings::rate: of two about the same sender neither is lost";
    assert_eq!(standing(world, &account).await, expected, "{sentence}");
}

async fn a_sender_that_is_not_there_is_left_out(world: &World<'_>) {
    let account = account(world).await;
    let good = word(&account, Some(Quality::Green), "", NOW);
    let elsewhere = SenderWord {
        address: phone(98).to_string(),
        ..good.clone()
    };
    let forged = SenderWord {
        tenant: world.tenant().await,
        ..good.clone()
    };
    let sentence =
        "Ratings::rate: one about a sender that is gone, or has another address, is left out";
    assert_eq!(rate(world, &[elsewhere, forged]).await, [], "{sentence}");
    assert!(standing(world, &account).await.is_empty(), "{sentence}");
    let accounts = &world.stores.accounts;
    accounts.delete(account.tenant, account.id).await.works();
    assert_eq!(rate(world, &[good]).await, [], "{sentence}");
}

async fn a_change_of_the_account_leaves_its_numbers_alone(world: &World<'_>) {
    let account = account(world).await;
    rate(world, &[word(&account, Some(Quality::Red), "TIER_1K", NOW)]).await;
    let known = standing(world, &account).await;
    // Whoever changes it may have read it before, and says nothing of how it stands.
    let renamed = ProviderAccount {
        name: "Renamed".into(),
        ..account.clone()
    };
    world.stores.accounts.update(&renamed).await.works();
    let sentence = "Accounts: how senders stand is changed by Ratings alone";
    assert_eq!(standing(world, &account).await, known, "{sentence}");
    let mut praised = world.new_account(account.tenant);
    if let Some(sender) = praised.senders.first_mut() {
        sender.standing = known;
    }
    world.stores.accounts.create(&praised, None).await.works();
    assert!(standing(world, &praised).await.is_empty(), "{sentence}");
}

async fn another_number_begins_anew(world: &World<'_>) {
    let account = account(world).await;
    rate(
        world,
        &[word(&account, Some(Quality::Red), "TIER_1K", LATER)],
    )
    .await;
    let mut moved = account.clone();
    if let Some(sender) = moved.senders.first_mut() {
        sender.address = phone(98).to_string();
    }
    world.stores.accounts.update(&moved).await.works();
    let sentence = "Accounts: how a sender stands goes when it gets another address";
    assert!(standing(world, &account).await.is_empty(), "{sentence}");
    let earlier = word(&moved, Some(Quality::Green), "", NOW);
    assert_eq!(rate(world, &[earlier]).await.len(), 1, "{sentence}");
    world.stores.accounts.update(&account).await.works();
    assert!(standing(world, &account).await.is_empty(), "{sentence}");
}

async fn what_is_new_is_told(world: &World<'_>) {
    let tenant = reader(world).await;
    let account = world.account(tenant).await;
    let medium = word(&account, Some(Quality::Yellow), "TIER_2K", NOW);
    let again = word(&account, Some(Quality::Yellow), "", LATER);
    rate(world, &[medium.clone(), again]).await;
    let events = happened(world, tenant).await;
    let told: Vec<_> = events.into_iter().map(|event| event.happening).collect();
    let expected = AccountHealth {
        account_id: account.id,
        region: None,
        state: "rated".into(),
        reason: "the provider rates a number otherwise".into(),
        number: Some(RatedNumber {
            sender_id: medium.sender,
            quality: Quality::Yellow,
            messaging_limit: Tier::new("TIER_2K"),
            marketing: "slowed".into(),
        }),
    };
    assert_eq!(
        told,
        [Happening::AccountHealth(expected)],
        "Ratings::rate: tenants are told of what is new"
    );
}
