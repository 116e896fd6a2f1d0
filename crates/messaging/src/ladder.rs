//! The cross-channel chain: the same message by one channel after another, until one of them has arrived.

use crate::Status;
use serde::{Deserialize, Serialize};
use tidings_kernel::{Channel, MessageId, TenantId};
use time::{Duration, OffsetDateTime};

/// What a tenant wants to happen when a message does not arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fallback {
    /// The channels to go on with, in order; not empty, each once.
    pub channels: Vec<Channel>,
    /// Whether to go on when the message has failed for good, or may not be sent.
    pub on_failed: bool,
    /// For how long a message may be under way before the next is sent; counted from when it was to leave. With zero
    /// all are sent at once. `None` does not go on for that.
    pub after: Option<Duration>,
}

/// A chain of messages that say the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// The tenant.
    pub tenant: TenantId,
    /// Its first message, which names it.
    pub first: MessageId,
    /// What was asked for.
    pub fallback: Fallback,
}

/// What a new message has to do with a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LadderStep {
    /// It is the first of one.
    Begins(Fallback),
    /// It is the next one.
    Continues {
        /// The chain, by its first message.
        first: MessageId,
        /// Its place, from 1; a chain has one message in each.
        rung: u8,
        /// The channels of the chain that are left after it.
        left: Vec<Channel>,
    },
}

/// Where one message of a chain is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rung {
    /// Its status.
    pub status: Status,
    /// Whether its provider may have it, though nobody knows: it may still arrive, whatever its status says.
    pub may_arrive: bool,
    /// When it was, or is, to leave.
    pub due_at: OffsetDateTime,
}

/// What a chain does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextRung {
    /// Nothing any more: the message at this place has arrived, or the tenant has withdrawn it.
    Done(usize),
    /// Nothing any more: there is no channel left.
    Exhausted,
    /// The message is sent by the next channel.
    Climb,
    /// It is looked at again at this instant, or when something happens to one of its messages.
    Wait(OffsetDateTime),
}

/// How long to wait for news where only news can change something.
const LONG: Duration = Duration::HOUR;

impl Fallback {
    /// Whether all channels are used at once.
    pub fn is_at_once(&self) -> bool {
        self.after == Some(Duration::ZERO)
    }

