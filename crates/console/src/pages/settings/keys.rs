//! Keys to the API. The text of a new one is shown once, in the answer that made it.

use super::page;
use crate::{
    answer::{Answer, go},
    ctx::Ctx,
    failure::Failure,
    form::Form,
    layout::seal,
    problems::Problems,
    widgets::{Field, badge, button, empty, summary, when},
};
use axum::http::StatusCode;
use maud::{Markup, html};
use tidings_kernel::ApiKeyId;
use tidings_messaging::{ApiKey, Scope};
use time::Duration;

const PATH: &str = "/console/settings/keys";

async fn body(
    ctx: &Ctx,
    form: &Form,
    problems: &Problems,
    new: Option<&str>,
) -> Result<Markup, Failure> {
    let keys = ctx.console().tenants.keys(ctx.who()).await?;
    let scopes = Scope::ALL.map(|scope| (scope.as_str(), told(scope)));
    let field = |name, label| Field::new(name, label).value(form.raw(name)).of(problems);
    Ok(html! {
        @if let Some(new) = new {
            div.notice.good role="status" {
                p { strong { "This is the key. Copy it now: it is not stored and cannot be shown again." } }
                p { code.long { (new) } }
                p { button.quiet type="button" data-copy=(new) { "Copy" } }
            }
        }
        (list(ctx, &keys))
        (summary(problems))
        form.card method="post" action=(PATH) {
            (seal(&ctx.seal))
            h2 { "New key" }
            (field("name", "What it is for").required().show())
            (field("scope", "What it may do").select(&scopes))
            (field("days", "Ends after days").kind("number").hint("Empty if never.").show())
            div.actions { button type="submit" { "Make a key" } }
        }
    })
}

const fn told(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "Read everything",
        Scope::Send => "Send and read",
        Scope::Manage => "Also change contacts, consent and templates",
        Scope::Admin => "Also change accounts and settings",
    }
}

fn list(ctx: &Ctx, keys: &[ApiKey]) -> Markup {
    html! {
        @if keys.is_empty() {
            (empty("No keys yet", "A program of yours needs a key to send through the API. Make one for each program, so that you can withdraw it alone.", None))
        } @else {
            div.scroll tabindex="0" { table.stack {
                thead { tr { th scope="col" { "For" } th scope="col" { "May" } th scope="col" { "Made" } th scope="col" { "State" } th scope="col" { "Withdraw" } } }
                tbody { @for key in keys { tr {
                    th scope="row" { (key.name) }
                    td { (told(key.scope)) }
                    td { (when(key.created_at)) }
                    td { (state(key, ctx)) }
                    td { @if key.revoked_at.is_none() { (button(&format!("{PATH}/{}/revoke", key.id), &ctx.seal, "Withdraw", "quiet danger")) } }
                } } }
            } }
        }
    }
}

fn state(key: &ApiKey, ctx: &Ctx) -> Markup {
    html! {
        @if key.revoked_at.is_some() { (badge(("calm", "Withdrawn"))) }
        @else if key.is_valid(ctx.now) {
            (badge(("good", "Works")))
            @if let Some(end) = key.expires_at { " until " (when(end)) }
        } @else { (badge(("calm", "Ended"))) }
    }
}

/// `GET /console/settings/keys`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let form = Form::default().with("scope", Scope::Send.as_str());
    let body = body(&ctx, &form, &Problems::default(), None).await?;
    Ok(page(&ctx, StatusCode::OK, PATH, &body))
}

/// `POST /console/settings/keys`
pub(crate) async fn make(ctx: Ctx) -> Answer {
    let form = &ctx.form;
    let mut problems = Problems::default();
    let name = form.get("name");
    problems.text("name", name, 100);
    if name.is_empty() {
        problems.add(
            "name",
            "Say what the key is for, so that you know later which to withdraw.",
        );
    }
    let scope = form.get("scope").parse::<Scope>().ok();
    if scope.is_none() {
        problems.add("scope", "Choose from the list.");
    }
    let days = form.some("days").map(str::parse::<u16>).transpose();
    let days = problems.take("days", days.map_err(|_| "write a whole number of days"));
    if days == Some(0) {
        problems.add("days", "A key lasts at least a day.");
    }
    let Some(scope) = scope.filter(|_| problems.is_empty()) else {
        let body = body(&ctx, form, &problems, None).await?;
        return Ok(page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, PATH, &body));
    };
    let console = ctx.console();
    let (text, hash) = (console.new_key)(console.randomness.bytes());
    let key = ApiKey {
        id: ApiKeyId::new(&*console.ids),
        tenant: ctx.who(),
        name: name.to_owned(),
        hash,
        scope,
        created_at: ctx.now,
        expires_at: days.map(|days| ctx.now.saturating_add(Duration::days(days.into()))),
        revoked_at: None,
    };
    console.tenants.put_key(&key).await?;
    let form = Form::default().with("scope", Scope::Send.as_str());
    let body = body(&ctx, &form, &problems, Some(&text)).await?;
    Ok(page(&ctx, StatusCode::OK, PATH, &body))
}

/// `POST /console/settings/keys/{id}/revoke`
pub(crate) async fn revoke(ctx: Ctx) -> Answer {
    let id: ApiKeyId = ctx.id("key")?;
    let keys = ctx.console().tenants.keys(ctx.who()).await?;
    let key = keys.into_iter().find(|key| key.id == id);
    let key = key.ok_or(Failure::NotFound("key"))?;
    let revoked = ApiKey {
        revoked_at: key.revoked_at.or(Some(ctx.now)),
        ..key
    };
    ctx.console().tenants.put_key(&revoked).await?;
    Ok(go(&format!("{PATH}?done=revoked")))
}
