use crate::{Address, Content};
use tidings_kernel::{AttemptId, Channel, MessageId, Purpose, SenderId, TenantId};
use time::Duration;

/// A message that the gate has let through, on its way by one sender.
///
/// It has no public constructor: only [`Clearance::address`](crate::Clearance::address) makes one, and
/// only the gate makes a [`Clearance`](crate::Clearance). A provider takes nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendableMessage {
    pub(crate) attempt: AttemptId,
    pub(crate) message: MessageId,
    pub(crate) tenant: TenantId,
    pub(crate) channel: Channel,
    pub(crate) purpose: Purpose,
    pub(crate) sender: SenderId,
    pub(crate) from: String,
    pub(crate) to: Address,
    pub(crate) content: Content,
    pub(crate) valid_for: Option<Duration>,
}

impl SendableMessage {
    /// Our reference; travels with the call.
    pub const fn attempt(&self) -> AttemptId {
        self.attempt
    }

    /// The message.
    pub const fn message(&self) -> MessageId {
        self.message
    }

    /// The tenant.
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The channel.
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// Why it is sent.
    pub const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// The sender.
    pub const fn sender(&self) -> SenderId {
        self.sender
    }

    /// The sender's address.
    pub fn from(&self) -> &str {
        &self.from
    }

    /// The recipient.
    pub const fn to(&self) -> &Address {
        &self.to
    }

    /// What it says.
    pub const fn content(&self) -> &Content {
        &self.content
    }

    /// For how long it still matters, if that is bounded.
    pub const fn valid_for(&self) -> Option<Duration> {
        self.valid_for
    }
}
