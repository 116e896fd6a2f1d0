use crate::{
    client::{Answer, ApiClient},
    credentials::TwilioCredentials,
    errors, send,
    wire::{Account, MessageList},
};
use tidings_messaging::{Access, AccountInfo, ConnectError};
use tidings_routing::Class;
use url::Url;

/// Reads the account with its token and, where an API key is used for messages, a message with that.
///
/// The account is read with the token because ordinary API keys may not read it, and because the
/// token must be right for callbacks.
pub(crate) async fn connect(api: &ApiClient, access: &Access) -> Result<AccountInfo, ConnectError> {
    let credentials =
        TwilioCredentials::read(&access.credentials).map_err(|error| ConnectError::Credential {
            field: error.field,
            problem: error.problem.to_owned(),
        })?;
    let identity = &credentials.identity;
    let answer = api.account(&identity.account_sid, &identity.login()).await;
    let account: Account = read(&answer.map_err(|error| ConnectError::Unreachable(error.into()))?)?;
    if account.status != "active" {
        let detail = format!("the account is {}", account.status);
        return Err(ConnectError::Refused(errors::ours(
            Class::Account,
            "not_active",
            &detail,
        )));
    }
    if credentials.api_key.is_some() {
        let answer = api.message_list(&credentials, "PageSize=1").await;
        let answer = answer.map_err(|error| ConnectError::Unreachable(error.into()))?;
        read::<MessageList>(&answer)?;
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

fn read<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, ConnectError> {
    if answer.is_success() {
        return answer.read().ok_or_else(|| {
            ConnectError::Unreachable("the answer is not what twilio documents".into())
        });
    }
    if matches!(answer.status, 400..=499) {
        let error = answer.error();
        let refusal = errors::refusal(answer.status, error.as_ref(), answer.retry_after);
        return Err(ConnectError::Refused(refusal));
    }
    Err(ConnectError::Unreachable(
        format!("twilio answered {}", answer.status).into(),
    ))
}
