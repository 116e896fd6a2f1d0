use super::name;
use crate::{
    answer::{Answer, html as answer_html},
    ctx::Ctx,
    form::Form,
    layout::Section,
    pages::page,
    widgets::{empty, more, when},
};
use axum::http::StatusCode;
use maud::{Markup, html};
use tidings_messaging::{Contact, ContactFilter, Paged, Role};

/// How many are shown at once.
const SHOWN: u16 = 50;

/// `GET /console/contacts`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let filter = ContactFilter {
        text: ctx.query.some("q").map(ToOwned::to_owned),
        tag: ctx.query.some("tag").map(ToOwned::to_owned),
        ..ContactFilter::default()
    };
    let found = ctx
        .console()
        .contacts
        .list(ctx.who(), &filter, ctx.page(SHOWN))
        .await?;
    let results = results(&ctx, &filter, &found);
    if ctx.is_fragment {
        return Ok(answer_html(StatusCode::OK, results));
    }
    let body = html! {
        div.bar {
            form.search role="search" method="get" action="/console/contacts"
                hx-get="/console/contacts" hx-trigger="input changed delay:300ms from:#q" hx-target="#results" {
                label for="q" { "Search" }
                input id="q" type="search" name="q" value=(ctx.query.get("q")) autocomplete="off"
                    placeholder="Name, number or email";
                button.quiet type="submit" { "Search" }
            }
            @if ctx.may(Role::Member) {
                a.button href="/console/contacts/new" { "Add a contact" }
                a.button.quiet href="/console/contacts/import" { "Import" }
            }
        }
        div #results aria-live="polite" { (results) }
    };
    Ok(page(&ctx, "Contacts", Section::Contacts, &body))
}

fn results(ctx: &Ctx, filter: &ContactFilter, found: &Paged<Contact>) -> Markup {
    let is_filtered = *filter != ContactFilter::default();
    html! {
        @if let Some(tag) = &filter.tag {
            p { "With the tag “" (tag) "”. " a href="/console/contacts" { "Show all" } }
        }
        @if found.data.is_empty() && is_filtered {
            (empty("Nobody fits", "No name, number or address has this in it. Try a part of it, or other words.", Some(("/console/contacts", "Show all"))))
        } @else if found.data.is_empty() {
            (empty("No contacts yet", "Contacts are the people you write to. Add one by hand, or let your program make them through the API.", ctx.may(Role::Member).then_some(("/console/contacts/new", "Add a contact"))))
        } @else {
            div.scroll tabindex="0" {
                table.stack {
                    thead { tr { th scope="col" { "Name" } th scope="col" { "Phone" } th scope="col" { "Email" } th scope="col" { "Tags" } th scope="col" { "Added" } } }
                    tbody {
                        @for contact in &found.data {
                            tr {
                                th scope="row" { a href=(format!("/console/contacts/{}", contact.id)) { (name(contact)) } }
                                td { @if let Some(phone) = contact.phone { (phone) } }
                                td { @if let Some(email) = &contact.email { (email) } }
                                td { @for tag in &contact.tags { (tag_link(tag)) " " } }
                                td { (when(contact.created_at)) }
                            }
                        }
                    }
                }
            }
            (more("/console/contacts", &ctx.query, found.next))
        }
    }
}

/// A tag that leads to everybody who has it.
pub(super) fn tag_link(tag: &str) -> Markup {
    let query = Form::default().with("tag", tag);
    html! { a.tag href=(format!("/console/contacts?{}", query.encoded())) { (tag) } }
}
