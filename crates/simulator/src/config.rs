//! What the simulator is started with, and the accounts that it knows.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Everything that [`crate::Simulator::start`] needs.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; refused unless it is a loopback address. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Auth token for Twilio accounts registered without one. With it any Account SID is
    /// accepted, even one that nobody registered.
    pub twilio_token: Option<String>,
    /// App secret for Meta apps registered without one.
    pub meta_app_secret: Option<String>,
    /// Accounts known from the start; their callback URLs are taken without a handshake.
    pub accounts: Accounts,
    /// From acceptance to `sent`.
    pub sent_after: Duration,
    /// From acceptance to `delivered`, `undelivered` or `failed`.
    pub delivered_after: Duration,
    /// First pause before a callback is repeated that was not answered with success. It doubles.
    pub retry_after: Duration,
    /// Seed of the random numbers behind fault rates: the same seed and the same order of
    /// requests give the same faults.
    pub seed: u64,
    /// How many messages are remembered; the oldest are forgotten first.
    pub keep_messages: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            twilio_token: None,
            meta_app_secret: None,
            accounts: Accounts::default(),
            sent_after: Duration::from_millis(50),
            delivered_after: Duration::from_millis(200),
            retry_after: Duration::from_secs(1),
            seed: 1,
            keep_messages: 200_000,
        }
    }
}

/// Accounts at the simulated providers: the body of `PUT /accounts` and of the accounts file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// Twilio accounts, known by their `sid`.
    #[serde(default)]
    pub twilio: Vec<TwilioAccount>,
    /// Phone numbers at Meta, known by their `phone_number_id`.
    #[serde(default, alias = "whatsapp_cloud")]
    pub meta: Vec<MetaApp>,
}

/// One account at the simulated Twilio.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwilioAccount {
    /// `AC` and 32 hexadecimal digits.
    pub sid: String,
    /// Password of the API and key of the callback signature; the program's default if left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub auth_token: String,
    /// API keys that may be used instead of the SID and token. They never sign.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_keys: Vec<TwilioKey>,
    /// Numbers that the account owns.
    #[serde(default)]
    pub numbers: Vec<TwilioNumber>,
    /// Messaging Services and their pools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messaging_services: Vec<TwilioService>,
    /// Content templates, for showing their text on the handset.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contents: Vec<TwilioContent>,
}

/// An API key of a Twilio account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwilioKey {
    /// `SK…`
    pub sid: String,
    /// Its secret.
    pub secret: String,
}

/// A number that a Twilio account owns, for SMS and, as `whatsapp:+…`, for WhatsApp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwilioNumber {
    /// E.164, a short code or an alphanumeric sender.
    pub number: String,
    /// Where inbound messages are posted; nowhere if left out.
    #[serde(default, alias = "sms_url", skip_serializing_if = "Option::is_none")]
    pub inbound_url: Option<String>,
}

/// A Messaging Service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwilioService {
    /// `MG…`
    pub sid: String,
    /// Its pool; the first one sends.
    pub numbers: Vec<String>,
}

/// A template of the Content API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwilioContent {
    /// `HX…`
    pub sid: String,
    /// Text with `{{1}}` fields.
    pub body: String,
    /// Titles of quick replies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<String>,
}

/// One phone number of one app at the simulated Meta.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetaApp {
    /// The sender in the URL.
    pub phone_number_id: String,
    /// The WhatsApp Business Account; owner of the templates.
    pub waba_id: String,
    /// The number as people see it.
    #[serde(alias = "display_phone_number")]
    pub display_number: String,
    /// The name as people see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_name: Option<String>,
    /// Bearer token of the API.
    pub access_token: String,
    /// Key of the webhook signature; the program's default if left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub app_secret: String,
    /// Where webhooks are posted; nowhere if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
    /// Sent in the handshake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_token: Option<String>,
    /// Templates of the business account. While it has none, every name is accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<MetaTemplate>,
}

impl MetaApp {
    /// The display number in E.164.
    pub fn e164(&self) -> String {
        format!("+{}", crate::phone::digits(&self.display_number))
    }
}

/// A WhatsApp template, as far as sending needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetaTemplate {
    /// Lower case letters, digits and underscore.
    pub name: String,
    /// Language code, for example `en_US`; matched exactly.
    pub language: String,
    /// Text with `{{1}}` or `{{first_name}}` fields.
    pub body: String,
    /// How its fields are named.
    #[serde(default)]
    pub parameter_format: ParameterFormat,
    /// What Meta charges for.
    #[serde(default)]
    pub category: Category,
    /// Only an approved template is sent.
    #[serde(default)]
    pub status: TemplateStatus,
    /// Titles of quick replies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<String>,
}

/// How the fields of a template are named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ParameterFormat {
    /// `{{1}}`, `{{2}}`.
    #[default]
    #[serde(alias = "positional")]
    Positional,
    /// `{{first_name}}`.
    #[serde(alias = "named")]
    Named,
}

/// What Meta charges a template as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Category {
    /// Promotions.
    #[serde(alias = "marketing")]
    Marketing,
    /// About something the person asked for.
    #[default]
    #[serde(alias = "utility")]
    Utility,
    /// One-time codes.
    #[serde(alias = "authentication")]
    Authentication,
}

impl Category {
    /// The word in webhooks.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Marketing => "marketing",
            Self::Utility => "utility",
            Self::Authentication => "authentication",
        }
    }
}

/// Where a template is in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TemplateStatus {
    /// Under review.
    #[serde(alias = "pending")]
    Pending,
    /// May be sent.
    #[default]
    #[serde(alias = "approved")]
    Approved,
    /// Turned down.
    #[serde(alias = "rejected")]
    Rejected,
    /// Paused for low quality.
    #[serde(alias = "paused")]
    Paused,
    /// Switched off for good.
    #[serde(alias = "disabled")]
    Disabled,
}
