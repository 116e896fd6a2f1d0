use super::{
    add::{access, test},
    changed,
    fields::{self, form_of},
    find,
};
use crate::{
    answer::{Answer, go},
    ctx::Ctx,
    failure::Failure,
    form::Form,
    layout::{Section, seal},
    pages::{page, refused},
    problems::Problems,
    widgets::tick,
};
use maud::{Markup, html};
use std::sync::Arc;
use tidings_messaging::{Descriptor, Provider, ProviderAccount};

fn provider(ctx: &Ctx, account: &ProviderAccount) -> Result<Arc<dyn Provider>, Failure> {
    let known = ctx.console().catalog.get(&account.provider);
    known.cloned().ok_or_else(|| {
        Failure::Refused("The provider of this account is not offered here any more.".into())
    })
}

fn body(ctx: &Ctx, id: &str, descriptor: &Descriptor, form: &Form, problems: &Problems) -> Markup {
    html! {
        form.card method="post" action=(format!("/console/accounts/{id}/edit")) {
            (seal(&ctx.seal))
            (fields::show(descriptor, form, problems, false))
            (tick("untested", "on", "Save without testing new credentials", form.is_on("untested")))
            div.actions {
                button type="submit" { "Save" }
                a href=(format!("/console/accounts/{id}")) { "Cancel" }
            }
        }
    }
}

/// `GET /console/accounts/{id}/edit`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let account = find(&ctx).await?;
    let provider = provider(&ctx, &account)?;
    let (id, form) = (account.id.to_string(), form_of(&account));
    let body = body(
        &ctx,
        &id,
        provider.descriptor(),
        &form,
        &Problems::default(),
    );
    Ok(page(&ctx, &account.name, Section::Accounts, &body))
}

/// `POST /console/accounts/{id}/edit`
pub(crate) async fn save(ctx: Ctx) -> Answer {
    let mut account = find(&ctx).await?;
    let provider = provider(&ctx, &account)?;
    let descriptor = provider.descriptor();
    let title = account.name.clone();
    let mut problems = Problems::default();
    let credentials = fields::read_credentials(descriptor, &ctx.form, &mut problems, false);
    fields::read(&ctx, descriptor, &mut account, &mut problems);
    let mut has_answered = false;
    if let Some(credentials) = credentials.filter(|_| problems.is_empty()) {
        let access = access(&ctx, &account, credentials);
        if !ctx.form.is_on("untested") {
            test(&*provider, &access, &mut problems).await;
            has_answered = problems.is_empty();
        }
        let plain = access.credentials.to_plain();
        account.sealed_credentials = ctx.console().vault.seal(ctx.who(), account.id, &plain)?;
    }
    let id = account.id.to_string();
    if !problems.is_empty() {
        let body = body(&ctx, &id, descriptor, &ctx.form, &problems);
        return Ok(refused(&ctx, &title, Section::Accounts, &body));
    }
    if !ctx.console().accounts.update(&account).await? {
        return Err(Failure::NotFound("account"));
    }
    changed(&ctx, &account, has_answered).await;
    Ok(go(&format!("/console/accounts/{id}?done=saved")))
}
