//! Two contacts that are one person.

use super::{find, name};
use crate::{
    answer::{Answer, go},
    ctx::Ctx,
    failure::Failure,
    layout::{Section, seal},
    pages::page,
    widgets::{empty, id},
};
use maud::{Markup, html};
use tidings_kernel::ContactId;
use tidings_messaging::{Contact, ContactFilter, Merge, MergePlan, Merging, Page};

/// How many are offered.
const OFFERED: u16 = 20;

fn asked(ctx: &Ctx, into: ContactId, from: ContactId) -> Merge {
    Merge::new(into, from, ctx.now, &*ctx.console().ids)
}

/// `GET /console/contacts/{id}/merge`
pub(crate) async fn ask(ctx: Ctx) -> Answer {
    let contact = find(&ctx).await?;
    let from = ctx.query.get("from").parse::<ContactId>();
    let body = match from.ok().filter(|from| *from != contact.id) {
        Some(from) => {
            let merge = asked(&ctx, contact.id, from);
            let facts = &*ctx.console().facts;
            let preview = MergePlan::preview(facts, ctx.who(), &merge).await?;
            let (plan, [own, other]) = preview.ok_or(Failure::NotFound("contact"))?;
            confirm(&ctx, &own, &other, &plan)
        }
        None => choose(&ctx, &contact).await?,
    };
    Ok(page(&ctx, "Merge contacts", Section::Contacts, &body))
}

async fn choose(ctx: &Ctx, contact: &Contact) -> Result<Markup, Failure> {
    let path = format!("/console/contacts/{}", contact.id);
    let filter = ContactFilter {
        text: ctx.query.some("q").map(ToOwned::to_owned),
        ..ContactFilter::default()
    };
    let first = Page {
        limit: OFFERED,
        after: None,
    };
    let found = ctx
        .console()
        .contacts
        .list(ctx.who(), &filter, first)
        .await?;
    let others: Vec<&Contact> = found.data.iter().filter(|it| it.id != contact.id).collect();
    Ok(html! {
        p { "Which contact is the same person as " a href=(path) { (name(contact)) } "? It becomes a part of this one. You see what comes of it before anything is done." }
        form.search role="search" method="get" action=(format!("{path}/merge")) {
            label for=(id("q")) { "Search" }
            input id=(id("q")) type="search" name="q" value=(ctx.query.get("q")) placeholder="Name, number or email";
            button.quiet type="submit" { "Search" }
        }
        @if others.is_empty() {
            (empty("Nobody else fits", "No other contact has this in its name, numbers or email. Try a part of it.", None))
        } @else {
            ul.cards.wide { @for other in others { li { article.card {
                h2 { (name(other)) }
                p { @for address in other.addresses() { (address) " " } }
                p { a.button.quiet href=(format!("{path}/merge?from={}", other.id)) { "This one" } }
            } } } }
        }
    })
}

fn confirm(ctx: &Ctx, own: &Contact, other: &Contact, plan: &MergePlan) -> Markup {
    let path = format!("/console/contacts/{}", own.id);
    html! {
        form.card method="post" action=(format!("{path}/merge")) {
            (seal(&ctx.seal))
            input type="hidden" name="from" value=(other.id);
            p { strong { (name(other)) } " becomes a part of " strong { (name(own)) } ", for good. Messages, notes and tags come along; conversations answer where they did." }
            h2 { "Reached at" }
            dl.pairs {
                @if let Some(phone) = plan.contact.phone { dt { "Phone" } dd { (phone) } }
                @if let Some(phone) = plan.contact.whatsapp_phone { dt { "WhatsApp" } dd { (phone) } }
                @if let Some(user) = &plan.contact.whatsapp_user { dt { "WhatsApp id" } dd { (user) } }
                @if let Some(email) = &plan.contact.email { dt { "Email" } dd { (email) } }
                @if !plan.contact.also.is_empty() {
                    dt { "Found by and answered at, too" }
                    dd { @for address in &plan.contact.also { (address) " " } }
                }
            }
            h2 { "Where both say something else" }
            @if plan.conflicts.is_empty() { p.hint { "Nowhere." } } @else {
                div.scroll tabindex="0" { table {
                    thead { tr { th scope="col" { "What" } th scope="col" { "Stays" } th scope="col" { "Goes" } } }
                    tbody { @for conflict in &plan.conflicts { tr {
                        th scope="row" { (conflict.field.replace('_', " ")) }
                        td { (conflict.kept) } td { (conflict.dropped) }
                    } } }
                } }
            }
            h2 { "Consent" }
            p { "What " (name(own)) " agreed to stays, and what either refused is refused. What " (name(other)) " agreed to does not come along, unless both have the same number: if that agreement is to count, "
                a href=(format!("/console/contacts/{}/merge?from={}", other.id, own.id)) { "merge the other way round" } "." }
            @if !plan.consent.is_empty() { p.problem { (name(other)) " has refused something; from now on it is refused for both." } }
            div.actions {
                button.danger type="submit" { "Merge for good" }
                a href=(path) { "Cancel" }
            }
        }
    }
}

/// `POST /console/contacts/{id}/merge`
pub(crate) async fn merge(ctx: Ctx) -> Answer {
    let into: ContactId = ctx.id("contact")?;
    let from = ctx.form.get("from").parse::<ContactId>();
    let from = from.map_err(|_| Failure::NotFound("contact"))?;
    let merge = asked(&ctx, into, from);
    let contacts = &ctx.console().contacts;
    match contacts.merge(ctx.who(), &merge).await? {
        Merging::Done(_) | Merging::Before => {
            Ok(go(&format!("/console/contacts/{into}?done=merged")))
        }
        Merging::NotFound => Err(Failure::NotFound("contact")),
    }
}
