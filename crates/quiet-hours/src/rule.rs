use crate::{Calendar, Closed, Interval, Weekly, Zone, interval::Span};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use time::Date;

/// The stable name of a rule.
pub type RuleId = Cow<'static, str>;

/// Windows that must be open, judged by the wall clock of every zone that the contact may be in, or
/// by one clock of its own.
///
/// ```rust
/// use tidings_quiet_hours::{Calendar, Interval, Rule, Weekly};
///
/// let rule = Rule::new("us.example", Weekly::daily(Interval::DAYTIME))
///     .closed_by(Calendar::bundled("US")?);
/// let json = serde_json::to_string(&rule)?;
/// assert_eq!(serde_json::from_str::<Rule>(&json)?, rule);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What decisions call it.
    pub id: RuleId,
    /// When it is open.
    pub windows: Weekly,
    /// Local dates on which it stays closed, a window that runs in from the evening before included.
    #[serde(default, skip_serializing_if = "Closed::is_empty")]
    pub closed: Closed,
    /// The clock that it goes by, if it is not that of the contact: a tenant's own for business
    /// hours, `Etc/GMT+6` for a law that names Central Standard Time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
}

impl Rule {
    /// The name of [`Rule::daytime`].
    pub const DAYTIME: &'static str = "quiet_hours.window";
    /// The name of [`Rule::business_hours`].
    pub const BUSINESS_HOURS: &'static str = "quiet_hours.business";

    /// A rule by the contact's clock without closed dates.
    pub fn new(id: impl Into<RuleId>, windows: Weekly) -> Self {
        Self {
            id: id.into(),
            windows,
            closed: Closed::default(),
            zone: None,
        }
    }

    /// The default window for what can wait: [`Interval::DAYTIME`] every day.
    pub fn daytime() -> Self {
        Self::new(Self::DAYTIME, Weekly::daily(Interval::DAYTIME))
    }

    /// When a tenant is there to answer, by the tenant's own clock and closed days.
    ///
    /// ```rust
    /// use tidings_quiet_hours::{Closed, Rule, Weekly, Zone, allowed};
    /// use time::{Weekday, macros::datetime};
    ///
    /// let weekdays = [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday];
    /// let shop = Rule::business_hours(
    ///     Weekly::closed().on(weekdays, "09:00-17:00".parse()?),
    ///     Closed::default(),
    ///     Zone::parse("Europe/Paris")?,
    /// );
    /// let contact = [Zone::parse("America/New_York")?];
    /// // Wednesday, 10:00 in Paris and 04:00 in New York: the shop is open, whatever else is not.
    /// assert!(allowed(datetime!(2026-07-15 08:00 UTC), &contact, &[shop]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn business_hours(windows: Weekly, closed: Closed, zone: Zone) -> Self {
        Self {
            closed,
            ..Self::new(Self::BUSINESS_HOURS, windows).in_zone(zone)
        }
    }

    /// Closes these local dates too.
    #[must_use]
    pub fn closed_on(mut self, dates: impl IntoIterator<Item = Date>) -> Self {
        self.closed = self.closed.on(dates);
        self
    }

    /// Closes the days of `calendar` too.
    #[must_use]
    pub fn closed_by(mut self, calendar: Calendar) -> Self {
        self.closed = self.closed.by(calendar);
        self
    }

    /// Judges it by this clock, wherever the contact is.
    #[must_use]
    pub fn in_zone(mut self, zone: Zone) -> Self {
        self.zone = Some(zone);
        self
    }

    /// Its open minutes on a local day, counted from 1 January 1970.
    pub(crate) fn spans(&self, day: i64) -> &[Span] {
        // That day was a Thursday.
        let weekday = |day: i64| usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0);
        if self.closed.is_empty() {
            return self.windows.spans(weekday(day));
        }
        if self.is_closed(day) {
            &[]
        } else if self.is_closed(day - 1) {
            // What would run in from there is closed too.
            self.windows.starting(weekday(day))
        } else {
            self.windows.spans(weekday(day))
        }
    }

    /// Whether a day is closed. What no calendar reaches is: nothing is sent there.
    fn is_closed(&self, day: i64) -> bool {
        i32::try_from(day + EPOCH_JULIAN)
            .ok()
            .and_then(|julian| Date::from_julian_day(julian).ok())
            .is_none_or(|date| self.closed.is_closed(date))
    }
}

/// The Julian day of 1 January 1970.
const EPOCH_JULIAN: i64 = 2_440_588;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_travels_as_json_and_nothing_malformed_does() {
        let json = r#"{"id":"us.ms","windows":{"monday":["08:00-20:00"]},"closed":{"dates":["2026-12-24"],"calendars":["US"]},"zone":"Etc/GMT+6"}"#;
        let rule: Rule = serde_json::from_str(json).unwrap();
        assert_eq!(rule.zone, Some(Zone::parse("Etc/GMT+6").unwrap()));
        assert_eq!(rule.closed.calendars, [Calendar::bundled("US").unwrap()]);
        assert_eq!(serde_json::to_string(&rule).unwrap(), json);
        for bad in [
            r#"{"id":"a","windows":{"monday":["08:00-"]}}"#,
            r#"{"id":"a","windows":{"monday":["24:00-08:00"]}}"#,
            r#"{"id":"a","windows":{},"zone":"Mars/Olympus"}"#,
            r#"{"id":"a","windows":{},"closed":{"calendars":["Mars"]}}"#,
            r#"{"id":"a","windows":{},"closed":{"dates":["2026-02-30"]}}"#,
            r#"{"id":"a","windows":{},"colsed":{}}"#,
            r#"{"id":"a"}"#,
        ] {
            assert!(serde_json::from_str::<Rule>(bad).is_err(), "{bad}");
        }
        let plain = Rule::new("a", Weekly::closed());
        assert_eq!(
            serde_json::to_string(&plain).unwrap(),
            r#"{"id":"a","windows":{}}"#
        );
    }
}
