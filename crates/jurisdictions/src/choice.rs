use crate::{Cap, Grade, Place, Wording};
use std::collections::BTreeSet;
use time::Duration;

/// What a tenant chose. It can make everything stricter; looser only what a rule offers, in the places
/// named here, and only if every place that the contact may be in is named.
///
/// Hours of a tenant's own are further rules for `tidings_quiet_hours::judge`, beside ours.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantChoice {
    /// Where existing customers may get marketing without a fresh consent, if the law offers it.
    pub soft_opt_in: BTreeSet<Place>,
    /// Where a written consent need not be confirmed, if the law does not ask for it.
    pub single_opt_in: BTreeSet<Place>,
    /// Where the first message says how to stop, and others regularly, if the law leaves it open.
    pub first_stop_line: BTreeSet<Place>,
    /// The least consent for marketing anywhere; [`Grade::Confirmed`] asks for a double opt-in everywhere.
    pub least_consent: Grade,
    /// When a consent to marketing is spent anywhere.
    pub consent_max_age: Option<Duration>,
    /// Caps on marketing of the tenant's own.
    pub caps: BTreeSet<Cap>,
    /// What marketing texts must hold besides.
    pub wording: BTreeSet<Wording>,
}

impl TenantChoice {
    /// Nothing chosen: the safe setting of every rule.
    pub const NONE: Self = Self {
        soft_opt_in: BTreeSet::new(),
        single_opt_in: BTreeSet::new(),
        first_stop_line: BTreeSet::new(),
        least_consent: Grade::Nothing,
        consent_max_age: None,
        caps: BTreeSet::new(),
        wording: BTreeSet::new(),
    };
}

impl Default for TenantChoice {
    fn default() -> Self {
        Self::NONE
    }
}
