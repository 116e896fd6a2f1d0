use serde::{Deserialize, Serialize};
use tidings_kernel::{AccountId, Channel, Purpose, Region};

/// In which order the ways that can carry a message are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// By the priority of their accounts.
    #[default]
    Priority,
    /// By price; what has none, or one in another currency than the first by priority, comes last.
    Cheapest,
    /// By how many messages were delivered lately; of whom nothing is known stands as if it were perfect.
    BestDelivery,
    /// By lot, each account as often as its weight says.
    Weighted,
}

impl Strategy {
    /// The word in API and explanations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Priority => "priority",
            Self::Cheapest => "cheapest",
            Self::BestDelivery => "best_delivery",
            Self::Weighted => "weighted",
        }
    }
}

/// What a tenant has chosen about ways; without rules everything goes by priority.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// The first rule that fits a message decides.
    pub rules: Vec<Rule>,
}

/// How to choose for some messages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// For these purposes; empty for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub purposes: Vec<Purpose>,
    /// To these regions; empty for all. What has no known region fits only a rule for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<Region>,
    /// By these channels; empty for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// How to order the ways.
    pub strategy: Strategy,
    /// Of each account that is not to have the weight 1, its weight; 0 leaves it to the others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub weights: Vec<AccountWeight>,
    /// Whether a contact is written to by the same sender as long as that can carry its messages.
    pub sticky: bool,
}

/// The weight of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountWeight {
    /// The account.
    pub account: AccountId,
    /// How often it is chosen for each time that one of weight 1 is.
    pub weight: u16,
}

impl Policy {
    /// Whether there is no rule.
    pub const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The most rules that a policy may have.
    pub const MOST_RULES: usize = 100;

    /// The rule for a message, and its place.
    pub fn rule(
        &self,
        purpose: Option<Purpose>,
        destination: Option<Region>,
        channel: Option<Channel>,
    ) -> Option<(usize, &Rule)> {
        fn fits<T: PartialEq>(wanted: &[T], given: Option<T>) -> bool {
            wanted.is_empty() || given.is_some_and(|given| wanted.contains(&given))
        }
        self.rules.iter().enumerate().find(|(_, rule)| {
            fits(&rule.purposes, purpose)
                && fits(&rule.regions, destination)
                && fits(&rule.channels, channel)
        })
    }
}

impl Rule {
    /// The weight of an account.
    pub fn weight(&self, account: AccountId) -> u16 {
        self.weights
            .iter()
            .find(|weight| weight.account == account)
            .map_or(1, |weight| weight.weight)
    }
}
