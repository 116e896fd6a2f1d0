use super::{attach, files::Files, fill, find, once, quick};
use crate::{
    answer::{Answer, answer, html as answer_html},
    ctx::Ctx,
    failure::Failure,
    form::Form,
    layout::{self, Section, seal},
    pages::{calendar::clock, contacts::name, quick_replies, templates::list::all},
    problems::Problems,
    widgets::{Field, badge, button, empty, id, summary, when},
    words,
};
use axum::{http::StatusCode, response::Response};
use maud::{Markup, html};
use std::hash::{DefaultHasher, Hash, Hasher};
use tidings_conversations::{
    Conversation, ConversationStatus, Label, Note, QuickReply, Thread, Window, WindowKind,
};
use tidings_kernel::Channel;
use tidings_messaging::{Direction, MessageRecord, Page, Paged, Role, StoredTemplate};

/// How many messages are shown at once, and notes.
const SHOWN: u16 = 40;
const NOTES: u16 = 20;

/// What an answer is written with: what was typed, what is wrong with it, its files, and what there is to choose from.
pub(super) struct Draft {
    pub(super) form: Form,
    pub(super) problems: Problems,
    pub(super) templates: Vec<StoredTemplate>,
    pub(super) files: Vec<attach::Attached>,
    pub(super) quick: Vec<QuickReply>,
}

/// What the form says, with what is wrong with it.
pub(super) async fn draft(ctx: &Ctx, form: Form, problems: Problems) -> Result<Draft, Failure> {
    Ok(Draft {
        files: attach::attached(ctx, &form).await?,
        form,
        problems,
        templates: all(ctx, None).await?,
        quick: quick_replies::all(ctx).await?,
    })
}

/// `GET /console/conversations/{id}`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let thread = find(&ctx).await?;
    if let Some(part) = ctx.query.some("part") {
        return part_of(&ctx, &thread, part).await;
    }
    let talk = talk(&ctx, &thread).await?;
    let mark = mark(&thread, &talk);
    if ctx.is_fragment {
        if ctx.query.get("since") == mark {
            return Ok(answer(
                StatusCode::NO_CONTENT,
                "text/plain; charset=utf-8",
                "",
            ));
        }
        return Ok(answer_html(
            StatusCode::OK,
            said(&ctx, &thread, &talk, &mark),
        ));
    }
    let draft = draft(&ctx, Form::default(), Problems::default()).await?;
    whole(&ctx, StatusCode::OK, &thread, &talk, &draft).await
}

/// A part of the page that is live and holds nothing that is typed.
async fn part_of(ctx: &Ctx, thread: &Thread, part: &str) -> Answer {
    let own = &thread.conversation;
    let body = match part {
        "facts" => facts(ctx, thread),
        "windows" => windows(ctx, own),
        "noted" => noted(&notes(ctx, own).await?),
        _ => return Err(Failure::NotFound("part of a conversation")),
    };
    Ok(answer_html(StatusCode::OK, body))
}

/// The latest notes, newest first.
async fn notes(ctx: &Ctx, own: &Conversation) -> Result<Vec<Note>, Failure> {
    let first = Page {
        limit: NOTES,
        after: None,
    };
    let conversing = &ctx.console().conversing;
    Ok(conversing.notes(ctx.who(), own.id, first).await?.data)
}

/// The thread with an answer that is still being written.
pub(super) async fn again(ctx: &Ctx, status: StatusCode, thread: &Thread, draft: &Draft) -> Answer {
    let talk = talk(ctx, thread).await?;
    whole(ctx, status, thread, &talk, draft).await
}

/// What was said, with what is known of its files.
struct Talk {
    messages: Paged<MessageRecord>,
    files: Files,
}

async fn talk(ctx: &Ctx, thread: &Thread) -> Result<Talk, Failure> {
    let own = thread.conversation.id;
    let conversing = &ctx.console().conversing;
    let messages = conversing.messages(ctx.who(), own, ctx.page(SHOWN)).await?;
    let files = Files::of(ctx, &messages.data).await?;
    Ok(Talk { messages, files })
}

