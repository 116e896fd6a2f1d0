use super::{midnight, title};
use crate::{
    answer::Answer,
    ctx::Ctx,
    layout::Section,
    pages::page,
    widgets::{badge, empty},
    words,
};
use maud::{Markup, html};
use std::collections::HashMap;
use tidings_kernel::AccountId;
use tidings_messaging::{Checkup, ProviderAccount, Role, Tally};

/// `GET /console/accounts`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let (console, who) = (ctx.console(), ctx.who());
    let accounts = console.accounts.of_tenants(&[who]).await?;
    let begun = console.accounts.begun(who, midnight(ctx.now)).await?;
    let begun: HashMap<AccountId, Tally> = begun.into_iter().collect();
    let health = console.healths.of_tenants(&[who], ctx.now).await?;
    let may = ctx.may(Role::Admin);
    let body = html! {
        @if may && !accounts.is_empty() {
            div.bar { a.button href="/console/accounts/new" { "Connect an account" } }
        }
        @if accounts.is_empty() {
            (empty("No account yet", "Messages leave through your own account at a provider, such as Twilio. Connect one to send anything.",
                may.then_some(("/console/accounts/new", "Connect an account"))))
            @if !may { p.hint { "Only admins of your business connect accounts." } }
        } @else {
            p.hint { "Accounts are tried from the lowest order to the highest, unless routing says otherwise." }
            ul.cards {
                @for account in &accounts {
                    li { (card(&ctx, account, begun.get(&account.id), &health)) }
                }
            }
        }
    };
    Ok(page(&ctx, "Accounts", Section::Accounts, &body))
}

fn card(ctx: &Ctx, account: &ProviderAccount, begun: Option<&Tally>, health: &[Checkup]) -> Markup {
    let mut channels: Vec<&str> = account
        .senders
        .iter()
        .flat_map(|sender| &sender.channels)
        .map(|channel| words::channel(*channel))
        .collect();
    channels.sort_unstable();
    channels.dedup();
    let begun = begun.copied().unwrap_or_default();
    html! {
        article.card {
            h2 { a href=(format!("/console/accounts/{}", account.id)) { (account.name) } }
            p { (title(ctx, &account.provider)) " " (badge(standing(ctx, account, health))) }
            dl.pairs {
                dt { "Carries" } dd { @if channels.is_empty() { "Nothing: it has no senders" } @else { (channels.join(", ")) } }
                dt { "Senders" } dd { (senders(account)) }
                dt { "Order" } dd { (account.priority) }
            }
            (usage(begun, account.daily_limit))
        }
    }
}

fn senders(account: &ProviderAccount) -> String {
    let shown: Vec<&str> = account
        .senders
        .iter()
        .take(3)
        .map(|sender| sender.address.as_str())
        .collect();
    let more = account.senders.len().saturating_sub(3);
    match (shown.is_empty(), more) {
        (true, _) => "None".to_owned(),
        (false, 0) => shown.join(", "),
        (false, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What was used today, beside the limit if there is one.
pub(super) fn usage(begun: Tally, limit: Option<u32>) -> Markup {
    html! {
        div.usage {
            @match limit {
                Some(limit) => {
                    p { "Today " (begun) " of " (limit) " messages" }
                    meter min="0" max=(limit) value=(begun.count.min(limit.into())) aria-label="Used today" {
                        (begun) " of " (limit)
                    }
                }
                None => p { "Today " (begun) " messages, no limit" }
            }
        }
    }
}

/// How an account is, in one word.
pub(super) fn standing(
    ctx: &Ctx,
    account: &ProviderAccount,
    health: &[Checkup],
) -> (&'static str, &'static str) {
    if !account.is_enabled {
        return ("calm", "Off");
    }
    if ctx.console().catalog.get(&account.provider).is_none() {
        return ("bad", "Provider not offered here");
    }
    let own = health
        .iter()
        .filter(|checkup| checkup.way.account == account.id);
    let whole = own
        .clone()
        .find(|checkup| checkup.way.region.is_none())
        .map(|checkup| checkup.health.circuit.as_str());
    let has_bad_destination = own
        .filter(|checkup| checkup.way.region.is_some())
        .any(|checkup| checkup.health.circuit.as_str() != "closed");
    match whole {
        Some("open") => ("bad", "Resting after failures"),
        Some("half_open") => ("warn", "Being tried again"),
        Some("out") => ("bad", "Refused by the provider"),
        _ if has_bad_destination => ("warn", "Trouble with some countries"),
        _ => ("good", "Works"),
    }
}
