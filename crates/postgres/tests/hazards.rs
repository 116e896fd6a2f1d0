//! What only a real database can get wrong: rows that cannot be read, characters that it does not keep,
//! and transactions that run at the same time.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use sqlx::{Connection, PgConnection};
use std::sync::Arc;
use tidings_conformance::fixtures::{self, NOW};
use tidings_jurisdictions::Packs;
use tidings_kernel::{AttemptId, ContactId, DecisionId, MessageId, TenantId};
use tidings_messaging::{
    AcceptError, Class, Contact, Contacts, DecisionRecord, Dispatch, Facts, GateRequest, Known,
    Messages, NewMessage, QueueEntry, Settlement, Stage, Tenants, gate,
};
use tidings_postgres::{Postgres, Role, test_db::TestDb};
use tidings_routing::{Class as ErrorClass, ErrorTable};
use time::Duration;

struct Scene {
    db: TestDb,
    store: Arc<Postgres>,
    contact: Contact,
}

async fn somebody() -> Scene {
    let db = TestDb::fresh().await.unwrap();
    let store = Arc::new(db.connect(Role::Worker).await.unwrap());
    let tenant = TenantId::from_uuid(fixtures::uuid(80, 1));
    store.put(&fixtures::tenant(tenant)).await.unwrap();
    let contact = fixtures::contact(tenant, ContactId::from_uuid(fixtures::uuid(81, 1)), 20);
    Contacts::create(&*store, &contact, None).await.unwrap();
    Scene { db, store, contact }
}

fn new_message(contact: &Contact, number: u64) -> NewMessage {
    let id = MessageId::from_uuid(fixtures::uuid(82, number));
    let message = fixtures::message(contact, id, "Your table is ready");
    let known = Known {
        tenant: fixtures::tenant(contact.tenant),
        contact: contact.clone(),
        preferences: None,
        consent: Vec::new(),
        suppressions: Vec::new(),
        template: None,
        last_inbound: Vec::new(),
        marketing_sent: Vec::new(),
        source_version: None,
        usage: tidings_messaging::Usage::default(),
    };
    let request = GateRequest::of(&message, &known);
    let facts = Facts::of(
        &known,
        &request,
        &Packs::parse(&[]).unwrap(),
        Stage::Accept,
        NOW,
    );
    NewMessage {
        decision: DecisionRecord {
            id: DecisionId::from_uuid(fixtures::uuid(83, number)),
            message: id,
            stage: Stage::Accept,
            decision: gate::decide(&request, &facts, NOW),
            request,
            facts,
            others: Vec::new(),
            route: None,
        },
        message,
        entry: Some(QueueEntry {
            class: Class::Transactional,
            priority: 5,
            due_at: NOW,
        }),
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_read_does_not_hold_up_its_batch() {
    let Scene { db, store, contact } = somebody().await;
    for number in [1, 2] {
        store
            .accept(&new_message(&contact, number), None)
            .await
            .unwrap();
    }
    let mut connection = PgConnection::connect(db.url()).await.unwrap();
    sqlx::query("UPDATE messages SET purpose = 'of another version' WHERE id = $1")
        .bind(fixtures::uuid(82, 1))
        .execute(&mut connection)
        .await
        .unwrap();
    let claims = Dispatch::claim(&*store, 10, NOW, Duration::MINUTE)
        .await
        .unwrap();
    let readable: Vec<_> = claims.iter().map(|claim| claim.message.id).collect();
    assert_eq!(readable, [MessageId::from_uuid(fixtures::uuid(82, 2))]);
}

#[tokio::test]
async fn what_a_provider_says_is_kept_without_its_nul() {
    let Scene { store, contact, .. } = somebody().await;
    store.accept(&new_message(&contact, 1), None).await.unwrap();
    let claim = Dispatch::claim(&*store, 1, NOW, Duration::MINUTE)
        .await
        .unwrap()
        .remove(0);
    let error = ErrorTable::new(&[]).explain(7, "bad\0number", ErrorClass::Recipient);
    let attempt = AttemptId::from_uuid(fixtures::uuid(84, 1));
    let start = tidings_messaging::Start {
        cap: None,
        held: claim.held,
        attempt: tidings_messaging::Attempt {
            id: attempt,
            message: claim.message.id,
            account: tidings_kernel::AccountId::from_uuid(fixtures::uuid(85, 1)),
            provider: "simulator".into(),
            sender: tidings_kernel::SenderId::from_uuid(fixtures::uuid(86, 1)),
            sender_address: "+12025550199".into(),
            started_at: NOW,
            outcome: None,
            provider_message_id: None,
            error: None,
            receipt: None,
            cost: None,
        },
        decision: DecisionRecord {
            id: DecisionId::from_uuid(fixtures::uuid(83, 9)),
            ..new_message(&contact, 1).decision
        },
    };
    assert_eq!(store.begin(&[start]).await.unwrap(), [attempt]);
    let failed = Settlement::Failed {
        attempt: Some(attempt),
        error,
        decision: None,
    };
    store.settle(&[(claim.held, failed)], NOW).await.unwrap();
    let record = Messages::get(&*store, contact.tenant, claim.message.id)
        .await
        .unwrap()
        .unwrap();
    let error = record.attempts[0].error.clone().unwrap();
    assert_eq!(error.detail, "bad\u{FFFD}number");
}

#[tokio::test]
async fn what_is_taken_in_during_an_erasure_finds_nobody() {
    let Scene { db, store, contact } = somebody().await;
    let mut erasing = PgConnection::connect(db.url()).await.unwrap();
    let mut transaction = erasing.begin().await.unwrap();
    // What an erasure does first, and last.
    sqlx::query("SELECT id FROM contacts WHERE id = $1 FOR UPDATE")
        .bind(contact.id.uuid())
        .execute(&mut *transaction)
        .await
        .unwrap();
    let accepting = tokio::spawn({
        let (store, new) = (store.clone(), new_message(&contact, 1));
        async move { store.accept(&new, None).await }
    });
    let mut watching = PgConnection::connect(db.url()).await.unwrap();
    loop {
        let waits: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock')",
        )
        .fetch_one(&mut watching)
        .await
        .unwrap();
        if waits || accepting.is_finished() {
            break;
        }
        tokio::task::yield_now().await;
    }
    sqlx::query("UPDATE contacts SET erased_at = now() WHERE id = $1")
        .bind(contact.id.uuid())
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let result = accepting.await.unwrap();
    assert!(
        matches!(result, Err(AcceptError::NoContact)),
        "nothing may be stored about a person that is erased"
    );
}
