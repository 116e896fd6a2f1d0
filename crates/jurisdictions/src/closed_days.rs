use crate::read::parse_date;
use serde::{Deserialize, Deserializer, de};
use std::sync::Arc;
use tidings_quiet_hours::{Calendar, Holidays, InvalidCalendar, Rule, UnknownCalendar};
use time::Date;

/// Local dates on which nothing is sent, as a pack has them.
///
/// ```json
/// { "calendars": ["US-PA"], "dates": ["2026-11-03"] }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedDays {
    /// Calendars by name: of the pack itself, or that `tidings-quiet-hours` embeds.
    #[serde(default, rename = "calendars")]
    pub names: Vec<String>,
    /// The calendars of these names; one of a pack bears the pack's name too, as `ours.json/SHOP`.
    #[serde(skip)]
    pub calendars: Vec<Calendar>,
    /// Single dates, such as those that a governor proclaims.
    #[serde(default, deserialize_with = "dates")]
    pub dates: Vec<Date>,
}

impl ClosedDays {
    /// Looks the names up, in the calendars of the pack first.
    pub(crate) fn resolve(&mut self, own: &[(String, Calendar)]) -> Result<(), UnknownCalendar> {
        let find = |name: &String| match own.iter().find(|(own, _)| own == name) {
            Some((_, calendar)) => Ok(calendar.clone()),
            None => Calendar::bundled(name),
        };
        self.calendars = self.names.iter().map(find).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Closes `rule` on these days.
    pub(crate) fn close(&self, rule: Rule) -> Rule {
        self.calendars
            .iter()
            .cloned()
            .fold(rule, Rule::closed_by)
            .closed_on(self.dates.iter().copied())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty() && self.dates.is_empty()
    }
}

/// The calendars that `pack` defines in `lines`, by the names that it gives them.
///
/// Calendars are equal if their ids are, so each gets an id that no other pack can have.
pub(crate) fn calendars_of(
    pack: &str,
    lines: &[String],
) -> Result<Vec<(String, Calendar)>, InvalidCalendar> {
    let calendars = Calendar::read(&lines.join("\n"))?.into_iter();
    let name = |calendar: Calendar| {
        let name = calendar.id().to_owned();
        let days = Arc::new(OfPack(calendar));
        (name.clone(), Calendar::new(&format!("{pack}/{name}"), days))
    };
    Ok(calendars.map(name).collect())
}

struct OfPack(Calendar);

impl Holidays for OfPack {
    fn closed(&self, date: Date) -> Option<&str> {
        self.0.closed(date)
    }
}

fn dates<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Date>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let date = |text: &String| {
        parse_date(text)
            .ok_or_else(|| de::Error::custom(format!("invalid date {text:?}: use YYYY-MM-DD")))
    };
    texts.iter().map(date).collect()
}
