use crate::{
    calls,
    credentials::TwilioCredentials,
    errors::TWILIO,
    send,
    wire::{Account, MessageList},
};
use serde::de::DeserializeOwned;
use tidings_messaging::{Access, AccountInfo, ConnectError};
use tidings_provider_http::{Answer, Api};
use tidings_routing::{Class, ProviderError};
use url::Url;

/// Reads the account with its token and, where an API key is used for messages, a message with that.
///
/// The account is read with the token because ordinary API keys may not read it, and because the
/// token must be right for callbacks.
pub(crate) async fn connect(api: &Api, access: &Access) -> Result<AccountInfo, ConnectError> {
    let credentials = TwilioCredentials::read(&access.credentials)?;
    let request = calls::account(api, &credentials.identity);
    let account: Account = read(&api.call(request).await?)?;
    if account.status != "active" {
        let detail = format!("the account is {}", account.status);
        return Err(ConnectError::Refused(ProviderError::new(
            Class::Account,
            "not_active",
            &detail,
        )));
    }
    if credentials.api_key.is_some() {
        let one = [("PageSize".to_owned(), "1".to_owned())];
        let request = calls::message_list(api, &credentials, &one);
        read::<MessageList>(&api.call(request).await?)?;
    }
    Ok(AccountInfo {
        notes: notes(&account, &access.callback_url),
        name: account.friendly_name,
        state: Some(account.status),
    })
}

fn notes(account: &Account, callback_url: &str) -> Vec<String> {
    let mut notes = Vec::new();
    if account.kind.as_deref() == Some("Trial") {
        notes.push(
            "This is a trial account: it reaches verified numbers only and puts a notice before \
             each text."
                .into(),
        );
    }
    if !Url::parse(callback_url).is_ok_and(|url| send::accepts_callbacks(&url)) {
        notes.push(
            "Twilio accepts no callbacks at this installation's public address, because it is no \
             web address or its host name has an underscore: receipts are asked for instead, and \
             come later."
                .into(),
        );
    }
    notes
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, ConnectError> {
    if answer.status >= 400 {
        return Err(TWILIO.refused(answer));
    }
    let body = if answer.is_success() {
        answer.read()
    } else {
        None
    };
    body.ok_or_else(|| TWILIO.unreadable(answer))
}