async fn whole(
    ctx: &Ctx,
    status: StatusCode,
    thread: &Thread,
    talk: &Talk,
    draft: &Draft,
) -> Result<Response, Failure> {
    let own = &thread.conversation;
    let notes = notes(ctx, own).await?;
    let may = ctx.may(Role::Member);
    let body = html! {
        div.talk {
            section aria-label="Messages" {
                (said(ctx, thread, talk, &mark(thread, talk)))
                @if may { (reply_form(ctx, thread, draft)) }
            }
            aside aria-label="About this conversation" {
                (about(ctx, thread, may))
                (notes_card(ctx, own, &notes, may))
            }
        }
    };
    let title = name(&thread.contact);
    let page = layout::page(&ctx.frame(), &title, Some(Section::Conversations), &body);
    Ok(answer_html(status, page))
}

/// Tells whether what is shown has changed.
fn mark(thread: &Thread, talk: &Talk) -> String {
    let mut hasher = DefaultHasher::new();
    thread.conversation.activity.hash(&mut hasher);
    thread.conversation.unread.hash(&mut hasher);
    for record in &talk.messages.data {
        record.message.id.hash(&mut hasher);
        record.message.status.as_str().hash(&mut hasher);
        for media in &record.message.content.media {
            talk.files.mark(media, &mut hasher);
        }
    }
    format!("{:016x}", hasher.finish())
}

/// The messages, oldest first, with what keeps them live.
fn said(ctx: &Ctx, thread: &Thread, talk: &Talk, mark: &str) -> Markup {
    let messages = &talk.messages;
    let own = &thread.conversation;
    let path = format!("/console/conversations/{}", own.id);
    let latest = messages.data.first().map(|record| record.message.id);
    // An older page stays as it is.
    let live = ctx
        .query
        .some("after")
        .is_none()
        .then_some("message conversation contact");
    html! {
        div.messages #said role="log" tabindex="0" aria-label="What was said" hx-get=(format!("{path}?since={mark}"))
            hx-trigger="live" hx-swap="outerHTML" data-live=[live] data-about=(own.contact) {
            @if let Some(next) = messages.next {
                p { a href=(format!("{path}?after={next}")) { "Older messages" } }
            }
            @if ctx.query.some("after").is_some() { p { a href=(path) { "Back to the newest" } } }
            @if messages.data.is_empty() {
                (empty("Nobody has said anything yet", "Write below. What may not be sent is refused with the reason.", None))
            }
            @for record in messages.data.iter().rev() { (bubble(record, &talk.files)) }
            @if own.unread > 0 && ctx.may(Role::Member) {
                form.one method="post" action=(format!("{path}/read")) hx-post=(format!("{path}/read")) hx-trigger="load" hx-swap="none" {
                    (seal(&ctx.seal))
                    @if let Some(latest) = latest { input type="hidden" name="up_to" value=(latest); }
                    button.link type="submit" { "Mark as read" }
                }
            }
        }
    }
}

fn bubble(record: &MessageRecord, files: &Files) -> Markup {
    let message = &record.message;
    let is_ours = message.direction == Direction::Outbound;
    let problem = record
        .attempts
        .last()
        .and_then(|attempt| attempt.error.as_ref());
    let products = message.content.products();
    html! {
        article.message.ours[is_ours] {
            h2.hidden { @if is_ours { "We wrote" } @else { "They wrote" } }
            @if let Some(subject) = &message.content.subject { p { strong { (subject) } } }
            @if !message.content.text.is_empty() { p.typed { (message.content.text) } }
            @else if message.content.media.is_empty() && products.is_none() { p.hint { "(no text)" } }
            @if let Some(products) = products { p.hint { (products) } }
            @for media in &message.content.media { (files.show(media)) }
            @if let Some(problem) = problem.filter(|_| message.status == tidings_messaging::Status::Failed) {
                p.problem { (crate::problems::sentence(&problem.detail)) }
            }
            p.hint {
                (words::channel(message.channel)) ", " (when(message.created_at)) " "
                @if is_ours { (badge(words::status(message.status))) " " }
                a id=(format!("why-{}", message.id)) href=(format!("/console/messages/{}", message.id)) { "Why" span.hidden { " of this message" } }
            }
        }
    }
}

