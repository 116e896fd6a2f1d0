use super::decide_among;
use crate::{Decision, DecisionRecord, GateOutcome};
use serde::Serialize;
use tidings_kernel::Purpose;

/// What comes of deciding again on stored facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reproduction {
    /// The same decision, byte for byte.
    Same,
    /// Another one, which today's rules make of the facts of then. The stored one stands.
    Differs(Box<Decision>),
}

impl DecisionRecord {
    /// What the message was judged as: the stricter of what was declared and what it is. It waits in the
    /// class of that.
    pub fn judged_as(&self) -> Purpose {
        self.request.judged_as(self.facts.template.as_ref())
    }

    /// Decides again on the stored requests and facts, for the stored instant (compliance reference,
    /// L4 and L80).
    ///
    /// The facts hold the law as it was, so a change of law changes nothing here; only a change of our
    /// own rules, or of the time zone database, which the facts name, can.
    pub fn reproduce(&self) -> Reproduction {
        let own = [(self.request.clone(), self.facts.clone())];
        let others = self
            .others
            .iter()
            .map(|other| (other.request.clone(), other.facts.clone()));
        // When no channel may be used the first one stands for the message, else the last that was asked.
        let asked: Vec<_> = match self.decision.outcome {
            GateOutcome::Block => own.into_iter().chain(others).collect(),
            GateOutcome::Send | GateOutcome::Defer | GateOutcome::UseChannel => {
                others.chain(own).collect()
            }
        };
        match decide_among(&asked, self.decision.evaluated_at) {
            Some((_, again))
                if again == self.decision && bytes(&again) == bytes(&self.decision) =>
            {
                Reproduction::Same
            }
            Some((_, again)) => Reproduction::Differs(Box::new(again)),
            None => Reproduction::Same,
        }
    }
}

fn bytes(decision: &impl Serialize) -> Option<Vec<u8>> {
    serde_json::to_vec(decision).ok()
}
