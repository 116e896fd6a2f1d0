//! Who may hand mail over.

use serde::{Deserialize, Serialize};

use crate::accounts::{Account, Book, fill};
use crate::problem::Problem;

/// A user of the mail server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpAccount {
    /// Name of the user.
    pub username: String,
    /// The program's default if left out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub password: String,
    /// Addresses and domains that the user may send from. While there are none, any may be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub senders: Vec<String>,
}

impl SmtpAccount {
    /// True if the user may send from the address.
    pub(super) fn may_send_from(&self, address: &str) -> bool {
        self.senders.is_empty()
            || self.senders.iter().any(|own| {
                own.eq_ignore_ascii_case(address)
                    || own.eq_ignore_ascii_case(crate::mailbox::domain(address))
            })
    }
}

impl Account for SmtpAccount {
    fn id(&self) -> &str {
        &self.username
    }

    fn complete(
        &mut self,
        default: Option<&str>,
        at: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<(), Problem> {
        if self.username.is_empty() {
            let detail = "a user has a name";
            return Err(Problem::field("invalid_field", at("username"), detail));
        }
        fill(&mut self.password, default, at("password"))
    }
}

impl Book<SmtpAccount> {
    /// True if mail is taken from anybody: there are no users, and no default password.
    pub(super) fn is_open(&self) -> bool {
        self.default_secret().is_none() && self.all().is_empty()
    }

    /// True if this is a user's password. The default is the password of anybody else.
    pub(super) fn admits(&self, username: &str, password: &str) -> bool {
        match self.get(username) {
            Some(account) => account.password == password,
            None => !username.is_empty() && self.default_secret() == Some(password),
        }
    }
}
