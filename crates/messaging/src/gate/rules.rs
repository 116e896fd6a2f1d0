//! The rules, each a small function. The ones about consent and hours live in the crates that own the
//! concern; here they are put to the request.

use super::{Facts, GateRequest};
use crate::Reason;
use std::borrow::Cow;
use tidings_consent::{self as consent, ConsentEvent};
use tidings_kernel::{Channel, Purpose};
use tidings_quiet_hours as hours;
use time::{Duration, OffsetDateTime};

/// What a rule says.
pub(super) enum Word {
    /// It has nothing to do with this message.
    Nothing,
    /// It allows the message, and says on what grounds.
    Allow(Reason),
    /// Not before this instant.
    Defer(OffsetDateTime, Reason),
    /// Not at all.
    Block(Reason),
}

type Rule = fn(&GateRequest, &Facts, OffsetDateTime) -> Word;

/// Every rule, in the order of the explanation.
pub(super) const ALL: [Rule; 9] = [
    channel_enabled,
    reachable,
    preferences,
    suppression,
    consented,
    template,
    whatsapp_window,
    content,
    quiet_hours,
];

fn block(rule: &'static str, detail: impl Into<String>) -> Word {
    Word::Block(Reason::new(rule, detail))
}

fn channel_enabled(request: &GateRequest, facts: &Facts, _: OffsetDateTime) -> Word {
    if facts.is_channel_disabled {
        return block(
            "channel.disabled",
            format!("{} is switched off", request.channel),
        );
    }
    Word::Nothing
}

fn reachable(request: &GateRequest, _: &Facts, _: OffsetDateTime) -> Word {
    if request.to.is_none() {
        let detail = format!("the contact has no address for {}", request.channel);
        return block("contact.unreachable", detail);
    }
    Word::Nothing
}

/// The contact's own switches. The system's answers to the contact's own act pass, and so does an
/// emergency for those who want them.
fn preferences(request: &GateRequest, facts: &Facts, _: OffsetDateTime) -> Word {
    let passes = match request.purpose {
        Purpose::OptOutConfirmation | Purpose::DoubleOptIn => true,
        Purpose::Emergency => facts.preferences.emergency_notifications,
        Purpose::Transactional
        | Purpose::Reminder
        | Purpose::Conversational
        | Purpose::Marketing
        | Purpose::Authentication => false,
    };
    if passes {
        return Word::Nothing;
    }
    if !facts.preferences.welcomes(request.channel) {
        let detail = format!("the contact has switched {} off", request.channel);
        return block("contact.channel_off", detail);
    }
    let wanted = request.topic.as_ref().and_then(|topic| {
        let channel = facts.preferences.topic_channels.get(topic)?;
        Some((topic, *channel))
    });
    match wanted {
        Some((topic, channel)) if channel != request.channel => {
            let detail = format!("the contact wants {topic:?} on {channel} only");
            block("contact.topic_channel", detail)
        }
        Some(_) | None => Word::Nothing,
    }
}

/// An address stays refused after its person was erased (compliance reference, L73), until the person
/// opts in again by an act of their own (L76).
fn suppression(request: &GateRequest, facts: &Facts, now: OffsetDateTime) -> Word {
    let Some(since) = facts.suppressed_since else {
        return Word::Nothing;
    };
    let state = heard(&facts.consent, now);
    let standing = state.status(request.channel, request.purpose);
    let is_lifted = standing.since.is_some_and(|granted| granted > since)
        && matches!(
            standing.status,
            consent::Status::Granted | consent::Status::Confirmed
        );
    if is_lifted || request.purpose == Purpose::Emergency {
        return Word::Nothing;
    }
    block(
        "suppression.active",
        "this address must not be messaged: its former holder refused it",
    )
}

/// What the ledger adds up to. A withdrawal that another process recorded by a clock that is ahead of
/// ours has happened: it counts at once, and not when our clock has caught up.
fn heard(events: &[ConsentEvent], now: OffsetDateTime) -> consent::ConsentState {
    let ahead = events
        .iter()
        .filter(|event| event.occurred_at > now && event.action.withdraws());
    let Some(latest) = ahead.map(|event| event.occurred_at).max() else {
        return consent::state(events, now);
    };
    let counting: Vec<ConsentEvent> = events
        .iter()
        .filter(|event| event.occurred_at <= now || event.action.withdraws())
        .cloned()
        .collect();
    consent::state(&counting, latest)
}

