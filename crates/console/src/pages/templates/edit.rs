use super::{
    check::looked_at,
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
};
use maud::{Markup, html};
use std::collections::BTreeMap;
use tidings_kernel::{Channel, Purpose, TemplateId};
use tidings_messaging::{StoredTemplate, TemplateError};
use tidings_templates::ApprovalStatus;

/// A template of which nothing is known but the channel that a form names.
pub(super) fn blank(ctx: &Ctx) -> StoredTemplate {
    StoredTemplate {
        id: TemplateId::new(&*ctx.console().ids),
        tenant: ctx.who(),
        name: String::new(),
        category: String::new(),
        channel: ctx.form.get("channel").parse().unwrap_or(Channel::Sms),
        purpose: Purpose::Transactional,
        variants: Vec::new(),
        fields: Vec::new(),
        status: ApprovalStatus::Draft,
        provider_status: BTreeMap::new(),
        standings: Vec::new(),
        version: 1,
        created_at: ctx.now,
        updated_at: ctx.now,
    }
}

struct Editor<'a> {
    action: &'a str,
    back: &'a str,
    form: &'a Form,
    problems: &'a Problems,
    is_new: bool,
}

fn body(ctx: &Ctx, editor: &Editor, preview: &Markup) -> Markup {
    html! {
        div.editor {
            form.card method="post" action=(editor.action) {
                (seal(&ctx.seal))
                input type="hidden" name="version" value=(editor.form.raw("version"));
                (fields::show(editor.form, editor.problems, editor.is_new))
                div.actions {
                    button type="submit" { "Save" }
                    a href=(editor.back) { "Cancel" }
                }
            }
            section.card.beside aria-labelledby="preview" {
                h2 #preview { "As readers get it" }
                div aria-live="polite" hx-post="/console/templates/check"
                    hx-trigger="input delay:400ms from:.editor" hx-include=".editor form" { (preview) }
            }
        }
    }
}

/// `GET /console/templates/new`
pub(crate) async fn new(ctx: Ctx) -> Answer {
    let form = Form::default()
        .with("channel", "sms")
        .with("purpose", Purpose::Transactional.as_str())
        .with("locale_0", ctx.tenant.locale.as_str());
    let preview = looked_at(&blank(&ctx), &ctx.tenant);
    let editor = Editor {
        action: "/console/templates/new",
        back: "/console/templates",
        form: &form,
        problems: &Problems::default(),
        is_new: true,
    };
    let body = body(&ctx, &editor, &preview);
    Ok(page(&ctx, "Write a template", Section::Templates, &body))
}

const TAKEN: &str = "Another template of this channel has this name.";

/// `POST /console/templates/new`
pub(crate) async fn add(ctx: Ctx) -> Answer {
    let mut template = blank(&ctx);
    let mut problems = Problems::default();
    if ctx.form.get("channel").parse::<Channel>().is_err() {
        problems.add("channel", "Choose a channel from the list.");
    }
    fields::read(&ctx, &mut template, &mut problems);
    if problems.is_empty() {
        match ctx.console().templates.create(&template, None).await {
            Ok(()) => {
                return Ok(go(&format!(
                    "/console/templates/{}?done=added",
                    template.id
                )));
            }
            Err(TemplateError::NameTaken) => problems.add("name", TAKEN),
            Err(error) => return Err(error.into()),
        }
    }
    let preview = looked_at(&template, &ctx.tenant);
    let editor = Editor {
        action: "/console/templates/new",
        back: "/console/templates",
        form: &ctx.form,
        problems: &problems,
        is_new: true,
    };
    let body = body(&ctx, &editor, &preview);
    Ok(refused(&ctx, "Write a template", Section::Templates, &body))
}

/// `GET /console/templates/{id}/edit`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let template = find(&ctx).await?;
    let back = format!("/console/templates/{}", template.id);
    let editor = Editor {
        action: &format!("{back}/edit"),
        back: &back,
        form: &form_of(&template),
        problems: &Problems::default(),
        is_new: false,
    };
    let body = body(&ctx, &editor, &looked_at(&template, &ctx.tenant));
    Ok(page(&ctx, &template.name, Section::Templates, &body))
}

/// `POST /console/templates/{id}/edit`
pub(crate) async fn save(ctx: Ctx) -> Answer {
    let mut template = find(&ctx).await?;
    let title = template.name.clone();
    if ctx.form.get("version") != template.version.to_string() {
        return Err(Failure::Changed("template"));
    }
    let mut problems = Problems::default();
    fields::read(&ctx, &mut template, &mut problems);
    let back = format!("/console/templates/{}", template.id);
    if problems.is_empty() {
        template.version = template.version.saturating_add(1);
        template.updated_at = ctx.now;
        match ctx.console().templates.update(&template).await {
            Ok(true) => return Ok(go(&format!("{back}?done=saved"))),
            Ok(false) => return Err(Failure::Changed("template")),
            Err(TemplateError::NameTaken) => problems.add("name", TAKEN),
            Err(error) => return Err(error.into()),
        }
    }
    let editor = Editor {
        action: &format!("{back}/edit"),
        back: &back,
        form: &ctx.form,
        problems: &problems,
        is_new: false,
    };
    let body = body(&ctx, &editor, &looked_at(&template, &ctx.tenant));
    Ok(refused(&ctx, &title, Section::Templates, &body))
}
