//! Places in the queue that many others, or rows that cannot be read, stand in the way of.

use super::*;
use sqlx::AssertSqlSafe;

async fn run(db: &TestDb, sql: &str) {
    let mut owner = PgConnection::connect(db.url()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut owner)
        .await
        .unwrap();
}

/// A message that sleeps until an instant.
async fn sleeper(scene: &Scene, number: u64, class: Class, due_at: OffsetDateTime) {
    let new = NewMessage {
        entry: Some(QueueEntry {
            class,
            priority: 5,
            due_at,
            sender: None,
        }),
        ..new_message(&scene.contact, number)
    };
    scene.store.accept(&new, None).await.unwrap();
}

/// So many messages that became suspect, the first of which cannot be read.
async fn suspects(scene: &Scene, count: u64) {
    for number in 1..=count {
        let new = new_message(&scene.contact, number);
        scene.store.accept(&new, None).await.unwrap();
    }
    let unreadable = fixtures::uuid(82, 1);
    let sql = format!(
        "UPDATE queue SET crashes = {SUSPECT_AFTER}, held_until = '{NOW}';
         UPDATE messages SET purpose = 'of another version' WHERE id = '{unreadable}'"
    );
    run(&scene.db, &sql).await;
}

#[tokio::test]
async fn an_emergency_does_not_wait_until_a_campaign_is_awake() {
    let scene = somebody().await;
    let (due_at, rank) = (NOW + Duration::SECOND, Class::Marketing.rank());
    sleeper(&scene, 1, Class::Marketing, due_at).await;
    sleeper(&scene, 2, Class::Emergency, due_at + Duration::SECOND).await;
    let campaign = format!(
        "INSERT INTO queue (message_id, tenant_id, lane, rank, priority, due_at, wake_at)
         SELECT gen_random_uuid(), tenant_id, lane, rank, priority, due_at, wake_at
         FROM queue CROSS JOIN generate_series(1, 4999) WHERE rank = {rank}"
    );
    run(&scene.db, &campaign).await;
    let claims = claim_all_at(&scene.store, NOW + Duration::MINUTE, Duration::MINUTE).await;
    let first = claims.first().map(|claim| claim.class);
    assert_eq!(first, Some(Class::Emergency));
    let mut connection = PgConnection::connect(scene.db.url()).await.unwrap();
    let awake: i64 =
        sqlx::query_scalar("SELECT count(*) FROM queue WHERE rank = $1 AND wake_at IS NULL")
            .bind(i16::from(rank))
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(awake, 1_000, "a portion of the campaign");
}

#[tokio::test]
async fn what_could_not_be_read_after_a_claim_is_given_back_at_once() {
    let Scene { db, store, contact } = somebody().await;
    store.accept(&new_message(&contact, 1), None).await.unwrap();
    let shares = all_shares(&store, NOW).await;
    run(&db, "ALTER TABLE messages RENAME TO messages_away").await;
    let claimed = Dispatch::claim(&*store, &shares, NOW, Duration::DAY).await;
    claimed.unwrap_err();
    run(&db, "ALTER TABLE messages_away RENAME TO messages").await;
    let claims = claim_all(&store, Duration::DAY).await;
    let crashes: Vec<u32> = claims.iter().map(|claim| claim.crashes).collect();
    assert_eq!(crashes, [0], "nobody has died of it");
}

#[tokio::test]
async fn a_suspect_that_cannot_be_read_does_not_hold_up_the_others() {
    let scene = somebody().await;
    suspects(&scene, 2).await;
    let claim = scene.store.claim_suspect(NOW, Duration::MINUTE).await;
    let message = claim.unwrap().map(|claim| claim.message.id);
    assert_eq!(
        message,
        Some(MessageId::from_uuid(fixtures::uuid(82, 2))),
        "without waiting for another round"
    );
}

#[tokio::test]
async fn a_suspect_that_was_never_repaired_is_held_however_often_it_was_before() {
    let scene = somebody().await;
    suspects(&scene, 2).await;
    let unreadable = fixtures::uuid(82, 1);
    let most = i16::MAX;
    let sql = format!("UPDATE queue SET crashes = {most} WHERE message_id = '{unreadable}'");
    run(&scene.db, &sql).await;
    let claim = scene.store.claim_suspect(NOW, Duration::MINUTE).await;
    assert!(claim.unwrap().is_some(), "the other one");
}
