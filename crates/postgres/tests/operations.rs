//! What only a database can lose, and numbers that only a large queue has.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use sqlx::{Connection, PgConnection};
use std::sync::Arc;
use tidings_conformance::fixtures::{self, NOW};
use tidings_conversations::{ConversationFilter, Conversations, SearchQuery};
use tidings_kernel::{AccountId, ContactId, MessageId, TenantId};
use tidings_messaging::{
    Class, Contacts, Dispatch, InboundRecord, Operations, OutcomeKind, Page, Precision, Share,
    Step, Symptom, Tenants,
};
use tidings_postgres::{Postgres, Role, test_db::TestDb};
use time::{
    Duration,
    macros::{date, datetime},
};

struct World {
    db: TestDb,
    store: Arc<Postgres>,
    tenant: TenantId,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::fresh().await.unwrap();
        let store = Arc::new(db.connect(Role::Worker).await.unwrap());
        let tenant = TenantId::from_uuid(fixtures::uuid(80, 1));
        store.put(&fixtures::tenant(tenant)).await.unwrap();
        Self { db, store, tenant }
    }

    /// Does as an operator with a login of their own would.
    async fn sql(&self, text: &str) {
        let mut owner = PgConnection::connect(self.db.url()).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(text.to_owned()))
            .execute(&mut owner)
            .await
            .unwrap();
    }

    /// A message that waits, without a place in the queue and with an attempt that nobody settled.
    async fn lost(&self) -> Step {
        let contact = ContactId::from_uuid(fixtures::uuid(81, 1));
        let person = fixtures::contact(self.tenant, contact, 1);
        self.store.create(&person, None).await.unwrap();
        let message = MessageId::from_uuid(fixtures::uuid(82, 1));
        let (tenant, contact, id) = (self.tenant.uuid(), contact.uuid(), message.uuid());
        let attempt = fixtures::uuid(83, 1);
        self.sql(&format!(
            "INSERT INTO messages (tenant_id, id, contact_id, direction, channel, purpose, status,
                 status_at, content, to_address, address_kind, address_value, priority, send_at,
                 created_at, timeline)
             SELECT '{tenant}', '{id}', '{contact}', 'outbound', 'sms', 'transactional', 'queued',
                 t.at, '{{\"text\": \"Hello\", \"media\": []}}', '+12025550123', 'phone',
                 '+12025550123', 5, t.at, t.at,
                 'queued ' || (extract(epoch FROM t.at) * 1000000)::bigint || ' gate'
             FROM (VALUES ('{NOW}'::timestamptz)) AS t (at);
             INSERT INTO attempts (tenant_id, id, message_id, account_id, provider, sender_id,
                 sender_address, started_at)
             VALUES ('{tenant}', '{attempt}', '{id}', '{attempt}', 'simulator', '{attempt}',
                 '+12025550100', '{NOW}')"
        ))
        .await;
        Step {
            tenant: self.tenant,
            message,
        }
    }
}

#[tokio::test]
async fn what_is_restored_is_asked_about_before_it_is_sent() {
    let world = World::new().await;
    let lost = world.lost().await;
    let later = NOW + Duration::HOUR;
    let early = world.store.walk(None, 10, NOW).await.unwrap();
    assert_eq!(early.found, [], "it may be on its way");
    let walk = world.store.walk(None, 10, later).await.unwrap();
    assert_eq!(walk.found.len(), 1);
    assert_eq!(walk.found[0].symptom, Symptom::NoPlace);
    assert!(world.store.restore(lost, later).await.unwrap());
    assert!(
        !world.store.restore(lost, later).await.unwrap(),
        "once is enough"
    );
    let walk = world.store.walk(None, 10, later).await.unwrap();
    assert_eq!(walk.found, []);
    let lanes = world.store.ready(&Class::ALL, later).await.unwrap().lanes;
    let share = Share {
        lane: lanes[0].id,
        class: lanes[0].class,
        most: 1,
    };
    let claims = world
        .store
        .claim(&[share], later, Duration::MINUTE)
        .await
        .unwrap();
    let open = claims[0]
        .open_attempt
        .as_ref()
        .map(|attempt| attempt.outcome);
    assert_eq!(open, Some(Some(OutcomeKind::Unknown)));
}

#[tokio::test]
async fn an_attempt_that_nobody_will_settle_is_found_and_left_alone() {
    let world = World::new().await;
    let lost = world.lost().await;
    world.sql("UPDATE messages SET status = 'cancelled'").await;
    let later = NOW + Duration::HOUR;
    let walk = world.store.walk(None, 10, later).await.unwrap();
    assert_eq!(walk.found[0].symptom, Symptom::LeftOpen);
    assert!(!world.store.restore(lost, later).await.unwrap());
}

