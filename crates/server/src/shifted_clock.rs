use crate::SystemClock;
use std::{
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Instant,
};
use tidings_kernel::Clock;
use time::{Duration, OffsetDateTime};

/// How long an offset is used before the file is looked at again.
const FRESH: std::time::Duration = std::time::Duration::from_millis(100);

/// A clock that is wrong by as many seconds as a file says, for tests of what a wrong clock does. The file
/// is read again every tenth of a second, so that the clock of a running program can be made to jump. A
/// file that is missing or holds no number leaves the clock right.
#[derive(Debug)]
pub struct ShiftedClock {
    file: PathBuf,
    /// The offset, and when it was read.
    known: Mutex<Option<(Duration, Instant)>>,
}

impl ShiftedClock {
    /// A clock that is wrong by what `file` says.
    pub fn new(file: PathBuf) -> Self {
        Self {
            file,
            known: Mutex::new(None),
        }
    }

    fn offset(&self) -> Duration {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((offset, read_at)) = *known
            && read_at.elapsed() < FRESH
        {
            return offset;
        }
        let offset = std::fs::read_to_string(&self.file)
            .ok()
            .and_then(|text| text.trim().parse().ok())
            .map_or(Duration::ZERO, Duration::seconds);
        *known = Some((offset, Instant::now()));
        offset
    }
}

impl Clock for ShiftedClock {
    fn now(&self) -> OffsetDateTime {
        SystemClock.now().saturating_add(self.offset())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn shift_by(text: &str) -> Duration {
        let name = format!("tidings-clock-{}-{}", std::process::id(), text.trim());
        let file = std::env::temp_dir().join(name);
        fs::write(&file, text).unwrap();
        let clock = ShiftedClock::new(file.clone());
        let shift = clock.now() - SystemClock.now();
        fs::remove_file(file).unwrap();
        shift
    }

    #[test]
    fn it_is_wrong_by_what_the_file_says() {
        assert!((shift_by("3600\n") - Duration::hours(1)).abs() < Duration::minutes(1));
        assert!((shift_by("-7200") + Duration::hours(2)).abs() < Duration::minutes(1));
    }

    #[test]
    fn without_a_number_it_is_right() {
        assert!(shift_by("soon").abs() < Duration::minutes(1));
        let clock = ShiftedClock::new("/no-such-directory/at-all".into());
        assert!((clock.now() - SystemClock.now()).abs() < Duration::minutes(1));
    }
}
