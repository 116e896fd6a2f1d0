use crate::wire::{self, Timestamp};
use serde::Serialize;
use tidings_kernel::Channel;
use tidings_messaging::{Decision, Reason};
use utoipa::ToSchema;

/// The gate's answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Decision)]
pub(crate) struct DecisionView {
    /// `send`, `defer`, `block` or `use_channel`.
    outcome: &'static str,
    /// For `defer`: the first instant at which it may be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    /// The channel that was judged; for `use_channel` the one to use.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<wire::Channel>)]
    channel: Option<Channel>,
    /// Every rule that spoke, the decisive ones first.
    reasons: Vec<ReasonView>,
    evaluated_at: Timestamp,
}

/// One rule's word.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reason)]
pub(crate) struct ReasonView {
    /// Stable.
    #[schema(example = "consent.opted_out")]
    rule: String,
    /// The consent events that it rests on.
    because: Vec<String>,
    detail: String,
}

impl From<&Decision> for DecisionView {
    fn from(decision: &Decision) -> Self {
        Self {
            outcome: decision.outcome.as_str(),
            until: decision.until.map(Into::into),
            channel: decision.channel,
            reasons: decision.reasons.iter().map(Into::into).collect(),
            evaluated_at: decision.evaluated_at.into(),
        }
    }
}

impl From<&Reason> for ReasonView {
    fn from(reason: &Reason) -> Self {
        Self {
            rule: reason.rule.to_string(),
            because: reason.because.iter().map(ToString::to_string).collect(),
            detail: reason.detail.clone(),
        }
    }
}
