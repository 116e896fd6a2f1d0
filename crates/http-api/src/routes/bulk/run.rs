//! A batch on its way: while a chunk is stored the next one is judged.

use super::reading::{Asked, told};
use crate::{api::Api, error::ApiError, routes::quota};
use futures_util::future::join;
use std::collections::{BTreeMap, HashMap};
use tidings_kernel::{BatchId, Currency, StoreError, TenantId};
use tidings_messaging::{
    Chunk, ChunkKey, ChunkReport, LeftOut, NotTaken, RecipientError,
    send::{Prepared, SendError, SendRequest},
};
use tokio::sync::mpsc;

/// How many errors are told; the rest is only counted.
pub(super) const TOLD: usize = 1_000;

/// What became of all recipients so far.
#[derive(Debug, Default)]
pub(super) struct Sum {
    pub(super) accepted: u64,
    pub(super) deferred: u64,
    pub(super) blocked: u64,
    pub(super) failed: u64,
    pub(super) costs: BTreeMap<Currency, i64>,
    pub(super) errors: Vec<RecipientError>,
}

/// A batch that is being worked on.
pub(super) struct Run<'a> {
    pub(super) api: &'a Api,
    pub(super) tenant: TenantId,
    pub(super) batch: BatchId,
    /// What an earlier run of the same batch has done.
    pub(super) recorded: BTreeMap<ChunkKey, ChunkReport>,
}

/// A chunk that has been judged, or had been stored before.
struct Judged {
    number: u32,
    /// What was asked for, in case others use up the month before it is stored.
    requests: Vec<(u32, SendRequest)>,
    state: State,
}

enum State {
    New(Box<Chunk>),
    Recorded(ChunkReport),
}

impl Run<'_> {
    /// Judges and stores the chunks that come, in their order.
    pub(super) async fn take(
        &self,
        mut chunks: mpsc::Receiver<Vec<Asked>>,
    ) -> Result<Sum, ApiError> {
        let mut sum = Sum::default();
        let mut waiting: Option<Judged> = None;
        // How many errors of judged chunks there are to tell, the waiting one included.
        let mut told = 0;
        for number in 0.. {
            let judge = async {
                match chunks.recv().await {
                    Some(asked) => self.judge(number, asked, told).await.map(Some),
                    None => Ok(None),
                }
            };
            let (judged, stored) = join(judge, self.store(waiting.take())).await;
            sum.add(stored?);
            let Some(judged) = judged? else {
                break;
            };
            told += judged.report().errors.len();
            waiting = Some(judged);
        }
        Ok(sum)
    }

    async fn judge(&self, number: u32, asked: Vec<Asked>, told: usize) -> Result<Judged, ApiError> {
        let mut report = ChunkReport::default();
        let mut requests = Vec::with_capacity(asked.len());
        for (index, request) in asked {
            match request {
                Ok(request) => requests.push((index, request)),
                Err(error) => report.fail(error),
            }
        }
        let key = ChunkKey { number, round: 0 };
        if let Some(recorded) = self.recorded.get(&key) {
            return Ok(Judged {
                number,
                requests,
                state: State::Recorded(recorded.clone()),
            });
        }
        let mut chunk = self.chunk(key, report, &requests).await?;
        chunk.report.errors.sort_by_key(|error| error.index);
        chunk.report.errors.truncate(TOLD.saturating_sub(told));
        Ok(Judged {
            number,
            requests,
            state: State::New(Box::new(chunk)),
        })
    }

    /// Judges requests together.
    async fn chunk(
        &self,
        key: ChunkKey,
        mut report: ChunkReport,
        requests: &[(u32, SendRequest)],
    ) -> Result<Chunk, ApiError> {
        let at = self.api.clock.now();
        let sending = &self.api.sending;
        let plain: Vec<&SendRequest> = requests.iter().map(|(_, request)| request).collect();
        let prepared = sending.prepare_many(self.tenant, &plain).await?;
        let mut messages = Vec::with_capacity(prepared.len());
        for ((index, _), prepared) in requests.iter().zip(prepared) {
            match prepared {
                Ok(prepared) => {
                    if prepared.is_blocked() {
                        report.errors.push(refused(*index, &prepared));
                    }
                    messages.push((*index, prepared.new));
                }
                // A failure of ours is nobody's fault: the whole is tried again.
                Err(SendError::Store(error)) => return Err(error.into()),
                Err(error) => report.fail(told(*index, &error.into())),
            }
        }
        Ok(Chunk {
            batch: self.batch,
            key,
            messages,
            report,
            at,
        })
    }

    /// Stores a chunk, and judges once more those that others left nothing of the month for.
    async fn store(&self, judged: Option<Judged>) -> Result<Vec<ChunkReport>, ApiError> {
        let Some(Judged {
            number,
            requests,
            state,
        }) = judged
        else {
            return Ok(Vec::new());
        };
        let mut first = match state {
            State::New(chunk) => self.record(&chunk).await?,
            State::Recorded(report) => report,
        };
        let again: Vec<u32> = first
            .left_out
            .iter()
            .filter(|left| left.why == NotTaken::UsedUp)
            .map(|left| left.index)
            .collect();
        if again.is_empty() {
            return Ok(vec![first]);
        }
        first.left_out.retain(|left| left.why != NotTaken::UsedUp);
        let key = ChunkKey { number, round: 1 };
        if let Some(recorded) = self.recorded.get(&key) {
            return Ok(vec![first, recorded.clone()]);
        }
        let mut requests: HashMap<u32, SendRequest> = requests.into_iter().collect();
        let requests: Vec<(u32, SendRequest)> = again
            .into_iter()
            .filter_map(|index| requests.remove_entry(&index))
            .collect();
        let chunk = self.chunk(key, ChunkReport::default(), &requests).await?;
        let second = self.record(&chunk).await?;
        Ok(vec![first, second])
    }

    async fn record(&self, chunk: &Chunk) -> Result<ChunkReport, StoreError> {
        if chunk.messages.is_empty() {
            return Ok(chunk.report.clone());
        }
        self.api.batches.accept_many(self.tenant, chunk).await
    }
}

