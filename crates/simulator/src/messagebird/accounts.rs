//! Accounts at the simulated MessageBird, whichever of its three interfaces their key opens.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::accounts::{Account, Book, fill};
use crate::meta::MetaTemplate;
use crate::phone;
use crate::problem::Problem;

/// One account at the simulated MessageBird.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageBirdAccount {
    /// Opens one interface: Bird's platform if it begins with `bk_`, a workspace's channels if the
    /// account has a `workspace_id` otherwise, the REST interface if it has none.
    pub access_key: String,
    /// Key of the signature of callbacks; the program's default if left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signing_key: String,
    /// `ws_…` at the platform, a UUID in a path for channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace_id: Option<String>,
    /// Numbers of the platform and of the REST interface. While it has none, an account may send
    /// from any.
    #[serde(default)]
    pub numbers: Vec<MessageBirdNumber>,
    /// Channels of a workspace.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<BirdChannel>,
    /// Where the platform and a workspace post events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_url: Option<String>,
    /// WhatsApp templates of the platform. While it has none, every name is accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<MetaTemplate>,
}

/// A number of a MessageBird account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageBirdNumber {
    /// With or without `+`.
    pub number: String,
    /// Where the number's flow sends what comes in, at the REST interface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbound_url: Option<String>,
    /// How it sends it.
    #[serde(default)]
    pub inbound_form: InboundForm,
}

/// How a number's flow forwards a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InboundForm {
    /// GET with a query.
    Get,
    /// POST of a form.
    #[default]
    Post,
    /// POST of JSON.
    Json,
}

/// A channel of a workspace: one number for one kind of message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BirdChannel {
    /// A UUID in a path.
    pub id: String,
    /// What it carries.
    #[serde(rename = "type")]
    pub kind: BirdChannelKind,
    /// The number that sends and receives.
    pub number: String,
}

/// What a channel of a workspace carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BirdChannelKind {
    /// SMS.
    Sms,
    /// WhatsApp.
    Whatsapp,
}

/// Which of the three interfaces an account's key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interface {
    Classic,
    Platform,
    Channels,
}

impl MessageBirdAccount {
    pub(super) fn interface(&self) -> Interface {
        if self.access_key.starts_with("bk_") {
            Interface::Platform
        } else if self.workspace_id.is_some() {
            Interface::Channels
        } else {
            Interface::Classic
        }
    }

    pub(super) fn number(&self, sender: &str) -> Option<&MessageBirdNumber> {
        self.numbers
            .iter()
            .find(|own| self::sender(&own.number) == sender)
    }

    /// True if it may send from there. An account without numbers is one that nobody described.
    pub(super) fn may_send_from(&self, from: &str) -> bool {
        let is_name = (1..=11).contains(&from.len())
            && from.chars().any(|c| c.is_ascii_alphabetic())
            && from.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
        is_name || self.numbers.is_empty() || self.number(from).is_some()
    }

    pub(super) fn channel(&self, id: &str) -> Option<&BirdChannel> {
        self.channels.iter().find(|channel| channel.id == id)
    }

    pub(super) fn workspace(&self) -> &str {
        self.workspace_id
            .as_deref()
            .unwrap_or("ws_00000000000000000000000000")
    }
}

/// A number with `+`, a name as it is.
pub(super) fn sender(text: &str) -> String {
    phone::e164(text).unwrap_or_else(|| text.to_owned())
}

impl Account for MessageBirdAccount {
    fn id(&self) -> &str {
        &self.access_key
    }

    fn complete(
        &mut self,
        default: Option<&str>,
        at: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<(), Problem> {
        if self.access_key.is_empty() {
            let detail = "an account is known by its access key";
            return Err(Problem::field("invalid_field", at("access_key"), detail));
        }
        if !self.channels.is_empty() && self.interface() != Interface::Channels {
            let detail = "only a workspace has channels; it has a workspace_id and no key bk_…";
            return Err(Problem::field("invalid_field", at("channels"), detail));
        }
        fill(&mut self.signing_key, default, at("signing_key"))
    }
}

impl Book<MessageBirdAccount> {
    /// The account of a key, if it opens this interface.
    pub(super) fn open(&self, key: &str, interface: Interface) -> Option<Arc<MessageBirdAccount>> {
        self.get(key)
            .filter(|account| account.interface() == interface)
    }
}
