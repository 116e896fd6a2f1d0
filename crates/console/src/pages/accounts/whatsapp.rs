//! The set-up of a WhatsApp account: its number, what is told to us, and how the business shows itself.

use super::{add, changed, find};
use crate::{
    answer::{Answer, go},
    ctx::Ctx,
    failure::Failure,
    layout::{Section, seal},
    pages::{page, templates::provider},
    widgets::{Field, badge, button},
};
use maud::{Markup, html};
use secrecy::ExposeSecret as _;
use std::sync::Arc;
use tidings_kernel::{AccountId, Channel, SenderId};
use tidings_messaging::{
    Access, AccountError, BusinessProfile, Credentials, ManageError, NumberStanding,
    ProviderAccount, Sender, SenderLimits, WhatsappAccount, WhatsappNumber,
};
use tidings_phone::FictitiousNumbers;

/// What a profile says, by the names of its fields.
const PROFILE: [(&str, &str, &str); 5] = [
    ("about", "About", "One line of up to 139 characters."),
    (
        "description",
        "Description",
        "What the business does, in up to 256 characters.",
    ),
    ("address", "Address", ""),
    ("email", "Email", ""),
    (
        "vertical",
        "Trade",
        "In WhatsApp’s words, such as RETAIL or EDU.",
    ),
];

type Open = (ProviderAccount, Arc<dyn WhatsappAccount>, Access);

async fn open(ctx: &Ctx) -> Result<Open, Failure> {
    let account = find(ctx).await?;
    let keeper = ctx.console().catalog.whatsapp_account(&account.provider);
    let keeper = keeper
        .cloned()
        .ok_or(Failure::NotFound("WhatsApp account"))?;
    let access = ctx.console().access(&account)?;
    Ok((account, keeper, access))
}

fn path(id: AccountId) -> String {
    format!("/console/accounts/{id}/whatsapp")
}

/// `GET /console/accounts/{id}/whatsapp`
pub(crate) async fn show(ctx: Ctx) -> Answer {
    let (account, keeper, access) = open(&ctx).await?;
    let (numbers, apps, profile) = tokio::join!(
        keeper.numbers(&access),
        keeper.subscriptions(&access),
        keeper.profile(&access),
    );
    let path = path(account.id);
    let body = html! {
        p { a href=(format!("/console/accounts/{}", account.id)) { "Back to the account" } }
        section.card aria-labelledby="step-credentials" {
            h2 #step-credentials { "1. Credentials" }
            p { "Token, app and business account, as the account has them." }
            div.bar {
                a.button.quiet href=(format!("/console/accounts/{}/edit", account.id)) { "Edit" }
                (button(&format!("/console/accounts/{}/test", account.id), &ctx.seal, "Test the connection", "quiet"))
            }
        }
        section.card aria-labelledby="step-number" {
            h2 #step-number { "2. Number" }
            (or_problem(numbers, |numbers| choice(&ctx, &path, &numbers)))
        }
        section.card aria-labelledby="step-webhook" {
            h2 #step-webhook { "3. Webhook" }
            (webhook(&ctx, &path, &*keeper, &access))
            (or_problem(apps, |apps| subscribed(&apps)))
        }
        section.card aria-labelledby="step-profile" {
            h2 #step-profile { "4. Business profile" }
            p { "What people see of the business in WhatsApp." }
            (or_problem(profile, |profile| profile_form(&ctx, &path, &profile)))
        }
    };
    Ok(page(&ctx, &account.name, Section::Accounts, &body))
}

/// What the provider says, or why it does not.
fn or_problem<T>(answer: Result<T, ManageError>, show: impl FnOnce(T) -> Markup) -> Markup {
    match answer {
        Ok(answer) => show(answer),
        Err(error) => html! { div.notice.bad { (provider::refusal(error)) } },
    }
}

