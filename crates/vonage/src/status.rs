use tidings_messaging::Receipt;

/// Where a message is at Vonage, in status callbacks and in reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageStatus {
    Submitted,
    Delivered,
    Read,
    Rejected,
    Undeliverable,
}

impl MessageStatus {
    const ALL: [Self; 5] = [
        Self::Submitted,
        Self::Delivered,
        Self::Read,
        Self::Rejected,
        Self::Undeliverable,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Rejected => "rejected",
            Self::Undeliverable => "undeliverable",
        }
    }

    /// `None` for a word that the specification does not have.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// What it tells of one of our messages. Submitted is past Vonage: the carrier or WhatsApp has it.
    pub(crate) const fn receipt(self) -> Receipt {
        match self {
            Self::Submitted => Receipt::Sent,
            Self::Delivered => Receipt::Delivered,
            Self::Read => Receipt::Read,
            Self::Rejected | Self::Undeliverable => Receipt::Failed,
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
        for other in ["accepted", "Delivered", ""] {
            assert_eq!(MessageStatus::parse(other), None, "{other}");
        }
    }

    #[test]
    fn each_word_has_its_receipt() {
        for (word, receipt) in [
            ("submitted", Receipt::Sent),
            ("delivered", Receipt::Delivered),
            ("read", Receipt::Read),
            ("rejected", Receipt::Failed),
            ("undeliverable", Receipt::Failed),
        ] {
            let status = MessageStatus::parse(word).map(MessageStatus::receipt);
            assert_eq!(status, Some(receipt), "{word}");
        }
    }
}
