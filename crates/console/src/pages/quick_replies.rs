//! What people say often: texts with a shortcut, put into answers.

use super::{page, refused};
use crate::{
    answer::{Answer, go},
    ctx::Ctx,
    failure::Failure,
    form::Form,
    layout::{Section, seal},
    problems::{Problems, sentence},
    widgets::{Field, button, empty, summary},
};
use maud::{Markup, html};
use tidings_conversations::{MOST_QUICK_REPLIES, QuickReply, QuickReplyError, QuickText, Shortcut};
use tidings_kernel::QuickReplyId;
use tidings_messaging::{Page, Role};

const PATH: &str = "/console/quick-replies";
const TITLE: &str = "Quick replies";

/// The tenant's quick replies, by their shortcuts.
pub(crate) async fn all(ctx: &Ctx) -> Result<Vec<QuickReply>, Failure> {
    let every = Page {
        limit: MOST_QUICK_REPLIES,
        after: None,
    };
    let replies = &ctx.console().quick_replies;
    let mut found = replies.quick_replies(ctx.who(), every).await?.data;
    found.sort_by(|one, other| one.shortcut.cmp(&other.shortcut));
    Ok(found)
}

async fn find(ctx: &Ctx) -> Result<QuickReply, Failure> {
    let id: QuickReplyId = ctx.id("quick reply")?;
    let found = ctx.console().quick_replies.quick_reply(ctx.who(), id);
    found.await?.ok_or(Failure::NotFound("quick reply"))
}

/// `GET /console/quick-replies`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let body = list(&ctx, &Form::default(), &Problems::default()).await?;
    Ok(page(&ctx, TITLE, Section::Templates, &body))
}

/// `POST /console/quick-replies`
pub(crate) async fn add(ctx: Ctx) -> Answer {
    let id = QuickReplyId::new(&*ctx.console().ids);
    let mut problems = Problems::default();
    if let Some(reply) = read(&ctx, id, &mut problems) {
        let added = ctx.console().quick_replies.add_quick_reply(&reply, None);
        match added.await {
            Ok(()) => return Ok(go(&format!("{PATH}?done=added"))),
            Err(error) => told(error, &mut problems)?,
        }
    }
    let body = list(&ctx, &ctx.form, &problems).await?;
    Ok(refused(&ctx, TITLE, Section::Templates, &body))
}

/// `GET /console/quick-replies/{id}`
pub(crate) async fn edit(ctx: Ctx) -> Answer {
    let reply = find(&ctx).await?;
    let form = Form::default()
        .with("shortcut", reply.shortcut.as_str())
        .with("text", reply.text.as_str());
    let body = editor(&ctx, &reply, &form, &Problems::default());
    Ok(page(
        &ctx,
        reply.shortcut.as_str(),
        Section::Templates,
        &body,
    ))
}

/// `POST /console/quick-replies/{id}`
pub(crate) async fn save(ctx: Ctx) -> Answer {
    let known = find(&ctx).await?;
    let mut problems = Problems::default();
    if let Some(reply) = read(&ctx, known.id, &mut problems) {
        let changed = ctx.console().quick_replies.change_quick_reply(&reply);
        match changed.await {
            Ok(true) => return Ok(go(&format!("{PATH}?done=saved"))),
            Ok(false) => return Err(Failure::NotFound("quick reply")),
            Err(error) => told(error, &mut problems)?,
        }
    }
    let body = editor(&ctx, &known, &ctx.form, &problems);
    let title = known.shortcut.as_str();
    Ok(refused(&ctx, title, Section::Templates, &body))
}

/// `POST /console/quick-replies/{id}/remove`
pub(crate) async fn remove(ctx: Ctx) -> Answer {
    let id: QuickReplyId = ctx.id("quick reply")?;
    let removed = ctx
        .console()
        .quick_replies
        .remove_quick_reply(ctx.who(), id);
    if removed.await? {
        Ok(go(&format!("{PATH}?done=removed")))
    } else {
        Err(Failure::NotFound("quick reply"))
    }
}

/// What the form says, if nothing is wrong with it.
fn read(ctx: &Ctx, id: QuickReplyId, problems: &mut Problems) -> Option<QuickReply> {
    let shortcut = Shortcut::new(ctx.form.get("shortcut")).map(Some);
    let shortcut = problems.take("shortcut", shortcut);
    let text = problems.take("text", QuickText::new(&ctx.form.text("text")).map(Some));
    Some(QuickReply {
        id,
        tenant: ctx.who(),
        shortcut: shortcut?,
        text: text?,
        created_at: ctx.now,
        updated_at: ctx.now,
    })
}

/// What is wrong with what was not kept; else a failure.
fn told(error: QuickReplyError, problems: &mut Problems) -> Result<(), Failure> {
    let field = match error {
        QuickReplyError::ShortcutTaken => "shortcut",
        QuickReplyError::TooMany => "text",
        QuickReplyError::KeyLost(_) => return Err(Failure::Broken(error.into())),
        QuickReplyError::Store(error) => return Err(error.into()),
    };
    problems.add(field, sentence(&error.to_string()));
    Ok(())
}

async fn list(ctx: &Ctx, form: &Form, problems: &Problems) -> Result<Markup, Failure> {
    let replies = all(ctx).await?;
    let may = ctx.may(Role::Member);
    Ok(html! {
        p { "What you say often, with a word that brings it: choose it below a reply, or type the word there." }
        @if replies.is_empty() {
            (empty("No quick replies yet", "Write one below, such as /hours with the hours when you are open.", None))
        } @else {
            div.scroll tabindex="0" { table.stack {
                thead { tr { th scope="col" { "Shortcut" } th scope="col" { "Says" } } }
                tbody { @for reply in &replies { tr {
                    th scope="row" {
                        @if may { a href=(format!("{PATH}/{}", reply.id)) { (reply.shortcut) } } @else { (reply.shortcut) }
                    }
                    td.typed { (reply.text.as_str()) }
                } } }
            } }
        }
        @if may {
            (summary(problems))
            form.card method="post" action=(PATH) {
                (seal(&ctx.seal))
                h2 { "New quick reply" }
                (fields(form, problems))
                div.actions { button type="submit" { "Add it" } }
            }
        }
    })
}

fn editor(ctx: &Ctx, reply: &QuickReply, form: &Form, problems: &Problems) -> Markup {
    let path = format!("{PATH}/{}", reply.id);
    html! {
        (summary(problems))
        form.card method="post" action=(path) {
            (seal(&ctx.seal))
            (fields(form, problems))
            div.actions {
                button type="submit" { "Save" }
                a href=(PATH) { "Cancel" }
            }
        }
        p { (button(&format!("{path}/remove"), &ctx.seal, "Remove it", "quiet danger")) }
    }
}

fn fields(form: &Form, problems: &Problems) -> Markup {
    html! {
        (Field::new("shortcut", "Shortcut").value(form.raw("shortcut")).required()
            .hint("A word of letters, digits, - and _, such as /hours.").of(problems).show())
        (Field::new("text", "Says").value(&form.text("text")).required()
            .hint("Fields are filled with what is known of the contact: {{first_name|there}} is their first name, else “there”.").of(problems).area(4))
    }
}
