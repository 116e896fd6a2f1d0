//! What only a real database can get wrong: rows that cannot be read, characters that it does not keep,
//! and transactions that run at the same time.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod deadlocks;
mod given_up;
mod queue;
mod silent;

use sqlx::{Connection, PgConnection};
use std::sync::Arc;
use tidings_conformance::fixtures::{self, NOW};
use tidings_jurisdictions::Packs;
use tidings_kernel::{
    AccountId, AttemptId, BatchId, ContactId, DecisionId, MessageId, Purpose, SenderId, TenantId,
};
use tidings_messaging::{
    AcceptError, Attempt, Batches, CapGuard, Chunk, ChunkKey, ChunkReport, Claim, Class, Contact,
    Contacts, Context, DecisionRecord, Dispatch, FactStore, Facts, FactsQuery, GateRequest, Known,
    Messages, NewMessage, QueueEntry, SUSPECT_AFTER, Settlement, Share, SourceKey, Sources, Stage,
    Start, Tenants, gate,
};
use tidings_postgres::{Postgres, Role, test_db::TestDb};
use tidings_routing::{Class as ErrorClass, ErrorTable};
use time::{Duration, OffsetDateTime};

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
        absences: Vec::new(),
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
            sender: None,
        }),
        tells_of: None,
        status_webhook: None,
        monthly: tidings_messaging::Monthly::default(),
        ladder: None,
    }
}

/// A large share of each lane that has anything ready.
async fn all_shares(store: &Postgres, now: OffsetDateTime) -> Vec<Share> {
    let ready = store.ready(&Class::ALL, now).await.unwrap();
    let shares = ready.lanes.iter().map(|lane| Share {
        lane: lane.id,
        class: lane.class,
        most: 1_000,
    });
    shares.collect()
}

async fn claim_all_at(store: &Postgres, now: OffsetDateTime, lease: Duration) -> Vec<Claim> {
    let shares = all_shares(store, now).await;
    Dispatch::claim(store, &shares, now, lease).await.unwrap()
}

/// Everything that is ready.
async fn claim_all(store: &Postgres, lease: Duration) -> Vec<Claim> {
    claim_all_at(store, NOW, lease).await
}

/// The first attempt on a claimed message.
fn start(contact: &Contact, claim: &Claim, number: u64) -> Start {
    Start {
        held: claim.held,
        attempt: Attempt {
            id: AttemptId::from_uuid(fixtures::uuid(84, number)),
            message: claim.message.id,
            account: AccountId::from_uuid(fixtures::uuid(85, 1)),
            provider: "simulator".into(),
            sender: SenderId::from_uuid(fixtures::uuid(86, 1)),
            sender_address: "+12025550199".into(),
            started_at: NOW,
            outcome: None,
            provider_message_id: None,
            error: None,
            receipt: None,
            cost: None,
        },
        decision: DecisionRecord {
            id: DecisionId::from_uuid(fixtures::uuid(87, number)),
            ..new_message(contact, number).decision
        },
        caps: Vec::new(),
    }
}

/// Marketing to each contact, claimed and about to begin under a cap of `most` in a day.
async fn capped(store: &Postgres, contacts: &[Contact], first: u64, most: u16) -> Vec<Start> {
    for (number, contact) in (first..).zip(contacts) {
        let mut new = new_message(contact, number);
        new.message.purpose = Purpose::Marketing;
        store.accept(&new, None).await.unwrap();
    }
    let claims = claim_all(store, Duration::DAY).await;
    let starts = (first..).zip(&claims).map(|(number, claim)| {
        let contact = contacts
            .iter()
            .find(|contact| contact.id == claim.message.contact)
            .unwrap();
        let since = NOW - Duration::DAY;
        Start {
            caps: vec![CapGuard {
                contact: contact.id,
                most,
                since,
            }],
            ..start(contact, claim, number)
        }
    });
    starts.collect()
}