    /// What a chain does next. `rungs` are its messages in order, `left` how many channels it has not tried.
    ///
    /// One that has arrived ends it, however late that is learned. The next is sent only when the last one has
    /// failed, or the time for it is over. One that was given up because nobody knows whether its provider has it has not
    /// failed: the next would be a second one.
    pub fn next(&self, rungs: &[Rung], left: usize, now: OffsetDateTime) -> NextRung {
        let Some(last) = rungs.last() else {
            return NextRung::Exhausted;
        };
        if self.is_at_once() && left > 0 {
            return NextRung::Climb;
        }
        let has_arrived = |rung: &Rung| matches!(rung.status, Status::Delivered | Status::Read);
        if let Some(winner) = rungs.iter().position(has_arrived) {
            return NextRung::Done(winner);
        }
        // An earlier one may have been withdrawn to make room for the next.
        if last.status == Status::Cancelled {
            return NextRung::Done(rungs.len() - 1);
        }
        if left == 0 {
            // As long as the last one waits, news of an earlier one can still stop it.
            return if last.status.needs_place() {
                NextRung::Wait(now + LONG)
            } else {
                NextRung::Exhausted
            };
        }
        let has_failed = matches!(
            last.status,
            Status::Failed | Status::Blocked | Status::Expired
        ) && !last.may_arrive;
        let deadline = self.after.map(|after| last.due_at.saturating_add(after));
        match deadline {
            _ if has_failed && self.on_failed => NextRung::Climb,
            Some(deadline) if deadline <= now => NextRung::Climb,
            Some(deadline) => NextRung::Wait(deadline),
            None if has_failed => NextRung::Exhausted,
            None => NextRung::Wait(now + LONG),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{
        prelude::{Strategy, any, prop, proptest},
        prop_assert, prop_assert_eq,
    };
    use time::macros::datetime;

    const NOON: OffsetDateTime = datetime!(2026-07-15 12:00 UTC);

    fn rung(status: Status) -> Rung {
        Rung {
            status,
            may_arrive: false,
            due_at: NOON,
        }
    }

    fn fallback(on_failed: bool, after: Option<Duration>) -> Fallback {
        Fallback {
            channels: vec![Channel::Sms, Channel::Email],
            on_failed,
            after,
        }
    }

    #[test]
    fn a_failure_climbs_at_once_and_silence_when_its_time_is_over() {
        let chain = fallback(true, Some(Duration::minutes(5)));
        let next = |status, now| chain.next(&[rung(status)], 2, now);
        assert_eq!(next(Status::Failed, NOON), NextRung::Climb);
        assert_eq!(next(Status::Blocked, NOON), NextRung::Climb);
        let deadline = NOON + Duration::minutes(5);
        assert_eq!(next(Status::Sent, NOON), NextRung::Wait(deadline));
        assert_eq!(next(Status::Sent, deadline), NextRung::Climb);
        assert_eq!(next(Status::Delivered, deadline), NextRung::Done(0));
        assert_eq!(next(Status::Cancelled, deadline), NextRung::Done(0));
    }

    #[test]
    fn one_that_may_have_arrived_is_no_failure() {
        let unknown = Rung {
            may_arrive: true,
            ..rung(Status::Failed)
        };
        let deadline = NOON + Duration::minutes(5);
        let timed = fallback(true, Some(Duration::minutes(5)));
        assert_eq!(timed.next(&[unknown], 2, NOON), NextRung::Wait(deadline));
        assert_eq!(timed.next(&[unknown], 2, deadline), NextRung::Climb);
        let failed_alone = fallback(true, None).next(&[unknown], 2, NOON + Duration::DAY);
        assert!(
            matches!(failed_alone, NextRung::Wait(_)),
            "{failed_alone:?}"
        );
    }

    #[test]
    fn a_late_receipt_of_an_earlier_one_ends_it() {
        let chain = fallback(true, Some(Duration::minutes(5)));
        let rungs = [rung(Status::Delivered), rung(Status::Queued)];
        assert_eq!(chain.next(&rungs, 1, NOON), NextRung::Done(0));
        let withdrawn = [rung(Status::Cancelled), rung(Status::Failed)];
        assert_eq!(chain.next(&withdrawn, 1, NOON), NextRung::Climb);
    }

    #[test]
    fn what_was_not_asked_for_does_not_climb() {
        let failed_alone = fallback(true, None);
        assert!(matches!(
            failed_alone.next(&[rung(Status::Sent)], 2, NOON + Duration::DAY),
            NextRung::Wait(_)
        ));
        let silent_alone = fallback(false, Some(Duration::minutes(5)));
        let failed = [rung(Status::Failed)];
        assert_eq!(
            silent_alone.next(&failed, 2, NOON),
            NextRung::Wait(NOON + Duration::minutes(5)),
            "a failed message has not arrived either when its time is over"
        );
        assert_eq!(
            fallback(false, None).next(&failed, 2, NOON),
            NextRung::Exhausted
        );
    }

    #[test]
    fn all_at_once_waits_for_nothing() {
        let chain = fallback(true, Some(Duration::ZERO));
        let first = [rung(Status::Delivered)];
        assert_eq!(chain.next(&first, 2, NOON), NextRung::Climb);
    }

    fn any_status() -> impl Strategy<Value = Status> {
        prop::sample::select(Status::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn it_never_climbs_over_one_that_has_arrived_and_always_ends(
            statuses in prop::collection::vec(any_status(), 1..4),
            left in 0_usize..3,
            on_failed in any::<bool>(),
            minutes in prop::option::of(1_i64..60),
            later in 0_i64..200,
        ) {
            let chain = fallback(on_failed, minutes.map(Duration::minutes));
            let rungs: Vec<Rung> = statuses.iter().copied().map(rung).collect();
            let now = NOON + Duration::minutes(later);
            let next = chain.next(&rungs, left, now);
            let arrived = statuses.iter().any(|it| matches!(it, Status::Delivered | Status::Read));
            if arrived {
                prop_assert!(matches!(next, NextRung::Done(_)));
            }
            if left == 0 {
                prop_assert!(next != NextRung::Climb, "there is nothing to climb to");
            }
            if let NextRung::Wait(until) = next {
                prop_assert!(until > now);
            }
            // The same facts always say the same.
            prop_assert_eq!(next, chain.next(&rungs, left, now));
        }
    }
}
