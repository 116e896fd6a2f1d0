use crate::Need;
use tidings_kernel::{Channel, Purpose};
use time::OffsetDateTime;

/// One message, as far as consent is concerned.
///
/// ```rust
/// use tidings_consent::{Grade, Need, Question};
/// use tidings_kernel::{Channel, Purpose};
///
/// let question = Question {
///     need: Need { grade: Grade::Confirmed, ..Need::default() },
///     ..Question::new(Channel::Sms, Purpose::Marketing)
/// };
/// assert_eq!(question.last_inbound, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// How it would go out.
    pub channel: Channel,
    /// Why.
    pub purpose: Purpose,
    /// What an agreement must be like, where one is needed.
    pub need: Need,
    /// When the contact last wrote on this channel.
    pub last_inbound: Option<OffsetDateTime>,
    /// When the contact last bought something alike, or asked about it, and could refuse marketing
    /// then, as a [`SoftOptIn`](crate::SoftOptIn) asks for. Only marketing looks at it.
    pub customer_since: Option<OffsetDateTime>,
}

impl Question {
    /// A question with nothing but channel and purpose known and [`Need::default`].
    pub fn new(channel: Channel, purpose: Purpose) -> Self {
        Self {
            channel,
            purpose,
            need: Need::default(),
            last_inbound: None,
            customer_since: None,
        }
    }
}
