use crate::{Memory, idempotency::KEPT_FOR, memory::State};
use async_trait::async_trait;
use std::collections::BTreeMap;
use tidings_kernel::{BatchId, StoreError, TenantId};
use tidings_messaging::{
    AcceptError, Answer, Batches, Chunk, ChunkKey, ChunkReport, FinishError, NotTaken,
};
use time::OffsetDateTime;

/// A chunk of a batch that is not finished.
pub(crate) struct Recorded {
    report: ChunkReport,
    at: OffsetDateTime,
}

impl Recorded {
    fn holds(&self, now: OffsetDateTime) -> bool {
        now - self.at < KEPT_FOR
    }
}

impl State {
    /// Forgets chunks that were recorded long ago, and says how many.
    pub(crate) fn sweep_chunks(&mut self, now: OffsetDateTime) -> usize {
        let before = self.chunks.len();
        self.chunks.retain(|_, recorded| recorded.holds(now));
        before - self.chunks.len()
    }

    fn accept_chunk(&mut self, tenant: TenantId, chunk: &Chunk) -> Result<ChunkReport, StoreError> {
        let key = (tenant, chunk.batch, chunk.key);
        if let Some(recorded) = self.chunks.get(&key)
            && recorded.holds(chunk.at)
        {
            return Ok(recorded.report.clone());
        }
        let known = chunk.messages.iter().find(|(_, new)| {
            let message = &new.message;
            self.messages.contains_key(&(message.tenant, message.id))
        });
        if let Some((_, new)) = known {
            let context = format!("message {} exists already", new.message.id);
            return Err(StoreError::inconsistent(context));
        }
        let mut outcomes = Vec::with_capacity(chunk.messages.len());
        for (_, new) in &chunk.messages {
            outcomes.push(match self.take_in(new) {
                Ok(()) => None,
                Err(AcceptError::NoContact) => Some(NotTaken::NoContact),
                Err(AcceptError::UsedUp) => Some(NotTaken::UsedUp),
                Err(AcceptError::Store(error)) => return Err(error),
                Err(AcceptError::KeyLost(error)) => return Err(StoreError::unavailable(error)),
            });
        }
        let report = chunk.reported(&outcomes);
        let recorded = Recorded {
            report: report.clone(),
            at: chunk.at,
        };
        self.chunks.insert(key, recorded);
        Ok(report)
    }
}

#[async_trait]
impl Batches for Memory {
    async fn accept_many(
        &self,
        tenant: TenantId,
        chunk: &Chunk,
    ) -> Result<ChunkReport, StoreError> {
        let report = self.lock().accept_chunk(tenant, chunk)?;
        Self::notify(&self.work);
        Ok(report)
    }

    async fn recorded(
        &self,
        tenant: TenantId,
        batch: BatchId,
        now: OffsetDateTime,
    ) -> Result<BTreeMap<ChunkKey, ChunkReport>, StoreError> {
        Ok(self
            .lock()
            .chunks
            .iter()
            .filter(|((owner, of, _), recorded)| {
                *owner == tenant && *of == batch && recorded.holds(now)
            })
            .map(|((_, _, key), recorded)| (*key, recorded.report.clone()))
            .collect())
    }

    async fn finish_batch(
        &self,
        tenant: TenantId,
        batch: BatchId,
        answer: Option<&Answer>,
    ) -> Result<(), FinishError> {
        let mut state = self.lock();
        state.check_key(answer)?;
        state.keep_answer(answer);
        state
            .chunks
            .retain(|(owner, of, _), _| *owner != tenant || *of != batch);
        Ok(())
    }
}
