//! Accounts at the simulated AWS: what SNS, End User Messaging and SES know of them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::accounts::{Account, Book, fill};
use crate::crypto::{hex, hmac_sha256};
use crate::phone;
use crate::problem::Problem;
use crate::world::World;

/// One account at the simulated AWS, in one region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwsAccount {
    /// Names the account in signatures.
    pub access_key_id: String,
    /// Key of the signatures; the program's default if left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub secret_access_key: String,
    /// Twelve digits.
    #[serde(default = "example_account")]
    pub account_id: String,
    /// Such as `us-east-1`.
    #[serde(default = "first_region")]
    pub region: String,
    /// Topics of SNS.
    #[serde(default)]
    pub topics: Vec<AwsTopic>,
    /// Configuration sets, of End User Messaging and of SES alike.
    #[serde(default)]
    pub configuration_sets: Vec<AwsConfigurationSet>,
    /// Numbers of End User Messaging. While it has none, the account may send from any.
    #[serde(default)]
    pub numbers: Vec<AwsNumber>,
    /// ARN of the topic that entries of the delivery log of SNS are published to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_log_topic: Option<String>,
    /// Addresses and domains that may send mail. While it has none, any may.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<String>,
    /// Where the addresses in notifications point; to AWS if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links: Option<String>,
}

/// A topic and who listens to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwsTopic {
    /// `arn:aws:sns:…`
    pub arn: String,
    /// 1 signs with SHA-1, 2 with SHA-256.
    #[serde(default = "version_one")]
    pub signature_version: u8,
    /// Over HTTP and HTTPS.
    #[serde(default)]
    pub subscriptions: Vec<AwsSubscription>,
}

/// An address that a topic posts to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwsSubscription {
    /// The address.
    pub endpoint: String,
    /// Nothing is posted but the confirmation until it was answered.
    #[serde(default)]
    pub confirmed: bool,
}

/// A configuration set, which says where events go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwsConfigurationSet {
    /// Its name.
    pub name: String,
    /// ARN of the topic of its event destination; without one there are no events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
}

/// A number of End User Messaging.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwsNumber {
    /// E.164.
    pub number: String,
    /// ARN of the topic that inbound messages are published to: two-way messaging is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// With it AWS does nothing about STOP.
    #[serde(default)]
    pub self_managed_opt_outs: bool,
}

fn example_account() -> String {
    "111122223333".to_owned()
}

fn first_region() -> String {
    "us-east-1".to_owned()
}

fn version_one() -> u8 {
    1
}

impl AwsAccount {
    pub(crate) fn topic(&self, arn: &str) -> Option<&AwsTopic> {
        self.topics.iter().find(|topic| topic.arn == arn)
    }

    /// By its name or its ARN.
    pub(crate) fn configuration_set(&self, name: &str) -> Option<&AwsConfigurationSet> {
        let bare = name.rsplit('/').next().unwrap_or(name);
        self.configuration_sets.iter().find(|set| set.name == bare)
    }

    pub(super) fn number(&self, sender: &str) -> Option<&AwsNumber> {
        self.numbers
            .iter()
            .find(|own| phone::e164(&own.number).as_deref() == Some(sender))
    }

    /// Who may not send to a contact that has opted out of this account.
    pub(super) fn opt_out_list(&self) -> String {
        format!("aws:{}", self.account_id)
    }

    /// What a new subscription is confirmed with.
    pub(super) fn token(&self, topic: &str, endpoint: &str) -> String {
        self.derived("token", topic, endpoint)
    }

    /// `…:{uuid}` below the topic.
    pub(super) fn subscription_arn(&self, topic: &str, endpoint: &str) -> String {
        let digits = self.derived("subscription", topic, endpoint);
        let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
        format!(
            "{topic}:{}-{}-4{}-8{}-{}",
            part(0, 8),
            part(8, 12),
            part(12, 15),
            part(15, 18),
            part(18, 30)
        )
    }

    fn derived(&self, what: &str, topic: &str, endpoint: &str) -> String {
        let text = format!("{what}\n{topic}\n{endpoint}");
        hex(&hmac_sha256(
            self.secret_access_key.as_bytes(),
            text.as_bytes(),
        ))
    }
}

impl Account for AwsAccount {
    fn id(&self) -> &str {
        &self.access_key_id
    }

