//! Somebody from whom the business does not want to hear: on every channel, since a contact has one conversation.

use super::find;
use crate::{
    answer::{Answer, go},
    ctx::Ctx,
    widgets::button,
};
use maud::{Markup, html};
use tidings_conversations::{ConversationChange, ConversationStatus};
use tidings_kernel::ConversationId;
use tidings_messaging::{Contact, Role};

/// `POST /console/contacts/{id}/block`
pub(crate) async fn block(ctx: Ctx) -> Answer {
    set(&ctx, ConversationStatus::Blocked, "blocked").await
}

/// `POST /console/contacts/{id}/unblock`
pub(crate) async fn lift(ctx: Ctx) -> Answer {
    set(&ctx, ConversationStatus::Open, "unblocked").await
}

async fn set(ctx: &Ctx, status: ConversationStatus, done: &str) -> Answer {
    let contact = find(ctx).await?;
    let own = ConversationId::from_uuid(contact.id.uuid());
    let change = ConversationChange {
        status: Some(status),
        ..ConversationChange::default()
    };
    let conversing = &ctx.console().conversing;
    conversing.change(ctx.who(), own, &change).await?;
    Ok(go(&format!("/console/contacts/{}?done={done}", contact.id)))
}

/// Says that a contact is blocked, and lifts it.
pub(super) fn notice(ctx: &Ctx, contact: &Contact, status: ConversationStatus) -> Markup {
    let path = format!("/console/contacts/{}/unblock", contact.id);
    html! {
        @if status == ConversationStatus::Blocked {
            div.notice.warn {
                p {
                    strong { "Blocked." } " What this person writes, by any channel, is kept and their opt-outs count, but nobody is told of it and nothing is replied. "
                    "Messages of other kinds still go to them: to end those, record that they opted out."
                }
                @if ctx.may(Role::Member) { (button(&path, &ctx.seal, "Do not block any more", "quiet")) }
            }
        }
    }
}

/// Offers to block a contact who is not blocked.
pub(super) fn offer(ctx: &Ctx, contact: &Contact, status: ConversationStatus) -> Markup {
    let path = format!("/console/contacts/{}/block", contact.id);
    html! {
        @if status != ConversationStatus::Blocked { (button(&path, &ctx.seal, "Block", "quiet danger")) }
    }
}
