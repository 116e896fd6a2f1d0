use crate::Appointment;
use std::fmt;
use tidings_consent::{self as consent, ScopeError, state};
use tidings_kernel::{Channel, ConsentEventId, PhoneNumber, Purpose};
use tidings_quiet_hours::{self as hours, Ask, zones_for};
use tidings_segmentation::{Segmentation, segment};
use tidings_templates::{Data, ParseError, RenderError, Template, Value};
use time::OffsetDateTime;

/// What to do about one reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Hand it to the provider now.
    Send {
        /// What it says.
        text: String,
        /// How it travels, and what it costs.
        parts: Segmentation,
        /// The events that permit it.
        because: Vec<ConsentEventId>,
    },
    /// Ask again then.
    Wait {
        /// When.
        until: OffsetDateTime,
        /// Why, for a person.
        detail: String,
    },
    /// Leave it.
    Refuse {
        /// The rule, for a program.
        rule: String,
        /// Why, for a person.
        detail: String,
    },
}

/// The reminders cannot be judged at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unusable {
    /// The book says something that nobody can agree to.
    Book(ScopeError),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Book(_) => f.write_str("the book cannot be read"),
        }
    }
}

impl std::error::Error for Unusable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Book(error) => Some(error),
        }
    }
}

/// The clinic's reminders: one text for everybody.
#[derive(Debug, Clone)]
pub struct Reminders {
    template: Template,
}

impl Reminders {
    /// Reminders that say `text`.
    ///
    /// # Errors
    /// [`ParseError`]: the text is no template; it says where and what to do.
    pub fn new(text: &str) -> Result<Self, ParseError> {
        Ok(Self {
            template: Template::parse(text)?,
        })
    }

    /// Decides about one reminder. Pure: the same book, clock and template give the same decision.
    ///
    /// # Errors
    /// [`Unusable`]: the book cannot be read, so nothing may be sent to anybody.
    pub fn decide(
        &self,
        appointment: &Appointment,
        now: OffsetDateTime,
    ) -> Result<Decision, Unusable> {
        let Some(phone) = appointment.patient.phone else {
            return Ok(refuse("clinic.no_number", "There is no number to text."));
        };
        let because = match may_text(appointment, now)? {
            consent::Verdict::Allowed { because, .. } => because,
            consent::Verdict::Blocked { rule, detail, .. } => return Ok(refuse(rule, &detail)),
        };
        match is_decent_hour(phone, now) {
            // Nobody here lets a message past the hours, so nobody is named.
            hours::Verdict::Open | hours::Verdict::Overridden { .. } => {}
            hours::Verdict::Later { until, detail, .. } => {
                return Ok(Decision::Wait { until, detail });
            }
            hours::Verdict::Never { rule, detail } => return Ok(refuse(&rule, &detail)),
        }
        let text = match self.text(appointment) {
            Ok(text) => text,
            Err(error) => return Ok(refuse("clinic.template", &format!("{error}."))),
        };
        let parts = parts(&text);
        Ok(Decision::Send {
            text,
            parts,
            because,
        })
    }

    // guide: template
    /// What the reminder says: strict, so a value that is missing is an error and not a hole.
    fn text(&self, appointment: &Appointment) -> Result<String, RenderError> {
        let mut data = Data::from([
            (
                "first_name".into(),
                Value::from(appointment.patient.first_name),
            ),
            ("doctor".into(), Value::from(appointment.doctor)),
        ]);
        if let Some(at) = appointment.at {
            data.insert("at".into(), Value::from(at));
        }
        self.template.render(&data)
    }
    // guide: end
}

// guide: consent
/// Whether the patient agreed to reminders, and by which lines of the book.
fn may_text(appointment: &Appointment, now: OffsetDateTime) -> Result<consent::Verdict, Unusable> {
    let patient = &appointment.patient;
    let events = patient.book.events(patient.id).map_err(Unusable::Book)?;
    let state = state(&events, now);
    Ok(consent::judge(
        Channel::Sms,
        Purpose::Reminder,
        &state,
        None,
    ))
}
// guide: end

// guide: hours
/// Whether it is a decent hour in every zone that the number may be in.
fn is_decent_hour(phone: PhoneNumber, now: OffsetDateTime) -> hours::Verdict {
    let zones = zones_for(phone).into_zones();
    hours::judge(&Ask::new(Purpose::Reminder, Channel::Sms, now, &zones))
}
// guide: end

// guide: segments
/// How the text travels and what it costs.
fn parts(text: &str) -> Segmentation {
    segment(text)
}
// guide: end

fn refuse(rule: &str, detail: &str) -> Decision {
    Decision::Refuse {
        rule: rule.to_owned(),
        detail: detail.to_owned(),
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send {
                text,
                parts,
                because,
            } => {
                write!(f, "send     {:?}, {} units, ", parts.encoding, parts.units)?;
                write!(
                    f,
                    "{} part(s), by {} line(s)\n           {text}",
                    parts.count,
                    because.len()
                )?;
                for forced in &parts.forced_by {
                    write!(f, "\n           made expensive by {:?}", forced.char)?;
                    if let Some(suggestion) = forced.suggestion {
                        write!(f, ", which could be {suggestion:?}")?;
                    }
                }
                Ok(())
            }
            Self::Wait { detail, .. } => write!(f, "wait     {detail}"),
            Self::Refuse { rule, detail } => write!(f, "refuse   {detail} ({rule})"),
        }
    }
}
