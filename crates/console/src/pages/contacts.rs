//! Contacts: people who receive, what they asked for, and what they agreed to.

pub(crate) mod block;
pub(crate) mod consent;
pub(crate) mod detail;
pub(crate) mod edit;
pub(crate) mod erase;
pub(crate) mod export;
mod fields;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod merge;
pub(crate) mod preferences;

use crate::{ctx::Ctx, failure::Failure};
use tidings_kernel::ContactId;
use tidings_messaging::Contact;

/// The contact in the path.
pub(crate) async fn find(ctx: &Ctx) -> Result<Contact, Failure> {
    let id: ContactId = ctx.id("contact")?;
    ctx.console()
        .contacts
        .get(ctx.who(), id)
        .await?
        .ok_or(Failure::NotFound("contact"))
}

/// What a contact is called: by name, else by an address, else by nothing but the id.
pub(crate) fn name(contact: &Contact) -> String {
    let names = [&contact.first_name, &contact.last_name];
    let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
    if !names.is_empty() {
        return names.join(" ");
    }
    contact
        .addresses()
        .first()
        .map_or_else(|| format!("Contact {}", contact.id), ToString::to_string)
}
