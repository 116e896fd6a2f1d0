use super::{
    fields::{self, form_of},
    find, name,
};
use crate::{
    answer::{Answer, go},
    ctx::Ctx,
    failure::Failure,
    form::Form,
    layout::{Section, seal},
    pages::{page, refused},
    problems::Problems,
};
use maud::{Markup, html};
use tidings_kernel::ContactId;
use tidings_messaging::{Contact, ContactError};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

fn body(ctx: &Ctx, action: &str, form: &Form, problems: &Problems, version: &str) -> Markup {
    html! {
        form.card method="post" action=(action) {
            (seal(&ctx.seal))
            input type="hidden" name="version" value=(version);
            (fields::show(form, problems))
            div.actions {
                button type="submit" { "Save" }
                a href=(action.trim_end_matches("/edit").trim_end_matches("/new")) { "Cancel" }
            }
        }
    }
}

/// `GET /console/contacts/new`
pub(crate) async fn new(ctx: Ctx) -> Answer {
    let body = body(
        &ctx,
        "/console/contacts/new",
        &Form::default(),
        &Problems::default(),
        "",
    );
    Ok(page(&ctx, "Add a contact", Section::Contacts, &body))
}

/// `POST /console/contacts/new`
pub(crate) async fn add(ctx: Ctx) -> Answer {
    let console = ctx.console();
    let mut contact = Contact::blank(ContactId::new(&*console.ids), ctx.who(), ctx.now);
    let mut problems = fields::read(&ctx, &ctx.form, &mut contact);
    let is_blank = contact.addresses().is_empty()
        && contact.first_name.is_none()
        && contact.last_name.is_none();
    if is_blank {
        problems.add(
            "first_name",
            "Give at least a name, a number or an email address.",
        );
    }
    if problems.is_empty() {
        match console.contacts.create(&contact, None).await {
            Ok(()) => return Ok(go(&format!("/console/contacts/{}?done=added", contact.id))),
            Err(ContactError::ExternalIdTaken) => problems.add("external_id", TAKEN),
            Err(error) => return Err(error.into()),
        }
    }
    let body = body(&ctx, "/console/contacts/new", &ctx.form, &problems, "");
    Ok(refused(&ctx, "Add a contact", Section::Contacts, &body))
}

const TAKEN: &str = "Another contact has this external id.";

/// `GET /console/contacts/{id}/edit`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let contact = find(&ctx).await?;
    let action = format!("/console/contacts/{}/edit", contact.id);
    let version = version(contact.updated_at);
    let body = body(
        &ctx,
        &action,
        &form_of(&contact),
        &Problems::default(),
        &version,
    );
    Ok(page(&ctx, &name(&contact), Section::Contacts, &body))
}

/// `POST /console/contacts/{id}/edit`
pub(crate) async fn save(ctx: Ctx) -> Answer {
    let mut contact = find(&ctx).await?;
    let title = name(&contact);
    // A page that was open while somebody else saved must not undo that.
    if ctx.form.get("version") != version(contact.updated_at) {
        return Err(Failure::Changed("contact"));
    }
    let mut problems = fields::read(&ctx, &ctx.form, &mut contact);
    let path = format!("/console/contacts/{}", contact.id);
    if problems.is_empty() {
        contact.updated_at = ctx.now;
        match ctx.console().contacts.update(&contact).await {
            Ok(true) => return Ok(go(&format!("{path}?done=saved"))),
            Ok(false) => return Err(Failure::NotFound("contact")),
            Err(ContactError::ExternalIdTaken) => problems.add("external_id", TAKEN),
            Err(error) => return Err(error.into()),
        }
    }
    let form = ctx.form.get("version");
    let body = body(&ctx, &format!("{path}/edit"), &ctx.form, &problems, form);
    Ok(refused(&ctx, &title, Section::Contacts, &body))
}

fn version(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
