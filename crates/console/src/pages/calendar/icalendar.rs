//! iCalendar (RFC 5545) as far as a feed of planned messages needs it.

use super::Planned;
use crate::words;
use time::{OffsetDateTime, UtcOffset, macros::format_description};

/// The longest line, in octets, before it is folded (section 3.1).
const LINE: usize = 75;

/// The feed of a business.
pub(super) fn calendar(
    business: &str,
    public_url: &str,
    now: OffsetDateTime,
    planned: &[Planned],
) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| fold(&mut text, &format!("{name}:{value}"));
    line("BEGIN", "VCALENDAR");
    line("VERSION", "2.0");
    line("PRODID", "-//Tidings//Console//EN");
    line("METHOD", "PUBLISH");
    line("X-WR-CALNAME", &escape(&format!("Messages of {business}")));
    line("REFRESH-INTERVAL;VALUE=DURATION", "PT15M");
    for one in planned {
        let message = &one.message;
        let channel = words::channel(message.channel);
        let purpose = words::purpose(message.purpose).to_lowercase();
        line("BEGIN", "VEVENT");
        line("UID", &format!("{}@tidings", message.id));
        line("DTSTAMP", &stamp(now));
        line("DTSTART", &stamp(one.at));
        line("DURATION", "PT1M");
        line(
            "SUMMARY",
            &escape(&format!("{channel} to {} ({purpose})", one.who)),
        );
        line(
            "URL",
            &format!("{public_url}/console/messages/{}", message.id),
        );
        line("TRANSP", "TRANSPARENT");
        line("END", "VEVENT");
    }
    line("END", "VCALENDAR");
    text
}

/// An instant by UTC (section 3.3.5).
fn stamp(at: OffsetDateTime) -> String {
    let form = format_description!("[year][month][day]T[hour][minute][second]Z");
    at.to_offset(UtcOffset::UTC)
        .format(form)
        .unwrap_or_default()
}

/// A text as a value (section 3.3.11); line breaks and other control characters become blanks, so that no name brings
/// in a line.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            _ if character.is_control() => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Writes a line, in parts of at most 75 octets that break no character.
fn fold(text: &mut String, line: &str) {
    let mut width = 0;
    for character in line.chars() {
        if width + character.len_utf8() > LINE {
            text.push_str("\r\n ");
            width = 1;
        }
        text.push(character);
        width += character.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_name_brings_in_no_line() {
        assert_eq!(
            escape("a;b,c\\d\r\nEND:VEVENT"),
            "a\\;b\\,c\\\\d  END:VEVENT"
        );
    }

    #[test]
    fn lines_are_folded_between_characters() {
        let mut text = String::new();
        fold(&mut text, &format!("SUMMARY:{}", "ä".repeat(100)));
        for line in text.trim_end().split("\r\n") {
            assert!(line.len() <= LINE, "{line}");
        }
        assert_eq!(text.replace("\r\n ", "").trim_end().chars().count(), 108);
    }

    #[test]
    fn an_instant_is_told_by_utc() {
        assert_eq!(stamp(datetime!(2026-07-15 11:00 -4)), "20260715T150000Z");
    }
}