impl Judged {
    fn report(&self) -> &ChunkReport {
        match &self.state {
            State::New(chunk) => &chunk.report,
            State::Recorded(report) => report,
        }
    }
}

/// What a client is told about a message that the gate keeps back.
fn refused(index: u32, prepared: &Prepared) -> RecipientError {
    let code = match quota::alone_refuses(&prepared.new.decision) {
        Some(_) => "quota_exceeded",
        None => "blocked",
    };
    RecipientError {
        index,
        code: code.to_owned(),
        detail: prepared.decision().sentence(),
    }
}

impl Sum {
    /// Adds what became of one chunk.
    fn add(&mut self, reports: Vec<ChunkReport>) {
        let mut errors = Vec::new();
        for report in reports {
            self.accepted += u64::from(report.accepted);
            self.deferred += u64::from(report.deferred);
            self.blocked += u64::from(report.blocked);
            self.failed += u64::from(report.failed);
            for (currency, micros) in report.costs {
                let sum = self.costs.entry(currency).or_default();
                *sum = sum.saturating_add(micros);
            }
            errors.extend(report.errors);
            for left in report.left_out {
                self.failed += 1;
                errors.push(left_out(left));
            }
        }
        errors.sort_by_key(|error| error.index);
        let room = TOLD.saturating_sub(self.errors.len());
        self.errors.extend(errors.into_iter().take(room));
    }
}

/// What a client is told about a message that the store did not take.
fn left_out(left: LeftOut) -> RecipientError {
    match left.why {
        NotTaken::NoContact => told(left.index, &ApiError::NotFound("contact")),
        NotTaken::UsedUp => RecipientError {
            index: left.index,
            code: "quota_exceeded".to_owned(),
            detail: "others have used up the month meanwhile".to_owned(),
        },
    }
}
