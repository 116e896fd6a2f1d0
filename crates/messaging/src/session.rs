use tidings_kernel::{MemberId, TenantId};
use time::{Duration, OffsetDateTime};

/// A member who has logged in, or a calendar program that reads for one. Only a hash of its token is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the token; the token has 256 random bits, so no salt is needed.
    pub hash: [u8; 32],
    /// The tenant.
    pub tenant: TenantId,
    /// Who.
    pub member: MemberId,
    /// What it is for.
    pub kind: SessionKind,
    /// When it began.
    pub created_at: OffsetDateTime,
    /// When it was last seen, to the minute or so.
    pub seen_at: OffsetDateTime,
}

/// What a session is for, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SessionKind {
    /// A browser: everything that the member may do.
    Browser,
    /// A calendar program: the feed of what is scheduled, and nothing else.
    Calendar,
}

impl SessionKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Browser, Self::Calendar];

    /// The name used in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Calendar => "calendar",
        }
    }

    /// Reads the stored name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// How long it lasts, however much it is used.
    pub const fn longest(self) -> Duration {
        match self {
            Self::Browser => Duration::hours(14),
            Self::Calendar => Duration::days(400),
        }
    }

    /// How long it lasts when it is not used.
    pub const fn idle(self) -> Duration {
        match self {
            Self::Browser => Duration::hours(2),
            Self::Calendar => Duration::days(90),
        }
    }
}

impl Session {
    /// How often it is worth noting that a session is used.
    pub const NOTED: Duration = Duration::MINUTE;

    /// Whether it stands at `now`: it is neither too old nor unused for too long.
    ///
    /// ```rust
    /// use tidings_kernel::{MemberId, TenantId};
    /// use tidings_messaging::{Session, SessionKind};
    /// use time::{Duration, macros::datetime};
    ///
    /// let begin = datetime!(2026-07-15 09:00 UTC);
    /// let session = Session {
    ///     hash: [7; 32],
    ///     tenant: TenantId::from_uuid(uuid::Uuid::from_u128(1)),
    ///     member: MemberId::from_uuid(uuid::Uuid::from_u128(2)),
    ///     kind: SessionKind::Browser,
    ///     created_at: begin,
    ///     seen_at: begin,
    /// };
    /// assert!(session.stands(begin + Duration::HOUR));
    /// assert!(!session.stands(begin + Duration::hours(2)));
    /// let used = Session { seen_at: begin + Duration::hours(13), ..session };
    /// assert!(used.stands(begin + Duration::hours(13)));
    /// assert!(!used.stands(begin + Duration::hours(14)));
    /// ```
    pub fn stands(&self, now: OffsetDateTime) -> bool {
        now < self.created_at.saturating_add(self.kind.longest())
            && now < self.seen_at.saturating_add(self.kind.idle())
    }
}
