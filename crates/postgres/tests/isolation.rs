//! Row-level security, attacked directly: statements that forget to name the tenant.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use sqlx::{Connection, PgConnection, Row};
use std::sync::Arc;
use tidings_conformance::fixtures;
use tidings_conversations::{Assignee, Conversations, Note, NoteText};
use tidings_kernel::{ContactId, ConversationId, NoteId, TenantId};
use tidings_messaging::{Contacts, SourceKey, Sources, Tenants};
use tidings_postgres::{Role, test_db::TestDb};

const TABLES: [&str; 46] = [
    "api_keys",
    "contacts",
    "addresses",
    "preferences",
    "consent_events",
    "suppressions",
    "provider_accounts",
    "senders",
    "templates",
    "messages",
    "attempts",
    "decisions",
    "lanes",
    "queue",
    "usage",
    "usage_costs",
    "dead_letters",
    "callbacks",
    "inbox",
    "fingerprints",
    "idempotency",
    "batch_chunks",
    "last_inbound",
    "source_versions",
    "marketing_sends",
    "event_logs",
    "event_outbox",
    "events",
    "webhook_endpoints",
    "webhook_deliveries",
    "members",
    "sessions",
    "conversations",
    "conversation_places",
    "conversation_notes",
    "conversation_words",
    "conversation_backlog",
    "automations",
    "automation_queue",
    "absences",
    "absence_refusals",
    "quick_replies",
    "media",
    "media_usage",
    "sender_ratings",
    "read_receipts",
];

async fn two_tenants() -> (TestDb, [TenantId; 2]) {
    let db = TestDb::fresh().await.unwrap();
    let store = Arc::new(db.connect(Role::Worker).await.unwrap());
    let tenants = [1, 2].map(|n| TenantId::from_uuid(fixtures::uuid(70, n)));
    for (number, tenant) in tenants.iter().enumerate() {
        store.put(&fixtures::tenant(*tenant)).await.unwrap();
        let id = ContactId::from_uuid(fixtures::uuid(71, number as u64));
        store
            .create(&fixtures::contact(*tenant, id, 20), None)
            .await
            .unwrap();
        let booking = SourceKey {
            kind: "booking".into(),
            id: "B-7".into(),
        };
        store
            .announce(*tenant, &booking, 1, fixtures::NOW)
            .await
            .unwrap();
    }
    (db, tenants)
}

#[tokio::test]
async fn the_api_role_sees_nothing_outside_a_transaction_of_a_tenant() {
    let (db, _) = two_tenants().await;
    let mut connection = PgConnection::connect(db.url()).await.unwrap();
    sqlx::raw_sql("SET ROLE tidings_api")
        .execute(&mut connection)
        .await
        .unwrap();
    for table in TABLES {
        let statement = format!("SELECT count(*) FROM {table}");
        let row = sqlx::query(sqlx::AssertSqlSafe(statement))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(row.get::<i64, _>(0), 0, "{table} is seen without a tenant");
    }
}

#[tokio::test]
async fn a_statement_that_forgets_the_tenant_sees_and_changes_its_own_rows_only() {
    let (db, tenants) = two_tenants().await;
    let mut connection = PgConnection::connect(db.url()).await.unwrap();
    sqlx::raw_sql("SET ROLE tidings_api")
        .execute(&mut connection)
        .await
        .unwrap();
    let mut transaction = connection.begin().await.unwrap();
    sqlx::query("SELECT set_config('tidings.tenant', $1, true)")
        .bind(tenants[0].uuid().to_string())
        .execute(&mut *transaction)
        .await
        .unwrap();
    let seen = sqlx::query("SELECT tenant_id FROM contacts")
        .fetch_all(&mut *transaction)
        .await
        .unwrap();
    assert_eq!(seen.len(), 1);
    let changed = sqlx::query("UPDATE contacts SET first_name = 'Mallory'")
        .execute(&mut *transaction)
        .await
        .unwrap();
    assert_eq!(changed.rows_affected(), 1);
    let moved = sqlx::query("UPDATE contacts SET tenant_id = $1")
        .bind(tenants[1].uuid())
        .execute(&mut *transaction)
        .await;
    assert!(moved.is_err(), "a row was moved to another tenant");
}