#[tokio::test]
async fn a_deep_queue_is_estimated() {
    let world = World::new().await;
    let tenant = world.tenant.uuid();
    world
        .sql(&format!(
            "INSERT INTO lanes (tenant_id, rank, sender_id) VALUES ('{tenant}', 5, '{tenant}');
             INSERT INTO queue (message_id, tenant_id, lane, rank, priority, due_at)
             SELECT gen_random_uuid(), l.tenant_id, l.id, 5, 5, '{NOW}'
             FROM lanes l, generate_series(1, 30000)"
        ))
        .await;
    let stats = world.store.stats(NOW, 5).await.unwrap();
    let (_, marketing) = stats.classes[5];
    // All its pages are in the sample.
    assert_eq!(marketing.ready.precision, Precision::About);
    assert_eq!(marketing.ready.count, 30_000);
    assert_eq!(marketing.oldest, Some(NOW));
    assert_eq!(stats.tenants[0].waiting.count, 30_000);
    let own = world.store.tenant_stats(world.tenant, NOW).await.unwrap();
    let (_, marketing) = own.unwrap().classes[5];
    assert_eq!(marketing.ready.to_string(), "at least 10000");
    let lanes = world.store.lanes(NOW, 5).await.unwrap();
    assert_eq!(lanes[0].waiting.to_string(), "at least 1000");
}

#[tokio::test]
async fn months_are_made_ahead_and_detached_when_they_are_old() {
    let world = World::new().await;
    let (may, october) = (
        datetime!(2031-05-10 00:00 UTC),
        datetime!(2031-10-31 00:00 UTC),
    );
    let made = world.store.keep_months(may, 1, None).await.unwrap();
    assert_eq!(made.made, [date!(2031 - 05 - 01), date!(2031 - 06 - 01)]);
    assert_eq!(made.detached, Vec::<String>::new());
    let kept = world.store.keep_months(may, 1, Some(1_200)).await.unwrap();
    assert_eq!((kept.made, kept.detached), Default::default());
    let kept = world.store.keep_months(october, 0, Some(3)).await.unwrap();
    assert_eq!(kept.made, [date!(2031 - 10 - 01)]);
    let is_detached = |name: &str| kept.detached.iter().any(|table| table == name);
    assert!(is_detached("messages_2031_05") && is_detached("decisions_2031_06"));
    assert!(!is_detached("messages_2031_10") && !is_detached("messages_rest"));
}

#[tokio::test]
async fn what_was_said_before_words_were_kept_is_found_in_the_end() {
    let world = World::new().await;
    let contact = ContactId::from_uuid(fixtures::uuid(81, 1));
    let person = fixtures::contact(world.tenant, contact, 1);
    world.store.create(&person, None).await.unwrap();
    let account = AccountId::from_uuid(fixtures::uuid(84, 1));
    for number in 1..=5 {
        let id = MessageId::from_uuid(fixtures::uuid(82, number));
        let (provider, text) = (format!("IN-{number}"), format!("word{number}"));
        let record = InboundRecord {
            message: fixtures::inbound(&person, id, account, &provider, &text),
            new_contact: None,
            consent: Vec::new(),
            media: Vec::new(),
        };
        let inbox: &dyn tidings_messaging::Inbox = &*world.store;
        assert!(inbox.receive(&record).await.unwrap());
    }
    world
        .sql(
            "DELETE FROM conversation_words; UPDATE conversations SET words = '';
             INSERT INTO conversation_backlog (tenant_id, conversation_id)
             SELECT tenant_id, id FROM conversations",
        )
        .await;
    let found = async |query: &str| {
        let filter = ConversationFilter {
            query: SearchQuery::parse(query),
            ..ConversationFilter::default()
        };
        let page = Page {
            limit: 10,
            after: None,
        };
        let conversations: &dyn Conversations = &*world.store;
        let found = conversations.list(world.tenant, &filter, page).await;
        found.unwrap().data.len()
    };
    assert_eq!(found("word1").await, 0);
    let mut steps = 0;
    while world.store.learn_old_words(2).await.unwrap() {
        steps += 1;
        assert!(steps <= 3, "two messages at a time, and then it is over");
    }
    assert_eq!(steps, 3);
    for query in ["word1", "word3", "word5", "person"] {
        assert_eq!(found(query).await, 1, "{query}");
    }
}
