//! When a program wants a message to leave.

use super::Refusal;
use time::{
    Duration, OffsetDateTime, PrimitiveDateTime, UtcOffset,
    format_description::well_known::Rfc3339, macros::format_description,
};

/// How far ahead Twilio lets programs plan.
const FARTHEST: Duration = Duration::days(35);

/// The instant that `SendAt` names: from now on, within 35 days. An instant that has passed is refused, rather than
/// taken for "now".
pub(super) fn send_at(text: &str, now: OffsetDateTime) -> Result<OffsetDateTime, Refusal> {
    let refuse = |detail: &str| {
        let message = format!("Scheduling does not support this timestamp: {detail}");
        Refusal::of(35_114, message)
    };
    let at = instant(text)
        .ok_or_else(|| refuse("write SendAt as ISO 8601 in UTC, such as 2026-07-15T15:00:00Z"))?;
    if at < now {
        return Err(refuse("SendAt has passed"));
    }
    if at > now + FARTHEST {
        return Err(refuse("SendAt is more than 35 days ahead"));
    }
    Ok(at)
}

/// ISO 8601 with an offset, or in UTC without one.
pub(super) fn instant(text: &str) -> Option<OffsetDateTime> {
    if let Ok(at) = OffsetDateTime::parse(text, &Rfc3339) {
        return at.checked_to_offset(UtcOffset::UTC);
    }
    let (date, clock) = text.split_once(['T', ' '])?;
    let form = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let clock = clock.split_once('.').map_or(clock, |(whole, _)| whole);
    let at = PrimitiveDateTime::parse(&format!("{date} {clock}"), form).ok()?;
    Some(at.assume_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-07-15 15:00 UTC);

    #[test]
    fn instants_are_read_as_programs_write_them() {
        for text in [
            "2026-07-15T17:00:00+02:00",
            "2026-07-15T15:00:00Z",
            "2026-07-15T15:00:00",
            "2026-07-15 15:00:00.123",
        ] {
            let at = instant(text).unwrap();
            assert_eq!(at.replace_nanosecond(0).unwrap(), NOW, "{text}");
        }
        for text in ["", "2026-07-15", "tomorrow", "2026-07-15T25:00:00Z"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn what_has_passed_is_not_sent_at_once() {
        let send_at = |text| send_at(text, NOW).is_ok();
        assert!(send_at("2026-07-15T15:00:00Z"));
        assert!(!send_at("2026-07-15T14:59:59Z"));
        assert!(send_at("2026-08-19T15:00:00Z"));
        assert!(!send_at("2026-08-19T15:00:01Z"));
    }
}
