use super::{Violation, broken};
use crate::{Clues, Place};

/// **P5. Never nowhere.** A contact has at least one place, whatever is known, and everything that was
/// declared, and the region that metadata give, is among them or within one of them.
///
/// # Errors
/// [`Violation`]: the set is empty or leaves a clue out.
pub fn never_nowhere(
    places: impl Fn(&Clues<'_>) -> Vec<Place>,
    clues: &Clues<'_>,
) -> Result<(), Violation> {
    let set = places(clues);
    if set.is_empty() {
        return broken("P5", format!("no place at all for {clues:?}"));
    }
    for place in clues.declared {
        if !set.iter().any(|own| own.covers(*place)) {
            return broken(
                "P5",
                format!("{set:?} leaves out {place}, which was declared"),
            );
        }
    }
    match clues.region.map(Place::of) {
        Some(region) if !set.iter().any(|own| own.overlaps(region)) => broken(
            "P5",
            format!("{set:?} leaves out {region}, the region of the number"),
        ),
        Some(_) | None => Ok(()),
    }
}

/// **P5 (order).** In which order places were declared, and how often, does not matter.
///
/// # Errors
/// [`Violation`]: another order or a repeat gives another answer.
pub fn order_of_places<T: PartialEq>(
    answer: impl Fn(&[Place]) -> T,
    declared: &[Place],
) -> Result<(), Violation> {
    let expected = answer(declared);
    let backwards: Vec<_> = declared.iter().rev().copied().collect();
    let twice = [declared, declared].concat();
    for other in [backwards, twice] {
        if answer(&other) != expected {
            return broken("P5", format!("{other:?} is not answered as {declared:?}"));
        }
    }
    Ok(())
}
