use crate::Patient;
use std::fmt;
use tidings_consent::{self as consent, state};
use tidings_jurisdictions::{Clues, Concern, PackError, Packs, applicable, places};
use tidings_kernel::{Channel, PhoneNumber, Purpose};
use tidings_quiet_hours::{self as hours, Ask, Candidates, zones_for};
use time::OffsetDateTime;

/// What to do about one offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// Send it.
    Send {
        /// The laws that were asked, each with its version.
        laws: Vec<String>,
    },
    /// Do not; a sentence says why, and until when if that is known.
    Hold(String),
}

/// Offers, and the laws that bind them.
#[derive(Debug)]
pub struct Offers {
    packs: Packs,
}

impl Offers {
    // guide: packs
    /// The laws that are shipped. A clinic with a lawyer adds a pack of its own:
    /// `Packs::bundled()?.with(&Packs::parse(&[("ours.json", text)])?)?`.
    ///
    /// # Errors
    /// [`PackError`]: a pack contradicts itself or another.
    pub fn new() -> Result<Self, PackError> {
        let packs = Packs::bundled()?;
        Ok(Self { packs })
    }

    /// The rules about hours in every place where this number may be, and what they cite.
    fn laws(&self, phone: PhoneNumber, at: OffsetDateTime) -> (Vec<hours::Rule>, Vec<String>) {
        let places = places(&Clues {
            number: Some(phone),
            ..Clues::default()
        });
        let law = applicable(&self.packs, &places, Purpose::Marketing, Channel::Sms, at);
        let hours = law.cited_for(Concern::Hours);
        let cited = hours.map(ToString::to_string).collect();
        (law.hours.clone(), cited)
    }
    // guide: end

    /// Decides about one patient.
    pub fn decide(&self, patient: &Patient, now: OffsetDateTime) -> Offer {
        let Some(phone) = patient.phone else {
            return Offer::Hold("There is no number to text.".to_owned());
        };
        let Ok(events) = patient.book.events(patient.id) else {
            return Offer::Hold("The book cannot be read.".to_owned());
        };
        let state = state(&events, now);
        let agreed = consent::judge(Channel::Sms, Purpose::Marketing, &state, None);
        if let consent::Verdict::Blocked { detail, .. } = agreed {
            return Offer::Hold(detail);
        }
        let zones = match zones_for(phone) {
            Candidates::Known(zones) => zones,
            Candidates::Unknown => Vec::new(),
        };
        let (rules, laws) = self.laws(phone, now);
        // guide: rules
        let ask = Ask {
            rules: &rules,
            ..Ask::new(Purpose::Marketing, Channel::Sms, now, &zones)
        };
        // guide: end
        match hours::judge(&ask) {
            hours::Verdict::Open | hours::Verdict::Overridden { .. } => Offer::Send { laws },
            hours::Verdict::Later { detail, .. } | hours::Verdict::Never { detail, .. } => {
                Offer::Hold(detail)
            }
        }
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send { laws } => write!(f, "send     after asking {}", laws.join(", ")),
            Self::Hold(detail) => write!(f, "hold     {detail}"),
        }
    }
}
