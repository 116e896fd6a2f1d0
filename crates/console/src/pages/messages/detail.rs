use super::find;
use crate::{
    answer::Answer,
    ctx::Ctx,
    layout::Section,
    pages::{contacts, page},
    widgets::{badge, button, when},
    words,
};
use maud::{Markup, html};
use tidings_messaging::{
    Attempt, DecisionRecord, Direction, Message, MessageRecord, Role, Stage, Status, TimelineEntry,
};

/// `GET /console/messages/{id}`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let record = find(&ctx).await?;
    let (console, who) = (ctx.console(), ctx.who());
    let message = &record.message;
    let decisions = console.messages.decisions(who, message.id).await?;
    let contact = console.contacts.get(who, message.contact).await?;
    let body = html! {
        p { (badge(words::status(message.status))) " since " (when(message.status_at)) }
        @if let Some(sentence) = why(&record, &decisions) { div.notice.calm { (sentence) } }
        @if ctx.may(Role::Member) { (actions(&ctx, &record)) }
        section.card aria-labelledby="text" {
            h2 #text { "What it says" }
            @if let Some(subject) = &message.content.subject { p { strong { (subject) } } }
            @let products = message.content.products();
            @if !message.content.text.is_empty() { p.typed { (message.content.text) } }
            @else if products.is_none() { p.hint { "It has no text, or its text was erased." } }
            @if let Some(products) = products { p { (products) } }
            @for media in &message.content.media { p.hint { "Attachment: " (media.url) } }
        }
        section.card aria-labelledby="facts" {
            h2 #facts { "Facts" }
            dl.pairs {
                dt { "Contact" }
                dd {
                    @match &contact {
                        Some(contact) => a href=(format!("/console/contacts/{}", contact.id)) { (contacts::name(contact)) },
                        None => "This person is erased. The message stays without what names them.",
                    }
                }
                (facts(message))
            }
        }
        (timeline(&record.timeline))
        (attempts(&record.attempts))
        (explained(&decisions))
    };
    Ok(page(&ctx, "Message", Section::Messages, &body))
}

/// In one sentence, why it is where it is.
fn why(record: &MessageRecord, decisions: &[DecisionRecord]) -> Option<String> {
    let message = &record.message;
    let latest = decisions.last().map(|record| record.decision.sentence());
    match message.status {
        Status::Blocked | Status::Deferred => latest,
        Status::Failed => {
            let error = record.attempts.last()?.error.as_ref()?;
            Some(format!(
                "{} {}",
                crate::problems::sentence(&error.detail),
                crate::problems::sentence(&error.advice)
            ))
        }
        Status::Expired => Some("It was not sent in time, and is not sent any more.".into()),
        Status::Accepted
        | Status::Queued
        | Status::Sending
        | Status::Sent
        | Status::Delivered
        | Status::Read
        | Status::Cancelled
        | Status::Received => None,
    }
}

fn actions(ctx: &Ctx, record: &MessageRecord) -> Markup {
    let message = &record.message;
    let path = format!("/console/messages/{}", message.id);
    let may_cancel = matches!(message.status, Status::Queued | Status::Deferred);
    html! {
        @if may_cancel || message.status == Status::Failed {
            div.bar {
                @if may_cancel { (button(&format!("{path}/cancel"), &ctx.seal, "Cancel it", "quiet danger")) }
                @if message.status == Status::Failed { (button(&format!("{path}/retry"), &ctx.seal, "Send it again", "")) }
            }
        }
    }
}

fn facts(message: &Message) -> Markup {
    html! {
        dt { "Direction" } dd { @match message.direction { Direction::Outbound => "Sent", Direction::Inbound => "Received" } }
        dt { "Channel" } dd { (words::channel(message.channel)) }
        dt { "Purpose" } dd { (words::purpose(message.purpose)) }
        dt { "To" } dd { (message.to) }
        @if let Some(from) = &message.from { dt { "From" } dd { (from) } }
        @if let Some(used) = &message.template_use { dt { "Template" } dd { (used.name) " (" (used.locale) ")" } }
        @if let Some(segments) = &message.segments { dt { "Parts" } dd { (segments.count) } }
        @if let Some(cost) = message.cost_actual.or(message.cost_estimated) {
            dt { "Cost" } dd { (cost) @if message.cost_actual.is_none() { " (estimated)" } }
        }
        @if let Some(at) = message.scheduled_at { dt { "Scheduled for" } dd { (when(at)) } }
        @if let Some(at) = message.send_at.filter(|_| message.status.is_waiting()) { dt { "Will be sent" } dd { (when(at)) } }
        @if let Some(at) = message.valid_until { dt { "Matters until" } dd { (when(at)) } }
        @if let Some(context) = &message.context { dt { "About" } dd { (context.kind) " " (context.id) } }
        @if let Some(topic) = &message.topic { dt { "Topic" } dd { (topic) } }
        dt { "Id" } dd { code.long { (message.id) } }
    }
}

fn timeline(entries: &[TimelineEntry]) -> Markup {
    html! {
        section.card aria-labelledby="timeline" {
            h2 #timeline { "What became of it" }
            ol.history { @for entry in entries { li {
                (badge(words::status(entry.status))) " " (when(entry.at)) " " span.hint { "by " (entry.source) }
            } } }
        }
    }
}

fn attempts(attempts: &[Attempt]) -> Markup {
    html! {
        @if !attempts.is_empty() {
            section.card aria-labelledby="attempts" {
                h2 #attempts { "Attempts" }
                ol.history { @for attempt in attempts { li {
                    p { (attempt.provider) " from " (attempt.sender_address) ", " (when(attempt.started_at)) ": "
                        strong { (attempt.outcome.map_or("under way", |outcome| outcome.as_str())) } }
                    @if let Some(error) = &attempt.error {
                        p { (error.detail) " (" (error.provider_code) ")" }
                        p.hint { (crate::problems::sentence(&error.advice)) }
                    }
                    @if let Some(id) = &attempt.provider_message_id { p.hint { "There: " code.long { (id) } } }
                } } }
            }
        }
    }
}

fn explained(decisions: &[DecisionRecord]) -> Markup {
    html! {
        @if !decisions.is_empty() {
            section.card aria-labelledby="decisions" {
                h2 #decisions { "Why" }
                ol.history { @for record in decisions { li {
                    p { (record.decision.sentence()) }
                    p.hint { @match record.stage { Stage::Accept => "When it was taken in, ", Stage::Dispatch => "Right before it was to be sent, " }
                        (when(record.decision.evaluated_at)) }
                    @if !record.decision.reasons.is_empty() {
                        details {
                            summary { "Every rule that spoke" }
                            ul { @for reason in &record.decision.reasons { li {
                                code { (reason.rule) } " " (reason.detail)
                                @if !reason.because.is_empty() {
                                    " " span.hint { "rests on " @for event in &reason.because { code { (event) } " " } }
                                }
                            } } }
                        }
                    }
                } } }
            }
        }
    }
}
