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

/// The rules that speak for a message, or beside it; every other rule that is named stands against it.
const IN_FAVOR: [&str; 10] = [
    "consent.granted",
    "consent.confirmed",
    "consent.soft_opt_in",
    "consent.inbound",
    "consent.own_request",
    "consent.not_required",
    "emergency.overridden",
    "quiet_hours.overridden",
    "purpose.raised",
    "content.caution",
];

impl Decision {
    /// Whether a reason stands against the message.
    pub fn is_adverse(&self) -> bool {
        self.reasons
            .iter()
            .any(|reason| !IN_FAVOR.contains(&reason.rule.as_ref()))
    }

    /// Whether it waits for news and not for an instant alone: it is looked at again as soon as there are any.
    pub fn waits_for_news(&self) -> bool {
        let ends_by_news = |reason: &Reason| {
            [crate::gate::HELD, crate::gate::LOW_QUALITY].contains(&&*reason.rule)
        };
        self.outcome == GateOutcome::Defer && self.reasons.iter().any(ends_by_news)
    }

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

impl Decision {
    /// The decision as one plain sentence: what may happen, and why.
    ///
    /// ```rust
    /// use tidings_kernel::Channel;
    /// use tidings_messaging::{Decision, GateOutcome, Reason};
    /// use time::macros::datetime;
    ///
    /// let decision = Decision {
    ///     outcome: GateOutcome::Block,
    ///     until: None,
    ///     channel: Some(Channel::Sms),
    ///     reasons: vec![Reason::new("channel.disabled", "sms is switched off")],
    ///     evaluated_at: datetime!(2026-07-15 15:00 UTC),
    /// };
    /// assert_eq!(decision.sentence(), "It may not be sent by SMS: sms is switched off.");
    /// ```
    pub fn sentence(&self) -> String {
        let channel = match self.channel {
            None => "any channel",
            Some(Channel::Sms) => "SMS",
            Some(Channel::Whatsapp) => "WhatsApp",
            Some(Channel::Email) => "email",
        };
        let outcome = match (self.outcome, self.until) {
            (GateOutcome::Send, _) => format!("It may be sent now by {channel}"),
            (GateOutcome::Defer, Some(until)) => {
                let (date, hour, minute) = (until.date(), until.hour(), until.minute());
                format!(
                    "It has to wait until {date} {hour:02}:{minute:02} UTC before it is sent by {channel}"
                )
            }
            (GateOutcome::Defer, None) => format!("It has to wait before it is sent by {channel}"),
            (GateOutcome::Block, _) => format!("It may not be sent by {channel}"),
            (GateOutcome::UseChannel, _) => format!("It may be sent, but by {channel}"),
        };
        let because: Vec<&str> = self
            .decisive()
            .into_iter()
            .map(|reason| reason.detail.trim_end_matches('.'))
            .collect();
        match because.as_slice() {
            [] => format!("{outcome}."),
            because => format!("{outcome}: {}.", because.join("; ")),
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