#[tokio::test]
async fn what_the_gate_counts_is_kept_apart() {
    let (db, tenants) = two_tenants().await;
    let mut connection = PgConnection::connect(db.url()).await.unwrap();
    for (number, tenant) in tenants.iter().enumerate() {
        sqlx::query("INSERT INTO marketing_sends VALUES ($1, $2, $3, now())")
            .bind(tenant.uuid())
            .bind(fixtures::uuid(72, number as u64))
            .bind(fixtures::uuid(71, number as u64))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    sqlx::raw_sql("SET ROLE tidings_api")
        .execute(&mut connection)
        .await
        .unwrap();
    let mut transaction = connection.begin().await.unwrap();
    sqlx::query("SELECT set_config('tidings.tenant', $1, true)")
        .bind(tenants[0].uuid().to_string())
        .execute(&mut *transaction)
        .await
        .unwrap();
    for (table, column) in [("source_versions", "version"), ("marketing_sends", "at")] {
        let statements = [
            format!("UPDATE {table} SET {column} = {column}"),
            format!("DELETE FROM {table}"),
        ];
        for statement in statements {
            let done = sqlx::query(sqlx::AssertSqlSafe(statement))
                .execute(&mut *transaction)
                .await
                .unwrap();
            assert_eq!(done.rows_affected(), 1, "{table}: its own rows only");
        }
    }
    let planted =
        sqlx::query("INSERT INTO source_versions VALUES ($1, 'booking', 'B-8', 1, now())")
            .bind(tenants[1].uuid())
            .execute(&mut *transaction)
            .await;
    assert!(
        planted.is_err(),
        "a version was announced for another tenant"
    );
}

#[tokio::test]
async fn the_ledger_and_the_decisions_cannot_be_rewritten() {
    let (db, tenants) = two_tenants().await;
    for role in ["tidings_api", "tidings_worker"] {
        let mut connection = PgConnection::connect(db.url()).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("SET ROLE {role}")))
            .execute(&mut connection)
            .await
            .unwrap();
        sqlx::query("SELECT set_config('tidings.tenant', $1, false)")
            .bind(tenants[0].uuid().to_string())
            .execute(&mut connection)
            .await
            .unwrap();
        for statement in [
            "DELETE FROM consent_events",
            "UPDATE consent_events SET action = 'opt_in'",
            "UPDATE consent_events SET occurred_at = now()",
            "DELETE FROM decisions",
            "UPDATE decisions SET outcome = 'send'",
        ] {
            let refused = sqlx::raw_sql(statement).execute(&mut connection).await;
            assert!(refused.is_err(), "{role} may: {statement}");
        }
    }
}

#[tokio::test]
async fn a_tenant_changes_its_own_settings_through_the_api_role() {
    let (db, tenants) = two_tenants().await;
    let store = db.connect(Role::Api).await.unwrap();
    let [own, other] = tenants.map(fixtures::tenant);
    let renamed = tidings_messaging::Tenant {
        name: "Renamed".into(),
        ..own.clone()
    };
    assert!(Tenants::change(&store, &own, &renamed).await.unwrap());
    assert_eq!(Tenants::get(&store, own.id).await.unwrap(), Some(renamed));
    assert_eq!(Tenants::get(&store, other.id).await.unwrap(), Some(other));
}

#[tokio::test]
async fn the_log_is_its_tenants_alone_and_nobody_rewrites_it() {
    let (db, tenants) = two_tenants().await;
    let mut connection = PgConnection::connect(db.url()).await.unwrap();
    for (number, tenant) in tenants.iter().enumerate() {
        let endpoint = fixtures::uuid(73, number as u64);
        for statement in [
            "INSERT INTO event_logs VALUES ($1, 1, 0, true, now())",
            "INSERT INTO event_outbox (tenant_id, at, kind, data) VALUES ($1, now(), 'x', '{}')",
            "INSERT INTO events VALUES ($1, 1, now(), now(), 'x', '{}')",
        ] {
            let insert = sqlx::query(statement).bind(tenant.uuid());
            insert.execute(&mut connection).await.unwrap();
        }
        for statement in [
            "INSERT INTO webhook_endpoints VALUES
                 ($1, $2, '', '', '{}', true, NULL, '', NULL, NULL, NULL, now(), now())",
            "INSERT INTO webhook_deliveries VALUES ($1, $2, 1, now(), 'x')",
        ] {
            let insert = sqlx::query(statement).bind(tenant.uuid()).bind(endpoint);
            insert.execute(&mut connection).await.unwrap();
        }
    }
    sqlx::raw_sql("SET ROLE tidings_api")
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::query("SELECT set_config('tidings.tenant', $1, false)")
        .bind(tenants[0].uuid().to_string())
        .execute(&mut connection)
        .await
        .unwrap();
    for table in &TABLES[25..30] {
        let statement = format!("SELECT tenant_id FROM {table}");
        let seen = sqlx::query(sqlx::AssertSqlSafe(statement))
            .fetch_all(&mut connection)
            .await
            .unwrap();
        assert_eq!(seen.len(), 1, "{table}: its own rows only");
    }
    for statement in [
        "UPDATE webhook_endpoints SET url = 'x'",
        "UPDATE webhook_deliveries SET kind = 'y'",
        "UPDATE event_logs SET is_kept = false",
    ] {
        let done = sqlx::raw_sql(statement)
            .execute(&mut connection)
            .await
            .unwrap();
        assert_eq!(done.rows_affected(), 1, "its own rows only: {statement}");
    }
    let planted = sqlx::query(
        "INSERT INTO event_outbox (tenant_id, at, kind, data) VALUES ($1, now(), 'x', '{}')",
    )
    .bind(tenants[1].uuid())
    .execute(&mut connection)
    .await;
    assert!(planted.is_err(), "an event was noted for another tenant");
    for role in ["tidings_api", "tidings_worker"] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("RESET ROLE; SET ROLE {role}")))
            .execute(&mut connection)
            .await
            .unwrap();
        let refused = sqlx::raw_sql("UPDATE events SET kind = 'y'")
            .execute(&mut connection)
            .await;
        assert!(refused.is_err(), "{role} rewrites the log");
    }
    sqlx::raw_sql("RESET ROLE; SET ROLE tidings_api")
        .execute(&mut connection)
        .await
        .unwrap();
    for statement in [
        "INSERT INTO events SELECT tenant_id, 2, now(), now(), 'x', '{}' FROM event_logs",
        "DELETE FROM events",
        "DELETE FROM event_outbox",
        "UPDATE event_logs SET last = 7",
    ] {
        let refused = sqlx::raw_sql(statement).execute(&mut connection).await;
        assert!(refused.is_err(), "the api's role may: {statement}");
    }
}