fn reply_form(ctx: &Ctx, thread: &Thread, draft: &Draft) -> Markup {
    let own = &thread.conversation;
    let path = format!("/console/conversations/{}", own.id);
    if own.status == ConversationStatus::Blocked {
        return html! {
            div.notice.warn { "This conversation is blocked: nothing is replied. "
                (status_button(ctx, own, "open", "Open it again", "quiet")) }
        };
    }
    let (form, problems) = (&draft.form, &draft.problems);
    let field = |name, label| Field::new(name, label).value(form.raw(name)).of(problems);
    let mut templates = vec![(String::new(), "None: the text above".to_owned())];
    for template in draft
        .templates
        .iter()
        .filter(|template| template.status.is_sendable())
    {
        let label = format!("{} ({})", template.name, words::channel(template.channel));
        if !templates.iter().any(|(name, _)| *name == template.name) {
            templates.push((template.name.clone(), label));
        }
    }
    html! {
        form.card.reply method="post" action=(format!("{path}/reply")) enctype="multipart/form-data" novalidate {
            (seal(&ctx.seal))
            input type="hidden" name=(once::FIELD) value=(ctx.console().ids.next());
            (summary(problems))
            (quick::field(thread, draft, false))
            div #count aria-live="polite" hx-post=(format!("{path}/count"))
                hx-trigger="input delay:400ms from:closest form, filled from:body" hx-include="closest form" {}
            @let is_open = takes_templates_only(ctx, own) || !form.get("template").is_empty()
                || ["template", "media", "later"].iter().any(|name| problems.of(name).is_some());
            details open[is_open] {
                summary { "Channel, template, time" }
                div.pair {
                    (field("channel", "Channel").select(&[("", "Where they wrote last"), ("sms", "SMS"), ("whatsapp", "WhatsApp"), ("email", "Email")]))
                    (field("template", "Template instead of a text").select(&templates))
                }
                div #fields hx-post=(format!("{path}/fields")) hx-trigger=(format!("change from:#{}", id("template")))
                    hx-include="closest form" { (fill::fields(draft, &thread.contact)) }
                noscript { p { button.quiet type="submit" formaction=(format!("{path}/fields")) { "Show the fields of the template" } } }
                (field("subject", "Subject").hint("For email.").show())
                (field("later", "Send later").kind("datetime-local").hint(&format!("By {}. Empty to send it now.", clock(ctx))).show())
                (field("media", "File at an address").kind("url").hint("An https address that the provider can fetch.").show())
            }
            // Last, so that every other field has come when a file is too large.
            (attach::field(thread, draft))
            div.actions {
                button type="submit" { "Send" }
                span #windows hx-get=(format!("{path}?part=windows")) hx-trigger="live" data-live="message" data-about=(own.contact) {
                    (windows(ctx, own))
                }
            }
        }
    }
}

/// Whether an answer goes where no free text passes at the moment.
fn takes_templates_only(ctx: &Ctx, own: &Conversation) -> bool {
    let is_open = |window: Window| window.kind == WindowKind::Service && window.is_open(ctx.now);
    own.answers()
        .is_some_and(|place| place.channel == Channel::Whatsapp)
        && !own.windows().into_iter().any(is_open)
}

/// How long free text passes.
fn windows(ctx: &Ctx, own: &Conversation) -> Markup {
    html! {
        @for window in own.windows() {
            @let left = words::left(window.closes_at - ctx.now);
            @match (window.kind, window.is_open(ctx.now)) {
                (WindowKind::Service, true) => span.hint { (words::channel(window.channel)) " takes free text for another " strong { (left) } ", until " (when(window.closes_at)) },
                (WindowKind::Service, false) => {
                    @if window.channel == Channel::Whatsapp {
                        span.hint { "WhatsApp takes templates only: they last wrote more than 24 hours ago" }
                    }
                },
                (WindowKind::FreeEntryPoint, true) => span.hint { "Everything to them is free for another " strong { (left) } ", until " (when(window.closes_at)) },
                (WindowKind::FreeEntryPoint, false) => "",
            }
        }
    }
}

