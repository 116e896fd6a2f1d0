//! Templates at their providers: what these say of them, and handing in, looking and taking over.

use super::find;
use crate::{
    answer::{Answer, go},
    ctx::Ctx,
    failure::Failure,
    form::Form,
    layout::{Section, seal},
    pages::page,
    problems::sentence,
    widgets::{badge, button, when},
};
use maud::{Markup, html};
use tidings_kernel::AccountId;
use tidings_messaging::{
    ManageError, Role, StoredTemplate, TemplateListing,
    sync::{SubmitError, SyncError},
};
use tidings_templates::{ApprovalStatus, Quality};
use time::OffsetDateTime;

/// What the providers say of a WhatsApp template, and what to do about it.
pub(super) async fn submission(ctx: &Ctx, template: &StoredTemplate) -> Result<Markup, Failure> {
    let listings = &ctx.console().syncing.listings;
    let listings = listings.of_template(ctx.who(), template.id).await?;
    let told = template
        .provider_status
        .iter()
        .filter(|(provider, _)| !listings.iter().any(|it| it.provider == **provider));
    let path = format!("/console/templates/{}", template.id);
    let is_gone = |listing: &TemplateListing| listing.is_gone;
    let is_removed = !listings.is_empty() && listings.iter().all(is_gone);
    Ok(html! {
        section.card aria-labelledby="submission" {
            h2 #submission { "At the providers" }
            p { @if is_removed { "No provider has it any more. Submit it again to send with it." } @else { (next(template.status)) } }
            @if ctx.may(Role::Member) {
                div.bar {
                    (button(&format!("{path}/submit"), &ctx.seal, "Submit for approval", ""))
                    (button("/console/templates/sync", &ctx.seal, "Ask the providers now", "quiet"))
                }
            }
            @for listing in &listings {
                (listed(listing, ctx.now))
                @if !listing.is_gone && ctx.may(Role::Member) {
                    @let query = Form::default().with("locale", &listing.locale).encoded();
                    p { a.button.quiet.danger href=(format!("{path}/withdraw?{query}")) { "Remove at the provider" span.hidden { ", " (listing.locale) } } }
                }
            }
            @for (provider, known) in told {
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
    })
}

fn listed(listing: &TemplateListing, now: OffsetDateTime) -> Markup {
    let reason = listing.said.as_ref().and_then(|said| said.reason.as_ref());
    html! {
        h3 { (listing.provider.replace('_', " ")) ", " (listing.locale) " " (badge(super::standing(listing.status()))) }
        dl.pairs {
            dt { "Id there" } dd { code.long { (listing.id) } }
            @if let Some(said) = &listing.said { dt { "Says" } dd { (said.word) } }
            dt { "Category" } dd { (listing.standing.category(now)) }
            @if let Some((category, at)) = listing.standing.announced(now) {
                dt { "Will be" } dd { (category) " from " (when(at)) }
            }
            dt { "Quality" } dd { (badge(quality(listing.standing.quality()))) }
            @if let Some(ends) = listing.standing.pause_ends() { dt { "Paused until" } dd { (when(ends)) } }
            dt { "Last seen" } dd { (when(listing.seen_at)) }
        }
        @if listing.is_gone {
            div.notice.bad { "The provider does not have it any more. Submit it again." }
        } @else if listing.template.is_some() && listing.same_as.is_none() {
            div.notice.bad { "There it says something else than here. Submit this text, or take over theirs by hand." }
        }
        @if let Some(reason) = reason.filter(|_| !listing.status().is_sendable()) {
            div.notice.bad { strong { "Because: " } (reason) }
        }
    }
}

pub(crate) const fn quality(quality: Quality) -> (&'static str, &'static str) {
    match quality {
        Quality::Unknown => ("calm", "Not rated"),
        Quality::Green => ("good", "High"),
        Quality::Yellow => ("warn", "Medium"),
        Quality::Red => ("bad", "Low"),
    }
}

const fn next(status: ApprovalStatus) -> &'static str {
    match status {
        ApprovalStatus::Draft => "Not submitted. WhatsApp sends it only once it is approved.",
        ApprovalStatus::Pending => {
            "The provider is looking at it, which takes minutes to a day. Nothing can be sent with it before."
        }
        ApprovalStatus::Approved => "Approved: it may be sent.",
        ApprovalStatus::Rejected => {
            "Refused. Read the reason, change the text, and submit it again. Nothing is sent with it."
        }
        ApprovalStatus::Paused => {
            "Paused by the provider because readers complained. It ends by itself, and what waits goes on then; look at whom it was sent to."
        }
        ApprovalStatus::Disabled => {
            "Disabled by the provider after repeated complaints. Write another template."
        }
    }
}

/// What providers have that we do not.
pub(super) async fn foreign(ctx: &Ctx) -> Result<Markup, Failure> {
    let mut listings = ctx.console().syncing.listings.of_tenant(ctx.who()).await?;
    listings.retain(|listing| listing.template.is_none() && !listing.is_gone);
    Ok(html! {
        @if !listings.is_empty() {
            section.card aria-labelledby="foreign" {
                h2 #foreign { "Only at the provider" }
                p { "These were made there. Take them over to send with them; look at the purpose of each before you do." }
                div.scroll tabindex="0" { table {
                    thead { tr { th scope="col" { "Name" } th scope="col" { "Language" } th scope="col" { "State" } th scope="col" { "Category" } th scope="col" { "Last seen" } } }
                    tbody { @for listing in &listings { tr {
                        th scope="row" { (listing.name) }
                        td { (listing.locale) }
                        td { (badge(super::standing(listing.status()))) }
                        td { (listing.standing.category(ctx.now)) }
                        td { (when(listing.seen_at)) }
                    } } }
                } }
                @if ctx.may(Role::Member) {
                    (button("/console/templates/import", &ctx.seal, "Take them over", ""))
                }
            }
        }
    })
}

/// `POST /console/templates/{id}/submit`
pub(crate) async fn submit(ctx: Ctx) -> Answer {
    let template = find(&ctx).await?;
    let syncing = &ctx.console().syncing;
    let handed_in = syncing.submit(ctx.who(), template.id, None, None).await;
    handed_in.map_err(failure)?;
    Ok(go(&format!(
        "/console/templates/{}?done=submitted",
        template.id
    )))
}

/// `GET /console/templates/{id}/withdraw`: of one language by `?locale=`, else of all.
pub(crate) async fn ask(ctx: Ctx) -> Answer {
    let template = find(&ctx).await?;
    let path = format!("/console/templates/{}", template.id);
    let locale = ctx.query.some("locale");
    let body = html! {
        form.card method="post" action=(format!("{path}/withdraw")) {
            (seal(&ctx.seal))
            @if let Some(locale) = locale { input type="hidden" name="locale" value=(locale); }
            p {
                "The provider forgets " strong { (template.name) }
                @match locale { Some(locale) => { " in " strong { (locale) } }, None => " in every language" }
                ". It stays here, and can be submitted again."
            }
            p { "What waits to be sent with it is not sent any more. Meta keeps the name of an approved template for 30 days: to correct a text, change it and submit it instead." }
            div.actions {
                button.danger type="submit" { "Remove it at the provider" }
                a href=(path) { "Cancel" }
            }
        }
    };
    Ok(page(
        &ctx,
        "Remove at the provider",
        Section::Templates,
        &body,
    ))
}

/// `POST /console/templates/{id}/withdraw`
pub(crate) async fn withdraw(ctx: Ctx) -> Answer {
    let template = find(&ctx).await?;
    let syncing = &ctx.console().syncing;
    let locale = ctx.form.some("locale");
    let withdrawn = syncing.withdraw(ctx.who(), template.id, None, locale);
    withdrawn.await.map_err(failure)?;
    Ok(go(&format!(
        "/console/templates/{}?done=withdrawn",
        template.id
    )))
}

/// `POST /console/templates/sync`
pub(crate) async fn sync(ctx: Ctx) -> Answer {
    let syncing = &ctx.console().syncing;
    for account in syncing.keepers(ctx.who()).await? {
        syncing
            .look(&account)
            .await
            .map_err(|error| failure(error.into()))?;
    }
    Ok(go("/console/templates?done=synced"))
}

/// `POST /console/templates/import`
pub(crate) async fn import(ctx: Ctx) -> Answer {
    let syncing = &ctx.console().syncing;
    let accounts = syncing.keepers(ctx.who()).await?;
    let accounts: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
    for account in accounts {
        syncing.import(ctx.who(), account).await?;
    }
    Ok(go("/console/templates?done=imported"))
}

/// Why a provider did not do it, in words for people.
pub(crate) fn refusal(error: ManageError) -> Failure {
    match error {
        ManageError::Credential { field, problem } => Failure::Refused(format!(
            "The credential {field}: {problem}. Correct it under Accounts."
        )),
        ManageError::NotThere => Failure::Refused(
            "The provider does not have it any more. Ask the providers now, and try again.".into(),
        ),
        ManageError::Refused(error) => Failure::Refused(format!(
            "The provider refused: {} {}",
            sentence(&error.detail),
            sentence(&error.advice)
        )),
        ManageError::NotAsked(_) | ManageError::Unknown(_) => Failure::Refused(
            "The provider gave no answer. Try again: what was done already is not done twice."
                .into(),
        ),
    }
}

fn failure(error: SubmitError) -> Failure {
    match error {
        SubmitError::NoTemplate => Failure::NotFound("template"),
        SubmitError::NoAccount => Failure::Refused(
            "Connect a WhatsApp account first, and switch it on. It is the one that templates are submitted with.".into(),
        ),
        SubmitError::Draft { locale, error } => Failure::Refused(format!(
            "The text in {locale} cannot be submitted: {}",
            sentence(&error.to_string())
        )),
        error @ (SubmitError::NotWhatsapp(_)
        | SubmitError::NoVariant(_)
        | SubmitError::NotListed) => Failure::Refused(sentence(&error.to_string())),
        SubmitError::Sync(SyncError::NotOffered(provider)) => Failure::Refused(format!(
            "Templates of {provider} are seen to there, not here."
        )),
        SubmitError::Sync(SyncError::Vault(error)) => error.into(),
        SubmitError::Sync(SyncError::Provider(error)) => refusal(error),
        SubmitError::Sync(SyncError::Store(error)) => error.into(),
    }
}
