use crate::{Zone, zones_for, zones_of};
use serde::{Deserialize, Serialize};
use tidings_kernel::{PhoneNumber, Region};
use time::OffsetDateTime;

/// How it is known where a contact's clock stands, weakest first (phone number reference, 7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneEvidence {
    /// The tenant said explicitly that its contacts share its clock. Never assumed.
    Tenant,
    /// All zones of the contact's country.
    Country,
    /// All zones of the number's area code.
    Number,
    /// Seen, with notice, in the person's own web or app visit.
    Observed,
    /// The postal address or ZIP code.
    Postal,
    /// The person said so.
    Declared,
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// What kind it is.
    pub source: ZoneEvidence,
    /// The zones that it leaves open; nothing is said by none.
    pub zones: Vec<Zone>,
    /// When it was learnt.
    #[serde(with = "time::serde::rfc3339")]
    pub as_of: OffsetDateTime,
}

impl Evidence {
    /// What a phone number says; nothing, if it is of no country.
    ///
    /// ```rust
    /// use tidings_kernel::PhoneNumber;
    /// use tidings_quiet_hours::{Evidence, ZoneEvidence, resolve};
    /// use time::macros::datetime;
    ///
    /// let number = PhoneNumber::from_e164("+12025550123")?;
    /// let resolved = resolve(&[Evidence::of_number(number, datetime!(2026-07-15 12:00 UTC))]);
    /// assert_eq!(resolved.source, Some(ZoneEvidence::Number));
    /// # Ok::<(), tidings_kernel::PhoneError>(())
    /// ```
    pub fn of_number(number: PhoneNumber, as_of: OffsetDateTime) -> Self {
        Self {
            source: ZoneEvidence::Number,
            zones: zones_for(number).into_zones(),
            as_of,
        }
    }

    /// What a country says.
    pub fn of_country(region: Region, as_of: OffsetDateTime) -> Self {
        Self {
            source: ZoneEvidence::Country,
            zones: zones_of(region).into_zones(),
            as_of,
        }
    }
}

/// What the evidence comes to. To be recorded with the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolved {
    /// Every zone that the contact may be in, sorted; none if there was no evidence.
    pub zones: Vec<Zone>,
    /// The evidence that decided, if there was some.
    pub source: Option<ZoneEvidence>,
    /// When it was learnt.
    #[serde(with = "time::serde::rfc3339::option")]
    pub as_of: Option<OffsetDateTime>,
    /// The version of the database that the zones are from, if there are some.
    pub tzdb_version: Option<String>,
}

/// Weighs evidence: the strongest kind decides, of one kind the latest, and what is equally strong
/// and equally late is joined, which is the safe way. A weaker piece never changes what a stronger
/// one said, not even to narrow it: a person whose address leaves two zones open may well keep the
/// number of a third.
///
/// ```rust
/// use tidings_quiet_hours::{Evidence, Zone, ZoneEvidence, resolve};
/// use time::macros::datetime;
///
/// let number = Evidence {
///     source: ZoneEvidence::Number,
///     zones: vec![Zone::parse("America/Chicago")?, Zone::parse("America/New_York")?],
///     as_of: datetime!(2026-07-15 12:00 UTC),
/// };
/// let declared = Evidence {
///     source: ZoneEvidence::Declared,
///     zones: vec![Zone::parse("America/New_York")?],
///     as_of: datetime!(2026-01-01 12:00 UTC),
/// };
/// let resolved = resolve(&[number, declared]);
/// assert_eq!(resolved.zones, [Zone::parse("America/New_York")?]);
/// assert_eq!(resolved.source, Some(ZoneEvidence::Declared));
/// # Ok::<(), tidings_quiet_hours::InvalidZone>(())
/// ```
pub fn resolve(evidence: &[Evidence]) -> Resolved {
    let telling = || evidence.iter().filter(|one| !one.zones.is_empty());
    let best = telling().map(|one| (one.source, one.as_of)).max();
    let mut zones: Vec<Zone> = telling()
        .filter(|one| Some((one.source, one.as_of)) == best)
        .flat_map(|one| one.zones.iter().cloned())
        .collect();
    zones.sort_unstable();
    zones.dedup();
    Resolved {
        tzdb_version: zones.first().map(|zone| zone.tzdb_version().to_owned()),
        zones,
        source: best.map(|(source, _)| source),
        as_of: best.map(|(_, as_of)| as_of),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn evidence(source: ZoneEvidence, zones: &[&str], as_of: OffsetDateTime) -> Evidence {
        let zones = zones
            .iter()
            .map(|name| Zone::parse(name).unwrap())
            .collect();
        Evidence {
            source,
            zones,
            as_of,
        }
    }

    #[test]
    fn the_stronger_wins_then_the_later_and_ties_are_joined() {
        let (early, late) = (
            datetime!(2026-01-01 0:00 UTC),
            datetime!(2026-02-01 0:00 UTC),
        );
        let number = evidence(ZoneEvidence::Number, &["America/Chicago"], late);
        let home = evidence(ZoneEvidence::Postal, &["Europe/Berlin"], early);
        let moved = evidence(ZoneEvidence::Postal, &["Europe/Paris"], late);
        let also = evidence(ZoneEvidence::Postal, &["Europe/London"], late);
        let nothing = evidence(ZoneEvidence::Declared, &[], late);
        let names = |all: &[&Evidence]| {
            let all: Vec<Evidence> = all.iter().copied().cloned().collect();
            resolve(&all)
                .zones
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&[&number, &home, &nothing]), ["Europe/Berlin"]);
        assert_eq!(names(&[&moved, &home]), ["Europe/Paris"]);
        assert_eq!(
            names(&[&moved, &also, &home]),
            ["Europe/London", "Europe/Paris"]
        );
        assert_eq!(resolve(&[nothing]).source, None);
    }
}
