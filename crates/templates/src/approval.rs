use serde::{Deserialize, Serialize};

/// Whether the provider lets a template out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalStatus {
    /// Not submitted yet.
    Draft,
    /// Submitted; the provider is looking at it.
    Pending,
    /// May be sent.
    Approved,
    /// Refused; edit and submit again, or appeal.
    Rejected,
    /// Stopped by the provider for a while, because readers complained.
    Paused,
    /// Stopped by the provider until it says otherwise.
    Disabled,
}

/// Something that happens to a template at its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalEvent {
    /// We are about to submit it, for the first time or after an edit.
    Submitted,
    /// The provider approved it, or ended a pause.
    Approved,
    /// The provider refused it.
    Rejected,
    /// The provider paused it.
    Paused,
    /// The provider disabled it.
    Disabled,
    /// The provider took a pause or a disabling back.
    Reinstated,
}

/// An event that cannot happen in that status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a {from:?} template cannot become {event:?}")]
pub struct TransitionError {
    /// The status, which stays.
    pub from: ApprovalStatus,
    /// The event.
    pub event: ApprovalEvent,
}

impl std::fmt::Display for ApprovalStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ApprovalStatus {
    /// The name used in tables and API, such as `approved`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
        }
    }

    /// True for [`Approved`](Self::Approved) alone.
    pub const fn is_sendable(self) -> bool {
        matches!(self, Self::Approved)
    }

    /// The status after `event`; an event heard twice changes nothing the second time.
    ///
    /// A disabled template wakes up by [`Reinstated`](ApprovalEvent::Reinstated) alone: a late
    /// approval leaves it disabled. Record `Submitted` before the provider is called, so that its
    /// answer never meets a draft.
    ///
    /// # Errors
    /// [`TransitionError`]: a draft was judged by a provider that never got it, or a disabled
    /// template was submitted.
    ///
    /// # Examples
    /// ```
    /// use tidings_templates::{ApprovalEvent, ApprovalStatus};
    ///
    /// let pending = ApprovalStatus::Draft.apply(ApprovalEvent::Submitted)?;
    /// assert!(pending.apply(ApprovalEvent::Approved)?.is_sendable());
    /// assert!(ApprovalStatus::Draft.apply(ApprovalEvent::Approved).is_err());
    /// # Ok::<(), tidings_templates::TransitionError>(())
    /// ```
    pub const fn apply(self, event: ApprovalEvent) -> Result<Self, TransitionError> {
        use ApprovalEvent as On;
        match self {
            Self::Draft => match event {
                On::Submitted => Ok(Self::Pending),
                On::Approved | On::Rejected | On::Paused | On::Disabled | On::Reinstated => {
                    Err(TransitionError { from: self, event })
                }
            },
            Self::Disabled => match event {
                On::Reinstated => Ok(Self::Approved),
                On::Approved | On::Rejected | On::Paused | On::Disabled => Ok(self),
                On::Submitted => Err(TransitionError { from: self, event }),
            },
            Self::Pending | Self::Approved | Self::Rejected | Self::Paused => Ok(match event {
                On::Submitted => Self::Pending,
                On::Approved => Self::Approved,
                On::Rejected => Self::Rejected,
                On::Paused => Self::Paused,
                On::Disabled => Self::Disabled,
                // There is nothing else to take back.
                On::Reinstated if matches!(self, Self::Paused) => Self::Approved,
                On::Reinstated => self,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ApprovalEvent as On;
    use ApprovalStatus as Status;

    const STATUSES: [Status; 6] = [
        Status::Draft,
        Status::Pending,
        Status::Approved,
        Status::Rejected,
        Status::Paused,
        Status::Disabled,
    ];
    const EVENTS: [On; 6] = [
        On::Submitted,
        On::Approved,
        On::Rejected,
        On::Paused,
        On::Disabled,
        On::Reinstated,
    ];

    #[test]
    fn only_an_approved_template_is_sendable() {
        let sendable: Vec<_> = STATUSES.into_iter().filter(|s| s.is_sendable()).collect();
        assert_eq!(sendable, [Status::Approved]);
    }

    #[test]
    fn an_event_heard_twice_counts_once() {
        for status in STATUSES {
            for event in EVENTS {
                if let Ok(next) = status.apply(event) {
                    assert_eq!(next.apply(event), Ok(next), "{status:?} {event:?}");
                }
            }
        }
    }

    #[test]
    fn only_the_provider_makes_a_template_sendable() {
        for status in STATUSES.into_iter().filter(|s| !s.is_sendable()) {
            for event in EVENTS {
                if status.apply(event) == Ok(Status::Approved) {
                    assert!(
                        matches!(event, On::Approved | On::Reinstated),
                        "{status:?} {event:?}"
                    );
                }
            }
        }
        for event in EVENTS {
            assert_ne!(Status::Draft.apply(event), Ok(Status::Approved));
        }
    }

    #[test]
    fn a_disabled_template_wakes_by_reinstatement_alone() {
        for event in EVENTS {
            let awake = Status::Disabled
                .apply(event)
                .is_ok_and(|s| s != Status::Disabled);
            assert_eq!(awake, event == On::Reinstated);
        }
    }

    #[test]
    fn a_stop_always_stops() {
        for status in STATUSES.into_iter().filter(|s| *s != Status::Draft) {
            for stop in [On::Rejected, On::Paused, On::Disabled] {
                assert!(status.apply(stop).is_ok_and(|s| !s.is_sendable()));
            }
        }
    }

    #[test]
    fn statuses_are_snake_case_on_the_wire() {
        let words = STATUSES.map(|s| serde_json::to_value(s).unwrap());
        assert_eq!(
            words,
            [
                "draft", "pending", "approved", "rejected", "paused", "disabled"
            ]
        );
    }
}
