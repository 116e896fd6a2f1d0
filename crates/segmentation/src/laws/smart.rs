use super::violation::{Law, Violation};
use crate::{Encoding, Fix, Reference, SmartEncoding, Substitution, measure_with};

/// **S9. Smart encoding is all or nothing.** The result is GSM-7 or the text itself; encoding it
/// again changes nothing; the substitutions, replayed on the text, give the result; and it needs no
/// more parts than the text.
///
/// # Errors
/// [`Violation`]: it is not so.
pub fn smart_encoding_is_all_or_nothing(
    smart_encode: impl Fn(&str) -> SmartEncoding,
    text: &str,
) -> Result<(), Violation> {
    let law = Law("S9");
    let smart = smart_encode(text);
    law.require(smart_encode(&smart.text).text == smart.text, || {
        "encoding the result again changes it".to_owned()
    })?;
    let untouched = smart.text == text;
    law.require(
        untouched || Encoding::of(&smart.text) == Encoding::Gsm7,
        || "the text was changed and is UCS-2 still".to_owned(),
    )?;
    law.require(untouched == smart.substitutions.is_empty(), || {
        format!(
            "{} substitutions, changed: {}",
            smart.substitutions.len(),
            !untouched
        )
    })?;
    let replayed = replay(law, text, &smart.substitutions)?;
    law.require(replayed == smart.text, || {
        "the substitutions give another text".to_owned()
    })?;
    for reference in [Reference::EightBit, Reference::SixteenBit] {
        let before = measure_with(text, reference).count;
        let after = measure_with(&smart.text, reference).count;
        law.require(after <= before, || {
            format!("{after} parts instead of {before}")
        })?;
    }
    Ok(())
}

/// **S13. A fix is complete.** What it fixes is GSM-7 and costs what it says; it leaves out no
/// character that forces UCS-2 and touches no other; it is blocked by such characters only; and it
/// says that it saves parts only if it does.
///
/// # Errors
/// [`Violation`]: it is not so.
pub fn a_fix_is_complete(fix: impl Fn(&str) -> Fix, text: &str) -> Result<(), Violation> {
    let law = Law("S13");
    let foreign: Vec<usize> = text
        .chars()
        .enumerate()
        .filter_map(|(at, c)| Encoding::Gsm7.units_of(c).is_none().then_some(at))
        .collect();
    let (fixed, saves) = match fix(text) {
        Fix::Unneeded => {
            return law.require(foreign.is_empty(), || {
                format!("no fix for the character at {:?}", foreign.first())
            });
        }
        Fix::Blocked(blockers) => {
            law.require(!blockers.is_empty(), || "blocked by nothing".to_owned())?;
            return law.require(
                blockers
                    .iter()
                    .all(|b| foreign.binary_search(&b.index).is_ok()),
                || "blocked by a GSM-7 character".to_owned(),
            );
        }
        Fix::Saves(fixed) => (fixed, true),
        Fix::Pointless(fixed) => (fixed, false),
    };
    law.require(Encoding::of(&fixed.text) == Encoding::Gsm7, || {
        "the fixed text is UCS-2".to_owned()
    })?;
    let places: Vec<usize> = fixed.substitutions.iter().map(|s| s.index).collect();
    law.require(places == foreign, || {
        format!(
            "{} substitutions for {} characters",
            places.len(),
            foreign.len()
        )
    })?;
    let replayed = replay(law, text, &fixed.substitutions)?;
    law.require(replayed == fixed.text, || {
        "the substitutions give another text".to_owned()
    })?;
    let is_cheaper = fixed.after.count < fixed.before.count && !fixed.text.is_empty();
    law.require(saves == is_cheaper, || {
        format!(
            "{} parts instead of {}",
            fixed.after.count, fixed.before.count
        )
    })
}

/// Carries out `substitutions` from the last to the first, so that positions stay true.
fn replay(law: Law, text: &str, substitutions: &[Substitution]) -> Result<String, Violation> {
    let (mut after, mut end) = (Vec::new(), text.len());
    for substitution in substitutions.iter().rev() {
        let range = substitution.replaces.clone();
        let kept = text
            .get(range.end..end)
            .filter(|_| range.start <= range.end);
        law.require(kept.is_some(), || format!("no text at bytes {range:?}"))?;
        after.extend([kept.unwrap_or_default(), substitution.to]);
        end = range.start;
    }
    let head = text.get(..end);
    law.require(head.is_some(), || format!("no text up to byte {end}"))?;
    after.push(head.unwrap_or_default());
    Ok(after.into_iter().rev().collect())
}
