//! Phone numbers, business accounts and templates at the simulated Meta.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use super::handshake;
use crate::accounts::{Account, Book, fill};
use crate::problem::Problem;
use crate::world::World;

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
    /// How readers take what it sends.
    #[serde(default, skip_serializing_if = "Rating::is_usual")]
    pub quality: Rating,
    /// Meta's word for how many people the business may write to in a day; `TIER_100K` if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messaging_limit: Option<String>,
    /// How the business shows itself, in Meta's fields.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub profile: serde_json::Map<String, serde_json::Value>,
    /// Templates of the business account. While none is registered, every name is accepted.
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
    /// Its parts as they were submitted; only of a template that was submitted and not registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub components: Option<serde_json::Value>,
    /// Why it was turned down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected_reason: Option<String>,
    /// How readers take it, once it was rated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<Rating>,
}

/// How readers take what a business sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Rating {
    /// High.
    #[default]
    #[serde(alias = "green")]
    Green,
    /// Medium.
    #[serde(alias = "yellow")]
    Yellow,
    /// Low.
    #[serde(alias = "red")]
    Red,
}

impl Rating {
    /// The one that numbers begin with.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
    fn is_usual(&self) -> bool {
        *self == Self::Green
    }
}

impl MetaTemplate {
    /// Its id at Meta: always the same for the same name and language of a business account.
    pub(super) fn id(&self, waba_id: &str) -> String {
        let words = [waba_id, "/", &self.name, "/", &self.language];
        // FNV-1a: no release of the compiler may change it.
        let hash = words
            .iter()
            .flat_map(|word| word.bytes())
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        format!("9{:015}", hash % 1_000_000_000_000_000)
    }

    /// True for the same text in the same language.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.language == other.language
    }
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

impl Account for MetaApp {
    fn id(&self) -> &str {
        &self.phone_number_id
    }

    fn complete(
        &mut self,
        default: Option<&str>,
        at: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<(), Problem> {
        for (field, id) in [
            ("phone_number_id", &self.phone_number_id),
            ("waba_id", &self.waba_id),
        ] {
            if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
                let detail = "Meta's ids are made of digits";
                return Err(Problem::field("invalid_field", at(field), detail));
            }
        }
        if !crate::phone::is_e164(&self.e164()) {
            let detail = "not a phone number";
            let pointer = at("display_number");
            return Err(Problem::field("invalid_field", pointer, detail));
        }
        fill(&mut self.app_secret, default, at("app_secret"))
    }

    /// What was submitted and shown stays when the account is registered again.
    fn inherit(&mut self, known: &Self) {
        if self.profile.is_empty() {
            self.profile.clone_from(&known.profile);
        }
        for template in &known.templates {
            let is_new = !self.templates.iter().any(|own| own.is_same(template));
            if template.components.is_some() && is_new && known.waba_id == self.waba_id {
                self.templates.push(template.clone());
            }
        }
    }

    /// A callback URL that is new, or has a new verify token, must answer the handshake.
    async fn verify(
        &self,
        world: &World,
        known: Option<&Self>,
        at: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<(), Problem> {
        let Some(url) = &self.callback_url else {
            return Ok(());
        };
        let is_known = known.is_some_and(|old| {
            old.callback_url == self.callback_url && old.verify_token == self.verify_token
        });
        if is_known {
            return Ok(());
        }
        let token = self.verify_token.as_deref().unwrap_or_default();
        handshake(world, url, token).await.map_err(|reason| {
            Problem::field("callback_verification_failed", at("callback_url"), reason)
        })
    }
}

impl Book<MetaApp> {
    /// The phone number that people see as `e164`.
    pub(crate) fn by_number(&self, e164: &str) -> Option<Arc<MetaApp>> {
        self.find(|app| app.e164() == e164 || app.phone_number_id == e164)
    }

    /// The phone numbers of a business account.
    pub(crate) fn waba(&self, waba_id: &str) -> Vec<Arc<MetaApp>> {
        let mut apps = self.all();
        apps.retain(|app| app.waba_id == waba_id);
        apps
    }

    /// The templates of a business account, whichever of its numbers they were registered with.
    pub(crate) fn templates(&self, waba_id: &str) -> Vec<MetaTemplate> {
        let mut found: Vec<MetaTemplate> = Vec::new();
        for app in self.waba(waba_id) {
            for template in &app.templates {
                if !found.iter().any(|other| other.is_same(template)) {
                    found.push(template.clone());
                }
            }
        }
        found
    }
}
