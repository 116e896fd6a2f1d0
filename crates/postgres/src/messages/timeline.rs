//! The timeline in its message's row: a line `status microseconds source` for each entry, oldest first.

use crate::convert::Place;
use std::fmt::Write as _;
use tidings_kernel::StoreError;
use tidings_messaging::TimelineEntry;
use time::OffsetDateTime;

/// An instant as the lines have it.
pub(crate) fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}

/// The lines of these entries.
pub(crate) fn write(entries: &[TimelineEntry]) -> String {
    let mut text = String::with_capacity(40 * entries.len());
    for entry in entries {
        let micros = micros(entry.at);
        let separator = if text.is_empty() { "" } else { "\n" };
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "{separator}{} {micros} {}",
            entry.status, entry.source
        );
    }
    text
}

/// The entries of these lines.
pub(crate) fn read(place: Place, text: &str) -> Result<Vec<TimelineEntry>, StoreError> {
    text.lines()
        .map(|line| {
            let bad = || place.bad("timeline", format_args!("not an entry: {line}"));
            let mut words = line.splitn(3, ' ');
            let (Some(status), Some(micros), Some(source)) =
                (words.next(), words.next(), words.next())
            else {
                return Err(bad());
            };
            let micros: i128 = micros.parse().map_err(|_| bad())?;
            Ok(TimelineEntry {
                status: place.parse("timeline", status)?,
                at: OffsetDateTime::from_unix_timestamp_nanos(micros * 1_000).map_err(|_| bad())?,
                source: source.to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_messaging::Status;
    use time::macros::datetime;
    use uuid::Uuid;

    #[test]
    fn what_was_written_is_read() {
        let entry = |status, at, source: &str| TimelineEntry {
            status,
            at,
            source: source.to_owned(),
        };
        let entries = vec![
            entry(
                Status::Accepted,
                datetime!(2026-07-15 15:00:00.000001 UTC),
                "api",
            ),
            entry(
                Status::Sent,
                datetime!(1969-07-15 15:00 UTC),
                "a name with spaces",
            ),
        ];
        let place = Place::new("messages", Uuid::nil());
        assert_eq!(read(place, &write(&entries)).unwrap(), entries);
        assert_eq!(read(place, "").unwrap(), []);
        let error = read(place, "sent yesterday worker")
            .unwrap_err()
            .to_string();
        assert!(error.contains("messages.timeline"), "{error}");
    }
}
