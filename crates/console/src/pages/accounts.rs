//! Provider accounts: what messages leave through.

pub(crate) mod act;
pub(crate) mod add;
pub(crate) mod detail;
pub(crate) mod edit;
mod fields;
pub(crate) mod list;
pub(crate) mod whatsapp;

use crate::{ctx::Ctx, failure::Failure, problems::sentence};
use std::time::Duration;
use tidings_kernel::AccountId;
use tidings_messaging::{
    Access, AccountInfo, ConnectError, Provider, ProviderAccount,
    tend::{comes_back, has_changed},
};
use time::{OffsetDateTime, Time, UtcOffset};

/// How long a connection test may take.
const TEST: Duration = Duration::from_secs(10);

/// The account in the path.
async fn find(ctx: &Ctx) -> Result<ProviderAccount, Failure> {
    let id: AccountId = ctx.id("account")?;
    ctx.console()
        .accounts
        .get(ctx.who(), id)
        .await?
        .ok_or(Failure::NotFound("account"))
}

/// What a provider is called; of one that is not offered here, what its account says.
fn title<'a>(ctx: &'a Ctx, provider: &'a str) -> &'a str {
    ctx.console()
        .catalog
        .get(provider)
        .map_or(provider, |known| known.descriptor().title)
}

/// Has what waits for a way look again, and an account whose provider `has_answered` carry messages again.
async fn changed(ctx: &Ctx, account: &ProviderAccount, has_answered: bool) {
    let console = ctx.console();
    if has_answered {
        comes_back(&*console.healths, &*console.dispatch, account, ctx.now).await;
    }
    has_changed(&*console.dispatch, account, ctx.now).await;
}

/// Begin of the day by UTC.
fn midnight(now: OffsetDateTime) -> OffsetDateTime {
    now.to_offset(UtcOffset::UTC).replace_time(Time::MIDNIGHT)
}

/// Asks the provider whether the credentials work, in bounded time; else a field and what is wrong with it.
async fn connect(
    provider: &dyn Provider,
    access: &Access,
) -> Result<AccountInfo, (Option<&'static str>, String)> {
    let whole = |text: String| (None, text);
    match tokio::time::timeout(TEST, provider.connect(access)).await {
        Ok(Ok(info)) => Ok(info),
        Ok(Err(ConnectError::Credential { field, problem })) => {
            Err((Some(field), sentence(&problem)))
        }
        Ok(Err(ConnectError::Refused(error))) => Err(whole(format!(
            "The provider refused: {} {}",
            sentence(&error.detail),
            sentence(&error.advice)
        ))),
        Ok(Err(ConnectError::Unreachable(_))) => Err(whole(
            "The provider could not be reached. Try again, or save without the test.".into(),
        )),
        Err(_) => Err(whole(
            "The provider did not answer within 10 seconds. Try again, or save without the test."
                .into(),
        )),
    }
}
