//! The way of a message from the provider to the handset: which statuses, when.

use std::sync::Arc;
use std::time::Duration;

use crate::message::{Failure, Status};

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
    /// Reached the handset, and later something came of it.
    DeliveredThen(Status, Failure),
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
        Fate::DeliveredThen(status, failure) => {
            steps.push(sent);
            steps.push(at(pace.delivered_after, Status::Delivered, None));
            steps.push(at(
                pace.delivered_after + pace.sent_after,
                status,
                Some(failure),
            ));
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

/// The last four digits of a recipient's number if they may decide how its message ends: the
/// tables in the README. Only the fictitious block 555-0100 to 555-0199 is magic.
pub(crate) fn magic(to: &str) -> Option<&str> {
    let suffix = to.get(to.len().checked_sub(7)?..)?;
    suffix
        .strip_prefix("555")
        .filter(|digits| digits.starts_with("01"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Fate, Pace, magic, plan};
    use crate::message::Status;

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
        assert_eq!(magic("+12025550161"), Some("0161"));
        assert_eq!(magic("+12025550261"), None);
        assert_eq!(magic("+447700900161"), None);
        assert_eq!(magic("+1"), None);
    }
}
