//! What an account has.

use serde_json::{Value, json};

use super::super::accounts::AwsAccount;
use super::super::errors::EumError;
use crate::request::list;

pub(super) fn spend_limits() -> Value {
    let limit = |name: &str| json!({"Name": name, "EnforcedLimit": 1000, "MaxLimit": 1000, "Overridden": false});
    json!({"SpendLimits": [
        limit("TEXT_MESSAGE_MONTHLY_SPEND_LIMIT"),
        limit("MEDIA_MESSAGE_MONTHLY_SPEND_LIMIT"),
        limit("VOICE_MESSAGE_MONTHLY_SPEND_LIMIT"),
    ]})
}

/// `arn:aws:sms-voice:…:kind/name`.
pub(super) fn arn(account: &AwsAccount, kind: &str, name: &str) -> String {
    let (region, id) = (&account.region, &account.account_id);
    format!("arn:aws:sms-voice:{region}:{id}:{kind}/{name}")
}

pub(super) fn phone_numbers(account: &AwsAccount) -> Value {
    let numbers: Vec<Value> = account
        .numbers
        .iter()
        .map(|own| {
            let digits = crate::phone::digits(&own.number);
            let id = format!("phone-{digits:0>32}");
            json!({
                "PhoneNumberArn": arn(account, "phone-number", &id),
                "PhoneNumberId": id,
                "PhoneNumber": own.number,
                "Status": "ACTIVE",
                "IsoCountryCode": "US",
                "MessageType": "TRANSACTIONAL",
                "NumberCapabilities": ["SMS", "MMS"],
                "NumberType": "LONG_CODE",
                "MonthlyLeasingPrice": "1.00",
                "TwoWayEnabled": own.topic.is_some(),
                "TwoWayChannelArn": own.topic,
                "SelfManagedOptOutsEnabled": own.self_managed_opt_outs,
                "OptOutListName": "Default",
                "DeletionProtectionEnabled": false,
                "CreatedTimestamp": 1_700_000_000.0,
            })
        })
        .collect();
    json!({ "PhoneNumbers": numbers })
}

pub(super) fn configuration_sets(account: &AwsAccount, body: &Value) -> Result<Value, EumError> {
    let names = list(body, "ConfigurationSetNames");
    let mut found = Vec::new();
    if names.is_empty() {
        found.extend(&account.configuration_sets);
    }
    for name in names {
        let set = name
            .as_str()
            .and_then(|name| account.configuration_set(name));
        found.push(set.ok_or_else(|| EumError::of("ResourceNotFoundException"))?);
    }
    let sets: Vec<Value> = found
        .into_iter()
        .map(|set| {
            let destinations: Vec<Value> = set
                .topic
                .iter()
                .map(|topic| {
                    json!({
                        "EventDestinationName": "events",
                        "Enabled": true,
                        "MatchingEventTypes": ["TEXT_ALL", "MEDIA_ALL"],
                        "SnsDestination": {"TopicArn": topic},
                    })
                })
                .collect();
            json!({
                "ConfigurationSetArn": arn(account, "configuration-set", &set.name),
                "ConfigurationSetName": set.name,
                "EventDestinations": destinations,
                "CreatedTimestamp": 1_700_000_000.0,
            })
        })
        .collect();
    Ok(json!({ "ConfigurationSets": sets }))
}
