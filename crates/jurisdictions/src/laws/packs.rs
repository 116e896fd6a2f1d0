use super::{Violation, broken};
use crate::{Applicable, Citation};
use std::fmt::Debug;
use time::OffsetDateTime;

/// **L103. One version in force.** `in_force` counts the versions of one rule at an instant: exactly one
/// from the first start to the last end, none outside; `from` and `until` are `None` where there is no
/// such bound.
///
/// # Errors
/// [`Violation`]: another number of versions is in force at `at`.
pub fn one_in_force(
    in_force: impl Fn(OffsetDateTime) -> usize,
    from: Option<OffsetDateTime>,
    until: Option<OffsetDateTime>,
    at: OffsetDateTime,
) -> Result<(), Violation> {
    let is_inside = from.is_none_or(|from| from <= at) && until.is_none_or(|until| at < until);
    let expected = usize::from(is_inside);
    match in_force(at) {
        found if found == expected => Ok(()),
        found => broken(
            "L103",
            format!("{found} versions are in force at {at}, not {expected}"),
        ),
    }
}

/// **L103 (order).** Loading packs in any order gives the same result: backwards, and each turn of the list.
///
/// # Errors
/// [`Violation`]: another order gives another result.
pub fn loading_order<T: PartialEq + Debug>(
    load: impl Fn(&[(&str, &str)]) -> T,
    packs: &[(&str, &str)],
) -> Result<(), Violation> {
    let expected = load(packs);
    let mut turned = packs.to_vec();
    for turn in 0..packs.len() {
        turned.rotate_left(1);
        let backwards: Vec<_> = turned.iter().rev().copied().collect();
        for order in [&turned, &backwards] {
            if load(order) != expected {
                return broken(
                    "L103",
                    format!("loading in order {turn} gives another result"),
                );
            }
        }
    }
    Ok(())
}

/// **L103 (overlap).** A pack in which two versions of one rule are in force at once is refused.
///
/// # Errors
/// [`Violation`]: it was loaded.
pub fn overlap_is_refused<T, E>(
    load: impl Fn(&str) -> Result<T, E>,
    overlapping: &str,
) -> Result<(), Violation> {
    match load(overlapping) {
        Ok(_) => broken("L103", "an overlapping pack was loaded".to_owned()),
        Err(_) => Ok(()),
    }
}

/// **L104. The past stays.** A version that comes into force at `from` changes no answer before: `before`
/// answers without it, `after` with it.
///
/// # Errors
/// [`Violation`]: the answers differ at `at`, before `from`.
pub fn the_past_stays<T: PartialEq + Debug>(
    before: impl Fn(OffsetDateTime) -> T,
    after: impl Fn(OffsetDateTime) -> T,
    from: OffsetDateTime,
    at: OffsetDateTime,
) -> Result<(), Violation> {
    if at >= from {
        return Ok(());
    }
    let (old, new) = (before(at), after(at));
    if old == new {
        return Ok(());
    }
    broken(
        "L104",
        format!("at {at}, before {from}, {old:?} became {new:?}"),
    )
}

/// **L105. Every rule is sourced.** Each rule that a decision cites names a source, a version and a trust
/// mark, and those that nobody confirmed, or about which sources disagree, are `listed`.
///
/// # Errors
/// [`Violation`]: a citation without a source or version, or one unconfirmed that is not listed.
pub fn every_rule_is_sourced(
    law: &Applicable,
    listed: impl Fn(&Applicable) -> Vec<Citation>,
) -> Result<(), Violation> {
    let listed = listed(law);
    for citation in &law.cited {
        if citation.source.trim().is_empty() || citation.version.trim().is_empty() {
            return broken("L105", format!("{citation} has no source"));
        }
        if citation.is_unconfirmed() != listed.contains(citation) {
            return broken(
                "L105",
                format!("{citation} is unconfirmed and not listed, or the reverse"),
            );
        }
    }
    Ok(())
}
