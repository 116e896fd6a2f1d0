//! An answer: counted while it is written, judged, and sent or given back with the reason.

use super::{
    attach, fill, find,
    once::{Begin, Slot, begin},
    thread::{again, draft},
};
use crate::{
    answer::{Answer, go, html as answer_html},
    ctx::Ctx,
    failure::Failure,
    form::Form,
    layout::{self, Section},
    pages::{calendar::at, templates::check::parts},
    problems::{Problems, sentence},
};
use axum::http::StatusCode;
use maud::html;
use tidings_conversations::{ReplyError, ReplyRequest, Thread};
use tidings_kernel::Channel;
use tidings_messaging::{
    AcceptError, Media,
    media::media_address,
    send::{ContentWish, Prepared, SendError},
};

/// `POST /console/conversations/{id}/count`
pub(crate) async fn count(ctx: Ctx) -> Answer {
    let thread = find(&ctx).await?;
    let request = request(&ctx, &ctx.form);
    if ctx.form.get("text").is_empty() && ctx.form.get("template").is_empty() {
        return Ok(answer_html(StatusCode::OK, html! {}));
    }
    let own = thread.conversation.id;
    let prepared = ctx
        .console()
        .conversing
        .prepare_reply(ctx.who(), own, &request)
        .await;
    let body = match prepared {
        Ok(prepared) => {
            let message = &prepared.new.message;
            html! {
                @if !ctx.form.get("template").is_empty() { p.bubble.typed { (message.content.text) } }
                @if let Some(segments) = &message.segments { (parts(&message.content.text, segments)) }
                @if prepared.is_blocked() { p.problem { (refusal(&prepared)) } }
                @else {
                    p.hint {
                        @if let Some(cost) = message.cost_estimated { "About " (cost) ". " }
                        (prepared.decision().sentence())
                    }
                }
            }
        }
        // Somebody is still filling it.
        Err(ReplyError::Send(SendError::TemplateData { detail, .. })) => {
            html! { p.hint { (sentence(&detail)) } }
        }
        Err(error) => html! { p.problem { (told(error)?.1) } },
    };
    Ok(answer_html(StatusCode::OK, body))
}

/// `POST /console/conversations/{id}/reply`
pub(crate) async fn send(ctx: Ctx) -> Answer {
    let thread = match find(&ctx).await {
        Ok(thread) => thread,
        Err(Failure::NotFound(_)) => return Ok(gone(&ctx)),
        Err(failure) => return Err(failure),
    };
    let mut problems = Problems::default();
    check(&ctx, &mut problems);
    let here = format!("/console/conversations/{}", thread.conversation.id);
    let place = format!("{here}?done=sent");
    let mut slot = None;
    if problems.is_empty() {
        match begin(&ctx, &here).await? {
            Begin::Go(own) => slot = own,
            // The button was pressed twice, or the answer got lost.
            Begin::Done => return Ok(go(&place)),
            Begin::Not(sentence) => problems.add("text", sentence),
        }
    }
    // Whatever is wrong, a file that came stays with what was typed.
    let form = attach::take_in(&ctx, &mut problems).await;
    let taken = if problems.is_empty() {
        taken(&ctx, &thread, &form, slot.as_ref(), &place).await
    } else {
        Err(NotSent::Told)
    };
    let Err(error) = taken else {
        return Ok(go(&place));
    };
    if let Some(slot) = &slot {
        slot.give_back(&ctx).await;
    }
    match error {
        NotSent::Told => {}
        NotSent::Refused(field, sentence) => problems.add(field, sentence),
        NotSent::Failed(
            ReplyError::NotFound
            | ReplyError::Send(SendError::NoContact)
            | ReplyError::Accept(AcceptError::NoContact),
        ) => return Ok(gone(&ctx)),
        NotSent::Failed(error) => {
            let (field, words) = told(error)?;
            problems.add(field, words);
        }
    }
    back(&ctx, &thread, form, problems).await
}

