//! The only place that asks what time it is: the simulator is a world of its own.

use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};
use time::macros::format_description;

/// The present instant in UTC.
#[expect(
    clippy::disallowed_methods,
    reason = "the simulated provider has its own clock, like the real one; no rule of ours reads it"
)]
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// `2026-11-20T10:30:00.123456Z`, the form of the control API.
pub(crate) fn rfc3339(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

/// `2026-11-20T10:30:00.123Z`, the form of AWS.
pub(crate) fn rfc3339_millis(at: OffsetDateTime) -> String {
    let form =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    at.format(form).unwrap_or_default()
}

/// `2026-11-20T10:30:00Z`, the form of most providers.
pub(crate) fn rfc3339_seconds(at: OffsetDateTime) -> String {
    rfc3339(at.truncate_to_second())
}

/// `Fri, 20 Nov 2026 10:30:00 +0000`, the form of Twilio's core API.
pub(crate) fn rfc2822(at: OffsetDateTime) -> String {
    at.format(&Rfc2822).unwrap_or_default()
}

/// `2611201030`, the form of Twilio's `RawDlrDoneDate`.
pub(crate) fn raw_dlr(at: OffsetDateTime) -> String {
    format!(
        "{:02}{:02}{:02}{:02}{:02}",
        at.year().rem_euclid(100),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute()
    )
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::{raw_dlr, rfc2822};

    #[test]
    fn dates_have_twilios_forms() {
        let at = datetime!(2026-11-20 10:30:05 UTC);
        assert_eq!(rfc2822(at), "Fri, 20 Nov 2026 10:30:05 +0000");
        assert_eq!(raw_dlr(at), "2611201030");
    }
}
