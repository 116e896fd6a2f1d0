use crate::{Memory, memory::State};
use async_trait::async_trait;
use tidings_kernel::StoreError;
use tidings_messaging::{Answer, Begun, Idempotency, IdempotencyKey, KeyLost, StoredAnswer};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long answers are kept, and what is recorded of batches that are not finished.
pub(crate) const KEPT_FOR: Duration = Duration::hours(24);
/// After which a request without answer is taken over.
const ABANDONED_AFTER: Duration = Duration::seconds(60);

/// A request that was begun.
pub(crate) struct Request {
    body_hash: [u8; 32],
    claim: Uuid,
    begun_at: OffsetDateTime,
    answer: Option<StoredAnswer>,
}

impl State {
    /// Whether the answer may be given: its request still owns the key.
    pub(crate) fn check_key(&self, answer: Option<&Answer>) -> Result<(), KeyLost> {
        match answer {
            Some(answer) if !self.owns_key(&answer.key, answer.claim) => Err(KeyLost),
            Some(_) | None => Ok(()),
        }
    }

    /// Keeps an answer that [`State::check_key`] has let through.
    pub(crate) fn keep_answer(&mut self, answer: Option<&Answer>) {
        let Some(answer) = answer else { return };
        if let Some(request) = self.requests.get_mut(&answer.key) {
            request.answer = Some(answer.answer.clone());
        }
    }

    fn owns_key(&self, key: &IdempotencyKey, claim: Uuid) -> bool {
        self.requests
            .get(key)
            .is_some_and(|request| request.claim == claim && request.answer.is_none())
    }
}

#[async_trait]
impl Idempotency for Memory {
    async fn begin(
        &self,
        key: &IdempotencyKey,
        body_hash: [u8; 32],
        claim: Uuid,
        now: OffsetDateTime,
    ) -> Result<Begun, StoreError> {
        let mut state = self.lock();
        if let Some(request) = state.requests.get(key) {
            let age = now - request.begun_at;
            if age < KEPT_FOR {
                if request.body_hash != body_hash {
                    return Ok(Begun::Reused);
                }
                if let Some(answer) = &request.answer {
                    return Ok(Begun::Answered(answer.clone()));
                }
                if age <= ABANDONED_AFTER {
                    return Ok(Begun::InProgress);
                }
            }
        }
        let request = Request {
            body_hash,
            claim,
            begun_at: now,
            answer: None,
        };
        state.requests.insert(key.clone(), request);
        Ok(Begun::Fresh { claim })
    }

    async fn finish(&self, answer: &Answer) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.owns_key(&answer.key, answer.claim) {
            state.keep_answer(Some(answer));
        }
        Ok(())
    }

    async fn abandon(&self, key: &IdempotencyKey, claim: Uuid) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.owns_key(key, claim) {
            state.requests.remove(key);
        }
        Ok(())
    }

    async fn sweep(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        let mut state = self.lock();
        let before = state.requests.len();
        state
            .requests
            .retain(|_, request| now - request.begun_at < KEPT_FOR);
        let answers = before - state.requests.len();
        Ok((answers + state.sweep_chunks(now)) as u64)
    }
}
