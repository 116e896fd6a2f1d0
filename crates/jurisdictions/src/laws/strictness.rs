use super::{Violation, broken};
use crate::{Applicable, Loosening, Packs, Places, TenantChoice};
use time::OffsetDateTime;

/// **L48. More rules, later.** Adding a rule, by loading one more pack, never makes the next allowed
/// instant earlier; `None` is never.
///
/// # Errors
/// [`Violation`]: with `more` loaded too, the answer of `next` is earlier.
pub fn more_rules_later(
    next: impl Fn(&Packs) -> Option<OffsetDateTime>,
    packs: &Packs,
    more: &Packs,
) -> Result<(), Violation> {
    let Ok(both) = packs.with(more) else {
        return Ok(()); // They do not fit together, so nobody can load them.
    };
    match (next(packs), next(&both)) {
        (None, Some(later)) => broken("L48", format!("more rules made never into {later}")),
        (Some(before), Some(after)) if after < before => {
            broken("L48", format!("more rules made {before} into {after}"))
        }
        (_, None) | (Some(_), Some(_)) => Ok(()),
    }
}

/// **L99. More places, stricter.** What is demanded in two sets of places together implies what
/// is demanded in each. The strictest wins.
///
/// # Errors
/// [`Violation`]: something demanded in one of them is not demanded in both.
pub fn more_places_stricter(
    law: impl Fn(&Places) -> Applicable,
    one: &Places,
    other: &Places,
) -> Result<(), Violation> {
    let both = law(&one.and(other));
    for places in [one, other] {
        if !both.implies(&law(places)) {
            return broken(
                "L99",
                format!("{one:?} with {other:?} is looser than {places:?} alone"),
            );
        }
    }
    Ok(())
}

/// **L99. Unknown is strictest.** What is demanded where the place is not known, only that it lies in
/// `unknown`, implies what is demanded in each place that it may be.
///
/// # Errors
/// [`Violation`]: `candidate` lies in `unknown`, and is stricter in something.
pub fn unknown_is_strictest(
    law: impl Fn(&Places) -> Applicable,
    unknown: &Places,
    candidate: &Places,
) -> Result<(), Violation> {
    let is_within = candidate
        .contact()
        .all(|(place, _)| unknown.contact().any(|(wide, _)| wide.covers(place)));
    if is_within && unknown.sender() == candidate.sender() && !law(unknown).implies(&law(candidate))
    {
        return broken("L99", format!("{unknown:?} is looser than {candidate:?}"));
    }
    Ok(())
}

/// **L100. A tenant tightens.** A tenant's choice never makes anything looser, but for what the rules in
/// force offer: consent where they offer soft or single opt-in, the stop line where they leave it open.
///
/// # Errors
/// [`Violation`]: something is looser than with nothing chosen, and no rule offered it.
pub fn a_tenant_tightens(
    law: impl Fn(&TenantChoice) -> Applicable,
    choice: &TenantChoice,
) -> Result<(), Violation> {
    let safe = law(&TenantChoice::NONE);
    let chosen = law(choice);
    if !chosen.implies_beside_offers(&safe) {
        return broken(
            "L100",
            "hours, caps, senders, records or a pause are looser".to_owned(),
        );
    }
    let offers = |loosening| safe.offers.contains(&loosening);
    let is_open = offers(Loosening::SoftOptIn) || offers(Loosening::SingleOptIn);
    if !is_open && !chosen.consent.implies(&safe.consent) {
        return broken(
            "L100",
            format!(
                "consent went from {:?} to {:?}",
                safe.consent, chosen.consent
            ),
        );
    }
    if offers(Loosening::FirstStopLine) {
        return Ok(());
    }
    let is_kept = |part| chosen.wording.iter().any(|own| own.implies(part));
    match safe.wording.iter().find(|part| !is_kept(part)) {
        Some(lost) => broken("L100", format!("{lost:?} is no longer demanded")),
        None => Ok(()),
    }
}
