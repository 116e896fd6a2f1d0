mod demands;
mod hours;

use super::*;
use crate::{Clues, Place, places};
use tidings_kernel::PhoneNumber;
use time::macros::datetime;

const NOW: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);

fn packs() -> Packs {
    Packs::bundled().unwrap()
}

fn place(text: &str) -> Place {
    Place::parse(text).unwrap()
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::from_e164(text).unwrap()
}

/// Where the holder of a number may be.
fn of(text: &str) -> Places {
    places(&Clues {
        number: Some(number(text)),
        ..Clues::default()
    })
}

/// What the law says about marketing by SMS in one place now.
fn marketing(text: &str) -> Arc<Applicable> {
    let places = Places::only(place(text));
    applicable(&packs(), &places, Purpose::Marketing, Channel::Sms, NOW)
}

fn ids(law: &Applicable) -> Vec<String> {
    law.cited.iter().map(ToString::to_string).collect()
}
