//! What is left of a month, when many ask for it at once.

use super::messages::{message, send};
use super::world::World;
use async_trait::async_trait;
use futures_util::future::join_all;
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tidings_kernel::{MessageId, StoreError, TenantId};
use tidings_memory::Memory;
use tidings_messaging::{
    AcceptError, Answer, Change, ChangeError, DeadLetter, DecisionRecord, MessageFilter,
    MessageRecord, Messages, NewMessage, Page, Paged, QueueEntry,
};
use time::OffsetDateTime;
use tokio::sync::Barrier;

/// Messages in memory, among many who take them in.
struct Crowd {
    memory: Arc<Memory>,
    others: Others,
}

/// What the others do between judging and storing.
enum Others {
    /// They are as far: so many are judged before any is stored.
    AsFast(Barrier, AtomicUsize),
    /// They use up everything.
    Faster,
}

#[async_trait]
impl Messages for Crowd {
    async fn accept(&self, new: &NewMessage, answer: Option<&Answer>) -> Result<(), AcceptError> {
        match &self.others {
            Others::AsFast(all, waiting) => {
                let count = |left: usize| left.checked_sub(1);
                let is_first = waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count);
                if is_first.is_ok() {
                    all.wait().await;
                }
                self.memory.accept(new, answer).await
            }
            Others::Faster => Err(AcceptError::UsedUp),
        }
    }

    async fn get(
        &self,
        tenant: TenantId,
        message: MessageId,
    ) -> Result<Option<MessageRecord>, StoreError> {
        Messages::get(&*self.memory, tenant, message).await
    }

    async fn get_many(
        &self,
        tenant: TenantId,
        messages: &[MessageId],
    ) -> Result<Vec<MessageRecord>, StoreError> {
        self.memory.get_many(tenant, messages).await
    }

    async fn list(
        &self,
        tenant: TenantId,
        filter: &MessageFilter,
        page: Page,
    ) -> Result<Paged<MessageRecord>, StoreError> {
        Messages::list(&*self.memory, tenant, filter, page).await
    }

    async fn decisions(
        &self,
        tenant: TenantId,
        message: MessageId,
    ) -> Result<Vec<DecisionRecord>, StoreError> {
        self.memory.decisions(tenant, message).await
    }

    async fn dead_letters(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Paged<DeadLetter>, StoreError> {
        self.memory.dead_letters(tenant, page).await
    }

    async fn cancel(
        &self,
        tenant: TenantId,
        message: MessageId,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError> {
        self.memory.cancel(tenant, message, now).await
    }

    async fn change(
        &self,
        tenant: TenantId,
        message: MessageId,
        change: &Change,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError> {
        Messages::change(&*self.memory, tenant, message, change, now).await
    }

    async fn retry(
        &self,
        tenant: TenantId,
        message: MessageId,
        entry: QueueEntry,
        now: OffsetDateTime,
    ) -> Result<(), ChangeError> {
        self.memory.retry(tenant, message, entry, now).await
    }
}

/// A world whose tenant may send three messages a month.
async fn limited(others: Others) -> World {
    let world = World::new().await;
    world.account().await;
    let limit = json!({"settings": {"monthly": {"messages": 3}}});
    world.patch("/v1/tenant", limit).await.expect(200);
    let memory = Arc::clone(&world.memory);
    world.with(|api| {
        let crowd = Arc::new(Crowd { memory, others });
        api.messages = crowd.clone();
        api.sending.messages = crowd;
    })
}

#[tokio::test]
async fn requests_at_once_never_use_up_more_than_the_month_has() {
    let all = 10;
    let world = limited(Others::AsFast(Barrier::new(all), AtomicUsize::new(all))).await;
    let contact = world.contact().await;
    let requests = (0..all).map(|_| send(&world, message(&contact)));
    let mut taken = 0;
    let mut refused = 0;
    for reply in join_all(requests).await {
        if reply.status == 202 {
            taken += 1;
            continue;
        }
        let problem = reply.refused(402, "quota_exceeded");
        assert_eq!(
            (&problem["used"], &problem["limit"]),
            (&json!(3), &json!(3))
        );
        refused += 1;
    }
    assert_eq!((taken, refused), (3, 7));
    for (status, count) in [("queued", 3), ("blocked", 7)] {
        let path = format!("/v1/messages?status={status}");
        let listed = world.get(&path).await.expect(200).body;
        let listed = listed["data"].as_array().unwrap().len();
        assert_eq!(listed, count, "each request left one message: {status}");
    }
}

#[tokio::test]
async fn who_is_always_too_late_is_told_to_come_again() {
    let world = limited(Others::Faster).await;
    let contact = world.contact().await;
    let reply = send(&world, message(&contact)).await;
    assert_eq!(reply.header("retry-after"), "1");
    reply.refused(503, "unavailable");
    let listed = world.get("/v1/messages").await.expect(200).body;
    assert_eq!(listed["data"], json!([]), "nothing was stored");
}
