use crate::{Applicable, CapInForce, compile::is_narrower};
use tidings_quiet_hours::Rule;

impl Applicable {
    /// Whether whoever keeps to this keeps to `other` too: as strict in everything, or stricter.
    ///
    /// Hours compare rule by rule, so it may say no where windows of several rules together would do.
    ///
    /// ```rust
    /// use tidings_jurisdictions::{Packs, Place, Places, applicable};
    /// use tidings_kernel::{Channel, Purpose};
    /// use time::macros::datetime;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let packs = Packs::bundled()?;
    /// let law = |place: &str| -> Result<_, Box<dyn std::error::Error>> {
    ///     let places = Places::only(Place::parse(place)?);
    ///     let at = datetime!(2026-11-21 12:00 UTC);
    ///     Ok(applicable(&packs, &places, Purpose::Marketing, Channel::Sms, at))
    /// };
    /// assert!(law("US")?.implies(&*law("US-KY")?));
    /// assert!(!law("US-KY")?.implies(&*law("US")?));
    /// # Ok(())
    /// # }
    /// ```
    pub fn implies(&self, other: &Self) -> bool {
        self.implies_beside_offers(other) && self.consent.implies(&other.consent) && {
            let has = |part| self.wording.iter().any(|own| own.implies(part));
            other.wording.iter().all(has)
        }
    }

    /// As [`Applicable::implies`], but for consent and wording, which a rule can leave to the tenant.
    pub fn implies_beside_offers(&self, other: &Self) -> bool {
        let has_cap = |cap: &CapInForce| self.caps.iter().any(|own| own.cap.implies(cap.cap));
        let is_paused = match (&self.channel_pause, &other.channel_pause) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(own), Some(other)) => own.instead.is_subset(&other.instead),
        };
        keeps(&self.hours, &other.hours)
            && keeps(&self.sender_hours, &other.sender_hours)
            && other.caps.iter().all(has_cap)
            && is_paused
            && self.records.and(other.records) == self.records
            && self.senders.implies(&other.senders)
            && match (self.revocation, other.revocation) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(own), Some(other)) => own.and(other) == own,
            }
    }
}

fn keeps(own: &[Rule], others: &[Rule]) -> bool {
    others
        .iter()
        .all(|other| own.iter().any(|rule| is_narrower(rule, other)))
}
