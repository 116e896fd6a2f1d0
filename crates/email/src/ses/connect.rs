//! The connection test: what SES says of the account.

use super::{
    client::Client,
    credentials::SesCredentials,
    errors::SES,
    wire::{Account, SendQuota},
};
use tidings_messaging::{AccountInfo, ConnectError};
use tidings_routing::{Class, ProviderError};

pub(super) async fn connect(
    client: &Client,
    credentials: &SesCredentials,
) -> Result<AccountInfo, ConnectError> {
    let service = client.service(credentials)?;
    let answer = service.get(&["v2", "email", "account"]).await?;
    if !answer.is_success() {
        return Err(SES.refused(&answer));
    }
    let account: Account = answer.read().ok_or_else(|| SES.unreadable(&answer))?;
    let is_shut = account.enforcement_status.as_deref() == Some("SHUTDOWN");
    if !account.sending_enabled || is_shut {
        let detail = "AWS has paused sending of this account: see the SES console";
        return Err(ConnectError::Refused(ProviderError::new(
            Class::Account,
            "sending_paused",
            detail,
        )));
    }
    Ok(AccountInfo {
        name: None,
        notes: notes(credentials, &account),
        state: account.enforcement_status,
    })
}

fn notes(credentials: &SesCredentials, account: &Account) -> Vec<String> {
    let is_used_up = |quota: &SendQuota| match (quota.most, quota.sent) {
        (Some(most), Some(sent)) => most >= 0.0 && sent >= most,
        _ => false,
    };
    let is_sandbox = account.production_access_enabled == Some(false);
    let has_no_quota = account.send_quota.as_ref().is_some_and(is_used_up);
    let has_no_set = credentials.configuration_set.is_none();
    let has_no_topic = credentials.topics.is_empty();
    [
        (
            is_sandbox,
            "the account is in the sandbox: only verified addresses get mail, until AWS grants production access",
        ),
        (
            account.enforcement_status.as_deref() == Some("PROBATION"),
            "AWS has put the account on probation: see bounces and complaints in the SES console",
        ),
        (
            has_no_quota,
            "the quota of the last 24 hours is used up: mail waits, or ask AWS for more",
        ),
        (
            has_no_set,
            "without a configuration set SES reports nothing: messages stay at sent",
        ),
        (
            has_no_topic,
            "without a topic callbacks are refused: give the ARN of the SNS topic of the events",
        ),
    ]
    .into_iter()
    .filter(|(is_so, _)| *is_so)
    .map(|(_, note)| note.to_owned())
    .collect()
}
