use crate::Stores;

/// Runs every suite, one after the other, on one store that is empty at first.
///
/// # Panics
/// If a promise of some port is broken; the message is the sentence.
pub async fn all(stores: &Stores) {
    crate::tenants(stores).await;
    crate::idempotency(stores).await;
    crate::accounts(stores).await;
    crate::template_library(stores).await;
    crate::template_listings(stores).await;
    crate::upkeeps(stores).await;
    crate::ratings(stores).await;
    crate::contacts(stores).await;
    crate::consent_ledger(stores).await;
    crate::sources(stores).await;
    crate::fact_store(stores).await;
    crate::messages(stores).await;
    crate::batches(stores).await;
    crate::dispatch(stores).await;
    crate::inbox(stores).await;
    crate::conversations(stores).await;
    crate::read_receipts(stores).await;
    crate::automations(stores).await;
    crate::quick_replies(stores).await;
    crate::operations(stores).await;
    crate::ladders(stores).await;
    crate::absences(stores).await;
    crate::paces(stores).await;
    crate::healths(stores).await;
    crate::auth_tokens(stores).await;
    crate::media_records(stores).await;
    crate::members(stores).await;
    crate::callback_log(stores).await;
    crate::status_webhooks(stores).await;
    crate::event_log(stores).await;
    crate::webhook_endpoints(stores).await;
}
