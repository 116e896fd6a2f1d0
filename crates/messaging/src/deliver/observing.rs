//! What delivery tells who measures it.

use super::{Call, Delivering};
use crate::{
    Claim, Class, DecisionRecord, Outcome, TraceId,
    observe::{Observer, Phase, Uncertainty},
};
use std::time::{Duration, Instant};
use time::OffsetDateTime;

/// How long the parts of judging took, for a whole batch.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spent {
    pub(super) gate: Duration,
    pub(super) route: Duration,
}

/// A call under way; over when it is dropped.
pub(super) struct Line<'observer> {
    observer: &'observer dyn Observer,
    provider: &'static str,
    started: Instant,
}

impl<'observer> Line<'observer> {
    pub(super) fn open(observer: &'observer dyn Observer, provider: &'static str) -> Self {
        observer.calling(provider);
        Self {
            observer,
            provider,
            started: Instant::now(),
        }
    }

    /// Tells how the call has ended.
    pub(super) fn ended(self, class: Class, outcome: &Outcome) {
        let took = self.started.elapsed();
        self.observer.called(self.provider, class, outcome, took);
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        self.observer.hung_up(self.provider);
    }
}

impl Delivering {
    /// Tells of what was claimed, and how long it had waited.
    pub(super) fn observe_claims(&self, claims: &[Claim], started: Instant, now: OffsetDateTime) {
        if claims.is_empty() {
            return;
        }
        self.observer
            .phase(Phase::Claim, started.elapsed(), claims.len());
        // What comes back waited for something else than a worker.
        for claim in claims.iter().filter(|claim| is_first(claim)) {
            let due_at = claim.message.send_at.unwrap_or(claim.message.created_at);
            let due_at = due_at.max(claim.message.created_at);
            let waited = Duration::try_from(now - due_at).unwrap_or_default();
            self.observer
                .claimed(Class::of(claim.message.purpose), waited);
        }
    }

    /// Tells of how long a batch was judged and routed.
    pub(super) fn observe_spent(&self, spent: Spent, messages: usize) {
        if messages > 0 {
            self.observer.phase(Phase::Gate, spent.gate, messages);
            self.observer.phase(Phase::Route, spent.route, messages);
        }
    }

    /// Tells of what the gate said.
    pub(super) fn observe_decision(&self, record: &DecisionRecord, trace: Option<TraceId>) {
        let decision = &record.decision;
        let rule = decision
            .reasons
            .first()
            .map_or("none", |reason| reason.rule.as_ref());
        tracing::debug!(message = %record.message, trace_id = %shown(trace),
            outcome = decision.outcome.as_str(), rule, "judged again");
        self.observer.judged(decision.outcome, rule);
    }

    pub(super) fn observe_uncertain(&self, step: Uncertainty) {
        self.observer.uncertain(step);
    }
}

/// A trace as it stands in the log.
pub(crate) fn shown(trace: Option<TraceId>) -> String {
    trace.map_or_else(String::new, |trace| trace.to_string())
}

impl Call {
    /// What its log lines have in common.
    pub(super) fn span(&self) -> tracing::Span {
        tracing::debug_span!("call", message = %self.held.message, attempt = %self.message.attempt(),
            trace_id = %shown(self.trace))
    }
}

const fn is_first(claim: &Claim) -> bool {
    claim.failures == 0 && claim.crashes == 0 && claim.open_attempt.is_none()
}
