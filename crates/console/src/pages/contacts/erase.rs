use super::{find, name};
use crate::{
    answer::{Answer, go},
    ctx::Ctx,
    failure::Failure,
    layout::{Section, seal},
    pages::{page, refused},
    problems::Problems,
    widgets::{Field, summary},
};
use maud::{Markup, html};
use tidings_messaging::{Contact, Erasure};

/// What has to be typed, so that nobody erases by a slip.
const WORD: &str = "erase";

fn body(ctx: &Ctx, contact: &Contact, problems: &Problems) -> Markup {
    let path = format!("/console/contacts/{}", contact.id);
    html! {
        (summary(problems))
        form.card method="post" action=(format!("{path}/erase")) {
            (seal(&ctx.seal))
            p { strong { (name(contact)) } " is forgotten for good: names, addresses, preferences, the texts of messages and the evidence of consent. Messages that wait are cancelled." }
            p { "What this person refused stays refused: the addresses are kept as keyed hashes that name nobody. Export first if the person asked for their data." }
            (Field::new("word", "Type “erase” to confirm").required().of(problems).show())
            div.actions {
                button.danger type="submit" { "Erase for good" }
                a href=(path) { "Cancel" }
            }
        }
    }
}

/// `GET /console/contacts/{id}/erase`
pub(crate) async fn ask(ctx: Ctx) -> Answer {
    let contact = find(&ctx).await?;
    let body = body(&ctx, &contact, &Problems::default());
    Ok(page(&ctx, "Erase a person", Section::Contacts, &body))
}

/// `POST /console/contacts/{id}/erase`
pub(crate) async fn erase(ctx: Ctx) -> Answer {
    let contact = find(&ctx).await?;
    if !ctx.form.get("word").eq_ignore_ascii_case(WORD) {
        let problems = Problems::one("word", "Type the word “erase” to confirm.");
        let body = body(&ctx, &contact, &problems);
        return Ok(refused(&ctx, "Erase a person", Section::Contacts, &body));
    }
    let (console, who) = (ctx.console(), ctx.who());
    let links = console.consent.history(who, contact.id).await?;
    let events: Vec<_> = links.into_iter().map(|link| link.event).collect();
    let refused = contact.refusals(&events, ctx.now);
    let erased = console
        .contacts
        .erase(who, contact.id, &refused, ctx.now)
        .await?;
    match erased {
        Erasure::Done => Ok(go("/console/contacts?done=erased")),
        Erasure::NotFound => Err(Failure::NotFound("contact")),
    }
}