    fn complete(
        &mut self,
        default: Option<&str>,
        at: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<(), Problem> {
        if self.access_key_id.is_empty() {
            let detail = "an account is known by its access key";
            return Err(Problem::field("invalid_field", at("access_key_id"), detail));
        }
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if self.account_id.len() != 12 || !digits(&self.account_id) {
            let detail = "an account has twelve digits";
            return Err(Problem::field("invalid_field", at("account_id"), detail));
        }
        let expected = format!("arn:aws:sns:{}:{}:", self.region, self.account_id);
        for (index, topic) in self.topics.iter().enumerate() {
            if !topic.arn.starts_with(&expected) {
                let pointer = at(&format!("topics/{index}/arn"));
                let detail = format!("a topic of this account begins with {expected}");
                return Err(Problem::field("invalid_field", pointer, detail));
            }
            if !matches!(topic.signature_version, 1 | 2) {
                let pointer = at(&format!("topics/{index}/signature_version"));
                return Err(Problem::field("invalid_field", pointer, "1 or 2"));
            }
        }
        let named = self
            .configuration_sets
            .iter()
            .enumerate()
            .map(|(index, set)| (format!("configuration_sets/{index}/topic"), &set.topic))
            .chain(
                self.numbers
                    .iter()
                    .enumerate()
                    .map(|(index, own)| (format!("numbers/{index}/topic"), &own.topic)),
            )
            .chain([("delivery_log_topic".to_owned(), &self.delivery_log_topic)]);
        for (field, arn) in named {
            if arn.as_ref().is_some_and(|arn| self.topic(arn).is_none()) {
                let detail = "the account has no such topic";
                return Err(Problem::field("invalid_field", at(&field), detail));
            }
        }
        fill(
            &mut self.secret_access_key,
            default,
            at("secret_access_key"),
        )
    }

    fn trust(&mut self) {
        for topic in &mut self.topics {
            for subscription in &mut topic.subscriptions {
                subscription.confirmed = true;
            }
        }
    }

    fn inherit(&mut self, known: &Self) {
        for topic in &mut self.topics {
            let Some(old) = known.topic(&topic.arn) else {
                continue;
            };
            for subscription in &mut topic.subscriptions {
                subscription.confirmed |= old
                    .subscriptions
                    .iter()
                    .any(|one| one.endpoint == subscription.endpoint && one.confirmed);
            }
        }
    }

    /// Asks the addresses of new subscriptions for confirmation.
    fn announce(&self, world: &World) {
        for topic in &self.topics {
            for subscription in &topic.subscriptions {
                if !subscription.confirmed {
                    super::topics::ask(world, self, topic, &subscription.endpoint);
                }
            }
        }
    }

    fn needs_rsa(&self) -> bool {
        !self.topics.is_empty()
    }
}

impl Book<AwsAccount> {
    /// The account that has a topic.
    pub(super) fn by_topic(&self, arn: &str) -> Option<Arc<AwsAccount>> {
        self.find(|account| account.topic(arn).is_some())
    }

    /// The account that owns a number.
    pub(super) fn by_number(&self, sender: &str) -> Option<Arc<AwsAccount>> {
        self.find(|account| account.number(sender).is_some())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::AwsAccount;
    use crate::accounts::Account as _;

    const ARN: &str = "arn:aws:sns:us-east-1:111122223333:our-topic";

    fn account(changes: &Value) -> AwsAccount {
        let mut account = json!({
            "access_key_id": "AKIDEXAMPLE", "secret_access_key": "secret",
            "topics": [{"arn": ARN, "subscriptions": [{"endpoint": "http://127.0.0.1/"}]}],
        });
        for (name, value) in changes.as_object().expect("an object") {
            account[name] = value.clone();
        }
        serde_json::from_value(account).expect("an account")
    }

    #[test]
    fn what_an_account_names_must_be_there() {
        let at = |field: &str| field.to_owned();
        let is_fine = |changes: Value| account(&changes).complete(None, &at).is_ok();
        assert!(is_fine(json!({})));
        let known = json!([{"name": "set", "topic": ARN}]);
        assert!(is_fine(json!({"configuration_sets": known})));
        let unknown = json!([{"name": "set", "topic": "arn:aws:sns:us-east-1:111122223333:no"}]);
        for changes in [
            json!({"configuration_sets": unknown}),
            json!({"numbers": [{"number": "+12025550100", "topic": "nonsense"}]}),
            json!({"delivery_log_topic": "nonsense"}),
            json!({"account_id": "1"}),
            json!({"region": "eu-west-1"}),
            json!({"topics": [{"arn": ARN, "signature_version": 3}]}),
        ] {
            assert!(!is_fine(changes.clone()), "{changes}");
        }
    }

    #[test]
    fn a_confirmation_is_remembered_when_the_account_is_put_again() {
        let mut first = account(&json!({}));
        first.trust();
        let mut again = account(&json!({}));
        assert!(!again.topics[0].subscriptions[0].confirmed);
        again.inherit(&first);
        assert!(again.topics[0].subscriptions[0].confirmed);
    }
}