#[tokio::test]
async fn batches_in_opposite_orders_do_not_wait_in_a_circle() {
    let Scene { store, contact, .. } = somebody().await;
    let mut contacts = vec![contact.clone()];
    for line in 21..29 {
        let id = ContactId::from_uuid(fixtures::uuid(81, line.into()));
        let other = fixtures::contact(contact.tenant, id, line);
        Contacts::create(&*store, &other, None).await.unwrap();
        contacts.push(other);
    }
    for round in 1..=5 {
        let there = capped(&store, &contacts, round * 100, 2 * 5).await;
        let mut back = capped(&store, &contacts, round * 100 + 50, 2 * 5).await;
        back.reverse();
        let [there, back] = [there, back].map(|starts| {
            let store = store.clone();
            tokio::spawn(async move { store.begin(&starts).await })
        });
        assert_eq!(there.await.unwrap().unwrap().len(), contacts.len());
        assert_eq!(back.await.unwrap().unwrap().len(), contacts.len());
    }
    let past = capped(&store, &contacts, 900, 2 * 5).await;
    assert_eq!(store.begin(&past).await.unwrap(), []);
}

#[tokio::test]
async fn what_no_cap_looks_back_to_is_removed_with_the_next() {
    let Scene { db, store, contact } = somebody().await;
    let mut connection = PgConnection::connect(db.url()).await.unwrap();
    let stranger = fixtures::uuid(81, 2);
    for (number, person, days) in [
        (1, contact.id.uuid(), 9),
        (2, contact.id.uuid(), 6),
        (3, stranger, 9),
    ] {
        sqlx::query("INSERT INTO marketing_sends VALUES ($1, $2, $3, $4)")
            .bind(contact.tenant.uuid())
            .bind(fixtures::uuid(88, number))
            .bind(person)
            .bind(NOW - Duration::days(days))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    let starts = capped(&store, std::slice::from_ref(&contact), 1, 9).await;
    store.begin(&starts).await.unwrap();
    let left: Vec<uuid::Uuid> =
        sqlx::query_scalar("SELECT attempt_id FROM marketing_sends ORDER BY at, attempt_id")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let expected = [
        fixtures::uuid(88, 3),
        fixtures::uuid(88, 2),
        starts[0].attempt.id.uuid(),
    ];
    assert_eq!(left, expected);
}

#[tokio::test]
async fn settings_that_make_no_sense_are_named() {
    let Scene { db, store, contact } = somebody().await;
    let mut connection = PgConnection::connect(db.url()).await.unwrap();
    for settings in [
        r#"{"wording": "perhaps"}"#,
        r#"{"marketing_cap": {"most": -1, "hours": 24}}"#,
        r#"{"of_another_version": true}"#,
    ] {
        sqlx::query("UPDATE tenants SET settings = $1::jsonb")
            .bind(settings)
            .execute(&mut connection)
            .await
            .unwrap();
        let query = FactsQuery::of(contact.tenant, contact.id);
        let place = format!("tenants.settings of {}", contact.tenant.uuid());
        for error in [
            Tenants::get(&*store, contact.tenant).await.unwrap_err(),
            FactStore::load(&*store, &[query], NOW).await.unwrap_err(),
        ] {
            let text = error.to_string();
            assert!(text.contains(&place), "{settings}: {text}");
        }
    }
}

#[tokio::test]
async fn half_a_context_is_named() {
    let Scene { db, store, contact } = somebody().await;
    let new = new_message(&contact, 1);
    store.accept(&new, None).await.unwrap();
    let mut connection = PgConnection::connect(db.url()).await.unwrap();
    sqlx::query("UPDATE messages SET context_version = 7")
        .execute(&mut connection)
        .await
        .unwrap();
    let error = Messages::get(&*store, contact.tenant, new.message.id)
        .await
        .unwrap_err()
        .to_string();
    let place = format!("messages.context_id of {}", new.message.id.uuid());
    assert!(error.contains(&place), "{error}");
}

#[tokio::test]
async fn a_version_that_cannot_be_kept_is_refused() {
    let Scene { store, contact, .. } = somebody().await;
    let booking = SourceKey {
        kind: "booking".into(),
        id: "B-7".into(),
    };
    let most = u64::try_from(i64::MAX).unwrap();
    let announced = store
        .announce(contact.tenant, &booking, most + 1, NOW)
        .await;
    assert!(announced.is_err(), "a version was cut");
    let announced = store.announce(contact.tenant, &booking, most, NOW).await;
    assert_eq!(announced.unwrap(), most);
    let mut new = new_message(&contact, 1);
    new.message.context = Some(Context {
        kind: booking.kind,
        id: booking.id,
        version: Some(most + 1),
    });
    let accepted = store.accept(&new, None).await;
    assert!(
        matches!(accepted, Err(AcceptError::Store(_))),
        "a version was cut"
    );
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
    let claims = claim_all(&store, Duration::MINUTE).await;
    let readable: Vec<_> = claims.iter().map(|claim| claim.message.id).collect();
    assert_eq!(readable, [MessageId::from_uuid(fixtures::uuid(82, 2))]);
}

#[tokio::test]
async fn what_a_provider_says_is_kept_without_its_nul() {
    let Scene { store, contact, .. } = somebody().await;
    store.accept(&new_message(&contact, 1), None).await.unwrap();
    let claim = claim_all(&store, Duration::MINUTE).await.remove(0);
    let error = ErrorTable::new(&[]).explain("7", "bad\0number", ErrorClass::Recipient);
    let start = start(&contact, &claim, 1);
    let attempt = start.attempt.id;
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
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 11))")
        .bind(contact.tenant.uuid())
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

