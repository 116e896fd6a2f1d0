use super::errors;
use lettre::transport::smtp::Error;
use std::error::Error as _;
use tidings_messaging::{ConnectError, Outcome};
use tidings_routing::{Class, ProviderError};

/// How far a conversation had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The server's greeting, and its answer to ours.
    Greeting,
    /// User name and password.
    Login,
    /// Who sends.
    Sender,
    /// Who is to get it.
    Recipient,
    /// The announcement of the message.
    Data,
    /// The answer to the message.
    End,
}

/// Why a message was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The server said no.
    Refused {
        /// To what.
        stage: Stage,
        /// The reply's code.
        code: u16,
        /// The reply's words.
        words: String,
    },
    /// It cannot be sent like this; the server was told nothing of it.
    Ours(ProviderError),
    /// It never left, for a reason that may pass.
    NotSent {
        /// The reason's name.
        code: &'static str,
        /// The reason.
        detail: &'static str,
    },
    /// The server may have it.
    Lost {
        /// What happened.
        detail: &'static str,
    },
}

impl Failure {
    /// No connection.
    pub(super) const UNREACHABLE: Self = Self::NotSent {
        code: "unreachable",
        detail: "the server could not be reached: nothing was sent",
    };

    /// The time was over before the message was handed over.
    pub(super) const TOO_SLOW: Self = Self::NotSent {
        code: "timeout",
        detail: "the server was too slow: the message was not handed over",
    };

    /// The conversation ended, or made no sense, before the message was handed over.
    pub(super) const BROKEN_OFF: Self = Self::NotSent {
        code: "broken_off",
        detail: "the connection broke before the message was handed over",
    };

    /// An error of the conversation at a stage before the message is handed over.
    pub(super) fn at(stage: Stage, error: &Error) -> Self {
        let Some(code) = error.status() else {
            return Self::BROKEN_OFF;
        };
        Self::Refused {
            stage,
            code: code.into(),
            words: error.source().map(ToString::to_string).unwrap_or_default(),
        }
    }

    /// Something that the account has to repair.
    pub(super) fn account(code: &str, detail: &str) -> Self {
        Self::Ours(ProviderError::new(Class::Account, code, detail))
    }

    /// Whether the conversation can go on with another message.
    pub(super) fn is_an_answer(&self) -> bool {
        match self {
            // With 421 the server leaves (RFC 5321, 3.8).
            Self::Refused { code, .. } => *code != 421,
            Self::Ours(_) => true,
            Self::NotSent { .. } | Self::Lost { .. } => false,
        }
    }

    /// What it means for the message. What is `hidden` is not repeated.
    pub(super) fn outcome(self, hidden: &[&str]) -> Outcome {
        match self {
            Self::Lost { detail } => Outcome::Unknown {
                detail: detail.to_owned(),
            },
            other => Outcome::Rejected(other.refusal(hidden)),
        }
    }

    /// What it means for a connection test.
    pub(super) fn problem(self, hidden: &[&str]) -> ConnectError {
        let error = self.refusal(hidden);
        match error.class {
            Class::Transient | Class::RateLimited => ConnectError::Unreachable(error.detail.into()),
            Class::Recipient
            | Class::OptedOut
            | Class::Content
            | Class::WindowClosed
            | Class::Account
            | Class::Sender
            | Class::Expired => ConnectError::Refused(error),
        }
    }

    fn refusal(self, hidden: &[&str]) -> ProviderError {
        match self {
            Self::Refused { stage, code, words } => errors::refusal(stage, code, &words, hidden),
            Self::Ours(error) => error,
            Self::NotSent { code, detail } => ProviderError::new(Class::Transient, code, detail),
            Self::Lost { detail } => ProviderError::new(Class::Transient, "lost", detail),
        }
    }
}
