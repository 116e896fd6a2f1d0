use crate::{event_log::Outbox, status_webhooks::Untold};
use tidings_kernel::{AttemptId, SenderId};
use tidings_messaging::{
    Attempt, DeadLetter, DecisionRecord, Failed, Failure, Happening, LaneId, Message,
    MessageRecord, MessageStatus, OutcomeKind, QueueEntry, Receipt, SUSPECT_AFTER, Status,
    TimelineEntry,
};
use time::OffsetDateTime;

/// A message with everything that happened to it.
pub(crate) struct Kept {
    pub(crate) message: Message,
    /// Oldest first.
    pub(crate) attempts: Vec<Tried>,
    pub(crate) timeline: Vec<TimelineEntry>,
    pub(crate) decisions: Vec<DecisionRecord>,
    /// Why it failed, last.
    pub(crate) failure: Option<Failure>,
    /// What is told of it, if anybody is.
    pub(crate) untold: Option<Untold>,
    /// Where its changes are noted.
    outbox: Outbox,
}

/// An attempt, with what only the store knows of it.
pub(crate) struct Tried {
    pub(crate) attempt: Attempt,
    /// The hold under which it was begun.
    pub(crate) fence: i64,
    /// Whether it counts against frequency caps.
    pub(crate) is_marketing: bool,
    /// When to ask the provider for a receipt.
    pub(crate) ask_at: Option<OffsetDateTime>,
    /// How often it was asked.
    pub(crate) asked: u32,
    /// Its outcome is unknown and will not be asked for again: the message is sent again.
    pub(crate) is_closed: bool,
}

/// A message's place in the queue.
pub(crate) struct Place {
    pub(crate) entry: QueueEntry,
    pub(crate) lane: LaneId,
    /// The fence of the latest hold.
    pub(crate) fence: i64,
    /// Until when it is held; `None` when it was given back.
    pub(crate) held_until: Option<OffsetDateTime>,
    pub(crate) failures: u32,
    /// How often a hold ran out.
    pub(crate) crashes: u32,
    pub(crate) exhausted: Vec<SenderId>,
    /// Whether it waits for a way and nothing else.
    pub(crate) is_stranded: bool,
}

/// Who changed a status.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    Api,
    Gate,
    Worker,
    Provider(&'a str),
}

impl Source<'_> {
    const fn as_str(&self) -> &str {
        match self {
            Self::Api => "api",
            Self::Gate => "gate",
            Self::Worker => "worker",
            Self::Provider(name) => name,
        }
    }
}

impl Kept {
    /// A message as it comes in, and where its changes are noted.
    pub(crate) const fn new(
        message: Message,
        timeline: Vec<TimelineEntry>,
        outbox: Outbox,
    ) -> Self {
        Self {
            message,
            attempts: Vec::new(),
            timeline,
            decisions: Vec::new(),
            failure: None,
            untold: None,
            outbox,
        }
    }

    /// Notes the latest entry of the timeline; that the message is being sent, with what follows it.
    pub(crate) fn note(&self) {
        let Some((latest, before)) = self.timeline.split_last() else {
            return;
        };
        if latest.status == Status::Sending {
            return;
        }
        let sending = before
            .last()
            .filter(|entry| entry.status == Status::Sending);
        for entry in sending.into_iter().chain([latest]) {
            let mut told = MessageStatus::of(&self.message, entry);
            if entry.status == Status::Failed {
                told.error = self.failure.as_ref().map(Failed::from);
            }
            let happening = Happening::MessageStatus(told);
            self.outbox.note(self.message.tenant, entry.at, happening);
        }
    }

    /// Brings the message to a status; nothing happens when it is there already.
    pub(crate) fn turn(&mut self, status: Status, at: OffsetDateTime, source: Source<'_>) {
        if self.message.status != status {
            self.message.status = status;
            self.message.status_at = at;
            self.timeline.push(TimelineEntry {
                status,
                at,
                source: source.as_str().to_owned(),
            });
            if let Some(untold) = &mut self.untold {
                untold.note(&self.message, &self.timeline);
            }
            self.note();
        }
    }

