//! Accounts at the simulated ClickSend, and the rules that say where callbacks go.

use serde::{Deserialize, Serialize};

use crate::accounts::{Account, fill};
use crate::problem::Problem;

/// One account, or subaccount, at the simulated ClickSend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClickSendAccount {
    /// The API username.
    pub username: String,
    /// Its password; the program's default if left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub api_key: String,
    /// Number of the account.
    #[serde(default = "ten")]
    pub user_id: u64,
    /// Number of the subaccount.
    #[serde(default = "twenty")]
    pub subaccount_id: u64,
    /// Numbers of the account. While it has none, it may send from any.
    #[serde(default)]
    pub numbers: Vec<String>,
    /// Where delivery receipts go.
    #[serde(default)]
    pub receipt_rules: Vec<ClickSendRule>,
    /// Where inbound messages go.
    #[serde(default)]
    pub inbound_rules: Vec<ClickSendRule>,
    /// For so many seconds the same text to the same number is refused: `THROTTLED`.
    #[serde(default = "five")]
    pub repeat_pause_seconds: u64,
    /// What came before this instant in Unix seconds was marked as read.
    #[serde(skip)]
    pub(super) receipts_read: i64,
    #[serde(skip)]
    pub(super) inbound_read: i64,
}

/// A rule about receipts or inbound messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClickSendRule {
    /// Given when it is registered.
    #[serde(default, alias = "receipt_rule_id", alias = "inbound_rule_id")]
    pub rule_id: u64,
    /// The name in the dashboard.
    #[serde(default)]
    pub rule_name: String,
    /// `URL` posts, `POLL` keeps for lists; the simulator does nothing for others.
    #[serde(default = "url")]
    pub action: String,
    /// Where a rule with `URL` posts.
    #[serde(default)]
    pub action_address: String,
    /// 1 or 0.
    #[serde(default = "one")]
    pub enabled: u8,
    /// How a rule with `URL` posts.
    #[serde(default)]
    pub webhook_type: WebhookType,
    /// For inbound messages: the number that the rule is about, `*` for all.
    #[serde(default = "star")]
    pub dedicated_number: String,
}

/// How a rule posts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WebhookType {
    /// POST of a form.
    #[default]
    Post,
    /// GET with a query.
    Get,
    /// POST of JSON.
    Json,
}

fn one() -> u8 {
    1
}

fn five() -> u64 {
    5
}

fn ten() -> u64 {
    10
}

fn twenty() -> u64 {
    20
}

fn url() -> String {
    "URL".to_owned()
}

fn star() -> String {
    "*".to_owned()
}

impl ClickSendRule {
    /// The address, if the rule posts.
    pub(super) fn address(&self) -> Option<&str> {
        let posts = self.enabled == 1 && self.action == "URL" && !self.action_address.is_empty();
        posts.then_some(self.action_address.as_str())
    }
}

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Receipts,
    Inbound,
}

impl ClickSendAccount {
    pub(super) fn rules(&self, subject: Subject) -> &[ClickSendRule] {
        match subject {
            Subject::Receipts => &self.receipt_rules,
            Subject::Inbound => &self.inbound_rules,
        }
    }

    pub(super) fn rules_mut(&mut self, subject: Subject) -> &mut Vec<ClickSendRule> {
        match subject {
            Subject::Receipts => &mut self.receipt_rules,
            Subject::Inbound => &mut self.inbound_rules,
        }
    }

    /// Gives numbers to the rules that have none.
    pub(super) fn number_rules(&mut self, subject: Subject) {
        let rules = self.rules_mut(subject);
        let mut last = rules.iter().map(|rule| rule.rule_id).max().unwrap_or(0);
        for rule in rules {
            if rule.rule_id == 0 {
                last += 1;
                rule.rule_id = last;
            }
        }
    }

    /// True for one of the account's numbers.
    pub(super) fn has_number(&self, e164: &str) -> bool {
        self.numbers
            .iter()
            .any(|own| crate::phone::e164(own).as_deref() == Some(e164))
    }
}

impl Account for ClickSendAccount {
    fn id(&self) -> &str {
        &self.username
    }

    fn complete(
        &mut self,
        default: Option<&str>,
        at: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<(), Problem> {
        if self.username.is_empty() {
            let detail = "an account is known by its API username";
            return Err(Problem::field("invalid_field", at("username"), detail));
        }
        self.number_rules(Subject::Receipts);
        self.number_rules(Subject::Inbound);
        fill(&mut self.api_key, default, at("api_key"))
    }
}
