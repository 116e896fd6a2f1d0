mod definition;
mod read;

pub use read::InvalidCalendar;

use definition::Definition;
use serde::{Deserialize, Serialize};
use std::{
    cmp::Ordering,
    collections::BTreeMap,
    fmt, hash,
    sync::{Arc, LazyLock},
};
use time::Date;

/// Knows which local dates are closed. Pure: the same date gives the same answer.
pub trait Holidays: Send + Sync {
    /// What the date is called if it is closed; `None` on an ordinary day.
    fn closed(&self, date: Date) -> Option<&str>;
}

/// A calendar of closed days with a name. Cheap to clone; equal if the id is.
///
/// Bundled ones are computed by rule (fixed dates, nth weekdays, Easter, and both the day and the day
/// on which it is observed), for any year. Which there are: [`Calendar::bundled_ids`].
///
/// ```rust
/// use tidings_quiet_hours::Calendar;
/// use time::macros::date;
///
/// let federal = Calendar::bundled("US")?;
/// assert_eq!(federal.closed(date!(2026-11-26)), Some("Thanksgiving Day"));
/// // 4 July 2026 is a Saturday; the Friday before is observed, and both are closed.
/// assert_eq!(federal.closed(date!(2026-07-03)), Some("Independence Day"));
/// assert_eq!(federal.closed(date!(2026-07-04)), Some("Independence Day"));
/// assert_eq!(federal.closed(date!(2026-07-06)), None);
/// assert!(Calendar::bundled("Mars").is_err());
/// # Ok::<(), tidings_quiet_hours::UnknownCalendar>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Calendar {
    id: Arc<str>,
    days: Arc<dyn Holidays>,
    unconfirmed: Arc<[String]>,
}

/// There is no bundled calendar of this id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown calendar {0:?}: use one of the bundled ids, such as US or GB-SCT")]
pub struct UnknownCalendar(pub String);

/// The tables; where they are from stands in each.
const TABLES: [&str; 9] = [
    include_str!("../data/holidays/us.txt"),
    include_str!("../data/holidays/gb.txt"),
    include_str!("../data/holidays/fr.txt"),
    include_str!("../data/holidays/de.txt"),
    include_str!("../data/holidays/es.txt"),
    include_str!("../data/holidays/it.txt"),
    include_str!("../data/holidays/ca.txt"),
    include_str!("../data/holidays/au-in.txt"),
    include_str!("../data/holidays/br.txt"),
];

static BUNDLED: LazyLock<BTreeMap<Arc<str>, Calendar>> = LazyLock::new(|| {
    // That every table is read is what the test of the tables says.
    TABLES
        .into_iter()
        .filter_map(|table| Calendar::read(table).ok())
        .flatten()
        .map(|calendar| (Arc::clone(&calendar.id), calendar))
        .collect()
});

impl Calendar {
    /// A calendar of the caller's own. Where rules are stored, only the id is: a bundled one must be
    /// read back, so an id of one's own is refused there.
    pub fn new(id: &str, days: Arc<dyn Holidays>) -> Self {
        Self {
            id: id.into(),
            days,
            unconfirmed: Arc::default(),
        }
    }

    /// A bundled calendar: `US`, `US-RI`, `GB-SCT`, `DE`, `DE-BY` …
    ///
    /// # Errors
    /// [`UnknownCalendar`]: no such id.
    pub fn bundled(id: &str) -> Result<Self, UnknownCalendar> {
        BUNDLED
            .get(id)
            .cloned()
            .ok_or_else(|| UnknownCalendar(id.chars().take(32).collect()))
    }

