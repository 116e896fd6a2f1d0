//! Settings of the business: what it is called, when it is open, who may do what.

pub(crate) mod business;
pub(crate) mod hours;
pub(crate) mod keys;
pub(crate) mod members;
pub(crate) mod switches;

use crate::{answer::go, ctx::Ctx, failure::Failure, layout::Section};
use axum::{http::StatusCode, response::Response};
use maud::{Markup, html};
use tidings_messaging::Tenant;

/// The parts of the settings, in their order.
const PARTS: &[(&str, &str)] = &[
    ("/console/settings", "Business"),
    ("/console/settings/hours", "Hours"),
    ("/console/settings/switches", "Switches"),
    ("/console/settings/members", "Members"),
    ("/console/settings/keys", "API keys"),
];

/// A page of the settings.
fn page(ctx: &Ctx, status: StatusCode, path: &str, body: &Markup) -> Response {
    let part = PARTS.iter().find(|(own, _)| *own == path);
    let title = part.map_or("Settings", |(_, title)| title);
    let whole = html! {
        nav.tabs.settings aria-label="Settings" {
            @for (own, label) in PARTS {
                a href=(own) aria-current=[(*own == path).then_some("page")] { (label) }
            }
        }
        (body)
    };
    super::page_with(status, ctx, title, Section::Settings, &whole)
}

/// Stores the tenant as it is to be, unless somebody changed it meanwhile.
async fn change(ctx: &Ctx, after: &Tenant, path: &str, done: &str) -> Result<Response, Failure> {
    if ctx.console().tenants.change(&ctx.tenant, after).await? {
        Ok(go(&format!("{path}?done={done}")))
    } else {
        Err(Failure::Changed("business"))
    }
}
