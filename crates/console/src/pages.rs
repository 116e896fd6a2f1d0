//! The pages, each with what it takes: a folder or a file for each entry of the navigation.

pub(crate) mod accounts;
pub(crate) mod calendar;
pub(crate) mod callbacks;
pub(crate) mod contacts;
pub(crate) mod conversations;
pub(crate) mod home;
pub(crate) mod login;
pub(crate) mod messages;
pub(crate) mod profile;
pub(crate) mod queue;
pub(crate) mod quick_replies;
pub(crate) mod settings;
pub(crate) mod templates;

use crate::{
    answer::html,
    ctx::Ctx,
    layout::{self, Section},
};
use axum::{http::StatusCode, response::Response};
use maud::Markup;

/// A page that is as it should be.
pub(crate) fn page(ctx: &Ctx, title: &str, section: Section, body: &Markup) -> Response {
    page_with(StatusCode::OK, ctx, title, section, body)
}

/// A page whose form was not taken.
pub(crate) fn refused(ctx: &Ctx, title: &str, section: Section, body: &Markup) -> Response {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, ctx, title, section, body)
}

fn page_with(
    status: StatusCode,
    ctx: &Ctx,
    title: &str,
    section: Section,
    body: &Markup,
) -> Response {
    html(
        status,
        layout::page(&ctx.frame(), title, Some(section), body),
    )
}
