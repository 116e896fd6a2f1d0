use crate::Calendar;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use time::Date;

/// Local dates on which a rule stays closed: single ones, and those of calendars, which are asked
/// date by date.
///
/// ```rust
/// use tidings_quiet_hours::{Calendar, Closed};
/// use time::macros::date;
///
/// let closed = Closed::default().on([date!(2026-12-24)]).by(Calendar::bundled("DE")?);
/// assert!(closed.is_closed(date!(2026-12-24)) && closed.is_closed(date!(2026-12-25)));
/// assert!(!closed.is_closed(date!(2026-12-28)));
/// # Ok::<(), tidings_quiet_hours::UnknownCalendar>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Closed {
    /// Single dates, in JSON as `2026-12-24`.
    #[serde(with = "iso", skip_serializing_if = "BTreeSet::is_empty")]
    pub dates: BTreeSet<Date>,
    /// Whole calendars, in JSON by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calendars: Vec<Calendar>,
}

impl Closed {
    /// Closes these dates too.
    #[must_use]
    pub fn on(mut self, dates: impl IntoIterator<Item = Date>) -> Self {
        self.dates.extend(dates);
        self
    }

    /// Closes the days of `calendar` too.
    #[must_use]
    pub fn by(mut self, calendar: Calendar) -> Self {
        self.calendars.push(calendar);
        self
    }

    /// Whether nothing is ever closed.
    pub fn is_empty(&self) -> bool {
        self.dates.is_empty() && self.calendars.is_empty()
    }

    /// Whether the date is closed.
    pub fn is_closed(&self, date: Date) -> bool {
        self.dates.contains(&date) || self.holiday(date).is_some()
    }

    /// The same between two dates, both included, as plain dates: what a stored decision keeps, so that it
    /// is the same when the calendars have changed or are not at hand. Nothing is known of other dates.
    ///
    /// ```rust
    /// use tidings_quiet_hours::{Calendar, Closed};
    /// use time::macros::date;
    ///
    /// let closed = Closed::default().by(Calendar::bundled("US")?);
    /// let week = closed.within(date!(2026-12-21), date!(2026-12-27));
    /// assert!(week.calendars.is_empty());
    /// assert_eq!(week.dates.into_iter().collect::<Vec<_>>(), [date!(2026-12-25)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn within(&self, from: Date, to: Date) -> Self {
        let days = std::iter::successors(Some(from), |day| day.next_day());
        Self {
            dates: days
                .take_while(|day| *day <= to)
                .filter(|day| self.is_closed(*day))
                .collect(),
            calendars: Vec::new(),
        }
    }

    /// What a calendar calls the date, if one closes it.
    pub fn holiday(&self, date: Date) -> Option<&str> {
        self.calendars
            .iter()
            .find_map(|calendar| calendar.closed(date))
    }
}

/// Dates as text.
mod iso {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _, ser::Error as _};
    use std::collections::BTreeSet;
    use time::{Date, format_description::StaticFormatDescription, macros::format_description};

    const FORM: StaticFormatDescription = format_description!("[year]-[month]-[day]");

    pub(super) fn serialize<S: Serializer>(
        dates: &BTreeSet<Date>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let texts: Result<Vec<String>, _> = dates.iter().map(|date| date.format(FORM)).collect();
        serializer.collect_seq(texts.map_err(S::Error::custom)?)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeSet<Date>, D::Error> {
        Vec::<String>::deserialize(deserializer)?
            .iter()
            .map(|text| Date::parse(text, FORM).map_err(D::Error::custom))
            .collect()
    }
}
