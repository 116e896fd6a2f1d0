use tidings_messaging::{MessageRecord, OutcomeKind, Status};

/// Where a message is, in Twilio's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageStatus {
    /// Taken in, and not to be sent yet.
    Accepted,
    /// To be sent at a time that the program named.
    Scheduled,
    /// Waits for its turn.
    Queued,
    /// With a provider, whose answer is not known.
    Sending,
    /// A provider has it.
    Sent,
    /// On the handset.
    Delivered,
    /// A provider had it, and it did not arrive.
    Undelivered,
    /// It never left.
    Failed,
    /// Displayed.
    Read,
    /// Withdrawn.
    Canceled,
    /// Came in.
    Received,
}

impl MessageStatus {
    /// Every status.
    pub const ALL: [Self; 11] = [
        Self::Accepted,
        Self::Scheduled,
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Delivered,
        Self::Undelivered,
        Self::Failed,
        Self::Read,
        Self::Canceled,
        Self::Received,
    ];

    /// Twilio's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Scheduled => "scheduled",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Undelivered => "undelivered",
            Self::Failed => "failed",
            Self::Read => "read",
            Self::Canceled => "canceled",
            Self::Received => "received",
        }
    }

    /// What a message is now.
    pub fn of(record: &MessageRecord) -> Self {
        Self::when(record, record.message.status)
    }

    /// What a message was, or is, when it had this status of ours.
    pub fn when(record: &MessageRecord, status: Status) -> Self {
        match status {
            Status::Deferred if record.message.scheduled_at.is_some() => Self::Scheduled,
            // A deferred message waits for hours that are closed now: it will be queued by itself.
            Status::Accepted | Status::Deferred => Self::Accepted,
            Status::Queued => Self::Queued,
            Status::Sending => Self::Sending,
            Status::Sent => Self::Sent,
            Status::Delivered => Self::Delivered,
            Status::Read => Self::Read,
            Status::Failed if has_left(record) => Self::Undelivered,
            Status::Failed | Status::Blocked | Status::Expired => Self::Failed,
            Status::Cancelled => Self::Canceled,
            Status::Received => Self::Received,
        }
    }

    /// How far a message has come. A program is told of what is further than all before, so that it never sees one
    /// go back: what is tried again with another provider is still being sent.
    pub const fn rank(self) -> u8 {
        match self {
            Self::Accepted | Self::Scheduled => 0,
            Self::Queued => 1,
            Self::Sending => 2,
            Self::Sent => 3,
            // A delivery outranks a failure, since the handset had it.
            Self::Undelivered | Self::Failed | Self::Canceled => 4,
            Self::Delivered | Self::Received => 5,
            Self::Read => 6,
        }
    }
}

/// Whether a provider has it, or may have.
fn has_left(record: &MessageRecord) -> bool {
    record.attempts.last().is_some_and(|latest| {
        matches!(
            latest.outcome,
            Some(OutcomeKind::Accepted | OutcomeKind::Unknown)
        )
    })
}
