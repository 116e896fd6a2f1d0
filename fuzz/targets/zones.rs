//! Whatever lies in a directory of time zones is read or refused, and a zone that was read has hours.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings_quiet_hours::{HORIZON, Next, Rule, TzDatabase, allowed, next_allowed};
use time::{Duration, OffsetDateTime};

fuzz_target!(|data: &[u8]| {
    let Ok(database) = TzDatabase::from_files("fuzz", [("Fuzz/Zone", data.to_vec())]) else {
        return;
    };
    let Ok(zone) = database.zone("Fuzz/Zone") else {
        return;
    };
    let zones = [zone];
    let rules = [Rule::daytime()];
    for hours in [0, 5, 12_345, 494_000] {
        let at = OffsetDateTime::UNIX_EPOCH + Duration::hours(hours);
        match next_allowed(at, &zones, &rules, HORIZON) {
            Next::At(next) => {
                assert!(next >= at);
                assert!(allowed(next, &zones, &rules), "open at the answer");
            }
            Next::Never(_) => assert!(!allowed(at, &zones, &rules)),
        }
    }
});
