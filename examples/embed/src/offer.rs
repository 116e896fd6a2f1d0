use crate::Patient;
use std::{fmt, sync::Arc};
use tidings_consent::{self as consent, Need, Question, state};
use tidings_jurisdictions::{
    Applicable, CapInForce, Clues, Concern, ConsentDemand, Grade, PackError, Packs, SoftOptIn,
    Wording, applicable, places,
};
use tidings_kernel::{Channel, PhoneNumber, Purpose};
use tidings_quiet_hours::{self as hours, Ask, zones_for};
use time::OffsetDateTime;

/// What to do about one offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// Send it.
    Send {
        /// What the text has to hold: who sends, how to stop.
        must_say: Vec<Wording>,
        /// The laws about hours that were asked, each with its version.
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

    /// What binds an offer in every place where this number may be.
    fn law(&self, phone: PhoneNumber, at: OffsetDateTime) -> Arc<Applicable> {
        let places = places(&Clues {
            number: Some(phone),
            ..Clues::default()
        });
        applicable(&self.packs, &places, Purpose::Marketing, Channel::Sms, at)
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
        let law = self.law(phone, now);
        if let Some(pause) = &law.channel_pause {
            return Offer::Hold(format!(
                "Offers by SMS are paused by the rule {}.",
                pause.rule
            ));
        }
        // guide: ask
        let question = Question {
            need: need(&law.consent),
            ..Question::new(Channel::Sms, Purpose::Marketing)
        };
        let agreed = consent::judge_with(&question, &state(&events, now));
        // guide: end
        if let consent::Verdict::Blocked { detail, .. } = agreed {
            return Offer::Hold(detail);
        }
        if let Some(cap) = used_up(&law, &patient.offers, now) {
            let rule = cap.rule.as_deref().unwrap_or("clinic.cap");
            return Offer::Hold(format!(
                "{} offers in {} hours are as many as the rule {rule} allows.",
                cap.cap.most, cap.cap.hours
            ));
        }
        let zones = zones_for(phone).into_zones();
        // guide: rules
        let ask = Ask {
            rules: &law.hours,
            ..Ask::new(Purpose::Marketing, Channel::Sms, now, &zones)
        };
        // guide: end
        match hours::judge(&ask) {
            hours::Verdict::Open | hours::Verdict::Overridden { .. } => Offer::Send {
                must_say: law.wording.clone(),
                laws: law
                    .cited_for(Concern::Hours)
                    .map(ToString::to_string)
                    .collect(),
            },
            hours::Verdict::Later { detail, .. } | hours::Verdict::Never { detail, .. } => {
                Offer::Hold(detail)
            }
        }
    }
}

// guide: need
/// What the law asks of an agreement, in the words of `tidings-consent`. The two crates do not know
/// each other, so whoever takes both says how one becomes the other.
fn need(law: &ConsentDemand) -> Need {
    Need {
        grade: match law.grade {
            // Where no pack asks for anything, the clinic still wants to be allowed to.
            Grade::Nothing | Grade::Express => consent::Grade::Express,
            Grade::Written => consent::Grade::Written,
            Grade::Confirmed => consent::Grade::Confirmed,
        },
        max_age: law.max_age,
        soft_opt_in: match law.soft_opt_in {
            SoftOptIn::Off => consent::SoftOptIn::Refused,
            SoftOptIn::Allowed { max_age } => consent::SoftOptIn::Accepted { max_age },
        },
    }
}

/// The first cap that leaves no room for another offer now.
fn used_up<'a>(
    law: &'a Applicable,
    sent: &[OffsetDateTime],
    now: OffsetDateTime,
) -> Option<&'a CapInForce> {
    law.caps.iter().find(|capped| {
        let since = now.saturating_sub(capped.cap.window());
        let counted = sent.iter().filter(|at| **at > since).count();
        u32::try_from(counted).unwrap_or(u32::MAX) >= capped.cap.most
    })
}
// guide: end

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send { must_say, laws } => {
                let laws = laws.join(", ");
                write!(
                    f,
                    "send     after asking {laws}\n           must say {must_say:?}"
                )
            }
            Self::Hold(detail) => write!(f, "hold     {detail}"),
        }
    }
}
