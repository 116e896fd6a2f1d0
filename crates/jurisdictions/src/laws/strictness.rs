use super::{Violation, broken};
use crate::{
    Applicable, Grade, Loosening, Packs, Place, Places, SoftOptIn, StopLine, TenantChoice, Wording,
};
use std::collections::BTreeSet;
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
/// is demanded in each, of one sender. The strictest wins.
///
/// # Errors
/// [`Violation`]: something demanded in one of them is not demanded in both.
pub fn more_places_stricter(
    law: impl Fn(&Places) -> Applicable,
    one: &Places,
    other: &Places,
) -> Result<(), Violation> {
    let both = one.and(other);
    let together = law(&both);
    for places in [one, other] {
        // A sender is established in one place; the other's laws do not follow this one.
        let places = Places::new(places.contact(), both.sender());
        if !together.implies(&law(&places)) {
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
/// force offer and the tenant chose in some place: a sale in place of consent, written consent in place of
/// a confirmed one, a stop line in the first message in place of each.
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
    let offers = |loosening, by_tenant: &BTreeSet<Place>| {
        safe.offers.contains(&loosening) && !by_tenant.is_empty()
    };
    // What the tenant could have at most.
    let mut least = safe.consent;
    if offers(Loosening::SingleOptIn, &choice.single_opt_in) {
        least.grade = least.grade.min(Grade::Written);
    }
    if offers(Loosening::SoftOptIn, &choice.soft_opt_in) {
        least.soft_opt_in = SoftOptIn::Allowed { max_age: None };
    }
    if !chosen.consent.implies(&least) {
        return broken(
            "L100",
            format!(
                "consent went from {:?} to {:?}",
                safe.consent, chosen.consent
            ),
        );
    }
    let is_first_enough = offers(Loosening::FirstStopLine, &choice.first_stop_line);
    let is_kept = |part: &Wording| {
        let part = match part {
            Wording::StopLine(_) if is_first_enough => {
                &Wording::StopLine(StopLine::FirstAndRegularly)
            }
            part => part,
        };
        chosen.wording.iter().any(|own| own.implies(part))
    };
    match safe.wording.iter().find(|part| !is_kept(part)) {
        Some(lost) => broken("L100", format!("{lost:?} is no longer demanded")),
        None => Ok(()),
    }
}
