//! The suites that every store must pass, against PostgreSQL: as the worker sees it, and with the ports
//! that the api uses under the api's role, where row-level security applies.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;
use tidings_conformance::Stores;
use tidings_postgres::{Postgres, Role, test_db::TestDb};

async fn stores() -> (TestDb, Stores) {
    let db = TestDb::fresh().await.unwrap();
    let worker = Arc::new(db.connect(Role::Worker).await.unwrap());
    let api = Arc::new(db.connect(Role::Api).await.unwrap());
    spawn_listener(&worker);
    let stores = Stores {
        contacts: api.clone(),
        consent: api.clone(),
        templates: api.clone(),
        listings: api.clone(),
        messages: api.clone(),
        views: api.clone(),
        batches: api.clone(),
        tokens: api.clone(),
        readers: api.clone(),
        endpoints: api.clone(),
        callbacks: api.clone(),
        media: api.clone(),
        members: api.clone(),
        sessions: api.clone(),
        conversations: api.clone(),
        quick_replies: api.clone(),
        sources: api,
        ..Stores::of(&worker)
    };
    (db, stores)
}

fn spawn_listener(store: &Arc<Postgres>) {
    let store = store.clone();
    tokio::spawn(async move { store.listen().await });
}

macro_rules! suites {
    ($($suite:ident),+ $(,)?) => {$(
        #[tokio::test]
        async fn $suite() {
            let (_db, stores) = stores().await;
            tidings_conformance::$suite(&stores).await;
        }
    )+};
}

suites!(
    absences,
    accounts,
    auth_tokens,
    automations,
    batches,
    callback_log,
    consent_ledger,
    contacts,
    conversations,
    dispatch,
    event_log,
    fact_store,
    idempotency,
    inbox,
    messages,
    operations,
    ladders,
    media_records,
    members,
    paces,
    quick_replies,
    ratings,
    read_receipts,
    healths,
    sources,
    status_webhooks,
    template_library,
    template_listings,
    tenants,
    upkeeps,
    webhook_endpoints,
);
