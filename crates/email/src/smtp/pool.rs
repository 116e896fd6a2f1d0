//! Connections that are used again: a login costs a server more than a message.

use super::session::Session;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use tidings_kernel::AccountId;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep},
};

/// How long an unused connection is kept; servers close theirs after minutes.
const KEPT_FOR: Duration = Duration::from_secs(20);
/// Servers close a connection after so many messages or more, and some count it against us.
const MOST_MESSAGES: u32 = 100;

/// One account with one set of credentials, known by their digest: a changed password is another key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) account: AccountId,
    pub(super) credentials: String,
}

/// Connections by account.
pub(super) struct Pool {
    rooms: Mutex<Rooms>,
    most: usize,
}

#[derive(Default)]
struct Rooms {
    doors: HashMap<Key, Door>,
    /// Whether somebody looks after what is not used.
    is_swept: bool,
}

/// The connections to one server.
struct Door {
    /// One permit for each connection that may be in use.
    gate: Arc<Semaphore>,
    idle: Vec<Idle>,
}

struct Idle {
    session: Session,
    since: Instant,
}

impl Pool {
    /// A pool with up to `most` connections in use for each account.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            rooms: Mutex::default(),
            most,
        })
    }

    /// Waits for its turn.
    pub(super) async fn enter(self: &Arc<Self>, key: &Key) -> Option<OwnedSemaphorePermit> {
        let gate = self.gate(key);
        // It is never closed.
        gate.acquire_owned().await.ok()
    }

    /// The unused connection that was in use last.
    pub(super) fn take(&self, key: &Key) -> Option<Session> {
        let idle = self.rooms().doors.get_mut(key)?.idle.pop()?;
        (idle.since.elapsed() < KEPT_FOR).then_some(idle.session)
    }

    /// Keeps a connection for the next message. Whoever gives it holds a turn.
    pub(super) fn keep(&self, key: &Key, session: Session) {
        if session.messages() >= MOST_MESSAGES {
            tokio::spawn(session.quit());
            return;
        }
        let since = Instant::now();
        if let Some(door) = self.rooms().doors.get_mut(key) {
            door.idle.push(Idle { session, since });
        }
    }

    fn gate(self: &Arc<Self>, key: &Key) -> Arc<Semaphore> {
        let mut rooms = self.rooms();
        let door = rooms.doors.entry(key.clone()).or_insert_with(|| Door {
            gate: Arc::new(Semaphore::new(self.most)),
            idle: Vec::new(),
        });
        let gate = Arc::clone(&door.gate);
        if !rooms.is_swept {
            rooms.is_swept = true;
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
        gate
    }

    /// Ends connections that nobody has used for long, forgets accounts without any, and says whether one
    /// is left.
    fn tidy(&self) -> bool {
        let mut rooms = self.rooms();
        for door in rooms.doors.values_mut() {
            let idle = std::mem::take(&mut door.idle);
            let (old, kept): (Vec<_>, Vec<_>) = idle
                .into_iter()
                .partition(|idle| idle.since.elapsed() >= KEPT_FOR);
            door.idle = kept;
            for idle in old {
                tokio::spawn(idle.session.quit());
            }
        }
        // Whoever waits at a gate or has passed it holds it, too.
        rooms
            .doors
            .retain(|_, door| !door.idle.is_empty() || Arc::strong_count(&door.gate) > 1);
        rooms.is_swept = !rooms.doors.is_empty();
        rooms.is_swept
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tidies a pool as long as there is something in it.
async fn sweep(pool: Weak<Pool>) {
    loop {
        sleep(KEPT_FOR / 2).await;
        let is_left = pool.upgrade().is_some_and(|pool| pool.tidy());
        if !is_left {
            return;
        }
    }
}
