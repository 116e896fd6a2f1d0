use crate::{
    Cap, Citation, Concern, ConsentDemand, Loosening, Packs, Places, Retention, Revocation,
    Senders, TenantChoice, Wording,
};
use std::{collections::BTreeSet, sync::Arc};
use tidings_kernel::{Channel, Purpose};
use tidings_quiet_hours::Rule;
use time::OffsetDateTime;

/// All that the rules of a contact's places demand of one kind of message at one time, the strictest
/// of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applicable {
    /// Must all be open in every zone that the contact may be in; each bears the id of its rule. A rule
    /// that is open whenever another is open is left out here, not from [`Applicable::cited`].
    pub hours: Vec<Rule>,
    /// Must be open on the sender's clock as well.
    pub sender_hours: Vec<Rule>,
    /// All must be kept; the one that bites first comes first, and none is implied by another.
    pub caps: Vec<CapInForce>,
    /// What the contact must have agreed to.
    pub consent: ConsentDemand,
    /// What the text must hold, sorted.
    pub wording: Vec<Wording>,
    /// Set while nothing may be sent by this channel.
    pub channel_pause: Option<PauseInForce>,
    /// How long evidence is kept.
    pub records: Retention,
    /// Which senders arrive.
    pub senders: Senders,
    /// How an opt-out is honored, where some law says.
    pub revocation: Option<Revocation>,
    /// What the tenant may choose to have looser here, chosen or not.
    pub offers: BTreeSet<Loosening>,
    /// Every rule that spoke, in its version, sorted by id.
    pub cited: Vec<Citation>,
}

/// A cap and the rule that demands it; `None` for the tenant's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapInForce {
    /// How many in which time.
    pub cap: Cap,
    /// The id of the rule.
    pub rule: Option<Arc<str>>,
}

/// Why a channel must not be used for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PauseInForce {
    /// The id of the rule.
    pub rule: Arc<str>,
    /// Channels that may be tried instead: those that every pause leaves.
    pub instead: BTreeSet<Channel>,
}

/// What the rules in force at `at` demand of a message with this purpose by this channel to a contact
/// in `places`, with nothing chosen by the tenant. The strictest wins (compliance reference, 1.2).
///
/// Answers are kept in `packs`; the first question for a set of places takes longer, the next about
/// a quarter of a microsecond. To ask with a tenant's choice, see [`Packs::plan`].
///
/// ```rust
/// use tidings_jurisdictions::{Clues, Grade, Packs, applicable, places};
/// use tidings_kernel::{Channel, Purpose};
/// use time::macros::datetime;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let packs = Packs::bundled()?;
/// let philadelphia = places(&Clues { number: Some("+12155550123".parse()?), ..Clues::default() });
/// let at = datetime!(2026-11-21 12:00 UTC);
/// let law = applicable(&packs, &philadelphia, Purpose::Marketing, Channel::Sms, at);
/// assert!(law.cited.iter().any(|citation| citation.to_string() == "us.pa.hours@2026"));
/// assert_eq!(law.consent.grade, Grade::Written);
/// # Ok(())
/// # }
/// ```
pub fn applicable(
    packs: &Packs,
    places: &Places,
    purpose: Purpose,
    channel: Channel,
    at: OffsetDateTime,
) -> Arc<Applicable> {
    packs
        .plan(places, &TenantChoice::NONE)
        .at(purpose, channel, at)
}

impl Applicable {
    /// What holds where no rule says anything.
    pub(crate) fn nothing() -> Self {
        Self {
            hours: Vec::new(),
            sender_hours: Vec::new(),
            caps: Vec::new(),
            consent: ConsentDemand::NOTHING,
            wording: Vec::new(),
            channel_pause: None,
            records: Retention::NOTHING,
            senders: Senders::default(),
            revocation: None,
            offers: BTreeSet::new(),
            cited: Vec::new(),
        }
    }

    /// The cap that bites first.
    pub fn cap(&self) -> Option<Cap> {
        self.caps.first().map(|capped| capped.cap)
    }

    /// The rules about one concern.
    pub fn cited_for(&self, concern: Concern) -> impl Iterator<Item = &Citation> {
        self.cited
            .iter()
            .filter(move |citation| citation.concern == concern)
    }

    /// The rules that a person should check before relying on them (L105).
    pub fn unconfirmed(&self) -> impl Iterator<Item = &Citation> {
        self.cited
            .iter()
            .filter(|citation| citation.is_unconfirmed())
    }
}

#[cfg(test)]
mod tests;
