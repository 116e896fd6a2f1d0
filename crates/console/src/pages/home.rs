//! The overview: the first-run guide until there is nothing left to do in it, then how things are.

use super::page;
use crate::{
    answer::{Answer, html as answer_html},
    ctx::Ctx,
    failure::Failure,
    layout::Section,
    pages::conversations::list::entry,
    widgets::badge,
    words,
};
use axum::http::StatusCode;
use maud::{Markup, html};
use tidings_conversations::{ConversationFilter, ConversationStatus, Thread, WhoseTurn};
use tidings_messaging::{ContactFilter, MessageFilter, Page, Role, TenantStats};

/// How many unread conversations are shown.
const UNREAD: u16 = 5;

/// A step of the guide.
struct Step {
    is_done: bool,
    title: &'static str,
    sentence: &'static str,
    href: &'static str,
    action: &'static str,
}

/// `GET /console`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let stats = ctx
        .console()
        .operations
        .tenant_stats(ctx.who(), ctx.now)
        .await?;
    let now = html! { @if let Some(stats) = &stats { (state(stats)) } };
    if ctx.is_fragment {
        return Ok(answer_html(StatusCode::OK, now));
    }
    let steps = steps(&ctx).await?;
    let unread = unread(&ctx).await?;
    let is_set_up = steps.iter().all(|step| step.is_done);
    let body = html! {
        @if !is_set_up { (guide(&steps)) }
        div #now hx-get="/console" hx-trigger="live" data-live="message account" data-pace="5000" { (now) }
        @if !unread.is_empty() {
            section aria-labelledby="unread" {
                h2 #unread { "Unread" }
                ul.threads { @for thread in &unread { li { (entry(thread)) } } }
                p.more { a href="/console/conversations?unread=on" { "All that is unread" } }
            }
        }
        @if is_set_up {
            p { "Everything is set up. Look at "
                a href="/console/messages" { "what was sent" } ", find "
                a href="/console/contacts" { "a contact" } ", or see "
                a href="/console/queue" { "what waits" } "." }
        }
        @if !ctx.may(Role::Admin) && !is_set_up {
            p.hint { "Steps about accounts and settings are for admins of your business." }
        }
    };
    Ok(page(&ctx, "Overview", Section::Home, &body))
}

/// Who has written and was not read, latest first.
async fn unread(ctx: &Ctx) -> Result<Vec<Thread>, Failure> {
    let filter = ConversationFilter {
        status: Some(ConversationStatus::Open),
        turn: Some(WhoseTurn::Unread),
        ..ConversationFilter::default()
    };
    let first = Page {
        limit: UNREAD,
        after: None,
    };
    let conversing = &ctx.console().conversing;
    Ok(conversing.list(ctx.who(), &filter, first).await?.data)
}

async fn steps(ctx: &Ctx) -> Result<Vec<Step>, Failure> {
    let (console, who) = (ctx.console(), ctx.who());
    let one = Page {
        limit: 1,
        after: None,
    };
    let accounts = console.accounts.of_tenants(&[who]).await?;
    let contacts = console
        .contacts
        .list(who, &ContactFilter::default(), one)
        .await?;
    let templates = console.templates.list(who, None, one).await?;
    let messages = console
        .messages
        .list(who, &MessageFilter::default(), one)
        .await?;
    Ok(vec![
        Step {
            is_done: accounts.iter().any(|account| account.is_enabled),
            title: "Connect a provider account",
            sentence: "Messages leave through your own account at a provider. Its credentials are tested, sealed, and never shown again.",
            href: "/console/accounts/new",
            action: "Connect an account",
        },
        Step {
            is_done: !contacts.data.is_empty(),
            title: "Add a contact",
            sentence: "Somebody to write to, with what they agreed to. Yourself is a good start.",
            href: "/console/contacts/new",
            action: "Add a contact",
        },
        Step {
            is_done: !templates.data.is_empty(),
            title: "Write a template",
            sentence: "A text with fields that is filled in for each contact, in each language.",
            href: "/console/templates/new",
            action: "Write a template",
        },
        Step {
            is_done: !messages.data.is_empty(),
            title: "Send the first message",
            sentence: "Open a contact and write. What may not be sent is refused with the reason.",
            href: "/console/contacts",
            action: "Choose a contact",
        },
    ])
}

fn guide(steps: &[Step]) -> Markup {
    let done = steps.iter().filter(|step| step.is_done).count();
    html! {
        section.card aria-labelledby="guide" {
            h2 #guide { "First steps" }
            p.hint { (done) " of " (steps.len()) " done" }
            ol.steps {
                @for step in steps {
                    li.done[step.is_done] {
                        p.title { (step.title) @if step.is_done { " " (badge(("good", "Done"))) } }
                        @if !step.is_done {
                            p { (step.sentence) }
                            p { a.button href=(step.href) { (step.action) } }
                        }
                    }
                }
            }
        }
    }
}

fn state(stats: &TenantStats) -> Markup {
    let waiting: u64 = stats
        .classes
        .iter()
        .map(|(_, depth)| depth.ready.count + depth.held.count)
        .sum();
    let asleep: u64 = stats
        .classes
        .iter()
        .map(|(_, depth)| depth.asleep.count)
        .sum();
    let oldest = stats
        .classes
        .iter()
        .filter_map(|(class, depth)| Some((depth.oldest?, *class)))
        .min_by_key(|(at, _)| *at);
    html! {
        section aria-labelledby="state" {
            h2 #state { "Right now" }
            @if stats.paused_at.is_some() {
                div.notice.warn { "An operator has paused everything of your business. What comes in waits." }
            }
            dl.figures {
                div { dt { "Being sent" } dd { (waiting) } }
                div { dt { "Scheduled or deferred" } dd { (asleep) } }
                div { dt { a href="/console/queue" { "Failed" } } dd { (stats.dead_letters) } }
                div { dt { "Outcome unknown" } dd { (stats.unknown) } }
            }
            @if let Some((at, class)) = oldest {
                p.hint { "The longest wait is " (words::class(class).to_lowercase()) ", since " (crate::widgets::when(at)) "." }
            }
        }
    }
}