fn status_button(ctx: &Ctx, own: &Conversation, to: &str, label: &str, class: &str) -> Markup {
    html! {
        form.one method="post" action=(format!("/console/conversations/{}/status", own.id)) {
            (seal(&ctx.seal))
            input type="hidden" name="to" value=(to);
            button class=(class) type="submit" { (label) }
        }
    }
}

fn about(ctx: &Ctx, thread: &Thread, may: bool) -> Markup {
    let own = &thread.conversation;
    let path = format!("/console/conversations/{}", own.id);
    let labels: Vec<&str> = own.labels.iter().map(Label::as_str).collect();
    html! {
        section.card aria-label="What is known" {
            div #facts hx-get=(format!("{path}?part=facts")) hx-trigger="live" data-live="conversation contact" data-about=(own.contact) {
                (facts(ctx, thread))
            }
            @if may {
                form method="post" action=(format!("{path}/labels")) {
                    (seal(&ctx.seal))
                    (Field::new("labels", "Labels").value(&labels.join(", ")).hint("With commas between them.").show())
                    button.quiet type="submit" { "Save labels" }
                }
            }
        }
    }
}

/// What is known of a conversation, and what can be done with one button.
fn facts(ctx: &Ctx, thread: &Thread) -> Markup {
    let own = &thread.conversation;
    let path = format!("/console/conversations/{}", own.id);
    let labels: Vec<&str> = own.labels.iter().map(Label::as_str).collect();
    html! {
        h2 { a id="whom" href=(format!("/console/contacts/{}", thread.contact.id)) { (name(&thread.contact)) } }
        p { (badge(kept(own.status))) @if let Some(intent) = own.intent { " " (badge(("calm", intent.as_str()))) } }
        dl.pairs {
            @if let Some(phone) = thread.contact.phone { dt { "Phone" } dd { (phone) } }
            @if let Some(email) = &thread.contact.email { dt { "Email" } dd { (email) } }
            dt { "Seen to by" } dd { @match &own.assignee { Some(assignee) => (assignee.as_str()), None => "Nobody" } }
            @if !labels.is_empty() { dt { "Labels" } dd { (labels.join(", ")) } }
        }
        @if ctx.may(Role::Member) {
            div.bar {
                @if own.assignee.as_ref().is_none_or(|assignee| assignee.as_str() != ctx.member.name) {
                    (button(&format!("{path}/take"), &ctx.seal, "Take it", "quiet"))
                } @else {
                    (button(&format!("{path}/leave"), &ctx.seal, "Hand it back", "quiet"))
                }
                @if own.status == ConversationStatus::Open {
                    (status_button(ctx, own, "archived", "Archive", "quiet"))
                    (status_button(ctx, own, "blocked", "Block", "quiet danger"))
                } @else { (status_button(ctx, own, "open", "Open", "quiet")) }
            }
        }
    }
}

const fn kept(status: ConversationStatus) -> (&'static str, &'static str) {
    match status {
        ConversationStatus::Open => ("good", "Open"),
        ConversationStatus::Archived => ("calm", "Archived"),
        ConversationStatus::Blocked => ("bad", "Blocked"),
    }
}

fn notes_card(ctx: &Ctx, own: &Conversation, notes: &[Note], may: bool) -> Markup {
    html! {
        section.card aria-labelledby="notes" {
            h2 #notes { "Notes" }
            div #noted hx-get=(format!("/console/conversations/{}?part=noted", own.id)) hx-trigger="live"
                data-live="conversation" data-about=(own.contact) { (noted(notes)) }
            @if may {
                form method="post" action=(format!("/console/conversations/{}/notes", own.id)) {
                    (seal(&ctx.seal))
                    (Field::new("note", "New note").required().area(2))
                    button.quiet type="submit" { "Take the note" }
                }
            }
        }
    }
}

fn noted(notes: &[Note]) -> Markup {
    html! {
        @if notes.is_empty() { p.hint { "What colleagues should know. The contact never sees it." } }
        @for note in notes {
            p.typed { (note.text.as_str()) }
            p.hint { (note.author.as_str()) ", " (when(note.created_at)) }
        }
    }
}
