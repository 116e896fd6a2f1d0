//! A contact of a row.

use super::{csv::Table, mapping::Target};
use crate::{ctx::Ctx, form::Form, pages::contacts::fields, problems::Problems};
use tidings_consent::{Action, BoundedText, Channels, ConsentEvent, Evidence, Method, Purposes};
use tidings_kernel::{ConsentEventId, ContactId, Purpose};
use tidings_messaging::Contact;

/// A row that can be taken.
pub(super) struct Ready {
    pub(super) contact: Contact,
    pub(super) consent: Option<ConsentEvent>,
}

/// Reads a row as the form of a contact is read; else one sentence for each thing that is wrong.
pub(super) fn read(
    ctx: &Ctx,
    table: &Table,
    mapping: &[Target],
    row: &[String],
) -> Result<Ready, String> {
    let mut form = Form::default();
    let (mut attributes, mut words) = (String::new(), String::new());
    for (place, target) in mapping.iter().enumerate() {
        let cell = Table::cell(row, place);
        match target {
            Target::Skip => {}
            Target::ConsentText => cell.clone_into(&mut words),
            Target::Attribute if cell.is_empty() => {}
            Target::Attribute => {
                let name = table.header.get(place).map_or("", String::as_str);
                let name = name.replace([':', '\n'], " ");
                let value = cell.replace(['\r', '\n'], " ");
                attributes.extend([name.as_str(), ": ", &value, "\n"]);
            }
            Target::FirstName
            | Target::LastName
            | Target::Phone
            | Target::WhatsappPhone
            | Target::Email
            | Target::Region
            | Target::Locale
            | Target::TimeZone
            | Target::ExternalId
            | Target::Tags => form = form.with(target.name(), cell),
        }
    }
    let form = form.with("attributes", attributes);
    let mut contact = Contact::blank(ContactId::new(&*ctx.console().ids), ctx.who(), ctx.now);
    let mut problems = fields::read(ctx, &form, &mut contact);
    if problems.is_empty() && contact.addresses().is_empty() {
        problems.add("phone", "There is no number and no email address.");
    }
    let consent = consent(ctx, &contact, &words, &mut problems);
    if problems.is_empty() {
        Ok(Ready { contact, consent })
    } else {
        let sentences: Vec<String> = problems
            .iter()
            .map(|(field, sentence)| format!("{}: {sentence}", field.replace('_', " ")))
            .collect();
        Err(sentences.join(" "))
    }
}

/// What the row proves, if the form says what the words cover.
fn consent(
    ctx: &Ctx,
    contact: &Contact,
    words: &str,
    problems: &mut Problems,
) -> Option<ConsentEvent> {
    let purposes = match ctx.form.get("covers") {
        "marketing" => Purposes::only([Purpose::Marketing]).ok()?,
        "all" => Purposes::All,
        _ => return None,
    };
    if words.is_empty() {
        return None;
    }
    let text_shown = problems.take("consent", BoundedText::new(words).map(Some));
    Some(ConsentEvent {
        id: ConsentEventId::new(&*ctx.console().ids),
        contact: contact.id,
        action: Action::ConsentGiven,
        channels: Channels::All,
        purposes,
        method: Method::Import,
        occurred_at: ctx.now,
        recorded_at: ctx.now,
        evidence: Evidence {
            text_shown,
            ..Evidence::default()
        },
    })
}
