use crate::{Action, ConsentEvent, Method};
use serde::{Deserialize, Serialize};
use std::fmt;
use time::OffsetDateTime;

/// How much an agreement proves. Each grade satisfies what asks for a lower one (compliance
/// reference, section 1 and L18).
///
/// ```rust
/// use tidings_consent::Grade;
///
/// assert!(Grade::Express < Grade::Written && Grade::Written < Grade::Confirmed);
/// assert_eq!(Grade::Written.to_string(), "written");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Somebody says that the person agreed: a call, a list, an entry by staff.
    Express,
    /// A recorded act of the person: a form, a message, an email, or evidence of one. This is what
    /// 47 CFR 64.1200(f)(9) calls prior express written consent.
    Written,
    /// The person confirmed it by a second act: a double opt-in.
    Confirmed,
}

impl Grade {
    /// Every grade, lowest first.
    pub const ALL: [Self; 3] = [Self::Express, Self::Written, Self::Confirmed];

    /// The word: `express`, `written`, `confirmed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Express => "express",
            Self::Written => "written",
            Self::Confirmed => "confirmed",
        }
    }

    /// What `event` proves, if it grants: `None` for events that grant nothing.
    ///
    /// A form, a message and an email are acts of the person. What staff, a list, a call or a provider
    /// says is express only, unless [evidence shows the act](crate::Evidence::shows_own_act); that goes
    /// for a confirmation, too. Whether a confirmation answers a request is for [`state`](crate::state).
    pub fn of(event: &ConsentEvent) -> Option<Self> {
        let own_act = match event.method {
            Method::WebForm | Method::ReplyMessage | Method::Email => true,
            Method::PhoneCall | Method::Manual | Method::Import | Method::Provider => {
                event.evidence.shows_own_act()
            }
        };
        match event.action {
            Action::OptIn | Action::ConsentGiven if own_act => Some(Self::Written),
            Action::DoubleOptInConfirmed if own_act => Some(Self::Confirmed),
            Action::OptIn | Action::ConsentGiven | Action::DoubleOptInConfirmed => {
                Some(Self::Express)
            }
            Action::OptOut
            | Action::ConsentWithdrawn
            | Action::DoubleOptInRequested
            | Action::Complaint
            | Action::DataRequest
            | Action::NumberReassigned
            | Action::Erasure
            | Action::Clarified => None,
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// When an agreement was last given, for each grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    pub(crate) express: Option<OffsetDateTime>,
    pub(crate) written: Option<OffsetDateTime>,
    pub(crate) confirmed: Option<OffsetDateTime>,
}

impl Given {
    /// Never.
    pub const NEVER: Self = Self {
        express: None,
        written: None,
        confirmed: None,
    };

    /// The latest act that proves at least this much; `None` if there is none.
    pub const fn at_least(&self, grade: Grade) -> Option<OffsetDateTime> {
        match grade {
            Grade::Express => self.express,
            Grade::Written => self.written,
            Grade::Confirmed => self.confirmed,
        }
    }

    /// The highest grade that was given.
    pub fn grade(&self) -> Option<Grade> {
        Grade::ALL
            .into_iter()
            .rev()
            .find(|grade| self.at_least(*grade).is_some())
    }
}