/// What each tenant says and the other does not.
const WORDS: [&str; 2] = ["swordfish", "marlin"];

/// A note with its word in the conversation with each tenant's contact.
async fn notes(db: &TestDb, tenants: [TenantId; 2]) {
    let store = db.connect(Role::Worker).await.unwrap();
    for (number, tenant) in tenants.iter().enumerate() {
        let note = Note {
            id: NoteId::from_uuid(fixtures::uuid(73, number as u64)),
            conversation: ConversationId::from_uuid(fixtures::uuid(71, number as u64)),
            author: Assignee::new("Ana").unwrap(),
            text: NoteText::new(WORDS[number]).unwrap(),
            created_at: fixtures::NOW,
        };
        assert!(store.add_note(*tenant, &note).await.unwrap());
    }
}

#[tokio::test]
async fn a_search_with_the_owners_rights_keeps_tenants_apart() {
    let (db, tenants) = two_tenants().await;
    notes(&db, tenants).await;
    let mut connection = PgConnection::connect(db.url()).await.unwrap();
    sqlx::raw_sql("SET ROLE tidings_api")
        .execute(&mut connection)
        .await
        .unwrap();
    // What each tenant's search looks for. The ends of both ids are the same here, so that words alone keep nobody apart.
    let [own, other] = [0, 1].map(|number: usize| {
        let tenant = tenants[number].uuid();
        let mark = tenant.simple().to_string()[20..].to_owned();
        (tenant, format!("'{mark}{}'", WORDS[number]))
    });
    let mut transaction = connection.begin().await.unwrap();
    let search = "SELECT count(*) FROM search_conversations(
        $1, $2::text::tsquery, NULL, 10, NULL, NULL, NULL, NULL, NULL)";
    let count = async |transaction: &mut PgConnection, tenant, query: &str| {
        let row = sqlx::query(search)
            .bind(tenant)
            .bind(query.to_owned())
            .fetch_one(transaction)
            .await
            .unwrap();
        row.get::<i64, _>(0)
    };
    assert_eq!(
        count(&mut transaction, own.0, &own.1).await,
        0,
        "without a tenant"
    );
    sqlx::query("SELECT set_config('tidings.tenant', $1, true)")
        .bind(own.0.to_string())
        .execute(&mut *transaction)
        .await
        .unwrap();
    assert_eq!(count(&mut transaction, own.0, &own.1).await, 1);
    assert_eq!(
        count(&mut transaction, own.0, &other.1).await,
        0,
        "others' words"
    );
    assert_eq!(
        count(&mut transaction, other.0, &other.1).await,
        0,
        "another tenant"
    );
    let direct = sqlx::query("SELECT conversations_saying($1, $2::text::tsquery, 10)")
        .bind(other.0)
        .bind(&other.1)
        .execute(&mut *transaction)
        .await;
    assert!(
        direct.is_err(),
        "the part with the owner's rights is called alone"
    );
}

#[tokio::test]
async fn a_conversation_is_changed_by_its_own_tenant_alone() {
    let (db, tenants) = two_tenants().await;
    notes(&db, tenants).await;
    let mut connection = PgConnection::connect(db.url()).await.unwrap();
    sqlx::raw_sql("SET ROLE tidings_api")
        .execute(&mut connection)
        .await
        .unwrap();
    let mut transaction = connection.begin().await.unwrap();
    sqlx::query("SELECT set_config('tidings.tenant', $1, true)")
        .bind(tenants[0].uuid().to_string())
        .execute(&mut *transaction)
        .await
        .unwrap();
    for statement in [
        "UPDATE conversations SET unread = 0",
        "UPDATE conversation_notes SET author = author",
        "UPDATE conversation_words SET words = words",
        "DELETE FROM conversations",
    ] {
        let done = sqlx::query(statement)
            .execute(&mut *transaction)
            .await
            .unwrap();
        assert_eq!(done.rows_affected(), 1, "{statement}: its own rows only");
    }
    let planted = sqlx::query(
        "INSERT INTO conversation_words VALUES ($1, $2, $3, array_to_tsvector('{planted}'))",
    )
    .bind(tenants[1].uuid())
    .bind(fixtures::uuid(71, 1))
    .bind(fixtures::uuid(74, 1))
    .execute(&mut *transaction)
    .await;
    assert!(planted.is_err(), "words were planted with another tenant");
}
