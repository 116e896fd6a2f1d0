//! Calls of tenants' own systems that are under way, and how many of each owner.

use std::{collections::HashMap, future::Future, hash::Hash, time::Duration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Calls under way. `O` is whose call it is: one whose system is slow does not take the places of all.
pub(crate) struct Calls<O> {
    running: JoinSet<O>,
    owners: HashMap<O, u16>,
    most: u16,
}

/// How much there is room for.
pub(crate) struct Room<O> {
    pub(crate) most: u16,
    pub(crate) per_owner: u16,
    /// Who has as many as one may have.
    pub(crate) full: Vec<O>,
}

impl<O: Copy + Eq + Hash + Send + 'static> Calls<O> {
    /// At most so many at once, a quarter of them of one owner.
    pub(crate) fn new(most: u16) -> Self {
        Self {
            running: JoinSet::new(),
            owners: HashMap::new(),
            most,
        }
    }

    /// What there is room for; `None` when there is none.
    pub(crate) fn room(&self) -> Option<Room<O>> {
        let busy = u16::try_from(self.running.len()).unwrap_or(u16::MAX);
        let most = self.most.saturating_sub(busy);
        let per_owner = (self.most / 4).max(1);
        let full = self.owners.iter().filter(|(_, count)| **count >= per_owner);
        (most > 0).then(|| Room {
            most,
            per_owner,
            full: full.map(|(owner, _)| *owner).collect(),
        })
    }

    pub(crate) fn begin(&mut self, owner: O, call: impl Future<Output = ()> + Send + 'static) {
        *self.owners.entry(owner).or_default() += 1;
        self.running.spawn(async move {
            call.await;
            owner
        });
    }

    /// Waits until a call ends, since whoever ends makes room; until `stop`; or, when there was nothing to do, for as
    /// long as nothing is looked for.
    pub(crate) async fn wait(&mut self, idle: Option<Duration>, stop: &CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            Some(ended) = self.running.join_next() => {
                self.end(ended.ok());
                while let Some(ended) = self.running.try_join_next() {
                    self.end(ended.ok());
                }
            }
            () = tokio::time::sleep(idle.unwrap_or_default()), if idle.is_some() => {}
        }
    }

    /// Waits for what is under way, for as long as a stop may take. What does not end is done again by somebody else.
    pub(crate) async fn drain(mut self, patience: Duration) {
        let ended = async { while self.running.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, ended).await.is_err() {
            tracing::warn!("leaving webhooks that did not end in time");
        }
    }

    fn end(&mut self, owner: Option<O>) {
        let Some(owner) = owner else {
            // Whose call it was is not known, so that all are counted anew as they end.
            tracing::error!("telling a tenant's system broke; it is told again");
            self.owners.clear();
            return;
        };
        if let Some(count) = self.owners.get_mut(&owner) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.owners.remove(&owner);
            }
        }
    }
}
