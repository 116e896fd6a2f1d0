use super::world::World;
use tidings_messaging::{
    Accounts, LearnedBy, NumberWord, ProviderAccount, Ratings as _, Role, SenderWord, Tier,
};
use tidings_templates::Quality;
use time::macros::datetime;

const NEW: &str = "/console/accounts/new/carrier";

fn fields(token: &'static str) -> Vec<(&'static str, &'static str)> {
    vec![
        ("name", "Main"),
        ("credential_account", "AC1"),
        ("credential_token", token),
        ("sender_0", "+1 202-555-0100"),
        ("channels_0", "sms"),
        ("channels_0", "whatsapp"),
        ("daily_limit", "50"),
        ("prices", "sms US 0.0079 USD"),
    ]
}

#[tokio::test]
async fn an_account_is_added_after_its_connection_is_tested() {
    let world = World::new().await;
    let admin = world.ours.of(Role::Admin);
    world
        .get(admin, "/console/accounts")
        .await
        .shows("No account yet");
    world
        .get(admin, "/console/accounts/new")
        .await
        .shows("Carrier");
    let form = world.get(admin, NEW).await.expect(200);
    form.shows("Account SID")
        .shows("Beside it.")
        .shows("type=\"password\"");
    let wrong = world.post(admin, NEW, &fields("wrong")).await.expect(422);
    wrong
        .shows("The provider refused: Authenticate.")
        .hides("value=\"wrong\"")
        .shows("value=\"AC1\"");
    let short = world.post(admin, NEW, &fields("short")).await.expect(422);
    short
        .shows("f-credential_token-problem")
        .shows("It has 32 characters.");
    let none = world.memory.of_tenants(&[world.ours.tenant]).await.unwrap();
    assert!(none.is_empty());
    let reply = world.post(admin, NEW, &fields("sesame")).await;
    let page = world.get(admin, &reply.location()).await.expect(200);
    page.shows("+12025550100")
        .shows("Today 0 of 50 messages")
        .hides("sesame");
    let list = world.get(admin, "/console/accounts").await;
    list.shows("Main").shows("Works").shows("Today 0 of 50");
}

#[tokio::test]
async fn an_untested_account_may_be_saved_and_what_is_missing_is_said() {
    let world = World::new().await;
    let admin = world.ours.of(Role::Admin);
    let bad = [
        ("sender_0", "not an address of any kind"),
        ("channels_0", "email"),
        ("sender_1", "ExampleCo"),
        ("daily_limit", "0"),
        ("prices", "free"),
    ];
    let reply = world.post(admin, NEW, &bad).await.expect(422);
    let mut reply = reply.shows("Account SID is missing.");
    for field in [
        "credential_token",
        "sender_0",
        "sender_1",
        "daily_limit",
        "prices",
    ] {
        reply = reply.shows(&format!("f-{field}-problem"));
    }
    let mut untested = fields("wrong");
    untested.push(("untested", "on"));
    world.post(admin, NEW, &untested).await.location();
}

#[tokio::test]
async fn an_account_is_switched_tested_changed_and_removed() {
    let world = World::new().await;
    let account = world.account(world.ours.tenant, "Main").await;
    let admin = world.ours.of(Role::Admin);
    let path = format!("/console/accounts/{}", account.id);
    let stored = || async {
        let found = Accounts::get(&*world.memory, world.ours.tenant, account.id).await;
        found.unwrap()
    };
    world
        .post(admin, &format!("{path}/disable"), &[])
        .await
        .location();
    assert!(!stored().await.unwrap().is_enabled);
    world
        .get(admin, &path)
        .await
        .shows("Switch on")
        .shows("Off");
    world
        .post(admin, &format!("{path}/enable"), &[])
        .await
        .location();
    let test = world
        .post(admin, &format!("{path}/test"), &[])
        .await
        .expect(200);
    test.shows("the credentials work").shows("a trial account");
    let form = world.get(admin, &format!("{path}/edit")).await.expect(200);
    form.shows("value=\"+12025550100\"").hides("sesame");
    let change = [
        ("name", "Renamed"),
        ("sender_0", "+12025550100"),
        ("channels_0", "sms"),
        ("priority", "3"),
    ];
    world
        .post(admin, &format!("{path}/edit"), &change)
        .await
        .location();
    let after = stored().await.unwrap();
    assert_eq!(
        (after.name.as_str(), after.priority, after.daily_limit),
        ("Renamed", 3, None)
    );
    assert_eq!(
        after.senders[0].id, account.senders[0].id,
        "a sender keeps its id"
    );
    assert_eq!(after.sealed_credentials, account.sealed_credentials);
    world
        .get(admin, &format!("{path}/remove"))
        .await
        .shows("Remove the account");
    world
        .post(admin, &format!("{path}/remove"), &[])
        .await
        .location();
    assert!(stored().await.is_none());
    world
        .post(admin, &format!("{path}/enable"), &[])
        .await
        .expect(404);
}

