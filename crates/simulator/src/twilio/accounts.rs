//! Accounts at the simulated Twilio.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::accounts::{Account, Book, fill};
use crate::problem::Problem;

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
    /// Content templates that were there before, approved, for showing their text on the handset. Those that are made
    /// by the API are kept elsewhere.
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

impl Account for TwilioAccount {
    fn id(&self) -> &str {
        &self.sid
    }

    fn complete(
        &mut self,
        default: Option<&str>,
        at: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<(), Problem> {
        if !is_account_sid(&self.sid) {
            let detail = "an Account SID is AC and 32 hexadecimal digits";
            return Err(Problem::field("invalid_field", at("sid"), detail));
        }
        fill(&mut self.auth_token, default, at("auth_token"))
    }
}

impl Book<TwilioAccount> {
    /// The account if `user` and `password` open it. The default token opens, and thereby makes,
    /// any account that nobody registered.
    pub(crate) fn open(&self, sid: &str, user: &str, password: &str) -> Option<Arc<TwilioAccount>> {
        let account = match self.get(sid) {
            Some(account) => account,
            None if is_account_sid(sid) => {
                let account = TwilioAccount {
                    sid: sid.to_owned(),
                    auth_token: self.default_secret()?.to_owned(),
                    api_keys: Vec::new(),
                    numbers: Vec::new(),
                    messaging_services: Vec::new(),
                    contents: Vec::new(),
                };
                if user == sid && password == account.auth_token {
                    self.put(account.clone());
                }
                Arc::new(account)
            }
            None => return None,
        };
        let is_token = user == sid && password == account.auth_token;
        let is_key = account
            .api_keys
            .iter()
            .any(|key| key.sid == user && key.secret == password);
        (is_token || is_key).then_some(account)
    }

    /// The account that `user` and `password` open, where no path names it: by its SID, or by a key of it.
    pub(crate) fn open_any(&self, user: &str, password: &str) -> Option<Arc<TwilioAccount>> {
        let keyed = self.find(|account| account.api_keys.iter().any(|key| key.sid == user));
        let sid = keyed.map_or_else(|| user.to_owned(), |account| account.sid.clone());
        self.open(&sid, user, password)
    }

    /// The account that owns a number.
    pub(crate) fn by_number(&self, number: &str) -> Option<Arc<TwilioAccount>> {
        self.find(|account| account.numbers.iter().any(|own| own.number == number))
    }
}

/// `AC` and 32 hexadecimal digits.
fn is_account_sid(sid: &str) -> bool {
    sid.strip_prefix("AC")
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::TwilioAccount;
    use crate::accounts::{Account as _, Book};

    const SID: &str = "AC00000000000000000000000000000001";

    fn account(value: serde_json::Value) -> TwilioAccount {
        serde_json::from_value(value).expect("account")
    }

    fn at(field: &str) -> String {
        format!("/twilio/0/{field}")
    }

    #[test]
    fn the_default_token_opens_any_account_that_nobody_registered() {
        let book: Book<TwilioAccount> = Book::new(Some(&"secret".to_owned()));
        assert!(book.open(SID, SID, "wrong").is_none());
        assert!(book.all().is_empty());
        assert!(book.open("AC1", "AC1", "secret").is_none());
        assert!(book.open(SID, SID, "secret").is_some());
        assert_eq!(book.all().len(), 1);
    }

    #[test]
    fn a_registered_account_has_its_own_token() {
        let book = Book::new(Some(&"default".to_owned()));
        let mut own = account(serde_json::json!({"sid": SID, "auth_token": "own"}));
        own.complete(book.default_secret(), &at).expect("complete");
        book.put(own);
        assert!(book.open(SID, SID, "default").is_none());
        assert!(book.open(SID, SID, "own").is_some());
    }

    #[test]
    fn an_account_without_any_token_is_refused() {
        let mut bare = account(serde_json::json!({"sid": SID}));
        assert!(bare.complete(None, &at).is_err());
        assert!(bare.complete(Some("default"), &at).is_ok());
    }
}
