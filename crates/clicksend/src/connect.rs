mod rules;

use crate::{
    client::Client,
    credentials::Identity,
    descriptor::{SUBACCOUNT_ID, USER_ID},
    dialect::DIALECT,
    wire::{Account, Envelope, is_set},
};
use tidings_kernel::Money;
use tidings_messaging::{Access, AccountInfo, ConnectError, CredentialField};
use tidings_provider_http::{Answer, Api};
use tidings_routing::{Class, ProviderError};

/// Reads the account, and looks whether its rules send receipts and replies here. Nothing of it costs.
///
/// The answer holds the API key in the clear; it is neither kept nor told.
pub(crate) async fn connect(api: &Api, access: &Access) -> Result<AccountInfo, ConnectError> {
    let client = Client::of(api, access)?;
    let identity = Identity::read(&access.credentials)?;
    let answer = client.get(&["account"], &[]).await?;
    let account = read(&answer)?;
    let Some(active) = account.active.as_deref() else {
        return Err(DIALECT.unreadable(&answer));
    };
    if account.banned.as_deref().is_some_and(is_set) {
        return Err(refused("banned", "ClickSend has banned the account"));
    }
    if !is_set(active) {
        return Err(refused("not_active", "the account is not active"));
    }
    check(
        &USER_ID,
        identity.user_id.as_deref(),
        account.user_id.as_deref(),
    )?;
    check(
        &SUBACCOUNT_ID,
        identity.subaccount_id.as_deref(),
        subaccount(&account),
    )?;
    let mut notes = notes(&account, &identity);
    notes.extend(rules::missing(&client, &access.callback_url).await);
    Ok(AccountInfo {
        notes,
        state: Some("active".to_owned()),
        name: account.name.or(account.username),
    })
}

fn read(answer: &Answer) -> Result<Account, ConnectError> {
    if matches!(answer.status, 400..) {
        return Err(DIALECT.refused(answer));
    }
    let envelope = answer.read::<Envelope>().filter(|_| answer.is_success());
    envelope
        .and_then(Envelope::into_data)
        .and_then(|data| serde_json::from_value(data).ok())
        .ok_or_else(|| DIALECT.unreadable(answer))
}

fn refused(code: &str, detail: &str) -> ConnectError {
    ConnectError::Refused(ProviderError {
        advice: "see the account in ClickSend's dashboard, or ask its support".to_owned(),
        ..ProviderError::new(Class::Account, code, detail)
    })
}

/// A number that was given must be the account's own, or all of its callbacks would be refused.
fn check(
    field: &CredentialField,
    given: Option<&str>,
    own: Option<&str>,
) -> Result<(), ConnectError> {
    match (given, own) {
        (Some(given), Some(own)) if given != own => Err(ConnectError::Credential {
            field: field.name,
            problem: format!(
                "is not that of the API key, which is {own}: correct it, or leave it out"
            ),
        }),
        (Some(_) | None, _) => Ok(()),
    }
}

fn subaccount(account: &Account) -> Option<&str> {
    account.subaccount.as_ref()?.subaccount_id.as_deref()
}

fn notes(account: &Account, identity: &Identity) -> Vec<String> {
    let mut notes = Vec::new();
    if account.on_trial.as_deref().is_some_and(is_set) {
        notes.push(
            "This is a trial account: ClickSend limits whom it reaches and for how long."
                .to_owned(),
        );
    }
    notes.extend(balance(account));
    for (field, given, own) in [
        (&USER_ID, &identity.user_id, account.user_id.as_deref()),
        (&SUBACCOUNT_ID, &identity.subaccount_id, subaccount(account)),
    ] {
        if let (None, Some(own)) = (given, own) {
            notes.push(format!(
                "The {} is {own}: give it too, and callbacks that name another are refused.",
                field.label
            ));
        }
    }
    notes
}

fn balance(account: &Account) -> Option<String> {
    let balance = Money::parse(account.balance.as_deref()?, account.currency()?).ok()?;
    Some(if balance.micros() > 0 {
        format!("The balance is {balance}.")
    } else {
        format!("The balance is {balance}: top it up, or messages are refused.")
    })
}
