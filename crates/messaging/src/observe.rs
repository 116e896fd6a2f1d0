//! What delivery lets others see of itself, for those who measure.

use crate::{Class, GateOutcome, Outcome};
use std::time::Duration;

/// A part of a message's way through a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Messages are taken from the queue.
    Claim,
    /// Accounts and facts are loaded for them.
    Load,
    /// The gate judges them again.
    Gate,
    /// Account and sender are chosen.
    Route,
    /// Attempts are written.
    Begin,
    /// A provider is called, for one message.
    Call,
    /// Outcomes are written.
    Settle,
}

impl Phase {
    /// Every phase, in order.
    pub const ALL: [Self; 7] = [
        Self::Claim,
        Self::Load,
        Self::Gate,
        Self::Route,
        Self::Begin,
        Self::Call,
        Self::Settle,
    ];

    /// The name used in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Load => "load",
            Self::Gate => "gate",
            Self::Route => "route",
            Self::Begin => "begin",
            Self::Call => "call",
            Self::Settle => "settle",
        }
    }
}

/// What happens to an outcome that nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Uncertainty {
    /// A call ended without an answer that tells.
    Opened,
    /// The answer of the call, or a receipt, was learned after all: the provider has it.
    Accepted,
    /// The answer of the call was learned after all: the provider refused it.
    Rejected,
    /// The provider was asked, and has it.
    Found,
    /// The provider was asked, and does not have it.
    NotThere,
    /// Nobody could tell in time, and the purpose says to send again.
    SentAgain,
    /// Nobody could tell in time, and the purpose says to leave it.
    GivenUp,
}

impl Uncertainty {
    /// The name used in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Found => "found",
            Self::NotThere => "not_there",
            Self::SentAgain => "sent_again",
            Self::GivenUp => "given_up",
        }
    }
}

/// Sees what delivery does. Called in its midst: it must neither block nor fail.
pub trait Observer: Send + Sync {
    /// A phase has ended, for so many messages.
    fn phase(&self, phase: Phase, took: Duration, messages: usize);

    /// A message was claimed for the first time, so long after it could have been.
    fn claimed(&self, class: Class, waited: Duration);

    /// The gate has judged a message that was claimed; the rule is the decisive one.
    fn judged(&self, outcome: GateOutcome, rule: &str);

    /// A call to a provider begins.
    fn calling(&self, provider: &'static str);

    /// A call to a provider is over, also when nobody waited for its end.
    fn hung_up(&self, provider: &'static str);

    /// A call to a provider has ended with an outcome.
    fn called(&self, provider: &'static str, class: Class, outcome: &Outcome, took: Duration);

    /// Something happened to an outcome that nobody knows.
    fn uncertain(&self, step: Uncertainty);
}

/// Looks away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn phase(&self, _: Phase, _: Duration, _: usize) {}

    fn claimed(&self, _: Class, _: Duration) {}

    fn judged(&self, _: GateOutcome, _: &str) {}

    fn calling(&self, _: &'static str) {}

    fn hung_up(&self, _: &'static str) {}

    fn called(&self, _: &'static str, _: Class, _: &Outcome, _: Duration) {}

    fn uncertain(&self, _: Uncertainty) {}
}
