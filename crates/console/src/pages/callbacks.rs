//! What providers have told and nobody has applied: what waits, and what was given up, to be applied anew.

use super::page;
use crate::{
    answer::{Answer, go, html as answer_html},
    ctx::Ctx,
    failure::Failure,
    layout::Section,
    widgets::{badge, button, empty, more, when},
};
use axum::http::StatusCode;
use maud::{Markup, html};
use std::collections::HashMap;
use tidings_kernel::{AccountId, CallbackId};
use tidings_messaging::{CallbackEntry, CallbackStage, Role};

/// How many are shown at once.
const SHOWN: u16 = 50;

/// `GET /console/callbacks`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let (console, who) = (ctx.console(), ctx.who());
    let found = console.callbacks.unapplied(who, ctx.page(SHOWN)).await?;
    let accounts = console.accounts.of_tenants(&[who]).await?;
    let names: HashMap<AccountId, &str> = accounts
        .iter()
        .map(|account| (account.id, account.name.as_str()))
        .collect();
    let list = html! {
        @if found.data.is_empty() {
            (empty("Everything is applied", "What a provider tells and cannot be applied is kept here with the reason, until you have it applied anew.", None))
        } @else {
            ul.cards.wide { @for entry in &found.data { li { (card(&ctx, entry, &names)) } } }
            (more("/console/callbacks", &ctx.query, found.next))
        }
    };
    if ctx.is_fragment {
        return Ok(answer_html(StatusCode::OK, list));
    }
    // A later page stays as it is.
    let live = ctx
        .query
        .some("after")
        .is_none()
        .then_some("message conversation");
    let body = html! {
        p.hint { "Callbacks are what providers tell about messages, and what contacts write. Each is stored before it is answered, and applied within a second or so." }
        div #callbacks hx-get=[live.map(|_| "/console/callbacks")] hx-trigger="live" data-live=[live] data-pace="5000" { (list) }
    };
    Ok(page(&ctx, "Callbacks", Section::Callbacks, &body))
}

fn card(ctx: &Ctx, entry: &CallbackEntry, names: &HashMap<AccountId, &str>) -> Markup {
    let state = match entry.stage {
        CallbackStage::Waiting => ("calm", "Waits"),
        CallbackStage::GivenUp => ("bad", "Given up"),
    };
    html! {
        article.card {
            h2 {
                @match names.get(&entry.account) {
                    Some(name) => a href=(format!("/console/accounts/{}", entry.account)) { (name) },
                    None => "An account that was removed",
                }
                " " (badge(state))
            }
            p { "Came in " (when(entry.received_at)) " from " (entry.provider.replace('_', " ")) ", " code.long { (entry.id) } }
            @if let Some(problem) = &entry.problem { p { (problem) } }
            @if entry.stage == CallbackStage::GivenUp && ctx.may(Role::Admin) {
                (button(&format!("/console/callbacks/{}/replay", entry.id), &ctx.seal, "Apply it anew", "quiet"))
            }
        }
    }
}

/// `POST /console/callbacks/{id}/replay`
pub(crate) async fn replay(ctx: Ctx) -> Answer {
    let id: CallbackId = ctx.id("callback")?;
    let log = &ctx.console().callbacks;
    if log.replay(ctx.who(), id, ctx.now).await? {
        Ok(go("/console/callbacks?done=replayed"))
    } else {
        Err(Failure::NotFound("callback"))
    }
}
