use super::{check::looked_at, find, standing};
use crate::{
    answer::Answer,
    ctx::Ctx,
    layout::Section,
    pages::page,
    widgets::{badge, when},
    words,
};
use maud::{Markup, html};
use tidings_kernel::Channel;
use tidings_messaging::{Role, StoredTemplate};
use tidings_templates::ApprovalStatus;

/// `GET /console/templates/{id}`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let template = find(&ctx).await?;
    let path = format!("/console/templates/{}", template.id);
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
        @if template.channel == Channel::Whatsapp { (submission(&template)) }
        section.card aria-labelledby="preview" {
            h2 #preview { "As readers get it, in every language" }
            (looked_at(&template, &ctx.tenant))
        }
    };
    Ok(page(&ctx, &template.name, Section::Templates, &body))
}

/// What the providers say of a WhatsApp template, and what to do about it.
fn submission(template: &StoredTemplate) -> Markup {
    html! {
        section.card aria-labelledby="submission" {
            h2 #submission { "At the providers" }
            p { (next(template.status)) }
            @for (provider, known) in &template.provider_status {
                h3 { (provider.replace('_', " ")) }
                dl.pairs {
                    @if let Some(id) = &known.id { dt { "Id there" } dd { code.long { (id) } } }
                    @if let Some(status) = &known.status { dt { "Says" } dd { (status) } }
                }
                @if let Some(reason) = &known.rejection_reason {
                    div.notice.bad { strong { "Rejected: " } (reason) }
                }
            }
        }
    }
}

const fn next(status: ApprovalStatus) -> &'static str {
    match status {
        ApprovalStatus::Draft => {
            "Not submitted. WhatsApp sends it only once it is approved; submit it at your provider."
        }
        ApprovalStatus::Pending => {
            "The provider is looking at it, which takes minutes to a day. Nothing can be sent with it before."
        }
        ApprovalStatus::Approved => "Approved: it may be sent.",
        ApprovalStatus::Rejected => {
            "Refused. Read the reason, change the text, and submit it again. Nothing is sent with it."
        }
        ApprovalStatus::Paused => {
            "Paused by the provider because readers complained. It ends by itself; look at whom it was sent to."
        }
        ApprovalStatus::Disabled => {
            "Disabled by the provider after repeated complaints. Write another template."
        }
    }
}
