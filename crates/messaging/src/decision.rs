use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use tidings_kernel::{Channel, ConsentEventId};
use time::OffsetDateTime;

/// The gate's answer, with everything that it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What may happen.
    pub outcome: GateOutcome,
    /// For `Defer`: the first instant at which it may be sent.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub until: Option<OffsetDateTime>,
    /// The channel that was judged; for `UseChannel` the one to use.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub channel: Option<Channel>,
    /// Every rule that spoke, the decisive ones first.
    pub reasons: Vec<Reason>,
    /// The instant for which it was judged.
    #[serde(with = "time::serde::rfc3339")]
    pub evaluated_at: OffsetDateTime,
}

/// The rules that speak for a message; every other rule that is named stands against it.
const IN_FAVOR: [&str; 5] = [
    "consent.granted",
    "consent.confirmed",
    "consent.inbound",
    "consent.own_request",
    "consent.not_required",
];

impl Decision {
    /// The reasons that decided: those against the message if there are any, else those for it.
    pub fn decisive(&self) -> Vec<&Reason> {
        let (favorable, adverse): (Vec<&Reason>, Vec<&Reason>) = self
            .reasons
            .iter()
            .partition(|reason| IN_FAVOR.contains(&reason.rule.as_ref()));
        if adverse.is_empty() {
            favorable
        } else {
            adverse
        }
    }
}

/// What the gate allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateOutcome {
    /// It may be sent now.
    Send,
    /// It may be sent later.
    Defer,
    /// It may not be sent.
    Block,
    /// It may be sent on another channel that the caller allowed.
    UseChannel,
}

impl GateOutcome {
    /// The name used in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Defer => "defer",
            Self::Block => "block",
            Self::UseChannel => "use_channel",
        }
    }
}

/// One rule's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The rule's stable name, such as `consent.opted_out`.
    pub rule: Cow<'static, str>,
    /// The ledger events that it rests on.
    pub because: Vec<ConsentEventId>,
    /// A plain sentence for people.
    pub detail: String,
}

impl Reason {
    /// A reason that rests on no ledger event.
    pub fn new(rule: &'static str, detail: impl Into<String>) -> Self {
        Self {
            rule: Cow::Borrowed(rule),
            because: Vec::new(),
            detail: detail.into(),
        }
    }
}

/// At which point of a message's life the gate was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// When the message came in.
    Accept,
    /// Right before the provider call.
    Dispatch,
}

impl Stage {
    /// The name used in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Dispatch => "dispatch",
        }
    }
}