#[tokio::test]
async fn a_whatsapp_account_is_set_up_step_by_step() {
    let world = World::new().await;
    let admin = world.ours.of(Role::Admin);
    let added = world.post(admin, NEW, &fields("sesame")).await.location();
    let account = added.split('?').next().unwrap();
    world.get(admin, account).await.shows("Set up WhatsApp");
    let path = format!("{account}/whatsapp");
    let page = world.get(admin, &path).await.expect(200);
    page.shows("+1 202-555-0150")
        .shows("In use")
        .shows("open sesame")
        .shows("/callbacks/carrier/")
        .shows("Nothing is told to us yet");
    let member = world.ours.of(Role::Member);
    let refused = world.get(member, &path).await.expect(403);
    refused.hides("open sesame");
    let subscribed = world.post(admin, &format!("{path}/subscribe"), &[]).await;
    let page = world.get(admin, &subscribed.location()).await;
    page.shows("the provider has reached us")
        .shows("Told to: Our app.");

    let choose = format!("{path}/number");
    let another = [("number", "AC2"), ("as", "another")];
    let another = world.post(admin, &choose, &another).await.location();
    assert!(!another.starts_with(&path), "{another}");
    world.get(admin, &another).await.expect(200).shows("In use");
    let number = [("number", "AC2"), ("as", "this")];
    world.post(admin, &choose, &number).await.expect(303);
    let accounts = Accounts::of_tenants(&*world.memory, &[world.ours.tenant]).await;
    let addresses: Vec<String> = accounts
        .unwrap()
        .iter()
        .map(|account| account.senders[0].address.clone())
        .collect();
    assert_eq!(addresses, ["+12025550150", "+12025550150"]);
    let unknown = world.post(admin, &choose, &[("number", "AC9")]).await;
    unknown.expect(404);

    let profile = format!("{path}/profile");
    let about = [
        ("about", "Flowers"),
        ("websites", "https://example.com\r\n"),
    ];
    world.post(admin, &profile, &about).await.expect(303);
    let page = world.get(admin, &path).await;
    page.shows("value=\"Flowers\"").shows("https://example.com");
    world.shelf.go_away(true);
    let page = world.get(admin, &path).await.expect(200);
    page.shows("The provider gave no answer.");
    world.post(admin, &profile, &about).await.expect(422);
}

async fn rated(world: &World, account: &ProviderAccount, quality: Quality, tier: &str) {
    let minute = match quality {
        Quality::Unknown | Quality::Green => 1,
        Quality::Yellow => 2,
        Quality::Red => 3,
    };
    let told = SenderWord {
        tenant: account.tenant,
        account: account.id,
        sender: account.senders[0].id,
        address: account.senders[0].address.clone(),
        word: NumberWord {
            quality: Some(quality),
            tier: Tier::new(tier),
            at: datetime!(2026-07-15 14:00 UTC) + time::Duration::minutes(minute),
            by: LearnedBy::Callback,
        },
    };
    world.memory.rate(&[told]).await.unwrap();
}

#[tokio::test]
async fn the_account_says_in_plain_words_how_its_number_is_seen() {
    let world = World::new().await;
    let account = world.account(world.ours.tenant, "Main").await;
    let member = world.ours.of(Role::Member);
    let path = format!("/console/accounts/{}", account.id);
    world.get(member, &path).await.hides("Quality:");
    rated(&world, &account, Quality::Green, "TIER_2K").await;
    world
        .get(member, &path)
        .await
        .shows("Quality: high. It may write first to 2000 people in 24 hours.");
    rated(&world, &account, Quality::Yellow, "TIER_NEXT").await;
    world
        .get(member, &path)
        .await
        .shows("Quality: medium. Marketing goes at half its pace.")
        .shows("Its messaging limit is TIER_NEXT.")
        .shows("15 Jul 2026, 14:02 UTC");
    rated(&world, &account, Quality::Red, "").await;
    world
        .get(member, &path)
        .await
        .shows("Quality: low. Marketing waits until it is better, or goes another way.");
}
