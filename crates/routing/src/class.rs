use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a provider's refusal is about, named so that the next step follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A passing fault on the provider's or carrier's side.
    Transient,
    /// Too fast; the same call is right a little later.
    RateLimited,
    /// This recipient cannot be reached in this way.
    Recipient,
    /// The recipient has told the provider or carrier to stop.
    OptedOut,
    /// The text, template, media or parameters are wrong.
    Content,
    /// Free text was sent outside the WhatsApp service window.
    WindowClosed,
    /// The credentials, the account or its payment are not in order.
    Account,
    /// The sender may not be used for this destination.
    Sender,
    /// The provider's own queue gave up before delivery.
    Expired,
}

/// What follows from a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NextStep {
    /// Wait, then try the same account and sender again.
    RetrySame,
    /// Try another account or sender at once.
    RetryElsewhere,
    /// Leave the account: another one at once, and where there is none wait until this one is put right. It says
    /// nothing about the message, so it never uses up an attempt.
    LeaveAccount,
    /// Wait for the given clock to move; does not count as a failure.
    Hold,
    /// Never again for this message.
    Stop,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 9] = [
        Self::Transient,
        Self::RateLimited,
        Self::Recipient,
        Self::OptedOut,
        Self::Content,
        Self::WindowClosed,
        Self::Account,
        Self::Sender,
        Self::Expired,
    ];

    /// What to do with the message after a refusal of this class.
    pub const fn next_step(self) -> NextStep {
        match self {
            Self::Transient => NextStep::RetrySame,
            Self::RateLimited => NextStep::Hold,
            Self::Account => NextStep::LeaveAccount,
            Self::Sender => NextStep::RetryElsewhere,
            Self::Recipient
            | Self::OptedOut
            | Self::Content
            | Self::WindowClosed
            | Self::Expired => NextStep::Stop,
        }
    }

    /// The name used in tables and API: `rate_limited`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::RateLimited => "rate_limited",
            Self::Recipient => "recipient",
            Self::OptedOut => "opted_out",
            Self::Content => "content",
            Self::WindowClosed => "window_closed",
            Self::Account => "account",
            Self::Sender => "sender",
            Self::Expired => "expired",
        }
    }

    /// What a person can do about it, where the table of the provider says nothing better.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Transient => "nothing to do: it is tried again",
            Self::RateLimited => "nothing to do: it is sent when the provider allows",
            Self::Recipient => "check the number with the contact, or use another channel",
            Self::OptedOut => "the contact must opt in again, by their own act",
            Self::Content => "correct the text, template or media and send again",
            Self::WindowClosed => "use an approved template until the contact writes again",
            Self::Account => "check the provider account: credentials, status and balance",
            Self::Sender => "use a sender that is registered for this destination",
            Self::Expired => "send again if it still matters",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no class.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown error class {0:?}")]
pub struct UnknownClass(pub String);

impl FromStr for Class {
    type Err = UnknownClass;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|class| class.as_str() == text)
            .ok_or_else(|| UnknownClass(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for class in Class::ALL {
            assert_eq!(class.as_str().parse::<Class>(), Ok(class));
        }
        assert!("nonsense".parse::<Class>().is_err());
    }

    #[test]
    fn what_is_wrong_with_an_account_says_nothing_about_its_messages() {
        assert_eq!(Class::Account.next_step(), NextStep::LeaveAccount);
        assert_eq!(Class::Sender.next_step(), NextStep::RetryElsewhere);
    }

    #[test]
    fn nobody_who_stopped_is_tried_again() {
        assert_eq!(Class::OptedOut.next_step(), NextStep::Stop);
    }
}
