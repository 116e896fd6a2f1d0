use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Where a message is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Taken in, before anything else is known.
    Accepted,
    /// Waiting for an hour at which it may be sent.
    Deferred,
    /// Waiting for a worker.
    Queued,
    /// Handed to a provider, whose answer is not known yet.
    Sending,
    /// Accepted by the provider.
    Sent,
    /// On the recipient's device.
    Delivered,
    /// Displayed.
    Read,
    /// Not delivered, as far as anyone knows.
    Failed,
    /// Refused by the gate.
    Blocked,
    /// Withdrawn before it was sent.
    Cancelled,
    /// Too late to matter.
    Expired,
    /// Came in from a contact.
    Received,
}

/// What a provider reports about one attempt.
///
/// The order is the rank: the state of an attempt is the greatest receipt seen, which makes the fold
/// indifferent to order and repetition. `Delivered` outranks `Failed` since the handset had it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receipt {
    /// It left the provider.
    Sent,
    /// It will not arrive.
    Failed,
    /// It is on the device.
    Delivered,
    /// It was displayed.
    Read,
}

impl Receipt {
    /// Every receipt, by rank.
    pub const ALL: [Self; 4] = [Self::Sent, Self::Failed, Self::Delivered, Self::Read];

    /// The name used in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
            Self::Read => "read",
        }
    }

    /// The status that a message has when this is the greatest receipt of its latest attempt.
    pub const fn status(self) -> Status {
        match self {
            Self::Sent => Status::Sent,
            Self::Failed => Status::Failed,
            Self::Delivered => Status::Delivered,
            Self::Read => Status::Read,
        }
    }
}

impl FromStr for Receipt {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|receipt| receipt.as_str() == text)
            .ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 12] = [
        Self::Accepted,
        Self::Deferred,
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Failed,
        Self::Blocked,
        Self::Cancelled,
        Self::Expired,
        Self::Received,
    ];

    /// The name used in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Deferred => "deferred",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Received => "received",
        }
    }

    /// Whether nothing more is expected. `Delivered` may still become `Read`, and `Failed` gives way
    /// to a delivery of the same attempt.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Accepted | Self::Deferred | Self::Queued | Self::Sending | Self::Sent => false,
            Self::Delivered
            | Self::Read
            | Self::Failed
            | Self::Blocked
            | Self::Cancelled
            | Self::Expired
            | Self::Received => true,
        }
    }

    /// Whether no provider has been called yet, so that it can be edited or cancelled.
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::Accepted | Self::Deferred | Self::Queued)
    }

    /// Whether a provider is known to have it, or it came in: what it fails of after that does not take it back.
    pub const fn has_left(self) -> bool {
        matches!(
            self,
            Self::Sent | Self::Delivered | Self::Read | Self::Received
        )
    }

    /// Whether it is still to be sent, or being sent: then it must have a place in the queue.
    pub const fn needs_place(self) -> bool {
        match self {
            Self::Accepted | Self::Deferred | Self::Queued | Self::Sending => true,
            Self::Sent
            | Self::Delivered
            | Self::Read
            | Self::Failed
            | Self::Blocked
            | Self::Cancelled
            | Self::Expired
            | Self::Received => false,
        }
    }

    /// Applies a receipt of the message's latest attempt. Total; late and repeated receipts change
    /// nothing, and any order of the same receipts ends in the same status.
    #[must_use]
    pub fn apply(self, receipt: Receipt) -> Self {
        match self {
            Self::Accepted | Self::Deferred | Self::Queued | Self::Sending => receipt.status(),
            Self::Sent => receipt.max(Receipt::Sent).status(),
            Self::Failed => receipt.max(Receipt::Failed).status(),
            Self::Delivered => receipt.max(Receipt::Delivered).status(),
            Self::Read | Self::Blocked | Self::Cancelled | Self::Expired | Self::Received => self,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown status {0:?}")]
pub struct UnknownStatus(pub String);

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn receipts() -> impl Strategy<Value = Vec<Receipt>> {
        proptest::collection::vec(proptest::sample::select(Receipt::ALL.to_vec()), 0..8)
    }

    #[test]
    fn a_delivery_outranks_a_failure() {
        assert_eq!(Status::Failed.apply(Receipt::Delivered), Status::Delivered);
        assert_eq!(Status::Delivered.apply(Receipt::Failed), Status::Delivered);
    }

    proptest! {
        #[test]
        fn any_order_and_repetition_ends_the_same(receipts in receipts(), seed in any::<u64>()) {
            let fold = |list: &[Receipt]| list.iter().fold(Status::Sending, |status, receipt| status.apply(*receipt));
            let mut shuffled = receipts.clone();
            let length = shuffled.len();
            for index in 0..length {
                let other = usize::try_from(seed.rotate_left(u32::try_from(index).unwrap()) % (length as u64)).unwrap();
                shuffled.swap(index, other);
            }
            shuffled.extend(receipts.clone());
            prop_assert_eq!(fold(&receipts), fold(&shuffled));
        }

        #[test]
        fn what_the_gate_or_the_tenant_ended_stays_ended(receipts in receipts()) {
            for end in [Status::Blocked, Status::Cancelled, Status::Expired, Status::Received] {
                prop_assert_eq!(receipts.iter().fold(end, |status, receipt| status.apply(*receipt)), end);
            }
        }
    }
}
