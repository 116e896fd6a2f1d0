//! The way of a message from the provider to the handset: which statuses, when.

use std::sync::Arc;
use std::time::Duration;

use crate::message::{Failure, Provider, Status};

/// One change of status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// Since the message was accepted.
    pub(crate) after: Duration,
    pub(crate) status: Status,
    pub(crate) failure: Option<Failure>,
}

/// How a message ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Delivered,
    /// Left the provider, never reached the handset.
    Undelivered(Failure),
    /// Never left the provider.
    Failed(Failure),
    /// Left the provider, and nothing is ever heard of it again.
    Silent,
}

/// How fast messages travel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) sent_after: Duration,
    pub(crate) delivered_after: Duration,
}

/// The steps of a message with this fate. With a Messaging Service Twilio reports `queued` too.
pub(crate) fn plan(fate: Fate, initial: Status, pace: Pace) -> Arc<[Step]> {
    let at = |after, status, failure| Step {
        after,
        status,
        failure,
    };
    let mut steps = Vec::with_capacity(3);
    if initial == Status::Accepted {
        steps.push(at(pace.sent_after / 2, Status::Queued, None));
    }
    let sent = at(pace.sent_after, Status::Sent, None);
    match fate {
        Fate::Delivered => {
            steps.push(sent);
            steps.push(at(pace.delivered_after, Status::Delivered, None));
        }
        Fate::Undelivered(failure) => {
            steps.push(sent);
            steps.push(at(pace.delivered_after, Status::Undelivered, Some(failure)));
        }
        Fate::Failed(failure) => {
            steps.push(at(pace.delivered_after, Status::Failed, Some(failure)));
        }
        Fate::Silent => steps.push(sent),
    }
    steps.into()
}

/// What the last digits of a recipient's number decide: the table in the README.
pub(crate) fn magic(provider: Provider, whatsapp: bool, to: &str) -> Option<Fate> {
    let failure = |code, title| Failure { code, title };
    // Only the fictitious block 555-0100 to 555-0199 is magic.
    let suffix = to.get(to.len().checked_sub(7)?..)?;
    let fate = match (provider, suffix) {
        (_, "5550166") => Fate::Silent,
        (Provider::Twilio, "5550161") => {
            Fate::Undelivered(failure(30003, "Unreachable destination handset"))
        }
        (Provider::Twilio, "5550162") => {
            Fate::Undelivered(failure(30005, "Unknown destination handset"))
        }
        (Provider::Twilio, "5550163") => Fate::Failed(failure(30007, "Message filtered")),
        (Provider::Twilio, "5550164") => Fate::Undelivered(failure(30008, "Unknown error")),
        (Provider::Twilio, "5550165") if whatsapp => {
            Fate::Failed(failure(63024, "Invalid message recipient"))
        }
        (Provider::Twilio, "5550165") => {
            Fate::Undelivered(failure(30006, "Landline or unreachable carrier"))
        }
        (Provider::Meta, "5550161" | "5550162" | "5550165") => {
            Fate::Failed(failure(131_026, "Message undeliverable"))
        }
        (Provider::Meta, "5550163") => Fate::Failed(failure(
            131_049,
            "This message was not delivered to maintain healthy ecosystem engagement",
        )),
        (Provider::Meta, "5550164") => Fate::Failed(failure(131_000, "Something went wrong")),
        (Provider::Meta, "5550167") => {
            Fate::Failed(failure(131_050, "User has stopped marketing messages"))
        }
        (Provider::Twilio | Provider::Meta, _) => return None,
    };
    Some(fate)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Fate, Pace, magic, plan};
    use crate::message::{Provider, Status};

    const PACE: Pace = Pace {
        sent_after: Duration::from_millis(10),
        delivered_after: Duration::from_millis(20),
    };

    fn words(fate: Fate, initial: Status) -> Vec<&'static str> {
        plan(fate, initial, PACE)
            .iter()
            .map(|step| step.status.word())
            .collect()
    }

    #[test]
    fn the_initial_status_is_not_reported_again() {
        assert_eq!(
            words(Fate::Delivered, Status::Queued),
            ["sent", "delivered"]
        );
        assert_eq!(
            words(Fate::Delivered, Status::Accepted),
            ["queued", "sent", "delivered"]
        );
        assert_eq!(words(Fate::Silent, Status::Queued), ["sent"]);
    }

    #[test]
    fn magic_belongs_to_the_fictitious_block_alone() {
        let code = |provider, to| match magic(provider, false, to) {
            Some(Fate::Undelivered(failure) | Fate::Failed(failure)) => Some(failure.code),
            Some(Fate::Delivered | Fate::Silent) | None => None,
        };
        assert_eq!(code(Provider::Twilio, "+12025550161"), Some(30003));
        assert_eq!(code(Provider::Meta, "+12025550163"), Some(131_049));
        assert_eq!(code(Provider::Twilio, "+12025550123"), None);
        assert_eq!(code(Provider::Twilio, "+447700900161"), None);
        assert_eq!(code(Provider::Twilio, "+1"), None);
    }
}
