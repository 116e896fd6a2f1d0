use super::find;
use crate::{
    answer::{Answer, go},
    ctx::Ctx,
    failure::Failure,
};
use tidings_kernel::MessageId;
use tidings_messaging::{ChangeError, Class, DecisionRecord, QueueEntry};

/// `POST /console/messages/{id}/cancel`
pub(crate) async fn cancel(ctx: Ctx) -> Answer {
    let id: MessageId = ctx.id("message")?;
    let cancelled = ctx.console().messages.cancel(ctx.who(), id, ctx.now).await;
    cancelled.map_err(not_changed)?;
    Ok(go(&format!("/console/messages/{id}?done=cancelled")))
}

/// `POST /console/messages/{id}/retry`
pub(crate) async fn retry(ctx: Ctx) -> Answer {
    let record = find(&ctx).await?;
    let (console, who, message) = (ctx.console(), ctx.who(), &record.message);
    let latest = record.attempts.last().map(|attempt| attempt.sender);
    let decisions = console.messages.decisions(who, message.id).await?;
    let judged_as = decisions
        .first()
        .map_or(message.purpose, DecisionRecord::judged_as);
    let entry = QueueEntry {
        class: Class::of(judged_as),
        priority: message.priority,
        due_at: ctx.now,
        sender: message.sender.or(latest),
    };
    let retried = console
        .messages
        .retry(who, message.id, entry, ctx.now)
        .await;
    retried.map_err(not_changed)?;
    Ok(go(&format!("/console/messages/{}?done=queued", message.id)))
}

fn not_changed(error: ChangeError) -> Failure {
    match error {
        ChangeError::NotFound => Failure::NotFound("message"),
        ChangeError::WrongStatus(status) => Failure::Refused(format!(
            "It is {status} by now, or may have arrived, so this cannot be done any more."
        )),
        ChangeError::Store(error) => error.into(),
    }
}
