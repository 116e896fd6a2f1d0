//! A day's reminders, each with its decision and the reason.

use embed::{Offers, Reminders, appointments};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let reminders = Reminders::new(
        "Hi {{first_name}}, this is Example Clinic: please come at {{at}} to see {{doctor}}. \
         Text STOP to end reminders.",
    )?;
    for appointment in appointments() {
        let decision = reminders.decide(&appointment, appointment.due)?;
        println!("{:<6} {decision}", appointment.patient.first_name);
    }
    println!("\nAnd an offer, which more laws bind:");
    let offers = Offers::new()?;
    for appointment in appointments() {
        let offer = offers.decide(&appointment.patient, appointment.due);
        println!("{:<6} {offer}", appointment.patient.first_name);
    }
    Ok(())
}
