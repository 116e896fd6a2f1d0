use std::time::Duration;
use tidings_messaging::{
    Class, GateOutcome, Outcome,
    observe::{Observer, Phase, Uncertainty},
};

/// Turns what delivery shows of itself into metrics. Their names and units are in
/// `docs/guides/operate.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Metered;

impl Observer for Metered {
    fn phase(&self, phase: Phase, took: Duration, messages: usize) {
        metrics::histogram!("tidings_phase_seconds", "phase" => phase.as_str())
            .record(took.as_secs_f64());
        let messages = u32::try_from(messages).unwrap_or(u32::MAX);
        metrics::histogram!("tidings_batch_messages", "phase" => phase.as_str()).record(messages);
    }

    fn claimed(&self, class: Class, waited: Duration) {
        metrics::histogram!("tidings_claim_wait_seconds", "class" => class.as_str())
            .record(waited.as_secs_f64());
    }

    fn judged(&self, outcome: GateOutcome, rule: &str) {
        // Rules are a fixed list, so that there are only so many.
        metrics::counter!("tidings_gate_total", "outcome" => outcome.as_str(), "rule" => rule.to_owned())
            .increment(1);
    }

    fn calling(&self, provider: &'static str) {
        metrics::gauge!("tidings_calls_in_flight", "provider" => provider).increment(1);
    }

    fn hung_up(&self, provider: &'static str) {
        metrics::gauge!("tidings_calls_in_flight", "provider" => provider).decrement(1);
    }

    fn called(&self, provider: &'static str, class: Class, outcome: &Outcome, took: Duration) {
        let error = match outcome {
            Outcome::Rejected(error) => error.class.as_str(),
            Outcome::Accepted { .. } | Outcome::Unknown { .. } => "none",
        };
        metrics::histogram!("tidings_provider_call_seconds", "provider" => provider)
            .record(took.as_secs_f64());
        metrics::counter!("tidings_calls_total", "provider" => provider, "class" => class.as_str(),
            "outcome" => outcome.kind().as_str(), "error" => error)
        .increment(1);
    }

    fn uncertain(&self, step: Uncertainty) {
        metrics::counter!("tidings_unknown_total", "step" => step.as_str()).increment(1);
    }
}
