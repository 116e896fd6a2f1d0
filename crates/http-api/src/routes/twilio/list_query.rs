//! What a program asks a list for.

use super::{Refusal, send_at::instant};
use time::{
    Date, Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc2822,
    macros::format_description,
};
use uuid::Uuid;

/// The most that a page has.
const MOST: u16 = 1_000;
/// How many it has when nothing is said.
const USUAL: u16 = 50;
/// What stands before the place at which a page begins.
const TOKEN: &str = "PA";

/// The parameters of a list. Unknown ones are ignored, since that is what Twilio does.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ListQuery {
    pub(super) to: Option<String>,
    pub(super) from: Option<String>,
    /// Sent at or after this instant.
    pub(super) sent_after: Option<OffsetDateTime>,
    /// Sent before this instant.
    pub(super) sent_before: Option<OffsetDateTime>,
    pub(super) page_size: u16,
    pub(super) page: u32,
    /// The message before the first of the page.
    pub(super) after: Option<Uuid>,
    /// The filters as they were given, to be given again with the next page.
    filters: Vec<(String, String)>,
}

impl ListQuery {
    pub(super) fn read(query: &str) -> Result<Self, Refusal> {
        let mut list = Self {
            page_size: USUAL,
            ..Self::default()
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            let refuse = || Refusal::of(20_001, format!("Invalid parameter: {name}"));
            if value.contains('\0') {
                return Err(refuse());
            }
            let mut is_filter = !value.is_empty();
            match name.as_str() {
                _ if value.is_empty() => {}
                "To" => list.to = Some(value.clone()),
                "From" => list.from = Some(value.clone()),
                "DateSent" => {
                    // An instant stands for its day.
                    let day = moment(&value).ok_or_else(refuse)?.day();
                    list.narrow(Some(day), Some(day + Duration::DAY));
                }
                "DateSent>" => list.narrow(Some(moment(&value).ok_or_else(refuse)?.start()), None),
                "DateSent<" => list.narrow(None, Some(moment(&value).ok_or_else(refuse)?.end())),
                "PageSize" => {
                    let size: u32 = value.parse().map_err(|_| refuse())?;
                    list.page_size = u16::try_from(size).unwrap_or(MOST).min(MOST);
                    if list.page_size == 0 {
                        return Err(refuse());
                    }
                    is_filter = false;
                }
                "Page" => {
                    list.page = value.parse().map_err(|_| refuse())?;
                    is_filter = false;
                }
                "PageToken" => {
                    list.after = Some(token(&value).ok_or_else(refuse)?);
                    is_filter = false;
                }
                _ => is_filter = false,
            }
            if is_filter {
                list.filters.push((name, value));
            }
        }
        // A page that has no token cannot be any but the first.
        if list.after.is_none() {
            list.page = 0;
        }
        Ok(list)
    }

    fn narrow(&mut self, start: Option<OffsetDateTime>, end: Option<OffsetDateTime>) {
        self.sent_after = self.sent_after.max(start);
        self.sent_before = match (self.sent_before, end) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }

    /// The query of a page of the same list.
    pub(super) fn query(&self, page: u32, after: Option<Uuid>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .extend_pairs(&self.filters)
            .append_pair("PageSize", &self.page_size.to_string())
            .append_pair("Page", &page.to_string());
        if let Some(after) = after {
            query.append_pair("PageToken", &format!("{TOKEN}{}", after.simple()));
        }
        query.finish()
    }
}

fn token(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text.strip_prefix(TOKEN)?).ok()
}

/// A day, or an instant to the second.
enum Moment {
    Day(OffsetDateTime),
    Second(OffsetDateTime),
}

impl Moment {
    const fn start(&self) -> OffsetDateTime {
        match self {
            Self::Day(at) | Self::Second(at) => *at,
        }
    }

    /// The first instant after it: what is asked for includes it.
    fn end(&self) -> OffsetDateTime {
        match self {
            Self::Day(at) => *at + Duration::DAY,
            Self::Second(at) => *at + Duration::SECOND,
        }
    }

    fn day(&self) -> OffsetDateTime {
        self.start().date().midnight().assume_utc()
    }
}

/// The forms that Twilio takes, in UTC where they name no zone.
fn moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    if let Ok(day) = Date::parse(text, format_description!("[year]-[month]-[day]")) {
        return Some(Moment::Day(day.midnight().assume_utc()));
    }
    let second = |at: OffsetDateTime| {
        let at = at.checked_to_offset(UtcOffset::UTC)?;
        at.replace_nanosecond(0).ok().map(Moment::Second)
    };
    if let Ok(at) = OffsetDateTime::parse(text, &Rfc2822) {
        return second(at);
    }
    instant(text).and_then(second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn read(query: &str) -> ListQuery {
        ListQuery::read(query).unwrap()
    }

    #[test]
    fn a_day_is_from_midnight_to_midnight() {
        let day = read("DateSent=2026-07-15");
        assert_eq!(day.sent_after, Some(datetime!(2026-07-15 0:00 UTC)));
        assert_eq!(day.sent_before, Some(datetime!(2026-07-16 0:00 UTC)));
        assert_eq!(
            read("DateSent=2026-07-15T15%3A00%3A00Z").sent_after,
            day.sent_after
        );
        let between = read("DateSent%3E=2026-07-14&DateSent%3C=2026-07-15");
        assert_eq!(between.sent_after, Some(datetime!(2026-07-14 0:00 UTC)));
        assert_eq!(between.sent_before, day.sent_before);
    }

    #[test]
    fn an_instant_is_a_second() {
        for text in [
            "2026-07-15T15%3A00%3A00Z",
            "2026-07-15+15%3A00%3A00.123",
            "Wed,+15+Jul+2026+17%3A00%3A00+%2B0200",
        ] {
            let before = read(&format!("DateSent%3C={text}"));
            assert_eq!(
                before.sent_before,
                Some(datetime!(2026-07-15 15:00:01 UTC)),
                "{text}"
            );
        }
    }

    #[test]
    fn the_next_page_asks_for_the_same() {
        let list = read("To=%2B12025550123&PageSize=2&Whatever=1&DateSent%3E=2026-07-14");
        let id = Uuid::from_u128(7);
        let next = list.query(1, Some(id));
        assert_eq!(
            next,
            "To=%2B12025550123&DateSent%3E=2026-07-14&PageSize=2&Page=1\
             &PageToken=PA00000000000000000000000000000007"
        );
        let again = read(&next);
        assert_eq!((again.page, again.after), (1, Some(id)));
        assert_eq!((again.to, again.sent_after), (list.to, list.sent_after));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for query in [
            "PageSize=0",
            "PageSize=x",
            "Page=-1",
            "PageToken=PA1",
            "DateSent=yesterday",
            "To=a%00b",
        ] {
            assert_eq!(
                ListQuery::read(query).unwrap_err().code(),
                20_001,
                "{query}"
            );
        }
        assert_eq!(read("PageSize=5000").page_size, 1_000);
        assert_eq!(read("Page=3&To=").page, 0);
    }
}
