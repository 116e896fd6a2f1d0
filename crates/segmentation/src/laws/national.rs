use super::violation::{Law, Violation};
use crate::{Choice, Coding, Reference, Tables, measure_as, measure_with};

/// **S12. National tables are used only to save parts.** The choice costs what it says; no allowed
/// tables, and not the default path, would need fewer parts, nor as many in fewer units of national
/// tables; national tables are chosen only if allowed and only if they save a part over the default
/// path; and the order in which they are allowed changes nothing.
///
/// # Errors
/// [`Violation`]: it is not so.
pub fn national_tables_are_used_only_to_save_parts(
    choose: impl Fn(&str, &[Tables], Reference) -> Choice,
    text: &str,
    allowed: &[Tables],
    reference: Reference,
) -> Result<(), Violation> {
    let law = Law("S12");
    let choice = choose(text, allowed, reference);
    let cost = measure_as(text, choice.coding, reference);
    law.require(cost == Some(choice.measure), || {
        format!(
            "{:?} costs {cost:?}, not {:?}",
            choice.coding, choice.measure
        )
    })?;
    let (count, units) = (choice.measure.count, choice.measure.units);
    let usual = measure_with(text, reference);
    match choice.coding {
        Coding::Gsm7(tables) if tables.shifts() > 0 => {
            law.require(allowed.contains(&tables), || {
                format!("{tables:?} is not allowed")
            })?;
            law.require(count < usual.count, || {
                format!("{tables:?} for {count} parts, {} without", usual.count)
            })?;
        }
        Coding::Gsm7(_) | Coding::Ucs2 => {
            law.require(choice.measure == usual, || {
                format!("{:?}, not {usual:?}", choice.measure)
            })?;
        }
    }
    for &tables in allowed.iter().filter(|tables| tables.shifts() > 0) {
        let Some(other) = measure_as(text, Coding::Gsm7(tables), reference) else {
            continue;
        };
        let better = other.count < count
            || (other.count == count && count < usual.count && other.units < units);
        law.require(!better, || {
            format!(
                "{tables:?} needs {} parts, {} units",
                other.count, other.units
            )
        })?;
    }
    let reversed: Vec<Tables> = allowed.iter().rev().copied().collect();
    law.require(choose(text, &reversed, reference) == choice, || {
        "another order of the tables gives another choice".to_owned()
    })
}
