//! What concurrent requests ask for in the same moment, and is asked of the database once.

use crate::{
    Postgres, accounts, fact_store,
    gather::{Gather, Turns},
    idempotency::{self, Beginning},
    inbox::{self, Incoming},
    messages::{self, NewAnswered},
    tenants,
};
use std::sync::Arc;
use tidings_kernel::{StoreError, TenantId};
use tidings_messaging::{AcceptError, ApiKey, Begun, FactsQuery, Known, ProviderAccount, Stored};
use time::OffsetDateTime;

/// How many requests a batch has at most.
const MOST: usize = 256;
/// How many batches are under way at most: as many as keep half of the processors busy, but few, since what waits
/// meanwhile becomes one batch instead of several.
fn running() -> usize {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (processors / 2).clamp(1, 4)
}

/// Everything that is gathered.
#[derive(Debug)]
pub(crate) struct Gathers {
    pub(crate) intake: Gather<NewAnswered, (), AcceptError>,
    pub(crate) keys: Gather<[u8; 32], Option<ApiKey>, StoreError>,
    pub(crate) begins: Gather<Beginning, Begun, StoreError>,
    pub(crate) facts: Gather<(FactsQuery, OffsetDateTime), Option<Known>, StoreError>,
    pub(crate) accounts: Gather<TenantId, Vec<ProviderAccount>, StoreError>,
    pub(crate) tokens: Gather<String, Option<ProviderAccount>, StoreError>,
    pub(crate) callbacks: Gather<Arc<Incoming>, Stored, StoreError>,
}

impl Gathers {
    pub(crate) fn over(postgres: &Postgres) -> Self {
        let plain = Postgres {
            gathers: None,
            ..postgres.clone()
        };
        let store = || plain.clone();
        let turns = Turns::new(running());
        let (intake, keys, begins) = (store(), store(), store());
        let (facts, accounts, tokens) = (store(), store(), store());
        let (callbacks, wakes) = (store(), store());
        // One at a time: the next one tells of everything that came meanwhile.
        let wakes = Gather::new(usize::MAX, &Turns::new(1), move |batch| {
            inbox::wake_all(wakes.clone(), batch)
        });
        Self {
            intake: Gather::new(MOST, &turns, move |batch| {
                measure("intake", &batch);
                messages::intake(intake.clone(), batch)
            }),
            keys: Gather::new(MOST, &turns, move |batch| {
                measure("keys", &batch);
                tenants::find_keys(keys.clone(), batch)
            }),
            begins: Gather::new(MOST, &turns, move |batch| {
                measure("begins", &batch);
                idempotency::begin_all(begins.clone(), batch)
            }),
            facts: Gather::new(MOST, &turns, move |batch| {
                measure("facts", &batch);
                fact_store::load_all(facts.clone(), batch)
            }),
            accounts: Gather::new(MOST, &turns, move |batch| {
                measure("accounts", &batch);
                accounts::of_each(accounts.clone(), batch)
            }),
            tokens: Gather::new(MOST, &turns, move |batch| {
                accounts::by_tokens(tokens.clone(), batch)
            }),
            callbacks: Gather::new(MOST, &turns, move |batch| {
                inbox::store_all(callbacks.clone(), wakes.clone(), batch)
            }),
        }
    }
}

/// Tells how much company a request had.
fn measure<Q>(what: &'static str, batch: &[Q]) {
    let size = u32::try_from(batch.len()).unwrap_or(u32::MAX);
    metrics::histogram!("tidings_gathered_requests", "what" => what).record(size);
}

/// Asks for all of a batch at once. When something in it makes no sense, each is asked for by itself, so that
/// nobody suffers from another's rows.
pub(crate) async fn ask_each<Q, T, F>(
    questions: Vec<Q>,
    ask: impl Fn(Vec<Q>) -> F + Send,
) -> Vec<Result<T, StoreError>>
where
    Q: Clone + Send,
    T: Send,
    F: Future<Output = Result<Vec<T>, StoreError>> + Send,
{
    let error = match ask(questions.clone()).await {
        Ok(answers) => return answers.into_iter().map(Ok).collect(),
        Err(error) => error,
    };
    let is_alone = questions.len() == 1;
    let mut answers = Vec::with_capacity(questions.len());
    for question in questions {
        answers.push(match &error {
            StoreError::Inconsistent { .. } if !is_alone => only(ask(vec![question]).await),
            StoreError::Inconsistent { context, .. } => {
                Err(StoreError::inconsistent(context.clone()))
            }
            StoreError::Unavailable(source) => Err(StoreError::unavailable(source.to_string())),
        });
    }
    answers
}

/// The answer to a question that was asked alone.
pub(crate) fn only<T>(answers: Result<Vec<T>, StoreError>) -> Result<T, StoreError> {
    answers?
        .pop()
        .ok_or_else(|| StoreError::inconsistent("a question without an answer"))
}
