use super::{provider::foreign, standing};
use crate::{
    answer::Answer,
    ctx::Ctx,
    failure::Failure,
    layout::Section,
    pages::page,
    widgets::{badge, button, empty},
    words,
};
use maud::{Markup, html};
use std::collections::BTreeMap;
use tidings_kernel::Channel;
use tidings_messaging::{Page, Role, StoredTemplate};

/// A library that people look through has not more than this.
const MOST: usize = 1_000;

/// `GET /console/templates`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let channel = ctx.query.get("channel").parse::<Channel>().ok();
    let templates = all(&ctx, channel).await?;
    let mut shelves: BTreeMap<&str, Vec<&StoredTemplate>> = BTreeMap::new();
    for template in &templates {
        shelves
            .entry(&template.category)
            .or_default()
            .push(template);
    }
    let may = ctx.may(Role::Member);
    let foreign = foreign(&ctx).await?;
    let body = html! {
        div.bar {
            nav.tabs aria-label="Channels" {
                a href="/console/templates" aria-current=[channel.is_none().then_some("true")] { "All" }
                @for own in Channel::ALL {
                    a href=(format!("/console/templates?channel={own}")) aria-current=[(channel == Some(own)).then_some("true")] { (words::channel(own)) }
                }
            }
            a.button.quiet href="/console/quick-replies" { "Quick replies" }
            @if may {
                (button("/console/templates/sync", &ctx.seal, "Ask the providers", "quiet"))
                a.button href="/console/templates/new" { "Write a template" }
            }
        }
        @if shelves.is_empty() {
            (empty("No templates yet", "A template is a text with fields, such as {{first_name}}, that is filled in for each contact, in each language.",
                may.then_some(("/console/templates/new", "Write a template"))))
        }
        @for (category, templates) in shelves {
            section {
                h2 { (category) " " span.aside { (words::count(templates.len(), "template", "templates")) } }
                ul.cards { @for template in templates { li { (card(template)) } } }
            }
        }
        (foreign)
        @if templates.len() >= MOST { p.hint { "Only the newest " (MOST) " are shown. Choose a channel to see others." } }
    };
    Ok(page(&ctx, "Templates", Section::Templates, &body))
}

/// The tenant's templates, newest first.
pub(crate) async fn all(
    ctx: &Ctx,
    channel: Option<Channel>,
) -> Result<Vec<StoredTemplate>, Failure> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let part = Page { limit: 200, after };
        let paged = ctx
            .console()
            .templates
            .list(ctx.who(), channel, part)
            .await?;
        found.extend(paged.data);
        after = paged.next;
        if after.is_none() || found.len() >= MOST {
            return Ok(found);
        }
    }
}

fn card(template: &StoredTemplate) -> Markup {
    let locales: Vec<&str> = template
        .variants
        .iter()
        .map(|variant| variant.locale.as_str())
        .collect();
    html! {
        article.card {
            h3 { a href=(format!("/console/templates/{}", template.id)) { (template.name) } }
            p { (words::channel(template.channel)) " " (badge(standing(template.status))) }
            p.hint { (words::purpose(template.purpose)) ", in " (locales.join(", ")) }
        }
    }
}
