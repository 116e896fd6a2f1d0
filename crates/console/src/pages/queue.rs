//! What waits, and what has failed.

use super::page;
use crate::{
    answer::{Answer, html as answer_html},
    ctx::Ctx,
    failure::Failure,
    layout::Section,
    problems::sentence,
    widgets::{button, empty, more, when},
    words,
};
use axum::http::StatusCode;
use maud::{Markup, html};
use tidings_messaging::{Class, DeadLetter, Depth, Paged, Role, Tally, TenantStats};

/// How many failed messages are shown at once.
const SHOWN: u16 = 25;

/// `GET /console/queue`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let (console, who) = (ctx.console(), ctx.who());
    let stats = console.operations.tenant_stats(who, ctx.now).await?;
    let stats = stats.ok_or(Failure::NotFound("business"))?;
    let letters = console.messages.dead_letters(who, ctx.page(SHOWN)).await?;
    let both = html! {
        section aria-labelledby="waits" { h2 #waits { "What waits" } (waiting(&stats)) }
        section aria-labelledby="failed" { h2 #failed { "What has failed" } (failed(&ctx, &letters)) }
    };
    if ctx.is_fragment {
        return Ok(answer_html(StatusCode::OK, both));
    }
    // A later page stays as it is.
    let live = ctx.query.some("after").is_none().then_some("message");
    let body = html! {
        div #queue hx-get=[live.map(|_| "/console/queue")] hx-trigger="live" data-live=[live] data-pace="5000" { (both) }
    };
    Ok(page(&ctx, "Queue", Section::Queue, &body))
}

fn waiting(stats: &TenantStats) -> Markup {
    let has_any = |depth: &Depth| {
        let parts = [depth.ready, depth.paused, depth.asleep, depth.held];
        parts.into_iter().any(|tally| !tally.is_none())
    };
    let busy: Vec<&(Class, Depth)> = stats
        .classes
        .iter()
        .filter(|(_, depth)| has_any(depth))
        .collect();
    html! {
        @if let Some(at) = stats.paused_at {
            div.notice.warn { "An operator has paused everything of your business since " (when(at)) ". Ask them when it goes on." }
        }
        @if !stats.unknown.is_none() {
            div.notice.calm { "Of " (stats.unknown) " nobody knows yet whether the provider has them; it is asked, and nothing is sent twice." }
        }
        @if busy.is_empty() {
            (empty("Nothing waits", "Everything that was to be sent is sent.", None))
        } @else {
            div.scroll tabindex="0" { table {
                thead { tr {
                    th scope="col" { "Class" } th scope="col" { "Ready" } th scope="col" { "Being sent" }
                    th scope="col" { "Later" } th scope="col" { "Paused" } th scope="col" { "Waits since" }
                } }
                tbody { @for (class, depth) in busy { tr {
                    th scope="row" { (words::class(*class)) }
                    td { (number(depth.ready)) } td { (number(depth.held)) } td { (number(depth.asleep)) } td { (number(depth.paused)) }
                    td { @if let Some(at) = depth.oldest { (when(at)) } }
                } } }
            } }
            p.hint { "“Later” is scheduled, deferred by quiet hours, to be tried again, or to be asked about. "
                a href="/console/messages?status=deferred" { "See the deferred ones" } "." }
        }
    }
}

fn number(tally: Tally) -> Markup {
    html! { @if tally.is_none() { span.hint { "0" } } @else { (tally) } }
}

fn failed(ctx: &Ctx, letters: &Paged<DeadLetter>) -> Markup {
    html! {
        @if letters.data.is_empty() {
            (empty("Nothing has failed", "A message that cannot be delivered is kept here until you send it again or it turns out to have arrived.", None))
        } @else {
            ul.cards.wide { @for letter in &letters.data { li { article.card {
                h3 { a href=(format!("/console/messages/{}", letter.message)) { "Failed " (when(letter.failed_at)) } }
                p { @if letter.error.detail.is_empty() { "The reason was erased with the contact." } @else { (letter.error.detail) }
                    " " code { (letter.error.code) } }
                p.hint { (sentence(letter.error.class.advice())) }
                @if letter.may_retry && ctx.may(Role::Member) {
                    (button(&format!("/console/messages/{}/retry", letter.message), &ctx.seal, "Send it again", "quiet"))
                } @else if !letter.may_retry {
                    p.hint { "It may have arrived, so it cannot be sent again." }
                }
            } } } }
            (more("/console/queue", &ctx.query, letters.next))
        }
    }
}
