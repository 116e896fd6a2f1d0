//! Single messages, taken in together with others that come at the same time.

use super::accept::{Inserted, insert_new_many};
use crate::{
    Postgres, idempotency,
    lanes::LaneKey,
    notices::Channel,
    transaction::{is_deadlock, store_error},
};
use std::collections::HashSet;
use tidings_kernel::{StoreError, TenantId};
use tidings_messaging::{AcceptError, Answer, KeyLost, NewMessage};

/// A new message with the answer that reports it.
#[derive(Debug, Clone)]
pub(crate) struct NewAnswered {
    new: NewMessage,
    answer: Option<Answer>,
}

impl Postgres {
    pub(super) async fn take_in(
        &self,
        new: &NewMessage,
        answer: Option<&Answer>,
    ) -> Result<(), AcceptError> {
        let one = NewAnswered {
            new: new.clone(),
            answer: answer.cloned(),
        };
        match &self.gathers {
            Some(gathers) => gathers.intake.ask(one).await,
            None => alone(self.take_in_batch(std::slice::from_ref(&one)).await),
        }
    }
}

fn order(answer: &Answer) -> (TenantId, &str, &str) {
    let key = &answer.key;
    (key.tenant, &key.endpoint, &key.key)
}

/// The outcome of a batch of one.
fn alone(outcomes: Result<Vec<Result<(), AcceptError>>, StoreError>) -> Result<(), AcceptError> {
    outcomes?
        .pop()
        .unwrap_or_else(|| Err(StoreError::inconsistent("a message without outcome").into()))
}

/// Takes in what came together, in one transaction. One that makes no sense does not hold up the others.
pub(crate) async fn intake(
    store: Postgres,
    batch: Vec<NewAnswered>,
) -> Vec<Result<(), AcceptError>> {
    let mut taken = store.take_in_batch(&batch).await;
    if taken.as_ref().is_err_and(is_deadlock) {
        taken = store.take_in_batch(&batch).await;
    }
    let error = match taken {
        Ok(outcomes) => return outcomes,
        Err(error) => error,
    };
    let mut outcomes = Vec::with_capacity(batch.len());
    for one in &batch {
        outcomes.push(match &error {
            StoreError::Inconsistent { .. } => {
                alone(store.take_in_batch(std::slice::from_ref(one)).await)
            }
            StoreError::Unavailable(_) => Err(StoreError::unavailable(error.to_string()).into()),
        });
    }
    outcomes
}

impl Postgres {
    async fn take_in_batch(
        &self,
        batch: &[NewAnswered],
    ) -> Result<Vec<Result<(), AcceptError>>, StoreError> {
        let keys: HashSet<LaneKey> = batch
            .iter()
            .filter_map(|one| {
                let entry = one.new.entry.as_ref()?;
                Some(LaneKey::of(one.new.message.tenant, entry))
            })
            .collect();
        let lanes = self.lanes_of(keys).await?;
        let tenants = batch.iter().map(|one| one.new.message.tenant);
        let is_alone = batch.len() == 1;
        let mut transaction = self.begin_intake(tenants, is_alone).await?;
        let mut answers: Vec<&Answer> =
            batch.iter().filter_map(|one| one.answer.as_ref()).collect();
        // In the order in which requests that begin lock their keys.
        answers.sort_by(|one, other| order(one).cmp(&order(other)));
        let lost = idempotency::write_answers(&mut transaction, &answers).await?;
        let is_lost = |one: &NewAnswered| {
            one.answer
                .as_ref()
                .is_some_and(|answer| lost.contains(&answer.claim))
        };
        let kept: Vec<&NewAnswered> = batch.iter().filter(|one| !is_lost(one)).collect();
        let new: Vec<&NewMessage> = kept.iter().map(|one| &one.new).collect();
        let (inserted, noted) = insert_new_many(&mut transaction, &new, &lanes).await?;
        let unanswered: Vec<&Answer> = kept
            .iter()
            .zip(&inserted)
            .filter(|(_, inserted)| **inserted != Inserted::Yes)
            .filter_map(|(one, _)| one.answer.as_ref())
            .collect();
        idempotency::take_back_answers(&mut transaction, &unanswered).await?;
        transaction.commit().await.map_err(store_error)?;
        self.wake_for_events(noted);
        let is_queued = |(new, inserted): (&&NewMessage, &Inserted)| {
            *inserted == Inserted::Yes && new.entry.is_some()
        };
        if !is_alone && new.iter().zip(&inserted).any(is_queued) {
            self.wake(Channel::Queue).await;
        }
        let mut inserted = inserted.into_iter();
        Ok(batch
            .iter()
            .map(|one| {
                if is_lost(one) {
                    return Err(KeyLost.into());
                }
                match inserted.next() {
                    Some(Inserted::NoContact) => Err(AcceptError::NoContact),
                    Some(Inserted::UsedUp) => Err(AcceptError::UsedUp),
                    Some(Inserted::Yes) | None => Ok(()),
                }
            })
            .collect())
    }
}
