//! Watching over the queue: what waits, what does not go on, and the one repair that is safe.

use crate::{Ages, Operations, QueueStats, Step, Stuck, Subject, Symptom};
use std::sync::Arc;
use tidings_kernel::{Clock, StoreError};

/// The use case: everything that it needs of the outside.
#[derive(Clone)]
pub struct Watching {
    /// The queue, as operators see it.
    pub operations: Arc<dyn Operations>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How old things may become.
    pub ages: Ages,
}

/// What a look at the queue gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// What waits.
    pub stats: QueueStats,
    /// What does not go on, oldest first.
    pub stuck: Vec<Stuck>,
}

/// What a part of the walk through all messages gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Walked {
    /// What does not go on and was left alone.
    pub left: Vec<Stuck>,
    /// What has its place in the queue again.
    pub restored: Vec<Step>,
    /// How many messages were looked at.
    pub seen: u32,
    /// Where to go on; `None` at the end.
    pub next: Option<Step>,
}

/// Whether a walk repairs what is safely repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// It does.
    Yes,
    /// It only looks.
    No,
}

impl Watching {
    /// Looks at the whole queue, with so many tenants and so many things that do not go on.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    pub async fn look(&self, tenants: u16, most: u16) -> Result<Look, StoreError> {
        let now = self.clock.now();
        Ok(Look {
            stats: self.operations.stats(now, tenants).await?,
            stuck: self.operations.stuck(&self.ages, now, most).await?,
        })
    }

    /// Looks at so many messages after a step, whether something is left that moves them on. A message
    /// that waits and has no place in the queue gets one; that is the only repair, and it is safe since
    /// an attempt without outcome is asked about before anything is sent. All else is for people.
    ///
    /// # Errors
    /// [`StoreError`]: walk from the same step again; what was restored stays.
    pub async fn walk(
        &self,
        after: Option<Step>,
        most: u16,
        repair: Repair,
    ) -> Result<Walked, StoreError> {
        let now = self.clock.now();
        let before = now.saturating_sub(self.ages.lost);
        let walk = self.operations.walk(after, most, before).await?;
        let mut walked = Walked {
            seen: walk.seen,
            next: walk.next,
            ..Walked::default()
        };
        for stuck in walk.found {
            let step = match (repair, stuck.symptom, stuck.subject) {
                (Repair::Yes, Symptom::NoPlace, Subject::Message(message)) => Some(Step {
                    tenant: stuck.tenant,
                    message,
                }),
                _ => None,
            };
            match step {
                Some(step) if self.operations.restore(step, now).await? => {
                    walked.restored.push(step);
                }
                // It went on by itself meanwhile.
                Some(_) => {}
                None => walked.left.push(stuck),
            }
        }
        Ok(walked)
    }
}
