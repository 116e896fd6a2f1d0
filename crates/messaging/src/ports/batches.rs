use super::{Answer, KeyLost, NewMessage};
use crate::Status;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tidings_kernel::{BatchId, Currency, StoreError, TenantId};
use time::OffsetDateTime;

/// Which part of a batch: the recipients of a batch are taken in by chunks, each as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkKey {
    /// Its place in the batch, from 0.
    pub number: u32,
    /// 0 at first; 1 for those of the chunk that are judged again, since others have used up the month.
    pub round: u8,
}

/// Messages of a batch that are taken in together.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// The batch.
    pub batch: BatchId,
    /// Which part of it.
    pub key: ChunkKey,
    /// The messages, each with the place of its recipient in the batch.
    pub messages: Vec<(u32, NewMessage)>,
    /// What is to be reported about recipients of the chunk beside what becomes of the messages.
    pub report: ChunkReport,
    /// When it was judged.
    pub at: OffsetDateTime,
}

/// What became of the recipients of a chunk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChunkReport {
    /// How many messages were taken in to be sent now.
    pub accepted: u32,
    /// How many were taken in to be sent later.
    pub deferred: u32,
    /// How many were stored as refused by the gate.
    pub blocked: u32,
    /// How many recipients nothing was stored for.
    pub failed: u32,
    /// What those that were taken in are expected to cost, in millionths.
    pub costs: BTreeMap<Currency, i64>,
    /// What is wrong with single recipients, as far as it is listed.
    pub errors: Vec<RecipientError>,
    /// Recipients whose messages were not stored, though the gate had not been against them.
    pub left_out: Vec<LeftOut>,
}

/// What is wrong with one recipient of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientError {
    /// The place of the recipient in the batch, from 0.
    pub index: u32,
    /// A stable code.
    pub code: String,
    /// What is wrong, and what to do.
    pub detail: String,
}

/// A recipient whose message was not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The place of the recipient in the batch, from 0.
    pub index: u32,
    /// Why.
    pub why: NotTaken,
}

/// Why one of several messages was not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotTaken {
    /// The contact is gone.
    NoContact,
    /// Others have used up the month meanwhile: judge it again.
    UsedUp,
}

impl ChunkReport {
    /// Notes a recipient that nothing is stored for.
    pub fn fail(&mut self, error: RecipientError) {
        self.failed += 1;
        self.errors.push(error);
    }
}

impl Chunk {
    /// The whole report, once it is known which messages were stored: for each of them in its place why
    /// not, or nothing.
    pub fn reported(&self, outcomes: &[Option<NotTaken>]) -> ChunkReport {
        let mut report = self.report.clone();
        for ((index, new), outcome) in self.messages.iter().zip(outcomes) {
            if let Some(why) = outcome {
                let (index, why) = (*index, *why);
                report.left_out.push(LeftOut { index, why });
                continue;
            }
            match (&new.entry, new.message.status) {
                (None, _) => report.blocked += 1,
                (Some(_), Status::Deferred) => report.deferred += 1,
                (Some(_), _) => report.accepted += 1,
            }
            if let Some(cost) = new.message.cost_estimated.filter(|_| new.entry.is_some()) {
                let sum = report.costs.entry(cost.currency()).or_default();
                *sum = sum.saturating_add(cost.micros());
            }
        }
        report
    }
}

/// Takes in batches of messages, so that one which is run again sends nobody anything twice.
///
/// What is recorded of a batch is kept until it is finished, for 24 hours at most.
#[async_trait]
pub trait Batches: Send + Sync {
    /// Takes the messages of a chunk in, as [`Messages::accept`](super::Messages::accept) does with each,
    /// and records its report, in one step; a waiting worker is woken. A message that cannot be taken in
    /// is left out and does not keep the others back. When the chunk is recorded already nothing is
    /// stored. Gives the report that is recorded.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was stored.
    async fn accept_many(&self, tenant: TenantId, chunk: &Chunk)
    -> Result<ChunkReport, StoreError>;

    /// The chunks of a batch that are recorded at `now`, with their reports.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn recorded(
        &self,
        tenant: TenantId,
        batch: BatchId,
        now: OffsetDateTime,
    ) -> Result<BTreeMap<ChunkKey, ChunkReport>, StoreError>;

    /// Stores the answer that reports a whole batch and forgets its chunks, in one step.
    ///
    /// # Errors
    /// [`FinishError`]: nothing was stored or forgotten.
    async fn finish_batch(
        &self,
        tenant: TenantId,
        batch: BatchId,
        answer: Option<&Answer>,
    ) -> Result<(), FinishError>;
}

/// Why a batch was not finished.
#[derive(Debug, thiserror::Error)]
pub enum FinishError {
    /// A later request took the idempotency key over.
    #[error(transparent)]
    KeyLost(#[from] KeyLost),
    /// The backend failed; nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}
