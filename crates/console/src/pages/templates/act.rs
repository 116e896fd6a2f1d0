use super::find;
use crate::{
    answer::{Answer, go},
    ctx::Ctx,
    failure::Failure,
    layout::{Section, seal},
    pages::page,
};
use maud::html;

/// `GET /console/templates/{id}/remove`
pub(crate) async fn ask(ctx: Ctx) -> Answer {
    let template = find(&ctx).await?;
    let path = format!("/console/templates/{}", template.id);
    let body = html! {
        form.card method="post" action=(format!("{path}/remove")) {
            (seal(&ctx.seal))
            p { "Messages that were made from " strong { (template.name) } " keep what they said. Programs that name it are refused from now on. What a provider has of it stays there: remove it at the provider first, where you do not want that." }
            div.actions {
                button.danger type="submit" { "Remove the template" }
                a href=(path) { "Cancel" }
            }
        }
    };
    Ok(page(&ctx, "Remove a template", Section::Templates, &body))
}

/// `POST /console/templates/{id}/remove`
pub(crate) async fn remove(ctx: Ctx) -> Answer {
    let template = find(&ctx).await?;
    if !ctx
        .console()
        .templates
        .delete(ctx.who(), template.id)
        .await?
    {
        return Err(Failure::NotFound("template"));
    }
    Ok(go("/console/templates?done=removed"))
}
