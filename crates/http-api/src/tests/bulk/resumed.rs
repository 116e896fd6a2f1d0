//! Requests that were sent again: answered once, and gone on with where they broke.

use super::*;

#[tokio::test]
async fn a_key_answers_once() {
    let world = World::new().await;
    world.account().await;
    let token = &world.ours.send;
    let form = "application/x-ndjson";
    let body = lines(&[to(1), to(2)]);
    let first = send_as(&world, token, form, Some("k"), body.clone())
        .await
        .expect(202);
    let again = send_as(&world, token, form, Some("k"), body)
        .await
        .expect(202);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotent-replay"), "true");
    let other = send_as(&world, token, form, Some("k"), lines(&[to(1)])).await;
    other.refused(422, "idempotency_key_reused");
    assert_eq!(stored(&world, world.ours.tenant).await.len(), 2);
    // The same key of another tenant is another key.
    let theirs = &world.theirs.send;
    let account = crate::tests::world::account_body();
    let made = world.post_as(&world.theirs.admin, "/v1/provider-accounts", account);
    made.await.expect(201);
    let reply = send_as(&world, theirs, form, Some("k"), lines(&[to(3)]))
        .await
        .expect(202);
    assert_eq!(counts(&reply), [1, 0, 0, 0]);
    assert_ne!(reply.body["batch_id"], first.body["batch_id"]);
    assert_eq!(stored(&world, world.theirs.tenant).await.len(), 1);
    assert_eq!(stored(&world, world.ours.tenant).await.len(), 2);
}

#[tokio::test]
async fn a_refusal_of_the_whole_is_remembered() {
    let world = World::new().await;
    let token = &world.ours.send;
    for replayed in ["", "true"] {
        let reply = send_as(&world, token, "application/json", Some("k"), "{").await;
        assert_eq!(reply.header("idempotent-replay"), replayed);
        reply.expect(422);
    }
}

/// Batches whose store is lost before the call of this number, and found again afterwards.
struct Breaking {
    memory: Arc<Memory>,
    calls_left: AtomicU32,
}

#[async_trait]
impl Batches for Breaking {
    async fn accept_many(
        &self,
        tenant: TenantId,
        chunk: &Chunk,
    ) -> Result<ChunkReport, StoreError> {
        match self.calls_left.fetch_sub(1, Ordering::Relaxed) {
            0 => Err(StoreError::unavailable("away")),
            _ => self.memory.accept_many(tenant, chunk).await,
        }
    }

    async fn recorded(
        &self,
        tenant: TenantId,
        batch: BatchId,
        now: OffsetDateTime,
    ) -> Result<BTreeMap<ChunkKey, ChunkReport>, StoreError> {
        self.memory.recorded(tenant, batch, now).await
    }

    async fn finish_batch(
        &self,
        tenant: TenantId,
        batch: BatchId,
        answer: Option<&Answer>,
    ) -> Result<(), FinishError> {
        self.memory.finish_batch(tenant, batch, answer).await
    }
}

#[tokio::test]
async fn a_batch_that_broke_goes_on_where_it_stopped() {
    let recipients: Vec<Value> = (0..1_800)
        .map(|index| {
            if index % 9 == 0 {
                json!({})
            } else {
                to(index % 100)
            }
        })
        .collect();
    let body = lines(&recipients);
    let whole = {
        let world = World::new().await;
        world.account().await;
        send_lines(&world, body.clone()).await.expect(202).body
    };
    let form = "application/x-ndjson";
    for broken in 0..4 {
        let world = World::new().await;
        let memory = Arc::clone(&world.memory);
        let world = world.with(|api| {
            api.batches = Arc::new(Breaking {
                memory,
                calls_left: AtomicU32::new(broken),
            });
        });
        world.account().await;
        let token = &world.ours.send;
        let reply = send_as(&world, token, form, Some("k"), body.clone()).await;
        reply.refused(503, "unavailable");
        let again = send_as(&world, token, form, Some("k"), body.clone())
            .await
            .expect(202);
        let mut expected = whole.clone();
        expected["batch_id"] = again.body["batch_id"].clone();
        assert_eq!(again.body, expected, "broken at {broken}");
        let all = count(&world).await;
        assert_eq!(all, 1_600, "broken at {broken}: nobody twice");
        // Nothing is left of it that another day could stumble over.
        let batch = again.body["batch_id"].as_str().unwrap().parse().unwrap();
        let left = world
            .memory
            .recorded(world.ours.tenant, batch, NOW + Duration::HOUR);
        assert_eq!(left.await.unwrap(), BTreeMap::new());
    }
}

/// How many messages there are.
async fn count(world: &World) -> usize {
    let every = MessageFilter::default();
    let mut count = 0;
    let mut after = None;
    loop {
        let page = Page { limit: 200, after };
        let found = world.memory.list(world.ours.tenant, &every, page);
        let found = found.await.unwrap();
        count += found.data.len();
        after = found.next;
        if after.is_none() {
            return count;
        }
    }
}

#[tokio::test]
async fn what_is_not_judged_is_tried_again_as_a_whole() {
    let world = World::new().await;
    world.account().await;
    let memory = Arc::clone(&world.memory);
    let world = world.with(|api| api.sending.facts = Arc::new(crate::tests::idempotency::Away));
    let token = world.ours.send.clone();
    let body = lines(&[to(1)]);
    let form = "application/x-ndjson";
    let reply = send_as(&world, &token, form, Some("k"), body.clone()).await;
    reply.refused(503, "unavailable");
    let world = world.with(|api| api.sending.facts = memory);
    let reply = send_as(&world, &token, form, Some("k"), body)
        .await
        .expect(202);
    assert_eq!(counts(&reply), [1, 0, 0, 0]);
}

#[tokio::test]
async fn where_bodies_cannot_be_kept_it_is_our_fault() {
    let world = World::new().await;
    let world = world.with(|api| api.config.spool = "/nowhere/at/all".into());
    send_lines(&world, lines(&[to(1)]))
        .await
        .refused(500, "internal_error");
}