    /// The ids of all bundled calendars, sorted.
    pub fn bundled_ids() -> impl Iterator<Item = &'static str> {
        BUNDLED.keys().map(AsRef::as_ref)
    }

    /// Reads calendars from text, in the form of the bundled tables:
    ///
    /// ```rust
    /// use tidings_quiet_hours::Calendar;
    /// use time::macros::date;
    ///
    /// let [base, shop] = Calendar::read("
    ///     calendar EX
    ///     05-01, observed monday: Labour Day
    ///     second monday 06, from 2020, until 2030: Founders' Day
    ///     easter -2, unconfirmed: Good Friday
    ///     orthodox easter 1: Bright Monday
    ///     monday before 05-25: Victoria Day
    ///     tuesday from 11-02: Election Day
    ///     2026-07-19: Final
    ///     calendar EX-SHOP
    ///     include EX
    ///     12-24: Christmas Eve
    /// ")?.try_into().map_err(|_| "two calendars")?;
    /// assert_eq!(base.closed(date!(2026-04-03)), Some("Good Friday"));
    /// assert_eq!(shop.closed(date!(2026-04-03)), Some("Good Friday"));
    /// assert_eq!(shop.closed(date!(2026-04-13)), Some("Bright Monday"));
    /// assert_eq!(shop.closed(date!(2026-12-24)), Some("Christmas Eve"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// `observed monday` moves a Sunday to Monday, `observed nearest` a Saturday to Friday as well,
    /// `observed next` both to the next weekday that is not a holiday itself; the day itself stays
    /// closed too. Calendars come sorted by id. A text may have 1,000 of them, of 1,000 days each.
    ///
    /// # Errors
    /// [`InvalidCalendar`]: a line that is not of this form, or one too many, with its number.
    pub fn read(text: &str) -> Result<Vec<Self>, InvalidCalendar> {
        let named = |(id, definition): (String, Definition)| Self {
            unconfirmed: definition.unconfirmed(),
            ..Self::new(&id, Arc::new(definition))
        };
        Ok(read::read(text)?.into_iter().map(named).collect())
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The names of its days that rest on recollection or on one weak source: they are closed, which
    /// is safe, and an explanation says so.
    ///
    /// ```rust
    /// let federal = tidings_quiet_hours::Calendar::bundled("US")?;
    /// assert!(federal.unconfirmed().is_empty());
    /// let utah = tidings_quiet_hours::Calendar::bundled("US-UT")?;
    /// assert_eq!(utah.unconfirmed(), ["Pioneer Day"]);
    /// # Ok::<(), tidings_quiet_hours::UnknownCalendar>(())
    /// ```
    pub fn unconfirmed(&self) -> &[String] {
        &self.unconfirmed
    }

    /// What the date is called if it is closed.
    pub fn closed(&self, date: Date) -> Option<&str> {
        self.days.closed(date)
    }

    /// The closed days of a time, both ends included.
    ///
    /// ```rust
    /// use tidings_quiet_hours::Calendar;
    /// use time::macros::date;
    ///
    /// let scotland = Calendar::bundled("GB-SCT")?;
    /// let winter: Vec<_> = scotland.closed_between(date!(2026-12-24), date!(2027-01-04)).collect();
    /// assert_eq!(winter.len(), 6); // 25, 26 and 28 December; 1, 2 and 4 January
    /// # Ok::<(), tidings_quiet_hours::UnknownCalendar>(())
    /// ```
    pub fn closed_between(&self, from: Date, to: Date) -> impl Iterator<Item = (Date, &str)> {
        std::iter::successors(Some(from), |date| date.next_day())
            .take_while(move |date| *date <= to)
            .filter_map(|date| self.closed(date).map(|name| (date, name)))
    }
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Calendar {}

impl PartialOrd for Calendar {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Calendar {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id.cmp(&other.id)
    }
}

impl hash::Hash for Calendar {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Calendar({})", self.id)
    }
}

impl TryFrom<String> for Calendar {
    type Error = UnknownCalendar;

    fn try_from(id: String) -> Result<Self, Self::Error> {
        Self::bundled(&id)
    }
}

impl From<Calendar> for String {
    fn from(calendar: Calendar) -> Self {
        calendar.id.as_ref().to_owned()
    }
}

#[cfg(test)]
mod tests;