    pub(crate) fn record(&self) -> MessageRecord {
        MessageRecord {
            message: self.message.clone(),
            attempts: self
                .attempts
                .iter()
                .map(|tried| tried.attempt.clone())
                .collect(),
            timeline: self.timeline.clone(),
        }
    }

    pub(crate) fn tried(&mut self, attempt: AttemptId) -> Option<&mut Tried> {
        self.attempts
            .iter_mut()
            .find(|tried| tried.attempt.id == attempt)
    }

    /// The attempt that must be settled before the message is sent again: the last one, if nobody knows
    /// what became of it, else one that was accepted after all.
    pub(crate) fn open(&mut self) -> Option<&mut Tried> {
        if self.attempts.last().is_some_and(Tried::is_open) {
            return self.attempts.last_mut();
        }
        self.attempts.iter_mut().rfind(|tried| {
            tried.attempt.outcome == Some(OutcomeKind::Accepted)
                && tried.attempt.receipt != Some(Receipt::Failed)
        })
    }

    /// Whether a provider is known to have taken the message, last.
    pub(crate) fn is_accepted(&self) -> bool {
        self.attempts
            .last()
            .is_some_and(|tried| tried.attempt.outcome == Some(OutcomeKind::Accepted))
    }

    /// The message as one that has failed, if it has.
    pub(crate) fn dead_letter(&self) -> Option<DeadLetter> {
        let error = self.failure.clone()?;
        (self.message.status == Status::Failed).then(|| DeadLetter {
            message: self.message.id,
            failed_at: self.message.status_at,
            error,
            may_retry: self.has_certainly_failed(),
        })
    }

    /// Whether the last attempt, if there was one, has certainly not arrived.
    pub(crate) fn has_certainly_failed(&self) -> bool {
        self.attempts.last().is_none_or(|tried| {
            tried.attempt.outcome == Some(OutcomeKind::Rejected)
                || tried.attempt.receipt == Some(Receipt::Failed)
        })
    }
}

impl Tried {
    /// Whether the person may have got it: the provider has it, or nobody knows.
    pub(crate) fn may_have_arrived(&self) -> bool {
        self.is_open() || self.attempt.outcome == Some(OutcomeKind::Accepted)
    }

    fn is_open(&self) -> bool {
        match self.attempt.outcome {
            None | Some(OutcomeKind::Unknown) => !self.is_closed,
            Some(OutcomeKind::Accepted | OutcomeKind::Rejected) => false,
        }
    }
}

impl Place {
    pub(crate) const fn new(entry: QueueEntry, lane: LaneId) -> Self {
        Self {
            entry,
            lane,
            fence: 0,
            held_until: None,
            failures: 0,
            crashes: 0,
            exhausted: Vec::new(),
            is_stranded: false,
        }
    }

    /// Whether a worker holds it at `now`.
    pub(crate) fn is_held(&self, now: OffsetDateTime) -> bool {
        self.held_until.is_some_and(|until| now < until)
    }

    /// Whether anybody may take it at `now`.
    pub(crate) fn is_ready(&self, now: OffsetDateTime) -> bool {
        self.entry.due_at <= now && !self.is_held(now)
    }

    /// Whether it may be what its holders died of.
    pub(crate) const fn is_suspect(&self) -> bool {
        self.crashes >= SUSPECT_AFTER
    }

    /// Gives it back, to be claimed at `due_at`.
    pub(crate) const fn release(&mut self, due_at: OffsetDateTime) {
        self.entry.due_at = due_at;
        self.held_until = None;
        self.is_stranded = false;
    }

    /// Gives it back until there is a way for it, or until `until`.
    pub(crate) const fn strand(&mut self, until: OffsetDateTime) {
        self.release(until);
        self.is_stranded = true;
    }
}
