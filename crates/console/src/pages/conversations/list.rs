use crate::{
    answer::{Answer, html as answer_html},
    ctx::Ctx,
    layout::Section,
    pages::{contacts::name, messages::list::glance, page},
    widgets::{Field, badge, empty, more, when},
    words,
};
use axum::http::StatusCode;
use maud::{Markup, html};
use tidings_conversations::{
    Assignee, Assignment, ConversationFilter, ConversationStatus, Label, SearchQuery, Thread,
    WhoseTurn,
};
use tidings_kernel::Channel;
use tidings_messaging::{Direction, Paged};

/// How many are shown at once.
const SHOWN: u16 = 50;

/// `GET /console/conversations`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let query = &ctx.query;
    let status = query.get("status");
    let filter = ConversationFilter {
        // What somebody has to look at, unless something else is asked for.
        status: match status {
            "" => Some(ConversationStatus::Open),
            "any" => None,
            word => word.parse().ok(),
        },
        channel: query.get("channel").parse::<Channel>().ok(),
        turn: query.is_on("unread").then_some(WhoseTurn::Unread),
        assignee: match query.get("assignee") {
            "me" => Assignee::new(&ctx.member.name).ok().map(Assignment::To),
            "none" => Some(Assignment::Nobody),
            _ => None,
        },
        label: query.some("label").and_then(|text| Label::new(text).ok()),
        query: query.some("q").and_then(SearchQuery::parse),
    };
    let found = ctx
        .console()
        .conversing
        .list(ctx.who(), &filter, ctx.page(SHOWN))
        .await?;
    let results = results(&ctx, &found);
    if ctx.is_fragment {
        return Ok(answer_html(StatusCode::OK, results));
    }
    let field = |name, label| Field::new(name, label).value(query.raw(name));
    // A later page stays as it is.
    let is_newest = query.some("after").is_none();
    let body = html! {
        form.filters method="get" action="/console/conversations" hx-get="/console/conversations"
            hx-trigger="change, input changed delay:300ms from:#f-q" hx-target="#results" {
            (field("q", "Says").kind("search").bare().show())
            (field("status", "Kept").select(&[("", "Open"), ("archived", "Archived"), ("blocked", "Blocked"), ("any", "Anywhere")]))
            (field("unread", "Read").select(&[("", "All"), ("on", "Unread only")]))
            (field("assignee", "Seen to by").select(&[("", "Anybody"), ("me", "Me"), ("none", "Nobody")]))
            (field("channel", "Channel").select(&[("", "Any channel"), ("sms", "SMS"), ("whatsapp", "WhatsApp"), ("email", "Email")]))
            @if let Some(label) = query.some("label") { input type="hidden" name="label" value=(label); }
            button.quiet type="submit" { "Show" }
        }
        div #results aria-live="polite" hx-get=[is_newest.then_some("/console/conversations")] hx-include=".filters"
            hx-trigger="live" data-live=[is_newest.then_some("message conversation contact")] { (results) }
    };
    Ok(page(&ctx, "Conversations", Section::Conversations, &body))
}

fn results(ctx: &Ctx, found: &Paged<Thread>) -> Markup {
    html! {
        @if found.data.is_empty() {
            (empty("Nothing here", "When a contact writes, the thread appears here. To write first, open a contact.", Some(("/console/contacts", "To the contacts"))))
        } @else {
            ul.threads { @for thread in &found.data { li { (entry(thread)) } } }
            (more("/console/conversations", &ctx.query, found.next))
        }
    }
}

/// A thread in a list, with what was said last.
pub(crate) fn entry(thread: &Thread) -> Markup {
    let own = &thread.conversation;
    html! {
        a.thread.unread[own.unread > 0] id=(format!("to-{}", own.id)) href=(format!("/console/conversations/{}", own.id)) {
            span.title {
                (name(&thread.contact))
                @if own.unread > 0 { " " (badge(("good", &words::count(own.unread, "new", "new")))) }
            }
            @if let Some(latest) = &thread.latest {
                span.said {
                    @if latest.direction == Direction::Outbound { "You: " }
                    (glance(&latest.content.text))
                }
                span.hint { (words::channel(latest.channel)) ", " (when(latest.created_at)) }
            }
            @if let Some(assignee) = &own.assignee { span.hint { "Seen to by " (assignee.as_str()) } }
            @if !own.labels.is_empty() {
                span.tags { @for label in &own.labels { span.tag { (label.as_str()) } " " } }
            }
        }
    }
}
