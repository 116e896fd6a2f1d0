use super::{check::looked_at, find, provider::submission, standing};
use crate::{
    answer::Answer,
    ctx::Ctx,
    layout::Section,
    pages::page,
    widgets::{badge, when},
    words,
};
use maud::html;
use tidings_kernel::Channel;
use tidings_messaging::Role;

/// `GET /console/templates/{id}`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let template = find(&ctx).await?;
    let path = format!("/console/templates/{}", template.id);
    let submission = match template.channel {
        Channel::Whatsapp => submission(&ctx, &template).await?,
        Channel::Sms | Channel::Email => html! {},
    };
    let body = html! {
        p { (words::channel(template.channel)) " " (badge(standing(template.status))) }
        @if ctx.may(Role::Member) {
            div.bar {
                a.button.quiet href=(format!("{path}/edit")) { "Edit" }
                a.button.quiet.danger href=(format!("{path}/remove")) { "Remove" }
            }
        }
        dl.pairs {
            dt { "Purpose" } dd { (words::purpose(template.purpose)) }
            dt { "Category" } dd { (template.category) }
            dt { "Version" } dd { (template.version) ", changed " (when(template.updated_at)) }
            @if !template.fields.is_empty() {
                dt { "Fields" } dd { @for field in &template.fields { code { (field.name) } @if !field.required { " (optional)" } " " } }
            }
        }
        (submission)
        section.card aria-labelledby="preview" {
            h2 #preview { "As readers get it, in every language" }
            (looked_at(&template, &ctx.tenant))
        }
    };
    Ok(page(&ctx, &template.name, Section::Templates, &body))
}
