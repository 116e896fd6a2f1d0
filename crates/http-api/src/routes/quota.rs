use tidings_messaging::{DecisionRecord, Facts, GateOutcome, GateRequest, gate};

/// How much of a month's messages a tenant has used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quota {
    pub(super) used: u64,
    pub(super) limit: u64,
}

/// The quota, if it alone keeps a refused message back: with a higher one some channel that was asked
/// about would take the message, now or later.
pub(super) fn alone_refuses(record: &DecisionRecord) -> Option<Quota> {
    if record.decision.outcome != GateOutcome::Block {
        return None;
    }
    let own = (&record.request, &record.facts);
    let others = record.others.iter();
    std::iter::once(own)
        .chain(others.map(|other| (&other.request, &other.facts)))
        .find_map(|(request, facts)| judge(record, request, facts))
}

fn judge(record: &DecisionRecord, request: &GateRequest, facts: &Facts) -> Option<Quota> {
    let used = facts.allowance.used.messages;
    let limit = facts.allowance.messages.filter(|limit| used >= *limit)?;
    let mut unlimited = facts.clone();
    unlimited.allowance.messages = None;
    let decision = gate::decide(request, &unlimited, record.decision.evaluated_at);
    (decision.outcome != GateOutcome::Block).then_some(Quota { used, limit })
}