fn choice(ctx: &Ctx, path: &str, numbers: &[WhatsappNumber]) -> Markup {
    let is_chosen = numbers.iter().any(|number| number.is_own);
    html! {
        @if numbers.is_empty() { p { "The business account has no number yet. Add one at Meta, in the WhatsApp manager." } }
        @if !is_chosen && !numbers.is_empty() { div.notice.bad { "The number that the account names is not of this business account. Choose one." } }
        ul.cards { @for number in numbers { li { article.card {
            h3 { (number.shown) @if number.is_own { " " (badge(("good", "In use"))) } }
            dl.pairs {
                @if let Some(name) = &number.name { dt { "Name" } dd { (name) @if let Some(review) = &number.name_status { " (" (review.to_lowercase()) ")" } } }
                @if let Some(status) = &number.status { dt { "State" } dd { (status) } }
                @if let Some(quality) = number.quality { dt { "Quality" } dd { (badge(provider::quality(quality))) } }
                @if let Some(limit) = &number.messaging_limit { dt { "Messaging limit" } dd { (limit) } }
            }
            @if !number.is_own {
                form.one method="post" action=(format!("{path}/number")) {
                    (seal(&ctx.seal))
                    input type="hidden" name="number" value=(number.id);
                    button type="submit" name="as" value="this" { "Use this number" }
                    @if is_chosen { " " button.quiet type="submit" name="as" value="another" { "Add it as another account" } }
                }
            }
        } } } }
        form method="post" action=(format!("{path}/register")) {
            (seal(&ctx.seal))
            (Field::new("pin", "PIN of two-step verification").hint("Six digits. Only for a number that is not connected yet; a new PIN becomes its PIN.").show())
            button.quiet type="submit" { "Register the number in use" }
        }
    }
}

fn webhook(ctx: &Ctx, path: &str, keeper: &dyn WhatsappAccount, access: &Access) -> Markup {
    html! {
        p { "One press has the provider call this address, check that we answer, and tell us from then on what happens:" }
        (button(&format!("{path}/subscribe"), &ctx.seal, "Subscribe", ""))
        p { "To enter it by hand instead, in the app’s dashboard under WhatsApp, Configuration:" }
        dl.pairs {
            dt { "Callback URL" } dd { code.long { (access.callback_url) } }
            @if let Some(phrase) = keeper.passphrase(&access.credentials) {
                dt { "Verify token" } dd { code.long { (phrase.expose_secret()) } }
            }
        }
    }
}

fn subscribed(apps: &[String]) -> Markup {
    html! {
        @if apps.is_empty() {
            div.notice.bad { "Nothing is told to us yet: messages leave, but receipts and answers do not come." }
        } @else {
            div.notice.good { "Told to: " (apps.join(", ")) "." }
        }
    }
}

fn said<'a>(profile: &'a BusinessProfile, name: &str) -> Option<&'a str> {
    match name {
        "about" => profile.about.as_deref(),
        "description" => profile.description.as_deref(),
        "address" => profile.address.as_deref(),
        "email" => profile.email.as_deref(),
        "vertical" => profile.vertical.as_deref(),
        _ => None,
    }
}

fn profile_form(ctx: &Ctx, path: &str, profile: &BusinessProfile) -> Markup {
    let websites = profile.websites.clone().unwrap_or_default();
    html! {
        form method="post" action=(format!("{path}/profile")) {
            (seal(&ctx.seal))
            @for (name, label, hint) in PROFILE {
                (Field::new(name, label).value(said(profile, name).unwrap_or_default()).hint(hint).show())
            }
            (Field::new("websites", "Websites").value(&websites.join("\n")).hint("Two at most, one in each line.").area(2))
            div.actions { button type="submit" { "Save the profile" } }
        }
    }
}

/// `POST /console/accounts/{id}/whatsapp/profile`
pub(crate) async fn save_profile(ctx: Ctx) -> Answer {
    let (account, keeper, access) = open(&ctx).await?;
    let before = keeper.profile(&access).await.map_err(provider::refusal)?;
    // What is as before is left alone, so that a text of others' making is not refused here.
    let changed = |name: &str| {
        let now = ctx.form.get(name);
        (now != said(&before, name).unwrap_or_default()).then(|| now.to_owned())
    };
    let websites: Vec<String> = ctx
        .form
        .text("websites")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(ToOwned::to_owned)
        .collect();
    let change = BusinessProfile {
        about: changed("about"),
        address: changed("address"),
        description: changed("description"),
        email: changed("email"),
        vertical: changed("vertical"),
        websites: (websites != before.websites.clone().unwrap_or_default()).then_some(websites),
        picture_url: None,
    };
    let saved = keeper.set_profile(&access, &change).await;
    saved.map_err(provider::refusal)?;
    Ok(go(&format!("{}?done=saved", path(account.id))))
}

