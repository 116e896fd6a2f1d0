use super::{connect, fields};
use crate::{
    answer::{Answer, go},
    ctx::Ctx,
    failure::Failure,
    form::Form,
    layout::{Section, seal},
    pages::{page, refused},
    problems::Problems,
    widgets::tick,
    words,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use maud::{Markup, html};
use std::sync::Arc;
use tidings_kernel::AccountId;
use tidings_messaging::{
    Access, AccountError, Credentials, Descriptor, Provider, ProviderAccount, Sealed,
};

/// `GET /console/accounts/new`
pub(crate) async fn choose(ctx: Ctx) -> Answer {
    let body = html! {
        p { "At which provider do you have an account?" }
        ul.cards {
            @for provider in ctx.console().catalog.iter() {
                @let descriptor = provider.descriptor();
                li {
                    article.card {
                        h2 { a href=(format!("/console/accounts/new/{}", descriptor.name)) { (descriptor.title) } }
                        p { "Carries "
                            (descriptor.channels.iter().map(|ability| words::channel(ability.channel)).collect::<Vec<_>>().join(", ")) }
                    }
                }
            }
        }
    };
    Ok(page(&ctx, "Connect an account", Section::Accounts, &body))
}

fn chosen(ctx: &Ctx) -> Result<Arc<dyn Provider>, Failure> {
    let provider = ctx.console().catalog.get(ctx.param("provider"));
    provider.cloned().ok_or(Failure::NotFound("provider"))
}

fn body(ctx: &Ctx, descriptor: &Descriptor, form: &Form, problems: &Problems) -> Markup {
    html! {
        form.card method="post" action=(format!("/console/accounts/new/{}", descriptor.name)) {
            (seal(&ctx.seal))
            (fields::show(descriptor, form, problems, true))
            (tick("untested", "on", "Save without testing the connection", form.is_on("untested")))
            div.actions {
                button type="submit" { "Test and save" }
                a href="/console/accounts/new" { "Another provider" }
            }
        }
    }
}

fn title(descriptor: &Descriptor) -> String {
    format!("Connect {}", descriptor.title)
}

/// `GET /console/accounts/new/{provider}`
pub(crate) async fn new(ctx: Ctx) -> Answer {
    let provider = chosen(&ctx)?;
    let descriptor = provider.descriptor();
    let body = body(&ctx, descriptor, &Form::default(), &Problems::default());
    Ok(page(&ctx, &title(descriptor), Section::Accounts, &body))
}

/// `POST /console/accounts/new/{provider}`
pub(crate) async fn add(ctx: Ctx) -> Answer {
    let provider = chosen(&ctx)?;
    let descriptor = provider.descriptor();
    let mut problems = Problems::default();
    let credentials = fields::read_credentials(descriptor, &ctx.form, &mut problems, true);
    let mut account = blank(&ctx, descriptor.name);
    fields::read(&ctx, descriptor, &mut account, &mut problems);
    let access = access(&ctx, &account, credentials.unwrap_or_default());
    if problems.is_empty() && !ctx.form.is_on("untested") {
        test(&*provider, &access, &mut problems).await;
    }
    if !problems.is_empty() {
        let body = body(&ctx, descriptor, &ctx.form, &problems);
        return Ok(refused(&ctx, &title(descriptor), Section::Accounts, &body));
    }
    let plain = access.credentials.to_plain();
    account.sealed_credentials = ctx.console().vault.seal(ctx.who(), account.id, &plain)?;
    match ctx.console().accounts.create(&account, None).await {
        Ok(()) => Ok(go(&format!("/console/accounts/{}?done=added", account.id))),
        Err(AccountError::Store(error)) => Err(error.into()),
        Err(error @ AccountError::KeyLost(_)) => Err(Failure::Broken(error.into())),
    }
}

pub(super) fn blank(ctx: &Ctx, provider: &str) -> ProviderAccount {
    let console = ctx.console();
    ProviderAccount {
        id: AccountId::new(&*console.ids),
        tenant: ctx.who(),
        provider: provider.to_owned(),
        name: String::new(),
        sealed_credentials: Sealed(Vec::new()),
        callback_token: URL_SAFE_NO_PAD.encode(console.randomness.bytes()),
        is_enabled: true,
        priority: 100,
        daily_limit: None,
        rate_per_second: None,
        prices: Vec::new(),
        senders: Vec::new(),
        created_at: ctx.now,
    }
}

/// What the provider needs for a test.
pub(super) fn access(ctx: &Ctx, account: &ProviderAccount, credentials: Credentials) -> Access {
    let console = ctx.console();
    Access {
        tenant: account.tenant,
        account: account.id,
        callback_url: console.callback_url(&account.provider, &account.callback_token),
        credentials,
    }
}

/// Tests the connection, and notes why it does not work.
pub(super) async fn test(provider: &dyn Provider, access: &Access, problems: &mut Problems) {
    if let Err((field, sentence)) = connect(provider, access).await {
        let first = provider.descriptor().credentials.first();
        let field = field.or(first.map(|field| field.name)).unwrap_or("name");
        problems.add(fields::credential(field), sentence);
    }
}
