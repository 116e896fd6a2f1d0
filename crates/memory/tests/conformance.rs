//! The store in memory keeps every promise of every storage port.

use std::sync::Arc;
use tidings_conformance::{self as conformance, Stores};
use tidings_memory::Memory;

fn fresh() -> Stores {
    Stores::of(&Arc::new(Memory::new()))
}

#[tokio::test]
async fn tenants() {
    conformance::tenants(&fresh()).await;
}

#[tokio::test]
async fn quick_replies() {
    conformance::quick_replies(&fresh()).await;
}

#[tokio::test]
async fn idempotency() {
    conformance::idempotency(&fresh()).await;
}

#[tokio::test]
async fn batches() {
    conformance::batches(&fresh()).await;
}

#[tokio::test]
async fn accounts() {
    conformance::accounts(&fresh()).await;
}

#[tokio::test]
async fn template_library() {
    conformance::template_library(&fresh()).await;
}

#[tokio::test]
async fn template_listings() {
    conformance::template_listings(&fresh()).await;
}

#[tokio::test]
async fn read_receipts() {
    conformance::read_receipts(&fresh()).await;
}

#[tokio::test]
async fn ratings() {
    conformance::ratings(&fresh()).await;
}

#[tokio::test]
async fn upkeeps() {
    conformance::upkeeps(&fresh()).await;
}

#[tokio::test]
async fn contacts() {
    conformance::contacts(&fresh()).await;
}

#[tokio::test]
async fn consent_ledger() {
    conformance::consent_ledger(&fresh()).await;
}

#[tokio::test]
async fn sources() {
    conformance::sources(&fresh()).await;
}

#[tokio::test]
async fn fact_store() {
    conformance::fact_store(&fresh()).await;
}

#[tokio::test]
async fn operations() {
    conformance::operations(&fresh()).await;
}

#[tokio::test]
async fn messages() {
    conformance::messages(&fresh()).await;
}

#[tokio::test]
async fn dispatch() {
    conformance::dispatch(&fresh()).await;
}

#[tokio::test]
async fn automations() {
    conformance::automations(&fresh()).await;
}

#[tokio::test]
async fn conversations() {
    conformance::conversations(&fresh()).await;
}

#[tokio::test]
async fn inbox() {
    conformance::inbox(&fresh()).await;
}

#[tokio::test]
async fn suites_may_share_a_store() {
    conformance::all(&fresh()).await;
}

#[tokio::test]
async fn paces() {
    conformance::paces(&fresh()).await;
}

#[tokio::test]
async fn auth_tokens() {
    conformance::auth_tokens(&fresh()).await;
}

#[tokio::test]
async fn callback_log() {
    conformance::callback_log(&fresh()).await;
}

#[tokio::test]
async fn members() {
    conformance::members(&fresh()).await;
}

#[tokio::test]
async fn status_webhooks() {
    conformance::status_webhooks(&fresh()).await;
}

#[tokio::test]
async fn healths() {
    conformance::healths(&fresh()).await;
}

#[tokio::test]
async fn absences() {
    conformance::absences(&fresh()).await;
}

#[tokio::test]
async fn ladders() {
    conformance::ladders(&fresh()).await;
}

#[tokio::test]
async fn event_log() {
    conformance::event_log(&fresh()).await;
}

#[tokio::test]
async fn webhook_endpoints() {
    conformance::webhook_endpoints(&fresh()).await;
}

#[tokio::test]
async fn media_records() {
    conformance::media_records(&fresh()).await;
}

#[tokio::test]
async fn media_store() {
    conformance::media_store(&Memory::new()).await;
}