/// `POST /console/accounts/{id}/whatsapp/subscribe`
pub(crate) async fn subscribe(ctx: Ctx) -> Answer {
    let (account, keeper, access) = open(&ctx).await?;
    let subscribed = keeper.subscribe(&access).await;
    subscribed.map_err(provider::refusal)?;
    Ok(go(&format!("{}?done=subscribed", path(account.id))))
}

/// `POST /console/accounts/{id}/whatsapp/register`
pub(crate) async fn register(ctx: Ctx) -> Answer {
    let (account, keeper, access) = open(&ctx).await?;
    let pin = ctx.form.get("pin").to_owned().into();
    let registered = keeper.register(&access, &pin).await;
    registered.map_err(provider::refusal)?;
    changed(&ctx, &account, true).await;
    Ok(go(&format!("{}?done=registered", path(account.id))))
}

/// `POST /console/accounts/{id}/whatsapp/number`
pub(crate) async fn choose(ctx: Ctx) -> Answer {
    let (account, keeper, access) = open(&ctx).await?;
    let numbers = keeper.numbers(&access).await.map_err(provider::refusal)?;
    let wanted = ctx.form.get("number");
    let number = numbers.into_iter().find(|number| number.id == wanted);
    let number = number.ok_or(Failure::NotFound("number"))?;
    // The address is ours to read: the provider writes numbers as people do.
    let address = Sender::read_address(
        Channel::Whatsapp,
        &number.shown,
        None,
        FictitiousNumbers::Accept,
    );
    let address = address.ok_or_else(|| {
        Failure::Refused(
            "The provider names a number that cannot be read. Enter it under “Edit”.".into(),
        )
    })?;
    let credentials = keeper.for_number(&access.credentials, &number.id);
    if ctx.form.get("as") == "another" {
        return another(&ctx, &account, &number, address, credentials).await;
    }
    let account = ProviderAccount {
        sealed_credentials: sealed(&ctx, account.id, &credentials)?,
        senders: with_address(&ctx, account.senders, address),
        ..account
    };
    if !ctx.console().accounts.update(&account).await? {
        return Err(Failure::NotFound("account"));
    }
    changed(&ctx, &account, false).await;
    Ok(go(&format!("{}?done=saved", path(account.id))))
}

/// A number of the same business account, as an account of its own.
async fn another(
    ctx: &Ctx,
    like: &ProviderAccount,
    number: &WhatsappNumber,
    address: String,
    credentials: Credentials,
) -> Answer {
    let blank = add::blank(ctx, &like.provider);
    let account = ProviderAccount {
        name: format!("{} {}", like.name, number.shown),
        priority: like.priority,
        prices: like.prices.clone(),
        sealed_credentials: sealed(ctx, blank.id, &credentials)?,
        senders: with_address(ctx, Vec::new(), address),
        ..blank
    };
    match ctx.console().accounts.create(&account, None).await {
        Ok(()) => Ok(go(&format!("{}?done=added", path(account.id)))),
        Err(AccountError::Store(error)) => Err(error.into()),
        Err(error @ AccountError::KeyLost(_)) => Err(Failure::Broken(error.into())),
    }
}

fn sealed(
    ctx: &Ctx,
    account: AccountId,
    credentials: &Credentials,
) -> Result<tidings_messaging::Sealed, Failure> {
    let plain = credentials.to_plain();
    Ok(ctx.console().vault.seal(ctx.who(), account, &plain)?)
}

/// The senders with this address on WhatsApp in place of the one there.
fn with_address(ctx: &Ctx, mut senders: Vec<Sender>, address: String) -> Vec<Sender> {
    let on_whatsapp = |sender: &&mut Sender| sender.channels.contains(&Channel::Whatsapp);
    if let Some(sender) = senders.iter_mut().find(on_whatsapp) {
        sender.address = address;
    } else {
        senders.push(Sender {
            id: SenderId::new(&*ctx.console().ids),
            address,
            channels: vec![Channel::Whatsapp],
            region: None,
            limits: SenderLimits::default(),
            standing: NumberStanding::default(),
        });
    }
    senders
}
