use std::{fs, io, path::Path};
use tidings_quiet_hours::{AlreadyInForce, LoadError, TzDatabase};

/// Why the zones of a directory are not in force.
#[derive(Debug)]
pub enum ZonesError {
    /// It cannot be read.
    Unreadable(io::Error),
    /// It holds no zones, or damaged ones.
    Useless(LoadError),
    /// A zone was looked up before.
    TooLate(AlreadyInForce),
}

// guide: zones
/// Puts the compiled zones below `directory`, such as `/usr/share/zoneinfo`, in force. First thing in
/// a program, where clocks change more often than the program is released.
///
/// # Errors
/// [`ZonesError`]: the zones of the crate stay in force.
pub fn install_zones(version: &str, directory: &Path) -> Result<(), ZonesError> {
    let mut files = Vec::new();
    collect(directory, "", &mut files).map_err(ZonesError::Unreadable)?;
    let zones = TzDatabase::from_files(version, files).map_err(ZonesError::Useless)?;
    zones.install().map_err(ZonesError::TooLate)
}

/// Every file below `directory`, by its path there: `Europe/Berlin`.
fn collect(directory: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push((name, fs::read(entry.path())?));
        }
    }
    Ok(())
}
// guide: end

impl std::fmt::Display for ZonesError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unreadable(_) => "the directory of time zones cannot be read",
            Self::Useless(_) => "the directory holds no time zones that can be used",
            Self::TooLate(_) => "time zones are in force already",
        })
    }
}

impl std::error::Error for ZonesError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable(error) => Some(error),
            Self::Useless(error) => Some(error),
            Self::TooLate(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::env;

    #[test]
    fn a_directory_without_zones_is_refused_and_the_bundled_ones_stay() {
        let directory = env::temp_dir().join(format!("embed-zones-{}", std::process::id()));
        fs::create_dir_all(directory.join("Europe")).unwrap();
        fs::write(directory.join("Europe/Nowhere"), "no zone").unwrap();
        let refused = install_zones("2026f", &directory);
        assert!(matches!(
            refused,
            Err(ZonesError::Useless(LoadError::Empty))
        ));
        assert!(tidings_quiet_hours::Zone::parse("Europe/Berlin").is_ok());
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_directory_that_is_not_there_is_said() {
        let refused = install_zones("2026f", Path::new("no-such-directory"));
        assert!(matches!(refused, Err(ZonesError::Unreadable(_))));
    }
}
