use crate::{ApprovalStatus, Category, content::Marker};
use serde::{Deserialize, Serialize};
use tidings_kernel::Purpose;
use time::{Duration, OffsetDateTime};

/// Where a WhatsApp template stands at its provider: a fold over what the provider said.
///
/// The fold is free of order and of repeats: each question is answered by the latest event that
/// speaks of it, by the provider's own timestamps, and by the stricter of two at the same time.
/// [`ApprovalStatus`] alone is the same without memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The category that it was submitted under.
    submitted_as: Category,
    category: Option<At<Category>>,
    announced: Option<At<Announcement>>,
    quality: Option<At<Quality>>,
    /// The latest of everything but the two below.
    status: Option<At<Status>>,
    /// A disabled template wakes by a reinstatement alone, so the two are kept apart.
    disabled: Option<OffsetDateTime>,
    reinstated: Option<OffsetDateTime>,
}

/// Something that a provider says about a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingEvent {
    /// When it happened, by the provider's clock.
    pub at: OffsetDateTime,
    /// What happened.
    pub kind: StandingEventKind,
}

/// What happened to a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StandingEventKind {
    /// It was submitted, for the first time or after an edit.
    Submitted,
    /// It was approved, or a pause ended.
    Approved {
        /// The category that it got, when the provider says so; it need not be the one asked for.
        category: Option<Category>,
    },
    /// It was refused.
    Rejected,
    /// It was paused.
    Paused {
        /// For which time.
        rung: PauseRung,
    },
    /// It was disabled.
    Disabled,
    /// A pause or a disabling was taken back.
    Reinstated,
    /// Its category will change.
    RecategorizationAnnounced {
        /// The category to come.
        category: Category,
        /// From when; the platform gives a day's notice.
        effective_at: OffsetDateTime,
    },
    /// Its category has changed.
    Recategorized {
        /// The category now.
        category: Category,
    },
    /// Its quality was rated.
    Rated {
        /// The rating.
        quality: Quality,
    },
}

/// How readers take a template; low quality pauses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Not rated yet.
    Unknown,
    /// High.
    Green,
    /// Medium.
    Yellow,
    /// Low.
    Red,
}

/// The rungs of the ladder from a pause to the end. Compliance study, section 7.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseRung {
    /// Because of the rate, until the provider says otherwise.
    RateLimiting,
    /// For 3 hours.
    First,
    /// For 6 hours; the next one disables.
    Second,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct At<T> {
    at: OffsetDateTime,
    value: T,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Announcement {
    effective_at: OffsetDateTime,
    category: Category,
}

/// The strictest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Approved,
    Pending,
    Paused(PauseRung),
    Rejected,
}

impl Standing {
    /// A draft that will be submitted under `category`.
    pub const fn new(category: Category) -> Self {
        Self {
            submitted_as: category,
            category: None,
            announced: None,
            quality: None,
            status: None,
            disabled: None,
            reinstated: None,
        }
    }

    /// The standing after all of `events`, in any order.
    pub fn fold(category: Category, events: &[StandingEvent]) -> Self {
        events
            .iter()
            .copied()
            .fold(Self::new(category), Self::apply)
    }

    /// The standing after one more event; late and repeated ones change nothing that is newer.
    ///
    /// # Examples
    /// ```
    /// use tidings_kernel::Purpose;
    /// use tidings_templates::{Category, Standing, StandingEvent, StandingEventKind};
    /// use time::{Duration, OffsetDateTime};
    ///
    /// let now = OffsetDateTime::UNIX_EPOCH;
    /// let approved = StandingEventKind::Approved { category: Some(Category::Marketing) };
    /// let standing = Standing::new(Category::Utility)
    ///     .apply(StandingEvent { at: now, kind: approved });
    /// // Approved, but not as what was asked for: the platform's category decides.
    /// assert!(standing.is_sendable());
    /// assert_eq!(standing.effective_purpose(Purpose::Reminder, &[], now), Purpose::Marketing);
    /// // What happened before the approval is late news.
    /// let late = StandingEvent { at: now - Duration::HOUR, kind: StandingEventKind::Rejected };
    /// assert_eq!(standing.apply(late), standing);
    /// ```
    #[must_use]
    pub fn apply(mut self, event: StandingEvent) -> Self {
        use StandingEventKind as On;
        let at = event.at;
        match event.kind {
            On::Submitted => self.set_status(at, Status::Pending),
            On::Approved { category } => {
                self.set_status(at, Status::Approved);
                if let Some(category) = category {
                    latest(&mut self.category, at, category);
                }
            }
            On::Rejected => self.set_status(at, Status::Rejected),
            On::Paused { rung } => self.set_status(at, Status::Paused(rung)),
            On::Disabled => self.disabled = self.disabled.max(Some(at)),
            On::Reinstated => self.reinstated = self.reinstated.max(Some(at)),
            On::RecategorizationAnnounced {
                category,
                effective_at,
            } => {
                let announcement = Announcement {
                    effective_at,
                    category,
                };
                latest(&mut self.announced, at, announcement);
            }
            On::Recategorized { category } => latest(&mut self.category, at, category),
            On::Rated { quality } => latest(&mut self.quality, at, quality),
        }
        self
    }

