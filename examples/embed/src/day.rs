use crate::{Act, Book, Line, Topic};
use tidings_kernel::{ContactId, PhoneNumber};
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

/// Somebody whom the clinic treats.
#[derive(Debug, Clone)]
pub struct Patient {
    /// Our id of them.
    pub id: ContactId,
    /// The name to write.
    pub first_name: &'static str,
    /// The number to text; `None` where what was typed at the desk is none.
    pub phone: Option<PhoneNumber>,
    /// What they agreed to.
    pub book: Book,
    /// When they got offers, as far back as any cap looks.
    pub offers: Vec<OffsetDateTime>,
}

/// Something to remind of.
#[derive(Debug, Clone)]
pub struct Appointment {
    /// Who comes.
    pub patient: Patient,
    /// When the reminder is due.
    pub due: OffsetDateTime,
    /// When to come, in words; not known yet where the doctor has not said.
    pub at: Option<&'static str>,
    /// Whom to see, as the clinic writes the name.
    pub doctor: &'static str,
}

/// Noon in New York.
const NOON: OffsetDateTime = datetime!(2026-07-15 16:00 UTC);
/// When everybody filled in forms.
const SPRING: OffsetDateTime = datetime!(2026-04-01 14:00 UTC);

/// A day of an invented clinic. All numbers are reserved for fiction.
pub fn appointments() -> Vec<Appointment> {
    let reminders = [(Act::Signed(Topic::Reminders), SPRING)];
    let everything = [(Act::Signed(Topic::Everything), SPRING)];
    vec![
        appointment(
            patient(1, "Ana", "+12025550123", &reminders),
            NOON,
            Some("10:30"),
            "Dr. Smith",
        ),
        // 22:00 in Washington.
        appointment(
            patient(2, "Ben", "+12025550124", &everything),
            NOON + Duration::HOUR * 10,
            Some("11:00"),
            "Dr. Smith",
        ),
        // The Florida Panhandle has two clocks, and nobody knows which is Cem's: 08:30 or 07:30.
        appointment(
            patient(3, "Cem", "+18505550125", &everything),
            NOON - Duration::MINUTE * 210,
            Some("11:30"),
            "Dr. Smith",
        ),
        appointment(
            patient(
                4,
                "Dee",
                "+12025550126",
                &[
                    (Act::Signed(Topic::Everything), SPRING),
                    (Act::Stopped(Topic::Everything), SPRING + Duration::DAY),
                ],
            ),
            NOON,
            Some("12:00"),
            "Dr. Smith",
        ),
        // Agreed to offers and to nothing else.
        appointment(
            patient(
                5,
                "Eva",
                "+12025550127",
                &[(Act::Signed(Topic::Offers), SPRING)],
            ),
            NOON,
            Some("12:30"),
            "Dr. Smith",
        ),
        appointment(
            patient(6, "Finn", "+12025550128", &[]),
            NOON,
            Some("13:00"),
            "Dr. Smith",
        ),
        // 20:30 in Miami: too late for Florida's law about offers, and early enough for a reminder.
        appointment(
            patient(10, "Kim", "+13055550132", &everything),
            NOON + Duration::MINUTE * 510,
            Some("15:00"),
            "Dr. Smith",
        ),
        // Three offers since yesterday, as many as Florida allows.
        appointment(
            Patient {
                offers: [20, 8, 1].map(|hours| NOON - Duration::HOUR * hours).into(),
                ..patient(11, "Lea", "+13055550133", &everything)
            },
            NOON,
            Some("15:30"),
            "Dr. Smith",
        ),
        appointment(
            patient(7, "Gus", "+12025550129", &reminders),
            NOON,
            None,
            "Dr. Smith",
        ),
        // One letter that SMS does not have moves the whole text to 70 characters a part.
        appointment(
            patient(8, "Ida", "+12025550130", &reminders),
            NOON,
            Some("14:00"),
            "Dr. Šimić",
        ),
        appointment(
            patient(9, "Jo", "555 0131", &reminders),
            NOON,
            Some("14:30"),
            "Dr. Smith",
        ),
    ]
}

fn appointment(
    patient: Patient,
    due: OffsetDateTime,
    at: Option<&'static str>,
    doctor: &'static str,
) -> Appointment {
    Appointment {
        patient,
        due,
        at,
        doctor,
    }
}

fn patient(
    number: u128,
    first_name: &'static str,
    phone: &str,
    acts: &[(Act, OffsetDateTime)],
) -> Patient {
    let mut book = Book::default();
    for (key, (act, happened)) in (number * 100..).zip(acts) {
        book.write(Line {
            key,
            act: *act,
            happened: *happened,
            written: *happened + Duration::HOUR,
        });
    }
    Patient {
        id: ContactId::from_uuid(Uuid::from_u128(number)),
        first_name,
        phone: PhoneNumber::from_e164(phone).ok(),
        book,
        offers: Vec::new(),
    }
}
