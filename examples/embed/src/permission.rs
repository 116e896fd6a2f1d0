use crate::{Act, Line, Topic};
use time::OffsetDateTime;

/// Who may be texted about what: the clinic's own rule, such as a view of its database would compute,
/// without a line of Tidings in it. That it is a lawful one is shown by `tests/laws.rs`.
///
/// ```rust
/// use embed::{Act, Line, Permission, Topic};
/// use time::macros::datetime;
///
/// let signed = Line {
///     key: 1,
///     act: Act::Signed(Topic::Everything),
///     happened: datetime!(2026-07-01 09:00 UTC),
///     written: datetime!(2026-07-01 09:00 UTC),
/// };
/// let stopped = Line { key: 2, act: Act::Stopped(Topic::Offers), ..signed.clone() };
///
/// // The same moment: stop wins.
/// let permission = Permission::of(&[signed, stopped], datetime!(2026-07-15 12:00 UTC));
/// assert!(permission.reminders && !permission.offers);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Permission {
    /// Reminders of appointments.
    pub reminders: bool,
    /// Offers.
    pub offers: bool,
}

impl Permission {
    /// What `lines`, in any order, permit at `now`.
    pub fn of(lines: &[Line], now: OffsetDateTime) -> Self {
        Self {
            reminders: permits(lines, Topic::Reminders, now),
            offers: permits(lines, Topic::Offers, now),
        }
    }
}

/// The latest act about `topic` that has happened decides; of several at one moment a stop.
fn permits(lines: &[Line], topic: Topic, now: OffsetDateTime) -> bool {
    lines
        .iter()
        .filter(|line| line.happened <= now)
        .filter_map(|line| match line.act {
            Act::Signed(about) => about.covers(topic).then_some((line.happened, false)),
            Act::Stopped(about) => about.covers(topic).then_some((line.happened, true)),
        })
        .max()
        .is_some_and(|(_, is_stop)| !is_stop)
}
