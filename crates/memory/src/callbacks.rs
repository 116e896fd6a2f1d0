use crate::memory::State;
use tidings_kernel::{CallbackId, TenantId};
use tidings_messaging::{CallbackEntry, CallbackStage, PutBack, RawCallback, Stored};
use time::{Duration, OffsetDateTime};

/// How long the same request counts as a repeat.
const REPEATS_WITHIN: Duration = Duration::DAY;

/// A callback and how far it has come.
pub(crate) struct Callback {
    raw: RawCallback,
    stage: Stage,
    /// Why it could not be applied, last.
    problem: Option<String>,
}

impl Callback {
    pub(crate) const fn id(&self) -> CallbackId {
        self.raw.id
    }

    pub(crate) const fn tenant(&self) -> TenantId {
        self.raw.tenant
    }

    /// What people see of it, unless it is applied.
    pub(crate) fn entry(&self) -> Option<CallbackEntry> {
        let stage = match (&self.stage, &self.problem) {
            (Stage::Waiting(_), _) => CallbackStage::Waiting,
            (Stage::Over, Some(_)) => CallbackStage::GivenUp,
            (Stage::Over, None) => return None,
        };
        Some(CallbackEntry {
            id: self.raw.id,
            account: self.raw.account,
            provider: self.raw.provider.clone(),
            received_at: self.raw.request.received_at,
            stage,
            problem: self.problem.clone(),
        })
    }

    /// Lets it be claimed from `now`, if it was given up.
    pub(crate) fn replay(&mut self, now: OffsetDateTime) -> bool {
        let is_given_up = matches!(self.stage, Stage::Over) && self.problem.is_some();
        if is_given_up {
            self.stage = Stage::Waiting(now);
            self.problem = None;
            self.raw.failures = 0;
        }
        is_given_up
    }

    /// When it came in, and when it may be taken; `None` when it is over.
    pub(crate) const fn waiting_since(&self) -> Option<(OffsetDateTime, OffsetDateTime)> {
        match self.stage {
            Stage::Waiting(due_at) => Some((self.raw.request.received_at, due_at)),
            Stage::Over => None,
        }
    }
}

enum Stage {
    /// To be claimed, from this instant.
    Waiting(OffsetDateTime),
    /// Applied, or given up.
    Over,
}

impl State {
    pub(crate) fn store(&mut self, callback: &RawCallback) -> Stored {
        let is_known = self
            .callbacks
            .values()
            .any(|known| is_repeat(&known.raw, callback));
        if is_known {
            return Stored::Repeat;
        }
        let stage = Stage::Waiting(callback.request.received_at);
        self.callbacks.insert(
            callback.id,
            Callback {
                raw: callback.clone(),
                stage,
                problem: None,
            },
        );
        Stored::New
    }

    pub(crate) fn claim_callbacks(
        &mut self,
        limit: u16,
        now: OffsetDateTime,
        lease: Duration,
    ) -> Vec<RawCallback> {
        let mut free: Vec<&mut Callback> = self
            .callbacks
            .values_mut()
            .filter(|callback| matches!(callback.stage, Stage::Waiting(from) if from <= now))
            .collect();
        free.sort_by_key(|callback| (callback.raw.request.received_at, callback.raw.id));
        free.truncate(usize::from(limit));
        for callback in &mut free {
            callback.stage = Stage::Waiting(now.saturating_add(lease));
        }
        free.into_iter()
            .map(|callback| callback.raw.clone())
            .collect()
    }

    pub(crate) fn finish_callback(&mut self, callback: CallbackId) {
        if let Some(callback) = self.callbacks.get_mut(&callback) {
            callback.stage = Stage::Over;
            callback.problem = None;
        }
    }

    pub(crate) fn put_back(&mut self, put_back: &PutBack) {
        let retry_at = put_back.retry_at;
        let callback = self.callbacks.get_mut(&put_back.callback);
        if let Some(callback) = callback.filter(|callback| !matches!(callback.stage, Stage::Over)) {
            callback.raw.failures = callback.raw.failures.saturating_add(1);
            callback.stage = retry_at.map_or(Stage::Over, Stage::Waiting);
            callback.problem = Some(put_back.problem.clone());
        }
    }
}

fn is_repeat(known: &RawCallback, new: &RawCallback) -> bool {
    let (old, request) = (&known.request, &new.request);
    known.tenant == new.tenant
        && known.account == new.account
        && old.method == request.method
        && old.url == request.url
        && old.body == request.body
        && request.received_at - old.received_at < REPEATS_WITHIN
}
