use crate::{
    client::{Client, Service},
    credentials::{AwsCredentials, SendApi},
    dialect::{self, SNS, VOICE},
    wire::{AccountAttributes, ConfigurationSets, SpendLimits},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tidings_messaging::{Access, AccountInfo, ConnectError};

const SANDBOX: &str = "This account is in the sandbox: it reaches verified numbers only, until AWS grants \
                       production access.";
const NO_TOPIC: &str = "No topic is given: neither receipts nor replies are taken.";

/// Reads the state of the account. The first question must be answered; where a key may not ask the others,
/// a note says so.
pub(crate) async fn connect(client: &Client, access: &Access) -> Result<AccountInfo, ConnectError> {
    let credentials = AwsCredentials::read(&access.credentials)?;
    let mut info = match credentials.api {
        SendApi::EndUserMessaging => end_user_messaging(client, &credentials).await?,
        SendApi::Sns => sns(client, &credentials).await?,
    };
    if credentials.topics.is_empty() {
        info.notes.push(NO_TOPIC.into());
    }
    Ok(info)
}

async fn end_user_messaging(
    client: &Client,
    credentials: &AwsCredentials,
) -> Result<AccountInfo, ConnectError> {
    let service = client.sms_voice(credentials)?;
    let attributes: AccountAttributes =
        ask(&service, "DescribeAccountAttributes", &json!({})).await?;
    let tier = attributes
        .account_attributes
        .into_iter()
        .find(|attribute| attribute.name == "ACCOUNT_TIER");
    let state = tier.map(|tier| tier.value);
    let mut notes = Vec::new();
    if state.as_deref() == Some("SANDBOX") {
        notes.push(SANDBOX.into());
    }
    notes.extend(spend_limit(&service).await);
    notes.extend(events(&service, credentials).await);
    Ok(AccountInfo {
        name: None,
        state,
        notes,
    })
}

async fn spend_limit(service: &Service<'_>) -> Option<String> {
    const TEXTS: &str = "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT";
    let asked: Result<SpendLimits, _> = ask(service, "DescribeSpendLimits", &json!({})).await;
    match asked {
        Ok(limits) => limits
            .spend_limits
            .iter()
            .find(|limit| limit.name == TEXTS)
            .map(|limit| spends(&limit.enforced_limit.to_string())),
        Err(error) => Some(format!("The spend limit could not be read: {error}.")),
    }
}

fn spends(dollars: &str) -> String {
    format!("At most {dollars} US dollars are spent on texts each month; then AWS refuses them.")
}

/// Whether receipts will come.
async fn events(service: &Service<'_>, credentials: &AwsCredentials) -> Option<String> {
    let Some(name) = &credentials.configuration_set else {
        return Some("No configuration set is given: there will be no receipts.".into());
    };
    let input = json!({ "ConfigurationSetNames": [name] });
    let sets: ConfigurationSets = match ask(service, "DescribeConfigurationSets", &input).await {
        Ok(sets) => sets,
        Err(error) => return Some(format!("The configuration set could not be read: {error}.")),
    };
    let destinations = sets
        .configuration_sets
        .iter()
        .flat_map(|set| &set.event_destinations);
    let mut topics = destinations
        .filter(|destination| destination.enabled)
        .filter_map(|destination| destination.sns_destination.as_ref());
    let comes_here = topics.any(|topic| credentials.topics.contains(&topic.topic_arn));
    (!comes_here).then(|| {
        "The configuration set sends its events to none of the topics given here: there will be no \
         receipts."
            .into()
    })
}

async fn ask<T: DeserializeOwned>(
    service: &Service<'_>,
    operation: &str,
    input: &Value,
) -> Result<T, ConnectError> {
    let answer = service.json(operation, input).await?;
    if !answer.is_success() {
        return Err(VOICE.refused(&answer));
    }
    answer.read().ok_or_else(|| VOICE.unreadable(&answer))
}

async fn sns(client: &Client, credentials: &AwsCredentials) -> Result<AccountInfo, ConnectError> {
    const ENTRY: &str = "GetSMSAttributesResponse/GetSMSAttributesResult/attributes/entry";
    const STATUS: &str =
        "GetSMSSandboxAccountStatusResponse/GetSMSSandboxAccountStatusResult/IsInSandbox";
    let service = client.sns(credentials)?;
    let answer = service.query("GetSMSAttributes", &[]).await?;
    if !answer.is_success() {
        return Err(SNS.refused(&answer));
    }
    let texts = dialect::texts(&answer)
        .filter(|texts| texts.get("GetSMSAttributesResponse").is_some())
        .ok_or_else(|| SNS.unreadable(&answer))?;
    let keys = texts.all(&format!("{ENTRY}/key"));
    let values = texts.all(&format!("{ENTRY}/value"));
    let mut notes = vec![
        "Plain SNS has no receipts, unless its delivery log is published to the topic, and carries no \
         attachments."
            .to_owned(),
    ];
    let limit = keys
        .into_iter()
        .zip(values)
        .find(|(key, _)| *key == "MonthlySpendLimit");
    notes.extend(limit.map(|(_, dollars)| spends(dollars)));
    let status = service.query("GetSMSSandboxAccountStatus", &[]).await?;
    let status = dialect::texts(&status).and_then(|texts| texts.get(STATUS).map(str::to_owned));
    let state = match status.as_deref() {
        Some("true") => {
            notes.push(SANDBOX.into());
            Some("SANDBOX".to_owned())
        }
        Some("false") => Some("PRODUCTION".to_owned()),
        Some(_) | None => {
            notes.push("SNS does not say whether this account is in the sandbox.".into());
            None
        }
    };
    Ok(AccountInfo {
        name: None,
        state,
        notes,
    })
}
