use super::{Planned, clock, planned};
use crate::{
    answer::Answer,
    ctx::Ctx,
    layout::{Section, seal},
    pages::{messages::list::glance, page},
    widgets::{badge, button, empty, when},
    words,
};
use maud::{Markup, html};
use tidings_messaging::Role;
use time::{Date, OffsetDateTime, PrimitiveDateTime, macros::format_description};

/// `GET /console/calendar`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let (planned, is_all) = planned(&ctx, ctx.who()).await?;
    let body = html! {
        @if planned.is_empty() {
            (empty("Nothing is scheduled", "Messages that are to be sent later, or that wait for better hours, stand here by days.", Some(("/console/contacts", "Write to a contact"))))
        } @else {
            p.hint { "Days and hours are by " (clock(&ctx)) "." }
            @if !is_all { div.notice.warn { "More waits than is shown here; this is a part of it." } }
            @for (day, messages) in by_days(&ctx, &planned) {
                section { h2 { (spoken(day)) } ol.agenda { @for one in messages { (entry(&ctx, one)) } } }
            }
        }
        (feed(&ctx))
    };
    Ok(page(&ctx, "Calendar", Section::Calendar, &body))
}

fn local_day(ctx: &Ctx, at: OffsetDateTime) -> Date {
    let zone = ctx.tenant.time_zone.as_ref();
    zone.and_then(|zone| zone.local(at))
        .map_or(at.date(), PrimitiveDateTime::date)
}

fn by_days<'a>(ctx: &Ctx, planned: &'a [Planned]) -> Vec<(Date, Vec<&'a Planned>)> {
    let mut days: Vec<(Date, Vec<&Planned>)> = Vec::new();
    for one in planned {
        let day = local_day(ctx, one.at);
        match days.last_mut() {
            Some((last, messages)) if *last == day => messages.push(one),
            Some(_) | None => days.push((day, vec![one])),
        }
    }
    days
}

fn spoken(day: Date) -> String {
    let form = format_description!("[weekday], [day padding:none] [month repr:long] [year]");
    day.format(form).unwrap_or_default()
}

fn entry(ctx: &Ctx, one: &Planned) -> Markup {
    let message = &one.message;
    let path = format!("/console/messages/{}", message.id);
    html! {
        li {
            p { strong { (when(one.at)) } " " (words::channel(message.channel)) " to "
                a href=(format!("/console/contacts/{}", message.contact)) { (one.who) } " " (badge(words::status(message.status))) }
            p { a href=(path) { (glance(&message.content.text)) } }
            @if ctx.may(Role::Member) { (button(&format!("{path}/cancel"), &ctx.seal, "Cancel it", "quiet danger")) }
        }
    }
}

fn feed(ctx: &Ctx) -> Markup {
    html! {
        section.card aria-labelledby="feed" {
            h2 #feed { "In your calendar program" }
            p { "Subscribe to an address of your own and see there what is scheduled: when, by which channel and to whom, never what it says. A new address ends the one before; so does a new password." }
            form method="post" action="/console/calendar/feed" {
                (seal(&ctx.seal))
                button.quiet type="submit" { "Make an address" }
            }
        }
    }
}
