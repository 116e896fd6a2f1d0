use tidings_consent::{
    Action, BoundedText, Channels, ConsentEvent, Evidence, Method, Purposes, ScopeError,
};
use tidings_kernel::{Channel, ConsentEventId, ContactId, Purpose};
use time::OffsetDateTime;
use uuid::Uuid;

/// What a patient did, in the clinic's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Signed the form at the desk.
    Signed(Topic),
    /// Asked for nothing more: a reply, a call, a word at the desk.
    Stopped(Topic),
}

/// What a patient can agree to here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Reminders of appointments.
    Reminders,
    /// Offers.
    Offers,
    /// Both, and whatever comes.
    Everything,
}

/// One line of the book, as the clinic's table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The key in the clinic's table.
    pub key: u128,
    /// What the patient did.
    pub act: Act,
    /// When.
    pub happened: OffsetDateTime,
    /// When somebody wrote it down; paper takes its time.
    pub written: OffsetDateTime,
}

/// What one patient agreed to and stopped, in the order in which it was written down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Book(Vec<Line>);

impl Book {
    /// Adds a line. A key that is known is the same line told again, which changes nothing.
    pub fn write(&mut self, line: Line) {
        if self.0.iter().all(|known| known.key != line.key) {
            self.0.push(line);
        }
    }

    /// Every line.
    pub fn lines(&self) -> &[Line] {
        &self.0
    }

    /// The book as events about `patient`, for the rules of `tidings-consent`.
    ///
    /// # Errors
    /// [`ScopeError`]: a topic stands for nothing that can be agreed to; there is none such.
    pub fn events(&self, patient: ContactId) -> Result<Vec<ConsentEvent>, ScopeError> {
        self.0.iter().map(|line| line.event(patient)).collect()
    }
}

impl Line {
    // guide: event
    /// The line as an event. Nothing is invented: what the clinic does not know stays empty.
    fn event(&self, patient: ContactId) -> Result<ConsentEvent, ScopeError> {
        let (action, method, topic) = match self.act {
            Act::Signed(topic) => (Action::ConsentGiven, Method::WebForm, topic),
            Act::Stopped(topic) => (Action::ConsentWithdrawn, Method::Manual, topic),
        };
        Ok(ConsentEvent {
            id: ConsentEventId::from_uuid(Uuid::from_u128(self.key)),
            contact: patient,
            action,
            channels: Channels::one(Channel::Sms),
            purposes: topic.purposes()?,
            method,
            occurred_at: self.happened,
            recorded_at: self.written,
            evidence: Evidence {
                note: BoundedText::new(format!("line {} of the book", self.key)).ok(),
                ..Evidence::default()
            },
        })
    }
    // guide: end
}

impl Topic {
    fn purposes(self) -> Result<Purposes, ScopeError> {
        match self {
            Self::Reminders => Purposes::only([Purpose::Reminder]),
            Self::Offers => Purposes::only([Purpose::Marketing]),
            Self::Everything => Ok(Purposes::All),
        }
    }

    /// Whether this topic is `other`, or holds it.
    pub fn covers(self, other: Self) -> bool {
        self == other || self == Self::Everything
    }
}
