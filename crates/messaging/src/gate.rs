//! One decision out of all rules.
//!
//! [`decide`] is pure and total. Every rule is asked, so that the answer lists every reason and not the
//! first; a block outweighs a deferral, a deferral outweighs permission. What a rule cannot decide it
//! answers in the way that sends nothing.

mod content;
mod facts;
mod law;
#[cfg(any(test, feature = "strategies"))]
pub mod laws;
mod reproduction;
mod request;
mod rules;
#[cfg(any(test, feature = "strategies"))]
pub mod strategies;
#[cfg(test)]
mod tests;

pub use content::{ContentFacts, Presence};
pub use facts::{Allowance, CUSTOMER_SINCE, Facts, ZoneSource, Zones};
pub use law::{Cap, Demand, Law, Pause};
pub use reproduction::Reproduction;
pub use request::GateRequest;
pub(crate) use rules::counted_against;
pub use rules::{EXPIRED, HELD, LOW_QUALITY, RULES, SERVICE_WINDOW};

use crate::{Decision, GateOutcome, Known, Message, Reason, SendableMessage, Stage};
use rules::{Case, Word};
use tidings_jurisdictions::Packs;
use tidings_kernel::{AttemptId, Channel, SenderId};
use time::OffsetDateTime;

/// Judges a request on these facts, for this instant.
///
/// The same request, facts and instant always give the same decision, explanation included.
pub fn decide(request: &GateRequest, facts: &Facts, now: OffsetDateTime) -> Decision {
    let mut blocks = Vec::new();
    let mut deferrals: Vec<(OffsetDateTime, Reason)> = Vec::new();
    let mut permissions = Vec::new();
    let case = Case::new(request, facts, now);
    for rule in rules::ALL {
        match rule(&case) {
            Word::Nothing => {}
            Word::Allow(reason) => permissions.push(reason),
            Word::Defer(until, reason) => deferrals.push((until, reason)),
            Word::Block(reason) => blocks.push(reason),
        }
    }
    let until = deferrals.iter().map(|(until, _)| *until).max();
    if let Some(reason) = rules::in_time(request, until.unwrap_or(now)) {
        blocks.push(reason);
    }
    let (outcome, until) = match (blocks.is_empty(), until) {
        (false, _) => (GateOutcome::Block, None),
        (true, Some(until)) => (GateOutcome::Defer, Some(until)),
        (true, None) => (GateOutcome::Send, None),
    };
    let deferrals = deferrals.into_iter().map(|(_, reason)| reason);
    Decision {
        outcome,
        until,
        channel: Some(request.channel),
        reasons: blocks
            .into_iter()
            .chain(deferrals)
            .chain(permissions)
            .collect(),
        evaluated_at: now,
    }
}

/// Judges the channels in order of preference and takes the first that may be sent or deferred.
///
/// When that is not the first choice, the outcome `send` becomes `use_channel`, and the reasons
/// against the channels before it are kept. When none may be used, all reasons are given.
pub fn decide_among(
    requests: &[(GateRequest, Facts)],
    now: OffsetDateTime,
) -> Option<(Channel, Decision)> {
    let mut against: Vec<Reason> = Vec::new();
    let mut first_channel = None;
    for (request, facts) in requests {
        let decision = decide(request, facts, now);
        first_channel.get_or_insert(request.channel);
        if decision.outcome == GateOutcome::Block {
            for reason in decision.reasons {
                if !against.contains(&reason) {
                    against.push(reason);
                }
            }
            continue;
        }
        let is_first = first_channel == Some(request.channel);
        let outcome = match decision.outcome {
            GateOutcome::Send if !is_first => GateOutcome::UseChannel,
            other => other,
        };
        let reasons = against.into_iter().chain(decision.reasons).collect();
        return Some((
            request.channel,
            Decision {
                outcome,
                reasons,
                ..decision
            },
        ));
    }
    first_channel.map(|channel| {
        let decision = Decision {
            outcome: GateOutcome::Block,
            until: None,
            channel: Some(channel),
            reasons: against,
            evaluated_at: now,
        };
        (channel, decision)
    })
}

/// The gate's permission to send one message now. Only [`clear`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clearance {
    message: tidings_kernel::MessageId,
    tenant: tidings_kernel::TenantId,
    channel: Channel,
    purpose: tidings_kernel::Purpose,
    to: crate::Address,
    content: crate::Content,
    valid_for: Option<time::Duration>,
}

/// Judges a message right before it is sent, and gives a clearance only if it may be sent now.
pub fn clear(
    message: &Message,
    known: &Known,
    packs: &Packs,
    now: OffsetDateTime,
) -> (GateRequest, Facts, Decision, Option<Clearance>) {
    let request = GateRequest::of(message, known);
    let facts = Facts::of(known, &request, packs, Stage::Dispatch, now);
    let decision = decide(&request, &facts, now);
    let clearance = (decision.outcome == GateOutcome::Send).then(|| Clearance {
        message: message.id,
        tenant: message.tenant,
        channel: message.channel,
        purpose: message.purpose,
        to: message.contact_address.clone(),
        content: message.content.clone(),
        valid_for: message.valid_until.map(|end| end - now),
    });
    (request, facts, decision, clearance)
}

impl Clearance {
    /// Puts an attempt and a sender to the cleared message. A clearance is used up by it.
    #[must_use]
    pub fn address(self, attempt: AttemptId, sender: SenderId, from: String) -> SendableMessage {
        let Self {
            message,
            tenant,
            channel,
            purpose,
            to,
            content,
            valid_for,
        } = self;
        SendableMessage {
            attempt,
            message,
            tenant,
            channel,
            purpose,
            sender,
            from,
            to,
            content,
            valid_for,
        }
    }
}
