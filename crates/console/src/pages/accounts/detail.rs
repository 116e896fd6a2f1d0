use super::{
    find,
    list::{standing, usage},
    midnight, title,
};
use crate::{
    answer::Answer,
    ctx::Ctx,
    layout::Section,
    pages::{page, templates::provider::quality},
    widgets::{badge, button, empty, when},
    words,
};
use maud::{Markup, html};
use tidings_messaging::{Checkup, HealthEvent, ProviderAccount, Role, Sender};

/// How many lines of its history are shown.
const HISTORY: u32 = 20;

/// `GET /console/accounts/{id}`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let account = find(&ctx).await?;
    let (console, who) = (ctx.console(), ctx.who());
    let health = console.healths.of_tenants(&[who], ctx.now).await?;
    let history = console.healths.history(who, account.id, HISTORY).await?;
    let begun = console.accounts.begun(who, midnight(ctx.now)).await?;
    let begun = begun.iter().find(|(id, _)| *id == account.id);
    let begun = begun.map(|(_, begun)| *begun).unwrap_or_default();
    let body = html! {
        p { (title(&ctx, &account.provider)) " " (badge(standing(&ctx, &account, &health))) }
        @if ctx.may(Role::Admin) { (actions(&ctx, &account)) }
        (usage(begun, account.daily_limit))
        section.card aria-labelledby="senders" { h2 #senders { "Senders" } (senders(&ctx, &account.senders)) }
        @if ctx.may(Role::Admin) {
            section.card aria-labelledby="callbacks" {
                h2 #callbacks { "Callback address" }
                p { "Paste this at the provider, so that it reports what became of messages and hands over what contacts write. Its end is a secret." }
                p { code.long { (console.callback_url(&account.provider, &account.callback_token)) } }
            }
        }
        section.card aria-labelledby="health" {
            h2 #health { "Health" }
            (ways(&account, &health))
            (events(&history))
        }
    };
    Ok(page(&ctx, &account.name, Section::Accounts, &body))
}

fn actions(ctx: &Ctx, account: &ProviderAccount) -> Markup {
    let path = format!("/console/accounts/{}", account.id);
    html! {
        div.bar {
            a.button.quiet href=(format!("{path}/edit")) { "Edit" }
            @if ctx.console().catalog.whatsapp_account(&account.provider).is_some() {
                a.button.quiet href=(format!("{path}/whatsapp")) { "Set up WhatsApp" }
            }
            (button(&format!("{path}/test"), &ctx.seal, "Test the connection", "quiet"))
            @if account.is_enabled {
                (button(&format!("{path}/disable"), &ctx.seal, "Switch off", "quiet"))
            } @else {
                (button(&format!("{path}/enable"), &ctx.seal, "Switch on", ""))
            }
            a.button.quiet.danger href=(format!("{path}/remove")) { "Remove" }
        }
    }
}

fn senders(ctx: &Ctx, senders: &[Sender]) -> Markup {
    let percent = ctx.tenant.settings.whatsapp.medium_quality_percent;
    html! {
        @if senders.is_empty() {
            (empty("No senders", "Without a number, name or address to send from nothing leaves this way. Add one under “Edit”.", None))
        } @else {
            div.scroll tabindex="0" { table {
                thead { tr { th scope="col" { "Address" } th scope="col" { "Channels" } th scope="col" { "Country" } } }
                tbody { @for sender in senders { tr {
                    th scope="row" { (sender.address) }
                    td { (sender.channels.iter().map(|channel| words::channel(*channel)).collect::<Vec<_>>().join(", ")) }
                    td { @match sender.region { Some(region) => (region), None => "Any" } }
                } } }
            } }
            @for sender in senders.iter().filter(|sender| !sender.standing.is_empty()) {
                (rated(sender, percent))
            }
        }
    }
}

/// What the provider says of a number, and what follows.
fn rated(sender: &Sender, percent: u8) -> Markup {
    let standing = &sender.standing;
    let told = [
        standing.quality.as_ref().map(|told| told.at),
        standing.tier.as_ref().map(|told| told.at),
    ];
    html! {
        p {
            strong { (sender.address) } " on WhatsApp " (badge(quality(standing.quality()))) " "
            (standing.sentence(percent))
            @if let Some(at) = told.into_iter().flatten().max() { " As of " (when(at)) "." }
        }
    }
}

fn ways(account: &ProviderAccount, health: &[Checkup]) -> Markup {
    let own: Vec<&Checkup> = health
        .iter()
        .filter(|checkup| checkup.way.account == account.id)
        .collect();
    html! {
        @if own.is_empty() {
            p { "It was not used in the last minute, and nothing is known against it." }
        } @else {
            div.scroll tabindex="0" { table {
                caption { "The last minute, as a whole and by country" }
                thead { tr {
                    th scope="col" { "To" } th scope="col" { "State" } th scope="col" { "Calls" } th scope="col" { "Failed" }
                    th scope="col" { "Delivered" } th scope="col" { "Not delivered" } th scope="col" { "Since" }
                } }
                tbody { @for checkup in own { tr {
                    th scope="row" { @match checkup.way.region { Some(region) => (region), None => "Everywhere" } }
                    td { (checkup.health.circuit.as_str().replace('_', " ")) }
                    td { (checkup.recent.calls()) }
                    td { (checkup.recent.faults) }
                    td { (checkup.recent.delivered) }
                    td { (checkup.recent.undelivered) }
                    td { (when(checkup.health.since)) }
                } } }
            } }
        }
    }
}

fn events(history: &[HealthEvent]) -> Markup {
    html! {
        @if !history.is_empty() {
            h3 { "What happened" }
            ol.history { @for event in history { li {
                (when(event.at)) ": " strong { (event.state.replace('_', " ")) }
                @if let Some(region) = event.region { " to " (region) }
                ", " (event.reason)
            } } }
        }
    }
}
