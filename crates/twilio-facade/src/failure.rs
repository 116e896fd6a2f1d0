//! Error codes, as data. `docs/guides/twilio-facade.md` shows the same tables to people.

use tidings_messaging::{Decision, MessageRecord, Status};
use tidings_routing::{Class, ProviderError};

/// Why a message does not arrive, in Twilio's terms. Holds nothing personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// Twilio's code.
    pub code: u32,
    /// What it means.
    pub message: &'static str,
}

const fn row(code: u32, message: &'static str) -> Failure {
    Failure { code, message }
}

/// The provider whose own codes a program understands as they are.
const TWILIO: &str = "twilio";

const UNSUBSCRIBED: Failure = row(21_610, "Attempt to send to unsubscribed recipient");
const NO_WAY: Failure = row(
    21_612,
    "Message cannot be sent with the current combination of 'To' and/or 'From' parameters",
);
const SUSPENDED: Failure = row(30_002, "Account suspended");
const UNREACHABLE: Failure = row(30_003, "Unreachable destination handset");
const BLOCKED: Failure = row(30_004, "Message blocked");
const FILTERED: Failure = row(30_007, "Message filtered");
const UNKNOWN: Failure = row(30_008, "Unknown error");
const OVERFLOW: Failure = row(30_001, "Queue overflow");
const TOO_LATE: Failure = row(30_036, "Validity period expired");
const WINDOW: Failure = row(
    63_016,
    "Failed to send freeform message because you are outside the allowed window",
);
const NOT_THERE: Failure = row(63_003, "Channel could not find To address");
const USED_UP: Failure = row(63_038, "Account exceeded its messages limit");

/// What stands for the rules of our gate. Of several the first in this list is told.
const GATE: &[(&str, Failure)] = &[
    ("consent.opted_out", UNSUBSCRIBED),
    ("suppression.active", UNSUBSCRIBED),
    ("contact.channel_off", UNSUBSCRIBED),
    ("contact.topic_channel", UNSUBSCRIBED),
    (
        "contact.unreachable",
        row(21_211, "Invalid 'To' Phone Number"),
    ),
    ("whatsapp.no_number", NOT_THERE),
    ("contact.not_on_channel", NOT_THERE),
    ("content.empty", row(21_602, "Message body is required")),
    (
        "content.too_long",
        row(
            21_617,
            "The concatenated message body exceeds the character limit",
        ),
    ),
    (
        "content.control_character",
        row(20_001, "Invalid parameter 'Body'"),
    ),
    (
        "template.missing",
        row(63_027, "Template does not exist for a language/locale"),
    ),
    (
        "template.not_approved",
        row(63_040, "Template is not approved"),
    ),
    ("whatsapp.window_closed", WINDOW),
    (
        "registration.required",
        row(30_034, "Message from an unregistered number"),
    ),
    (
        "channel.disabled",
        row(21_408, "Permission to send has not been enabled"),
    ),
    ("content.brand_missing", FILTERED),
    ("content.stop_missing", FILTERED),
    ("content.foreign_link", FILTERED),
    ("quota.exceeded", USED_UP),
    ("budget.exceeded", USED_UP),
    ("freshness.expired", TOO_LATE),
];

/// What the gate has against a message. What no row names, such as missing consent, a law or a cap, is "blocked".
pub fn of_gate(decision: &Decision) -> Failure {
    let named = |rule: &str| {
        let mut reasons = decision.reasons.iter();
        reasons.any(|reason| reason.rule == rule)
    };
    let found = GATE.iter().find(|(rule, _)| named(rule));
    found.map_or(BLOCKED, |(_, failure)| *failure)
}

