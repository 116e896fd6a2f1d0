//! Accounts, applications and numbers at the simulated Vonage.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::accounts::{Account, Book, fill};
use crate::der;
use crate::meta::MetaTemplate;
use crate::phone;
use crate::problem::Problem;

/// One account at the simulated Vonage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VonageAccount {
    /// Eight characters; the user of Basic authentication.
    pub api_key: String,
    /// Its password; the program's default if left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub api_secret: String,
    /// Key of the tokens in webhooks; the program's default if left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature_secret: String,
    /// Applications, which authenticate by token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applications: Vec<VonageApplication>,
    /// Numbers of the account. While it has none, it may send from any.
    #[serde(default)]
    pub numbers: Vec<VonageNumber>,
    /// Where statuses are posted of messages that name no `webhook_url` and no application has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_url: Option<String>,
    /// Where inbound messages are posted for numbers of no application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbound_url: Option<String>,
    /// WhatsApp templates. While it has none, every name is accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<MetaTemplate>,
}

/// An application of a Vonage account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VonageApplication {
    /// A UUID; `application_id` in tokens.
    pub id: String,
    /// The name in the dashboard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// In PEM. Without it the signatures of tokens are not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// Where statuses are posted of messages that name no `webhook_url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_url: Option<String>,
    /// Where inbound messages are posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbound_url: Option<String>,
}

/// A number of a Vonage account, for SMS and WhatsApp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VonageNumber {
    /// With or without `+`, or an alphanumeric sender.
    pub number: String,
    /// The application that it is linked to: Basic authentication cannot send from it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_id: Option<String>,
}

impl VonageNumber {
    /// As it stands with messages.
    pub(super) fn sender(&self) -> String {
        sender(&self.number)
    }
}

/// A number with `+`, a name as it is.
pub(super) fn sender(text: &str) -> String {
    phone::e164(text).unwrap_or_else(|| text.to_owned())
}

impl VonageAccount {
    pub(super) fn application(&self, id: &str) -> Option<&VonageApplication> {
        self.applications
            .iter()
            .find(|application| application.id.eq_ignore_ascii_case(id))
    }

    pub(super) fn number(&self, sender: &str) -> Option<&VonageNumber> {
        self.numbers.iter().find(|own| own.sender() == sender)
    }

    /// Where statuses go that no message has an own address for.
    pub(super) fn status_url(&self, application: Option<&str>) -> Option<&str> {
        let application = application.and_then(|id| self.application(id));
        application
            .and_then(|application| application.status_url.as_deref())
            .or(self.status_url.as_deref())
    }

    /// Where inbound messages go for an application's number, or another one.
    pub(super) fn inbound_url(&self, application: Option<&str>) -> Option<&str> {
        let application = application.and_then(|id| self.application(id));
        application
            .and_then(|application| application.inbound_url.as_deref())
            .or(self.inbound_url.as_deref())
    }
}

impl Account for VonageAccount {
    fn id(&self) -> &str {
        &self.api_key
    }

    fn complete(
        &mut self,
        default: Option<&str>,
        at: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<(), Problem> {
        if self.api_key.is_empty() {
            let detail = "an account is known by its API key";
            return Err(Problem::field("invalid_field", at("api_key"), detail));
        }
        for (index, application) in self.applications.iter().enumerate() {
            let key = application.public_key.as_deref();
            if key.is_some_and(|key| der::rsa_public_key(key).is_none()) {
                let pointer = at(&format!("applications/{index}/public_key"));
                let detail = "not a public RSA key in PEM";
                return Err(Problem::field("invalid_field", pointer, detail));
            }
        }
        fill(&mut self.api_secret, default, at("api_secret"))?;
        fill(&mut self.signature_secret, default, at("signature_secret"))
    }
}

impl Book<VonageAccount> {
    /// The account that has an application.
    pub(super) fn by_application(&self, id: &str) -> Option<Arc<VonageAccount>> {
        self.find(|account| account.application(id).is_some())
    }

    /// The account that owns a number.
    pub(super) fn by_number(&self, sender: &str) -> Option<Arc<VonageAccount>> {
        self.find(|account| account.number(sender).is_some())
    }
}
