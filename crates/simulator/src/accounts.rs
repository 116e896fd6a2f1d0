//! The accounts that exist at the simulated providers right now.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::config::{Accounts, MetaApp, MetaTemplate, TwilioAccount};
use crate::problem::Problem;

/// Accounts by their provider's id. Readers take a cheap copy and hold no lock.
#[derive(Debug)]
pub(crate) struct Registry {
    twilio: RwLock<BTreeMap<String, Arc<TwilioAccount>>>,
    meta: RwLock<BTreeMap<String, Arc<MetaApp>>>,
    twilio_token: Option<String>,
    meta_app_secret: Option<String>,
}

impl Registry {
    pub(crate) fn new(twilio_token: Option<String>, meta_app_secret: Option<String>) -> Self {
        Self {
            twilio: RwLock::default(),
            meta: RwLock::default(),
            twilio_token,
            meta_app_secret,
        }
    }

    /// Checks the accounts and fills in the default secrets.
    pub(crate) fn complete(&self, mut accounts: Accounts) -> Result<Accounts, Problem> {
        for (index, account) in accounts.twilio.iter_mut().enumerate() {
            let at = |field| format!("/twilio/{index}/{field}");
            if !is_account_sid(&account.sid) {
                let detail = "an Account SID is AC and 32 hexadecimal digits";
                return Err(Problem::field("invalid_field", at("sid"), detail));
            }
            let default = self.twilio_token.as_deref();
            fill(&mut account.auth_token, default, at("auth_token"))?;
        }
        for (index, app) in accounts.meta.iter_mut().enumerate() {
            let at = |field| format!("/meta/{index}/{field}");
            for (field, id) in [
                ("phone_number_id", &app.phone_number_id),
                ("waba_id", &app.waba_id),
            ] {
                if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
                    let detail = "Meta's ids are made of digits";
                    return Err(Problem::field("invalid_field", at(field), detail));
                }
            }
            if !crate::phone::is_e164(&app.e164()) {
                let detail = "not a phone number";
                return Err(Problem::field(
                    "invalid_field",
                    at("display_number"),
                    detail,
                ));
            }
            let default = self.meta_app_secret.as_deref();
            fill(&mut app.app_secret, default, at("app_secret"))?;
        }
        Ok(accounts)
    }

    /// Adds or replaces accounts.
    pub(crate) fn put(&self, accounts: Accounts) {
        let mut twilio = self.twilio.write().unwrap_or_else(PoisonError::into_inner);
        for account in accounts.twilio {
            twilio.insert(account.sid.clone(), Arc::new(account));
        }
        drop(twilio);
        let mut meta = self.meta.write().unwrap_or_else(PoisonError::into_inner);
        for app in accounts.meta {
            meta.insert(app.phone_number_id.clone(), Arc::new(app));
        }
    }

    pub(crate) fn list(&self) -> Accounts {
        Accounts {
            twilio: self.all_twilio().map(|one| (*one).clone()).collect(),
            meta: self.all_meta().map(|one| (*one).clone()).collect(),
        }
    }

    fn all_twilio(&self) -> impl Iterator<Item = Arc<TwilioAccount>> {
        let twilio = self.twilio.read().unwrap_or_else(PoisonError::into_inner);
        twilio.values().cloned().collect::<Vec<_>>().into_iter()
    }

    /// Every phone number at Meta.
    pub(crate) fn all_meta(&self) -> impl Iterator<Item = Arc<MetaApp>> {
        let meta = self.meta.read().unwrap_or_else(PoisonError::into_inner);
        meta.values().cloned().collect::<Vec<_>>().into_iter()
    }

    pub(crate) fn twilio(&self, sid: &str) -> Option<Arc<TwilioAccount>> {
        let twilio = self.twilio.read().unwrap_or_else(PoisonError::into_inner);
        twilio.get(sid).cloned()
    }

    /// The account if `user` and `password` open it. The default token opens, and thereby makes,
    /// any account that nobody registered.
    pub(crate) fn open_twilio(
        &self,
        sid: &str,
        user: &str,
        password: &str,
    ) -> Option<Arc<TwilioAccount>> {
        let account = match self.twilio(sid) {
            Some(account) => account,
            None if is_account_sid(sid) => {
                let account = Arc::new(TwilioAccount {
                    sid: sid.to_owned(),
                    auth_token: self.twilio_token.clone()?,
                    api_keys: Vec::new(),
                    numbers: Vec::new(),
                    messaging_services: Vec::new(),
                    contents: Vec::new(),
                });
                if user == sid && password == account.auth_token {
                    let mut twilio = self.twilio.write().unwrap_or_else(PoisonError::into_inner);
                    twilio.insert(sid.to_owned(), Arc::clone(&account));
                }
                account
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

    /// The account that owns a number.
    pub(crate) fn twilio_by_number(&self, number: &str) -> Option<Arc<TwilioAccount>> {
        self.all_twilio()
            .find(|account| account.numbers.iter().any(|own| own.number == number))
    }

    pub(crate) fn meta(&self, phone_number_id: &str) -> Option<Arc<MetaApp>> {
        let meta = self.meta.read().unwrap_or_else(PoisonError::into_inner);
        meta.get(phone_number_id).cloned()
    }

    /// The phone number at Meta that people see as `e164`.
    pub(crate) fn meta_by_number(&self, e164: &str) -> Option<Arc<MetaApp>> {
        self.all_meta()
            .find(|app| app.e164() == e164 || app.phone_number_id == e164)
    }

    /// The phone numbers of a business account.
    pub(crate) fn waba(&self, waba_id: &str) -> Vec<Arc<MetaApp>> {
        self.all_meta()
            .filter(|app| app.waba_id == waba_id)
            .collect()
    }

    /// The templates of a business account, whichever of its numbers they were registered with.
    pub(crate) fn templates(&self, waba_id: &str) -> Vec<MetaTemplate> {
        let mut found: Vec<MetaTemplate> = Vec::new();
        for app in self.waba(waba_id) {
            for template in &app.templates {
                let is_same = |other: &MetaTemplate| {
                    other.name == template.name && other.language == template.language
                };
                if !found.iter().any(is_same) {
                    found.push(template.clone());
                }
            }
        }
        found
    }
}

/// `AC` and 32 hexadecimal digits.
pub(crate) fn is_account_sid(sid: &str) -> bool {
    sid.strip_prefix("AC")
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn fill(secret: &mut String, default: Option<&str>, pointer: String) -> Result<(), Problem> {
    if secret.is_empty() {
        default
            .ok_or_else(|| {
                let detail = "needed, because the simulator was started without a default";
                Problem::field("missing_field", pointer, detail)
            })?
            .clone_into(secret);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Registry;
    use crate::config::{Accounts, TwilioAccount};

    const SID: &str = "AC00000000000000000000000000000001";

    #[test]
    fn the_default_token_opens_any_account_that_nobody_registered() {
        let registry = Registry::new(Some("secret".into()), None);
        assert!(registry.open_twilio(SID, SID, "wrong").is_none());
        assert!(registry.list().twilio.is_empty());
        assert!(registry.open_twilio("AC1", "AC1", "secret").is_none());
        assert!(registry.open_twilio(SID, SID, "secret").is_some());
        assert_eq!(registry.list().twilio.len(), 1);
    }

    #[test]
    fn a_registered_account_has_its_own_token() {
        let registry = Registry::new(Some("default".into()), None);
        let account: TwilioAccount =
            serde_json::from_value(serde_json::json!({"sid": SID, "auth_token": "own"}))
                .expect("account");
        let accounts = Accounts {
            twilio: vec![account],
            meta: vec![],
        };
        registry.put(registry.complete(accounts).expect("complete"));
        assert!(registry.open_twilio(SID, SID, "default").is_none());
        assert!(registry.open_twilio(SID, SID, "own").is_some());
    }

    #[test]
    fn an_account_without_any_token_is_refused() {
        let registry = Registry::new(None, None);
        let accounts: Accounts =
            serde_json::from_value(serde_json::json!({"twilio": [{"sid": SID}]}))
                .expect("accounts");
        assert!(registry.complete(accounts).is_err());
    }
}