#[tokio::test]
async fn a_chunk_that_two_record_at_the_same_time_is_stored_once() {
    let Scene { db, store, contact } = somebody().await;
    let other = db.connect(Role::Api).await.unwrap();
    let chunk = |number: u32, first: u64| Chunk {
        batch: BatchId::from_uuid(fixtures::uuid(84, 1)),
        key: ChunkKey { number, round: 0 },
        messages: (0..)
            .zip((first..first + 5).map(|id| new_message(&contact, id)))
            .collect(),
        report: ChunkReport::default(),
        at: NOW,
    };
    for number in 0..20 {
        let first = 1_000 + u64::from(number) * 10;
        let (ours, theirs) = (chunk(number, first), chunk(number, first + 5));
        let (one, two) = tokio::join!(
            store.accept_many(contact.tenant, &ours),
            other.accept_many(contact.tenant, &theirs),
        );
        assert_eq!(one.unwrap(), two.unwrap());
        let mut stored = 0;
        for (_, new) in ours.messages.iter().chain(&theirs.messages) {
            let found = Messages::get(&*store, contact.tenant, new.message.id).await;
            stored += usize::from(found.unwrap().is_some());
        }
        assert_eq!(stored, 5, "the messages of one of them");
    }
}

#[tokio::test]
async fn of_two_that_hold_the_same_place_one_begins() {
    let Scene { db, store, contact } = somebody().await;
    let other = db.connect(Role::Worker).await.unwrap();
    for number in 0..20 {
        store
            .accept(&new_message(&contact, number), None)
            .await
            .unwrap();
        let claims = claim_all(&store, Duration::MINUTE).await;
        let claim = claims.first().unwrap();
        // As after a crash of the database that undid the first of two claims.
        let (ours, theirs) = (
            start(&contact, claim, 2 * number),
            start(&contact, claim, 2 * number + 1),
        );
        let (one, two) = tokio::join!(
            store.begin(std::slice::from_ref(&ours)),
            other.begin(std::slice::from_ref(&theirs)),
        );
        assert_eq!(one.unwrap().len() + two.unwrap().len(), 1);
    }
}
