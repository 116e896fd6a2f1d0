//! What is done to an account with one button.

use super::{changed, connect, find};
use crate::{
    answer::{Answer, go},
    ctx::Ctx,
    failure::Failure,
    layout::{Section, seal},
    pages::page,
};
use maud::html;
use tidings_messaging::ProviderAccount;

/// `POST /console/accounts/{id}/test`
pub(crate) async fn test(ctx: Ctx) -> Answer {
    let account = find(&ctx).await?;
    let console = ctx.console();
    let provider = console.catalog.get(&account.provider);
    let provider = provider.ok_or_else(|| {
        Failure::Refused("The provider of this account is not offered here any more.".into())
    })?;
    let access = console.access(&account)?;
    let info = connect(&**provider, &access)
        .await
        .map_err(|(_, sentence)| Failure::Refused(sentence))?;
    changed(&ctx, &account, true).await;
    let body = html! {
        div.notice.good role="status" { "The provider answers, and the credentials work." }
        dl.pairs {
            @if let Some(name) = &info.name { dt { "Name there" } dd { (name) } }
            @if let Some(state) = &info.state { dt { "State" } dd { (state) } }
        }
        @for note in &info.notes { p { (note) } }
        p { a href=(format!("/console/accounts/{}", account.id)) { "Back to the account" } }
    };
    Ok(page(&ctx, &account.name, Section::Accounts, &body))
}

/// `POST /console/accounts/{id}/enable`
pub(crate) async fn enable(ctx: Ctx) -> Answer {
    switch(&ctx, true, "enabled").await
}

/// `POST /console/accounts/{id}/disable`
pub(crate) async fn disable(ctx: Ctx) -> Answer {
    switch(&ctx, false, "disabled").await
}

async fn switch(ctx: &Ctx, is_enabled: bool, done: &str) -> Answer {
    let account = ProviderAccount {
        is_enabled,
        ..find(ctx).await?
    };
    if !ctx.console().accounts.update(&account).await? {
        return Err(Failure::NotFound("account"));
    }
    changed(ctx, &account, false).await;
    Ok(go(&format!("/console/accounts/{}?done={done}", account.id)))
}

/// `GET /console/accounts/{id}/remove`
pub(crate) async fn ask(ctx: Ctx) -> Answer {
    let account = find(&ctx).await?;
    let path = format!("/console/accounts/{}", account.id);
    let body = html! {
        form.card method="post" action=(format!("{path}/remove")) {
            (seal(&ctx.seal))
            p { strong { (account.name) } " and its credentials are removed. Nothing more leaves through it, and what its provider reports about messages of the past is not heard any more." }
            p { "To stop it for a while, switch it off instead." }
            div.actions {
                button.danger type="submit" { "Remove the account" }
                a href=(path) { "Cancel" }
            }
        }
    };
    Ok(page(&ctx, "Remove an account", Section::Accounts, &body))
}

/// `POST /console/accounts/{id}/remove`
pub(crate) async fn remove(ctx: Ctx) -> Answer {
    let account = find(&ctx).await?;
    if !ctx.console().accounts.delete(ctx.who(), account.id).await? {
        return Err(Failure::NotFound("account"));
    }
    Ok(go("/console/accounts?done=removed"))
}
