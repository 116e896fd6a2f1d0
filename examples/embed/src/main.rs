//! A day's reminders, each with its decision and the reason.

use embed::{Reminders, appointments};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let reminders = Reminders::new(
        "Hi {{first_name}}, this is Example Clinic: please come at {{at}} to see {{doctor}}. \
         Text STOP to end reminders.",
    )?;
    for appointment in appointments() {
        let decision = reminders.decide(&appointment, appointment.due)?;
        println!("{:<6} {}", appointment.patient.first_name, decision);
    }
    Ok(())
}
