use crate::{TzDatabase, clock::Clock, clock::Stretch};
use serde::{Deserialize, Serialize};
use std::{cmp::Ordering, fmt, hash, str::FromStr, sync::Arc};
use time::{Duration, OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// A time zone of the IANA database, by name. Case does not matter when reading; aliases such as
/// `Asia/Calcutta` are zones of their own name with the clock of `Asia/Kolkata`.
///
/// Cheap to clone: the changes of the clock are shared, and looked up once.
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
pub struct Zone(Arc<Clock>);

/// The database has no such zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown time zone {0:?}: use an IANA name such as America/New_York")]
pub struct InvalidZone(pub String);

impl Zone {
    /// Looks a name up in the database in force, [`TzDatabase::current`]; the operating system's is
    /// never asked.
    ///
    /// # Errors
    /// [`InvalidZone`]: no such name, or `Etc/Unknown` or `Factory`, which are no answer.
    pub fn parse(name: &str) -> Result<Self, InvalidZone> {
        TzDatabase::current().zone(name)
    }

    pub(crate) fn of(clock: Clock) -> Self {
        Self(Arc::new(clock))
    }

    /// Its name in the database.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The version of the database that it is from, such as `2026e`.
    pub fn tzdb_version(&self) -> &str {
        &self.0.version
    }

    /// What the wall clock shows at an instant; `None` outside the years that the database can tell.
    ///
    /// ```rust
    /// use tidings_quiet_hours::Zone;
    /// use time::macros::datetime;
    ///
    /// let kathmandu = Zone::parse("Asia/Kathmandu")?;
    /// assert_eq!(kathmandu.local(datetime!(2026-01-10 18:15 UTC)), Some(datetime!(2026-01-11 00:00)));
    /// # Ok::<(), tidings_quiet_hours::InvalidZone>(())
    /// ```
    pub fn local(&self, at: OffsetDateTime) -> Option<PrimitiveDateTime> {
        let offset = self.stretch(at.unix_timestamp())?.offset;
        let at = at.checked_to_offset(UtcOffset::UTC)?;
        let local = at.checked_add(Duration::seconds(offset))?;
        Some(PrimitiveDateTime::new(local.date(), local.time()))
    }

    /// The clock at a second since 1970; `None` outside the years that the database can tell.
    pub(crate) fn stretch(&self, second: i64) -> Option<Stretch> {
        self.0.stretch(second)
    }
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
            assert_eq!(Zone::parse(&name.to_lowercase()).unwrap().name(), name);
        }
        for name in [
            "",
            "Mars/Olympus",
            "Etc/Unknown",
            "etc/unknown",
            "Factory",
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
}