/// Why an answer was not sent, and nothing stored.
pub(super) enum NotSent {
    /// It is said already.
    Told,
    /// Which field is to blame, and why.
    Refused(&'static str, String),
    Failed(ReplyError),
}

impl<E: Into<ReplyError>> From<E> for NotSent {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

async fn taken(
    ctx: &Ctx,
    thread: &Thread,
    form: &Form,
    slot: Option<&Slot>,
    place: &str,
) -> Result<(), NotSent> {
    let finish = |prepared: &mut Prepared| {
        if prepared.is_blocked() {
            let refusal = refusal(prepared);
            return Err(NotSent::Refused("text", format!("Not sent. {refusal}")));
        }
        Ok((slot.map(|slot| slot.answer(place)), ()))
    };
    let mut request = request(ctx, form);
    attach::resolve(ctx, thread, form, &mut request).await?;
    let conversing = &ctx.console().conversing;
    conversing
        .take_in(ctx.who(), thread.conversation.id, &request, finish)
        .await
        .map(drop)
}

/// Why it may not be sent, in a sentence, with the rules that say so.
fn refusal(prepared: &Prepared) -> String {
    let decision = prepared.decision();
    let decisive = decision.decisive();
    let rules: Vec<&str> = decisive.iter().map(|reason| &*reason.rule).collect();
    format!("{} ({})", decision.sentence(), rules.join(", "))
}

/// The thread again, with everything that was typed.
async fn back(ctx: &Ctx, thread: &Thread, form: Form, problems: Problems) -> Answer {
    let draft = draft(ctx, form, problems).await?;
    again(ctx, StatusCode::UNPROCESSABLE_ENTITY, thread, &draft).await
}

/// Somebody erased the contact while the thread was open: what was typed is shown, to be taken elsewhere.
fn gone(ctx: &Ctx) -> axum::response::Response {
    let typed = ctx.form.text("text");
    let body = html! {
        div.notice.bad role="alert" {
            "This person was erased while you wrote, so there is nobody to send it to. Nothing was sent."
        }
        @if !typed.is_empty() {
            section.card { h2 { "What you had written" } p.typed { (typed) } }
        }
        p { a href="/console/conversations" { "To the conversations" } }
    };
    let section = Some(Section::Conversations);
    let page = layout::page(&ctx.frame(), "Not sent", section, &body);
    answer_html(StatusCode::NOT_FOUND, page)
}

fn check(ctx: &Ctx, problems: &mut Problems) {
    let form = &ctx.form;
    let (text, template, media) = (form.get("text"), form.get("template"), form.get("media"));
    let has_file = !ctx.uploads.is_empty() || !attach::ids(form).is_empty();
    if text.is_empty() && template.is_empty() && media.is_empty() && !has_file {
        problems.add("text", "Write something, or choose a template or a file.");
    }
    problems.text("text", text, 10_000);
    problems.text("subject", form.get("subject"), 200);
    if !media.is_empty() && !media.starts_with("https://") {
        problems.add("media", "Give an address that begins with https://.");
    }
    let channel = form.get("channel");
    if !channel.is_empty() && channel.parse::<Channel>().is_err() {
        problems.add("channel", "Choose a channel from the list.");
    }
    if form
        .some("later")
        .is_some_and(|text| at(ctx, text).is_none())
    {
        problems.add("later", "Choose a day and a time.");
    }
}

/// What a form asks to be sent. Of files it has their names alone, see [`attach::resolve`].
pub(super) fn request(ctx: &Ctx, form: &Form) -> ReplyRequest {
    let text = form.text("text").trim().to_owned();
    let content = match form.some("template") {
        Some(name) => ContentWish::Template {
            name: name.to_owned(),
            locale: None,
            data: fill::values(form),
        },
        None if text.is_empty() => ContentWish::MediaOnly,
        None => ContentWish::Text(text),
    };
    let elsewhere = form.some("media").map(ToOwned::to_owned);
    let ours = attach::ids(form).into_iter().map(media_address);
    let media = elsewhere.into_iter().chain(ours).map(|url| Media {
        url,
        content_type: None,
    });
    ReplyRequest {
        channel: form.get("channel").parse().ok(),
        content,
        substitute: None,
        media: media.collect(),
        subject: form.some("subject").map(ToOwned::to_owned),
        tags: Vec::new(),
        scheduled_at: form.some("later").and_then(|text| at(ctx, text)),
        valid_until: None,
        trace: None,
    }
}

/// Which field an error is about, and what to do; else a failure.
fn told(error: ReplyError) -> Result<(&'static str, String), Failure> {
    let words = match error {
        ReplyError::NotFound => return Err(Failure::NotFound("conversation")),
        ReplyError::Blocked => "The conversation is blocked: open it first.".to_owned(),
        ReplyError::SessionClosed { templates, .. } => {
            let known: Vec<&str> = templates.iter().map(|t| t.name.as_str()).collect();
            let known = if known.is_empty() {
                "There is none that WhatsApp has approved yet: write one under Templates."
                    .to_owned()
            } else {
                format!("Choose one of: {}.", known.join(", "))
            };
            let words = format!(
                "They have not written by WhatsApp in the last 24 hours, so it takes templates only. {known}"
            );
            return Ok(("template", words));
        }
        ReplyError::Send(SendError::Store(error))
        | ReplyError::Accept(AcceptError::Store(error)) => return Err(error.into()),
        ReplyError::Send(
            error @ (SendError::NoTemplate { .. } | SendError::TemplateBroken { .. }),
        ) => {
            return Ok(("template", sentence(&error.to_string())));
        }
        ReplyError::Send(SendError::TemplateData { detail, .. }) => {
            return Ok(("template", sentence(&detail)));
        }
        ReplyError::Send(error) => sentence(&error.to_string()),
        ReplyError::Accept(error) => sentence(&error.to_string()),
    };
    Ok(("text", words))
}
