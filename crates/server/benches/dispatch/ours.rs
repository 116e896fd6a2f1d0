//! Enqueuing, claiming and completing with our queue alone, behind a few functions.

use crate::{Outcome, bench::Bench, inside::config};
use std::sync::{Arc, Mutex, MutexGuard};
use tidings_kernel::{Clock, DecisionId, MessageId, TenantId};
use tidings_messaging::{
    Class as Urgency, Dispatch, Held, Messages, Monthly, NewMessage, QueueEntry,
    deliver::FairShares,
};
use tidings_postgres::{Postgres, Role};
use tidings_server::{SystemClock, SystemIds, programs::connect};
use time::Duration;
use uuid::Uuid;

/// For how long a claim is held.
const LEASE: Duration = Duration::seconds(60);

/// Our queue.
#[derive(Clone)]
pub(crate) struct Ours {
    /// Its adapter.
    pub(crate) postgres: Arc<Postgres>,
    fair: Arc<Mutex<FairShares>>,
}

impl Ours {
    /// Connects as a worker does.
    pub(crate) async fn connect(bench: &Bench) -> Outcome<Self> {
        let postgres = connect(&config(bench)?, Role::Worker).await?;
        Ok(Self {
            postgres: Arc::new(postgres),
            fair: Arc::default(),
        })
    }

    /// A message as it was taken in, as the model of others.
    pub(crate) async fn model(&self, tenant: Uuid, message: Uuid) -> Outcome<NewMessage> {
        let (tenant, id) = (TenantId::from_uuid(tenant), MessageId::from_uuid(message));
        let record = self.postgres.get(tenant, id).await?;
        let decisions = self.postgres.decisions(tenant, id).await?;
        let message = record.ok_or("the model is gone")?.message;
        Ok(NewMessage {
            entry: Some(QueueEntry {
                class: Urgency::of(message.purpose),
                priority: message.priority,
                due_at: message.created_at,
                sender: message.sender,
            }),
            monthly: Monthly::default(),
            ladder: None,
            tells_of: None,
            status_webhook: None,
            message,
            decision: decisions
                .into_iter()
                .next()
                .ok_or("the model was not judged")?,
        })
    }

    /// Stores a message that waits from now on.
    pub(crate) async fn enqueue(&self, new: &NewMessage) -> Outcome {
        self.postgres.accept(new, None).await?;
        Ok(())
    }

    /// Takes up to so many places of the queue, shared fairly between lanes.
    pub(crate) async fn claim(&self, limit: u16) -> Outcome<Vec<Held>> {
        let now = SystemClock.now();
        let recent = self.fair()?.recent(&Urgency::ALL);
        let ready = match recent {
            Some(ready) => ready,
            None => self.postgres.ready(&Urgency::ALL, now).await?,
        };
        let shares = self.fair()?.plan(&ready.lanes, limit, |_| u16::MAX);
        let entries = self.postgres.claim_entries(&shares, now, LEASE).await?;
        let is_enough = entries.len() >= limit.into();
        self.fair()?.note(&Urgency::ALL, &ready, is_enough);
        Ok(entries.into_iter().map(|entry| entry.held).collect())
    }

    fn fair(&self) -> Outcome<MutexGuard<'_, FairShares>> {
        self.fair.lock().map_err(|_| "a claimer panicked".into())
    }

    /// Is done with them.
    pub(crate) async fn complete(&self, held: &[Held]) -> Outcome {
        let left = self.postgres.leave_entries(held).await?;
        if left == u64::try_from(held.len())? {
            Ok(())
        } else {
            Err(format!("{left} of {} holds stood", held.len()).into())
        }
    }

    /// Waits for something new since what was seen.
    pub(crate) async fn wait(&self, seen: u64) -> u64 {
        Dispatch::wait(&*self.postgres, seen, Duration::milliseconds(500)).await
    }
}

/// The same message once more, now.
pub(crate) fn renewed(model: &NewMessage) -> NewMessage {
    let mut new = model.clone();
    let now = SystemClock.now();
    new.message.id = MessageId::new(&SystemIds);
    new.message.created_at = now;
    new.message.status_at = now;
    new.decision.id = DecisionId::new(&SystemIds);
    new.decision.message = new.message.id;
    if let Some(entry) = &mut new.entry {
        entry.due_at = now;
    }
    new
}
