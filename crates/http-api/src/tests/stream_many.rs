//! Many who listen at the same time.

use super::{stream::listen, world::World};
use crate::{StreamLimits, Streams};
use async_trait::async_trait;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tidings_kernel::{ContactId, Ids, StoreError, TenantId};
use tidings_memory::{Memory, SequentialIds};
use tidings_messaging::{Contact, Contacts, Event, EventLog, LogSpan, place_of};
use time::OffsetDateTime;
use tokio::task::JoinSet;

const LISTENERS: usize = 1_000;
const EVENTS: usize = 200;

/// A log that counts how often it is read.
struct Counted {
    log: Arc<Memory>,
    reads: AtomicUsize,
}

#[async_trait]
impl EventLog for Counted {
    async fn keep(&self, tenant: TenantId, until: OffsetDateTime) -> Result<LogSpan, StoreError> {
        self.log.keep(tenant, until).await
    }

    async fn read(&self, after: &[(TenantId, u64)], most: u16) -> Result<Vec<Event>, StoreError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.log.read(after, most).await
    }

    async fn place(&self, most: u16, now: OffsetDateTime) -> Result<u64, StoreError> {
        self.log.place(most, now).await
    }

    async fn forget_events(
        &self,
        before: OffsetDateTime,
        now: OffsetDateTime,
        most: u32,
    ) -> Result<u64, StoreError> {
        self.log.forget_events(before, now, most).await
    }

    async fn wait_to_place(&self, seen: u64, timeout: time::Duration) -> u64 {
        self.log.wait_to_place(seen, timeout).await
    }

    async fn wait_to_read(&self, seen: u64, timeout: time::Duration) -> u64 {
        self.log.wait_to_read(seen, timeout).await
    }
}

/// Also a measurement: `cargo test -p tidings-http-api --release a_thousand -- --nocapture` says how long it took.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_who_listen_cost_the_store_what_one_does() {
    let world = World::new().await;
    let log = Arc::new(Counted {
        log: world.memory.clone(),
        reads: AtomicUsize::new(0),
    });
    let streams = Arc::new(Streams::new(
        log.clone(),
        world.memory.clone(),
        world.clock.clone(),
        StreamLimits::default(),
    ));
    let running = streams.clone();
    tokio::spawn(async move { running.run(std::future::pending()).await });
    let world = Arc::new(world.with(|api| api.streams = streams));
    let tenant = world.ours.tenant;
    let mut listening = JoinSet::new();
    for _ in 0..LISTENERS {
        let mut ear = listen(&world, "", None).await;
        let first = ear.frame().await.unwrap().id.unwrap();
        listening.spawn(async move {
            let mut last = place_of(tenant, first.parse().unwrap()).unwrap();
            for _ in 0..EVENTS {
                let id = ear.event().await.id.unwrap();
                let place = place_of(tenant, id.parse().unwrap()).unwrap();
                assert_eq!(place, last + 1, "each once, in order, none left out");
                last = place;
            }
        });
    }
    let reads_before = log.reads.load(Ordering::Relaxed);
    let began = Instant::now();
    let ids = SequentialIds::new();
    for number in 0..EVENTS {
        let id = ContactId::from_uuid(ids.next());
        let contact = Contact::blank(id, world.ours.tenant, world.clock_now());
        world.memory.create(&contact, None).await.unwrap();
        // Events come by the handful, as they do from a worker that settles.
        if number % 10 == 9 {
            world.memory.place(1_000, world.clock_now()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
    while let Some(heard) = listening.join_next().await {
        heard.unwrap();
    }
    let took = began.elapsed();
    let reads = log.reads.load(Ordering::Relaxed) - reads_before;
    eprintln!(
        "{LISTENERS} listeners got {EVENTS} events each in {took:?}; the log was read {reads} times"
    );
    // Twice for each handful, since the second time there is nothing; and once for each second that it took.
    let most = 2 * (EVENTS / 10 + 1) + usize::try_from(took.as_secs()).unwrap() + 2;
    assert!(reads <= most, "the log was read {reads} times");
}
