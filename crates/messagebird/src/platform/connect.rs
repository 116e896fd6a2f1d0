use super::{DIALECT, Platform};
use crate::json::Json;
use reqwest::Method;
use tidings_messaging::{AccountInfo, ConnectError};

impl Platform {
    /// Reads one message of the list, which costs nothing: the platform tells neither a balance nor the
    /// account's name.
    pub(crate) async fn connect(&self) -> Result<AccountInfo, ConnectError> {
        let request = self
            .request(Method::GET, &["v1", "sms", "messages"])
            .query(&[("limit", "1")]);
        let answer = self.call(request).await?;
        if !answer.is_success() {
            return Err(DIALECT.refused(&answer));
        }
        let page = answer.json().unwrap_or_default();
        match Json(&page).at("/data") {
            Some(data) if data.0.is_array() => Ok(AccountInfo::default()),
            Some(_) | None => Err(DIALECT.unreadable(&answer)),
        }
    }
}
