use crate::read::parse_date;
use serde::{Deserialize, Deserializer, de};
use tidings_quiet_hours::{Calendar, Rule};
use time::Date;

/// Local dates on which nothing is sent, as a pack has them.
///
/// ```json
/// { "calendars": ["US-PA"], "dates": ["2026-11-03"] }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedDays {
    /// Calendars that `tidings-quiet-hours` embeds, by name.
    #[serde(default, deserialize_with = "calendars")]
    pub calendars: Vec<Calendar>,
    /// Single dates, such as those that a governor proclaims.
    #[serde(default, deserialize_with = "dates")]
    pub dates: Vec<Date>,
}

impl ClosedDays {
    /// Closes `rule` on these days.
    pub(crate) fn close(&self, rule: Rule) -> Rule {
        self.calendars
            .iter()
            .cloned()
            .fold(rule, Rule::closed_by)
            .closed_on(self.dates.iter().copied())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.calendars.is_empty() && self.dates.is_empty()
    }
}

fn calendars<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Calendar>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    let calendar = |name: &String| Calendar::bundled(name).map_err(de::Error::custom);
    names.iter().map(calendar).collect()
}

fn dates<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Date>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let date = |text: &String| {
        parse_date(text)
            .ok_or_else(|| de::Error::custom(format!("invalid date {text:?}: use YYYY-MM-DD")))
    };
    texts.iter().map(date).collect()
}