fn consented(request: &GateRequest, facts: &Facts, now: OffsetDateTime) -> Word {
    let state = heard(&facts.consent, now);
    match consent::judge(request.channel, request.purpose, &state, facts.last_inbound) {
        consent::Verdict::Allowed { rule, because } => Word::Allow(Reason {
            rule: Cow::Borrowed(rule),
            because,
            detail: format!(
                "{} messages on {} are allowed",
                request.purpose, request.channel
            ),
        }),
        consent::Verdict::Blocked {
            rule,
            because,
            detail,
        } => Word::Block(Reason {
            rule: Cow::Borrowed(rule),
            because,
            detail,
        }),
    }
}

fn template(request: &GateRequest, facts: &Facts, _: OffsetDateTime) -> Word {
    let Some(wanted) = request.template else {
        return Word::Nothing;
    };
    let Some(template) = facts
        .template
        .as_ref()
        .filter(|template| template.id == wanted)
    else {
        return block("template.missing", "the template does not exist any more");
    };
    // Only WhatsApp approves templates; a text template is the tenant's own.
    if request.channel == Channel::Whatsapp && !template.status.is_sendable() {
        let detail = format!("the template is {}, not approved", template.status);
        return block("template.not_approved", detail);
    }
    // A message is judged by the stricter of what it says and what its template has become.
    if template.purpose == Purpose::Marketing && request.purpose != Purpose::Marketing {
        let detail = format!("a marketing template cannot be sent as {}", request.purpose);
        return block("template.purpose", detail);
    }
    Word::Nothing
}

/// WhatsApp takes free text only in the 24 hours after the contact wrote (WhatsApp Business Platform,
/// "Customer service windows"); a minute less, so that it does not close on the way.
const SERVICE_WINDOW: Duration = Duration::minutes(24 * 60 - 1);

fn whatsapp_window(request: &GateRequest, facts: &Facts, now: OffsetDateTime) -> Word {
    if request.channel != Channel::Whatsapp || request.calls_template {
        return Word::Nothing;
    }
    match facts.last_inbound {
        Some(at) if now < at + SERVICE_WINDOW => Word::Nothing,
        Some(_) => block(
            "whatsapp.window_closed",
            "the contact last wrote more than 24 hours ago: use an approved template",
        ),
        None => block(
            "whatsapp.window_closed",
            "the contact has not written yet: use an approved template",
        ),
    }
}

/// Twilio's limit for one message, and the lowest of the providers that matter (SMS reference, 9).
const SMS_CHARACTERS: u32 = 1_600;
/// Meta's limit for a text message (WhatsApp reference, 3.1).
const WHATSAPP_CHARACTERS: u32 = 4_096;

fn content(request: &GateRequest, _: &Facts, _: OffsetDateTime) -> Word {
    let content = request.content;
    if content.is_empty {
        return block("content.empty", "there is nothing to send");
    }
    if content.has_control_character {
        return block(
            "content.control_character",
            "the text has a control character: remove it",
        );
    }
    let most = match request.channel {
        Channel::Sms => SMS_CHARACTERS,
        Channel::Whatsapp => WHATSAPP_CHARACTERS,
        Channel::Email => u32::MAX,
    };
    if content.characters > most {
        let detail = format!(
            "the text has {} characters, {most} are allowed",
            content.characters
        );
        return block("content.too_long", detail);
    }
    Word::Nothing
}

fn quiet_hours(request: &GateRequest, facts: &Facts, now: OffsetDateTime) -> Word {
    let ask = hours::Ask {
        prompted_at: facts.last_inbound,
        quiet_hours: facts.preferences.quiet(),
        weekend: facts.preferences.weekend(),
        ..hours::Ask::new(request.purpose, request.channel, now, &facts.zones.zones)
    };
    let reason = |rule, detail| Reason {
        rule,
        because: Vec::new(),
        detail,
    };
    match hours::judge(&ask) {
        hours::Verdict::Open => Word::Nothing,
        hours::Verdict::Overridden { rule, detail, .. } => Word::Allow(reason(rule, detail)),
        hours::Verdict::Later {
            until,
            rule,
            detail,
        } => Word::Defer(until, reason(rule, detail)),
        hours::Verdict::Never { rule, detail } => Word::Block(reason(rule, detail)),
    }
}

/// What would be sent too late is not sent. Judged last, since it looks at the deferral.
pub(super) fn freshness(request: &GateRequest, sent_at: OffsetDateTime) -> Option<Reason> {
    let end = request.valid_until?;
    (sent_at >= end).then(|| {
        Reason::new(
            super::EXPIRED,
            "it could only be sent after the instant until which it matters",
        )
    })
}
