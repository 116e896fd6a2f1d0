use tidings_messaging::Receipt;

/// Where a message is at Twilio (the `message_enum_status` of its specification).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageStatus {
    Accepted,
    Scheduled,
    Queued,
    Sending,
    Sent,
    Delivered,
    Undelivered,
    Failed,
    Read,
    PartiallyDelivered,
    Canceled,
    Receiving,
    Received,
}

impl MessageStatus {
    const ALL: [Self; 13] = [
        Self::Accepted,
        Self::Scheduled,
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Delivered,
        Self::Undelivered,
        Self::Failed,
        Self::Read,
        Self::PartiallyDelivered,
        Self::Canceled,
        Self::Receiving,
        Self::Received,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
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
            Self::PartiallyDelivered => "partially_delivered",
            Self::Canceled => "canceled",
            Self::Receiving => "receiving",
            Self::Received => "received",
        }
    }

    /// `None` for a word that the specification does not have.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// What it tells of one of our messages; `None` while it is only accepted, or came in.
    ///
    /// A partial delivery is one to some of several recipients; we address one, so it tells nothing.
    pub(crate) const fn receipt(self) -> Option<Receipt> {
        match self {
            Self::Sent => Some(Receipt::Sent),
            Self::Delivered => Some(Receipt::Delivered),
            Self::Read => Some(Receipt::Read),
            Self::Undelivered | Self::Failed | Self::Canceled => Some(Receipt::Failed),
            Self::Accepted
            | Self::Scheduled
            | Self::Queued
            | Self::Sending
            | Self::PartiallyDelivered
            | Self::Receiving
            | Self::Received => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_and_others_are_unknown() {
        for status in MessageStatus::ALL {
            assert_eq!(MessageStatus::parse(status.as_str()), Some(status));
        }
        assert_eq!(MessageStatus::parse("teleported"), None);
    }

    #[test]
    fn nothing_before_sent_is_a_receipt() {
        for word in ["accepted", "scheduled", "queued", "sending"] {
            assert_eq!(
                MessageStatus::parse(word).unwrap().receipt(),
                None,
                "{word}"
            );
        }
        for (word, receipt) in [
            ("sent", Receipt::Sent),
            ("delivered", Receipt::Delivered),
            ("read", Receipt::Read),
            ("undelivered", Receipt::Failed),
            ("failed", Receipt::Failed),
            ("canceled", Receipt::Failed),
        ] {
            assert_eq!(
                MessageStatus::parse(word).unwrap().receipt(),
                Some(receipt),
                "{word}"
            );
        }
    }
}