/// Why a provider did not deliver. Twilio's own code stays what it is.
pub fn of_provider(provider: &str, error: &ProviderError) -> Failure {
    let of_class = match error.class {
        Class::Transient => UNKNOWN,
        Class::RateLimited => OVERFLOW,
        Class::Recipient => UNREACHABLE,
        Class::OptedOut => UNSUBSCRIBED,
        Class::Content => FILTERED,
        Class::WindowClosed => WINDOW,
        Class::Account => SUSPENDED,
        Class::Sender => NO_WAY,
        Class::Expired => TOO_LATE,
    };
    let own = (provider == TWILIO)
        .then(|| error.provider_code.parse().ok())
        .flatten()
        .filter(|code| (10_000..100_000).contains(code));
    match own {
        Some(code) => Failure { code, ..of_class },
        None => of_class,
    }
}

/// Why a message is not going to arrive, if it is not. `decision` is the gate's latest, for one that it refused.
pub fn failure(record: &MessageRecord, decision: Option<&Decision>) -> Option<Failure> {
    match record.message.status {
        Status::Blocked => Some(decision.map_or(BLOCKED, of_gate)),
        Status::Expired => Some(TOO_LATE),
        Status::Failed => Some(match record.attempts.last() {
            // Nobody was called: no account could carry it.
            None => NO_WAY,
            Some(latest) => latest
                .error
                .as_ref()
                .map_or(UNKNOWN, |error| of_provider(&latest.provider, error)),
        }),
        Status::Accepted
        | Status::Deferred
        | Status::Queued
        | Status::Sending
        | Status::Sent
        | Status::Delivered
        | Status::Read
        | Status::Cancelled
        | Status::Received => None,
    }
}

/// What is told of a failure that has been undone since.
pub(crate) const PASSED: Failure = UNKNOWN;

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_messaging::{GateOutcome, Reason, gate};
    use time::OffsetDateTime;

    fn blocked(rules: &[&'static str]) -> Decision {
        Decision {
            outcome: GateOutcome::Block,
            until: None,
            channel: None,
            reasons: rules.iter().map(|rule| Reason::new(rule, "")).collect(),
            evaluated_at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn every_row_names_a_rule_and_the_guide_has_it() {
        let guide = include_str!("../../../docs/guides/twilio-facade.md");
        for (rule, failure) in GATE {
            assert!(gate::RULES.iter().any(|(name, _)| name == rule), "{rule}");
            let line = guide
                .lines()
                .find(|line| line.starts_with('|') && line.contains(&format!("`{rule}`")));
            let code = format!("| {} ", failure.code);
            assert!(line.is_some_and(|line| line.starts_with(&code)), "{rule}");
        }
    }

    #[test]
    fn what_a_person_refused_outweighs_all_else() {
        let both = blocked(&["quota.exceeded", "consent.opted_out"]);
        assert_eq!(of_gate(&both).code, 21_610);
        let other = blocked(&["consent.missing", "frequency.cap", "us.pa.hours"]);
        assert_eq!(of_gate(&other).code, 30_004);
        let favorable = blocked(&["consent.granted", "freshness.expired"]);
        assert_eq!(of_gate(&favorable).code, 30_036);
    }

    #[test]
    fn twilios_own_code_stays_and_others_are_read_by_class() {
        let error = |code: &str| ProviderError::new(Class::Recipient, code, "");
        let codes = |provider, code| of_provider(provider, &error(code)).code;
        assert_eq!(codes("twilio", "30005"), 30_005);
        assert_eq!(codes("twilio", "no_phone_number"), 30_003);
        assert_eq!(codes("twilio", "7"), 30_003);
        assert_eq!(codes("vonage", "30005"), 30_003);
    }

    #[test]
    fn every_class_has_a_code_and_the_guide_has_it() {
        let guide = include_str!("../../../docs/guides/twilio-facade.md");
        for class in Class::ALL {
            let code = of_provider("vonage", &ProviderError::new(class, "", "")).code;
            let row = guide
                .lines()
                .find(|line| line.starts_with(&format!("| `{class}`")));
            let code = format!(" {code} ");
            assert!(row.is_some_and(|row| row.contains(&code)), "{class}");
        }
    }
}