    /// The status in the words of tables and API.
    ///
    /// A pause ends when the platform says so, not when its time is over: when a rule cannot decide
    /// it answers the way that sends nothing.
    pub fn status(&self) -> ApprovalStatus {
        // On a tie the template stays disabled.
        if self.disabled.is_some() && self.disabled >= self.reinstated {
            return ApprovalStatus::Disabled;
        }
        let Some(status) = self.status else {
            return if self.reinstated.is_some() {
                ApprovalStatus::Approved
            } else {
                ApprovalStatus::Draft
            };
        };
        match status.value {
            Status::Approved => ApprovalStatus::Approved,
            Status::Pending => ApprovalStatus::Pending,
            // Only a pause is taken back; a rejection is not.
            Status::Paused(_) if self.reinstated > Some(status.at) => ApprovalStatus::Approved,
            Status::Paused(_) => ApprovalStatus::Paused,
            Status::Rejected => ApprovalStatus::Rejected,
        }
    }

    /// True for an approved template that is neither paused nor disabled (L84, L87).
    pub fn is_sendable(&self) -> bool {
        self.status().is_sendable()
    }

    /// The platform's category at `now`; before it has said one, the one asked for.
    pub fn category(&self, now: OffsetDateTime) -> Category {
        let current = self.category.map_or(self.submitted_as, |it| it.value);
        match self.announced {
            Some(announced)
                if announced.value.effective_at <= now
                    && self
                        .category
                        .is_none_or(|it| it.at < announced.value.effective_at) =>
            {
                announced.value.category
            }
            Some(_) | None => current,
        }
    }

    /// The change of category that is announced and not yet in force at `now`.
    pub fn announced(&self, now: OffsetDateTime) -> Option<(Category, OffsetDateTime)> {
        self.announced
            .map(|it| (it.value.category, it.value.effective_at))
            .filter(|(_, effective_at)| now < *effective_at)
    }

    /// The last rating.
    pub fn quality(&self) -> Quality {
        self.quality.map_or(Quality::Unknown, |it| it.value)
    }

    /// When the platform means to end the pause, if it is paused for a time: after 3 or 6 hours.
    pub fn pause_ends(&self) -> Option<OffsetDateTime> {
        if self.status() != ApprovalStatus::Paused {
            return None;
        }
        let status = self.status?;
        let hours = match status.value {
            Status::Paused(PauseRung::First) => 3,
            Status::Paused(PauseRung::Second) => 6,
            Status::Paused(PauseRung::RateLimiting)
            | Status::Approved
            | Status::Pending
            | Status::Rejected => return None,
        };
        status.at.checked_add(Duration::hours(hours))
    }

    /// The purpose that a message is decided under at `now`: the strictest of the declared one, the
    /// platform's current category and what the text shows (L68, L88).
    pub fn effective_purpose(
        &self,
        declared: Purpose,
        markers: &[Marker],
        now: OffsetDateTime,
    ) -> Purpose {
        crate::content::effective_purpose(declared, Some(self.category(now)), markers)
    }

    fn set_status(&mut self, at: OffsetDateTime, status: Status) {
        latest(&mut self.status, at, status);
    }
}

/// Keeps what is later, and the greater of two at the same time.
fn latest<T: Copy + Ord>(register: &mut Option<At<T>>, at: OffsetDateTime, value: T) {
    let is_newer = register.is_none_or(|known| (known.at, known.value) < (at, value));
    if is_newer {
        *register = Some(At { at, value });
    }
}

#[cfg(test)]
mod tests;
