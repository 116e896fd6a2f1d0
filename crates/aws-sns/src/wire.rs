//! AWS's JSON, as far as we read it. Unknown fields are left alone. What matters less than that a message
//! arrived, its time and price, is read later, so that it cannot make a receipt unreadable.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// An event of a configuration set.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    #[serde(rename = "eventType")]
    pub(crate) kind: String,
    pub(crate) message_id: String,
    /// Milliseconds since 1970.
    #[serde(rename = "eventTimestamp")]
    pub(crate) timestamp: Option<Value>,
    #[serde(default)]
    pub(crate) is_final: bool,
    pub(crate) message_status_description: Option<String>,
    pub(crate) context: Option<BTreeMap<String, String>>,
    /// In US dollars.
    pub(crate) total_message_price: Option<Value>,
    /// In US dollars; beside the price, not in it.
    pub(crate) total_carrier_fee: Option<Value>,
}

/// A message of a contact.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Inbound {
    pub(crate) origination_number: String,
    pub(crate) destination_number: String,
    #[serde(default)]
    pub(crate) message_body: String,
    #[serde(rename = "inboundMessageId")]
    pub(crate) id: String,
}

/// An entry of the delivery log of SNS.
#[derive(Debug, Deserialize)]
pub(crate) struct LogEntry {
    pub(crate) notification: LoggedMessage,
    pub(crate) delivery: LoggedDelivery,
    pub(crate) status: String,
}

/// The message that an entry is about.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoggedMessage {
    pub(crate) message_id: String,
}

/// What became of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoggedDelivery {
    pub(crate) provider_response: Option<String>,
    #[serde(rename = "priceInUSD")]
    pub(crate) price: Option<Value>,
}

/// What `DescribeAccountAttributes` answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AccountAttributes {
    pub(crate) account_attributes: Vec<Attribute>,
}

/// One attribute of an account.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// What `DescribeSpendLimits` answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SpendLimits {
    pub(crate) spend_limits: Vec<SpendLimit>,
}

/// How much may be spent each month, in US dollars.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SpendLimit {
    pub(crate) name: String,
    pub(crate) enforced_limit: i64,
}

/// What `DescribeConfigurationSets` answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ConfigurationSets {
    pub(crate) configuration_sets: Vec<ConfigurationSet>,
}

/// Where the events of messages go.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ConfigurationSet {
    pub(crate) event_destinations: Vec<EventDestination>,
}

/// One such place.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EventDestination {
    pub(crate) enabled: bool,
    pub(crate) sns_destination: Option<SnsDestination>,
}

/// A topic.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SnsDestination {
    pub(crate) topic_arn: String,
}
