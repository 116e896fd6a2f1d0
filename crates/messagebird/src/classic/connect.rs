use super::{Classic, dialect::DIALECT};
use crate::json::Json;
use reqwest::Method;
use secrecy::ExposeSecret;
use tidings_messaging::{AccountInfo, ConnectError};

impl Classic {
    /// Reads the balance, which costs nothing.
    pub(crate) async fn connect(&self) -> Result<AccountInfo, ConnectError> {
        let answer = self.call(self.request(Method::GET, &["balance"])).await?;
        if !answer.is_success() {
            return Err(DIALECT.refused(&answer));
        }
        let body = answer.json().unwrap_or_default();
        let balance = Json(&body);
        let (Some(payment), Some(kind), Some(amount)) = (
            balance.clean("/payment"),
            balance.clean("/type"),
            balance.word("/amount"),
        ) else {
            return Err(DIALECT.unreadable(&answer));
        };
        let mut notes = vec![format!("The balance is {amount} {kind} ({payment}).")];
        if self.key.expose_secret().starts_with("test_") {
            notes.push("This is a test key: MessageBird takes messages and delivers none.".into());
        }
        Ok(AccountInfo {
            name: None,
            state: None,
            notes,
        })
    }
}
