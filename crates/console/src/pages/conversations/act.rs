//! What is done to a conversation with one button.

use super::find;
use crate::{
    answer::{Answer, answer, go},
    ctx::Ctx,
    failure::Failure,
    problems::sentence,
};
use axum::http::StatusCode;
use tidings_conversations::{
    Assignee, Assignment, ConversationChange, ConversationStatus, Label, MOST_LABELS, NoteRequest,
    NoteText,
};
use tidings_kernel::{ConversationId, MessageId};

async fn change(ctx: &Ctx, change: ConversationChange) -> Answer {
    let id: ConversationId = ctx.id("conversation")?;
    let conversing = &ctx.console().conversing;
    conversing.change(ctx.who(), id, &change).await?;
    Ok(go(&format!("/console/conversations/{id}?done=saved")))
}

/// What colleagues see of the member.
fn own_name(ctx: &Ctx) -> Result<Assignee, Failure> {
    let name = Assignee::new(&ctx.member.name).or_else(|_| Assignee::new(&ctx.member.email));
    name.map_err(|error| Failure::Refused(error.to_string()))
}

/// `POST /console/conversations/{id}/take`
pub(crate) async fn take(ctx: Ctx) -> Answer {
    let assignee = Some(Assignment::To(own_name(&ctx)?));
    let wish = ConversationChange {
        assignee,
        ..ConversationChange::default()
    };
    change(&ctx, wish).await
}

/// `POST /console/conversations/{id}/leave`
pub(crate) async fn leave(ctx: Ctx) -> Answer {
    let wish = ConversationChange {
        assignee: Some(Assignment::Nobody),
        ..ConversationChange::default()
    };
    change(&ctx, wish).await
}

/// `POST /console/conversations/{id}/status`
pub(crate) async fn status(ctx: Ctx) -> Answer {
    let status = ctx.form.get("to").parse::<ConversationStatus>();
    let status = status.map_err(|error| Failure::Refused(error.to_string()))?;
    let wish = ConversationChange {
        status: Some(status),
        ..ConversationChange::default()
    };
    change(&ctx, wish).await
}

/// `POST /console/conversations/{id}/labels`
pub(crate) async fn labels(ctx: Ctx) -> Answer {
    let texts = ctx.form.get("labels").split(',').map(str::trim);
    let mut labels: Vec<Label> = Vec::new();
    for text in texts.filter(|text| !text.is_empty()) {
        let label = Label::new(text).map_err(|error| {
            Failure::Refused(format!(
                "“{text}” is no label: {}",
                sentence(&error.to_string())
            ))
        })?;
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    if labels.len() > MOST_LABELS {
        return Err(Failure::Refused(format!(
            "Keep at most {MOST_LABELS} labels."
        )));
    }
    let wish = ConversationChange {
        labels: Some(labels),
        ..ConversationChange::default()
    };
    change(&ctx, wish).await
}

/// `POST /console/conversations/{id}/read`
pub(crate) async fn read(ctx: Ctx) -> Answer {
    let id: ConversationId = ctx.id("conversation")?;
    let up_to = ctx.form.get("up_to").parse::<MessageId>().ok();
    ctx.console().conversing.read(ctx.who(), id, up_to).await?;
    if ctx.is_fragment {
        return Ok(answer(
            StatusCode::NO_CONTENT,
            "text/plain; charset=utf-8",
            "",
        ));
    }
    Ok(go(&format!("/console/conversations/{id}")))
}

/// `POST /console/conversations/{id}/notes`
pub(crate) async fn note(ctx: Ctx) -> Answer {
    let thread = find(&ctx).await?;
    let id = thread.conversation.id;
    let text = NoteText::new(&ctx.form.text("note"));
    let request = NoteRequest {
        author: own_name(&ctx)?,
        text: text.map_err(|error| Failure::Refused(error.to_string()))?,
    };
    ctx.console()
        .conversing
        .note(ctx.who(), id, request)
        .await?;
    Ok(go(&format!("/console/conversations/{id}?done=saved")))
}
